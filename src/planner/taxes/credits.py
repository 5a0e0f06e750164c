"""Credits for dependent care, education and saving."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Generic

from planner.taxes.arithmetic import Number
from planner.taxes.desk import Desk
from planner.taxes.earnings import Earnings
from planner.taxes.returns import Claims, Given

CARE_PERSONS_MAX = 2
_POINT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Education(Generic[Number]):
    """The credits for education: what is `used` against the tax, and what is `refunded`."""

    used: Number
    refunded: Number


def care_credit(
    desk: Desk[Number, Given], asked: Claims[Given], earned: Earnings[Number], agi: Number
) -> Number:
    """Return Form 2441's credit before it is limited by the tax.

    A percentage, by income, of what care costs: up to a limit for one person or two, less what an employer
    paid, and at most what the one of the couple earns who earns less.
    """
    persons = min(asked.care_persons, CARE_PERSONS_MAX)
    if not persons or (desk.separate and not desk.facts.lived_apart):
        return desk.nothing
    law, arithmetic, of = desk.income.credits.care, desk.arithmetic, desk.of
    most = arithmetic.above(of(law.each * persons), desk.read(asked.care_benefits))
    lower = arithmetic.least(earned.earned_head, earned.earned_spouse) if desk.joint else earned.earned_head
    cost = arithmetic.least(arithmetic.least(desk.read(asked.care_expenses), most), lower)
    points = arithmetic.started(arithmetic.above(agi, of(law.above)), of(law.step)) / of(law.step)
    rate = arithmetic.most(of(law.highest) - points * of(_POINT), of(law.second))
    if law.lowest != law.second:
        step = desk.for_status(law.second_step)
        more = arithmetic.started(arithmetic.above(agi, desk.for_status(law.second_above)), step) / step
        rate = arithmetic.most(rate - more * of(_POINT), of(law.lowest))
    return cost * rate


def education_credits(
    desk: Desk[Number, Given], asked: Claims[Given], agi: Number, tax: Number
) -> Education[Number]:
    """Work out Form 8863 against what is left of the tax; not for spouses who file separately."""
    law, arithmetic, of, nothing = desk.income.credits.education, desk.arithmetic, desk.of, desk.nothing
    if desk.separate:
        return Education(used=nothing, refunded=nothing)
    opportunity = nothing
    for paid in asked.opportunity_expenses:
        paid_dollars, first = desk.read(paid), of(law.first_part)
        second = arithmetic.least(arithmetic.above(paid_dollars, first), of(law.second_part))
        opportunity = opportunity + arithmetic.least(paid_dollars, first) + second * of(law.second_rate)
    lifetime = arithmetic.least(desk.read(asked.lifetime_learning_expenses), of(law.lifetime_most))
    left = desk.share_left(agi, desk.for_status(law.above), desk.for_status(law.width))
    refunded = opportunity * left * of(law.refundable)
    claimed = (lifetime * of(law.lifetime_rate) + opportunity) * left - refunded
    return Education(used=arithmetic.least(claimed, tax), refunded=refunded)


def savers_credit(desk: Desk[Number, Given], asked: Claims[Given] | None, agi: Number) -> Number:
    """Return Form 8880's credit before it is limited by the tax; it ends in 2026.

    Own deferrals and IRA contributions count, up to 2,000 a person; distributions of recent years are not
    looked at.
    """
    law, arithmetic, of, facts = desk.income.credits.savers, desk.arithmetic, desk.of, desk.facts
    if law is None:
        return desk.nothing
    if not arithmetic.any_above(of(law.tops[desk.status][-1]), agi):
        return desk.nothing
    rate = desk.nothing
    for top, credited in reversed(tuple(zip(law.tops[desk.status], law.rates, strict=True))):
        rate = arithmetic.where_above(agi, of(top), rate, of(credited))
    line, read = facts.above_the_line, desk.read
    saved = read(facts.pretax_401k_head)
    saved_spouse = read(facts.pretax_401k_spouse)
    if line is not None:
        saved, saved_spouse = saved + read(line.ira_head), saved_spouse + read(line.ira_spouse)
    if asked is not None:
        saved, saved_spouse = saved + read(asked.savings_head), saved_spouse + read(asked.savings_spouse)
    each = of(law.each)
    both = arithmetic.least(saved, each) if _grown_up(facts.age_head, law.youngest) else desk.nothing
    if desk.joint and _grown_up(facts.age_spouse, law.youngest):
        both = both + arithmetic.least(saved_spouse, each)
    return both * rate


def _grown_up(age: int, youngest: int) -> bool:
    """Say whether a person is old enough; an age that is not known is taken to be."""
    return not age or age >= youngest
