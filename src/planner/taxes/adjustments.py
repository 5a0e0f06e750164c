"""From gross to adjusted gross income: rental losses, deductions above the line, taxed benefits."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Generic

from planner.domain.members import FilingStatus
from planner.taxes.arithmetic import Number
from planner.taxes.desk import Desk
from planner.taxes.earnings import Earnings
from planner.taxes.returns import AboveTheLine, Given


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted(Generic[Number]):
    """Adjusted gross income and what led to it. `rental` is the part of it that counts."""

    rental: Number
    rental_carryover: Number
    ira: Number
    hsa: Number
    student_loan: Number
    adjustments: Number
    benefits: Number
    agi: Number


def adjusted_gross_income(
    desk: Desk[Number, Given], earned: Earnings[Number], income: Number
) -> Adjusted[Number]:
    """Work out adjusted gross income from `income`: all of it but rent and Social Security benefits."""
    facts, nothing = desk.facts, desk.nothing
    asked = facts.above_the_line
    hsa = nothing if asked is None else _hsa(desk, asked)
    other = desk.read(facts.adjustments)
    if asked is not None:
        other = other + desk.read(asked.self_employed_plans)
    rental, left = _rental(desk, income - other - hsa)
    plain = income + rental - earned.deduction - hsa - other
    exempt, benefits = desk.read(facts.tax_exempt_interest), desk.read(facts.social_security)
    ira = nothing
    if asked is not None and (asked.ira_head or asked.ira_spouse):
        ira = _ira(desk, asked, earned, plain + _taxed_benefits(desk, benefits, plain + exempt))
    taxed = _taxed_benefits(desk, benefits, plain - ira + exempt)
    before = plain - ira + taxed
    student = nothing if asked is None else _student_loan(desk, asked, before)
    return Adjusted(
        rental=rental,
        rental_carryover=left,
        ira=ira,
        hsa=hsa,
        student_loan=student,
        adjustments=other,
        benefits=taxed,
        agi=before - student,
    )


def _rental(desk: Desk[Number, Given], magi: Number) -> tuple[Number, Number]:
    """Return what of rents counts, and the loss that waits for later years.

    A loss with active participation counts up to 25,000, less as income grows; spouses who file separately
    have half of it if they lived apart, else nothing.
    """
    arithmetic, law, nothing = desk.arithmetic, desk.income.adjustments, desk.nothing
    net = desk.read(desk.facts.rental) - desk.read(desk.facts.rental_carryover)
    if not arithmetic.any_above(nothing, net):
        return net, nothing
    loss = arithmetic.above(nothing, net)
    if not desk.separate:
        most, above = desk.of(law.rental_most), desk.of(law.rental_above)
    elif desk.facts.lived_apart:
        most, above = desk.of(law.rental_most_apart), desk.of(law.rental_above_apart)
    else:
        most = above = nothing
    lost = arithmetic.above(magi, above) * desk.of(law.rental_phase_out)
    counted = arithmetic.least(loss, arithmetic.above(most, lost))
    return net + (loss - counted), loss - counted


def _taxed_benefits(desk: Desk[Number, Given], benefits: Number, other_income: Number) -> Number:
    """Return the part of Social Security benefits that is taxed: up to a half, then up to 85 %.

    `other_income` is adjusted gross income without benefits, before the deduction for student loan interest,
    with tax-exempt interest.
    """
    arithmetic = desk.arithmetic
    if not arithmetic.any_above(benefits, desk.nothing):
        return desk.nothing
    apart = desk.facts.lived_apart
    bases = desk.income.benefit_bases_apart if apart else desk.filing.benefit_bases
    first_base, second_base = (desk.of(base) for base in bases)
    first_rate, second_rate = (desk.of(rate) for rate in desk.income.benefit_rates)
    provisional = other_income + benefits * first_rate
    between = arithmetic.least(arithmetic.above(provisional, first_base), second_base - first_base)
    first = arithmetic.least(between, benefits) * first_rate
    second = arithmetic.above(provisional, second_base) * second_rate
    return arithmetic.least(first + second, benefits * second_rate)


def _hsa(desk: Desk[Number, Given], asked: AboveTheLine[Given]) -> Number:
    """Limit own HSA contributions: by coverage, with the catch-up of each person of 55 or more."""
    limits, facts, arithmetic = desk.law.limits, desk.facts, desk.arithmetic
    head, spouse = desk.read(asked.hsa_head), desk.read(asked.hsa_spouse)
    more_head, more_spouse = (
        limits.hsa_catch_up if age >= limits.hsa_catch_up_age else Decimal(0)
        for age in (facts.age_head, facts.age_spouse)
    )
    most = limits.hsa_family if asked.hsa_family else limits.hsa_self_only
    allowed_head = arithmetic.least(head, desk.of(most + more_head))
    allowed_spouse = arithmetic.least(spouse, desk.of(most + more_spouse))
    if not asked.hsa_family:
        return allowed_head + allowed_spouse
    return arithmetic.least(allowed_head + allowed_spouse, desk.of(most + more_head + more_spouse))


def _ira(
    desk: Desk[Number, Given], asked: AboveTheLine[Given], earned: Earnings[Number], magi: Number
) -> Number:
    """Return what of contributions to traditional IRAs is deducted.

    Limited by earnings (those of both on a joint return) and the yearly limit, and phased out for people with
    a plan at work, or married to somebody with one.
    """
    facts, arithmetic = desk.facts, desk.arithmetic
    plan_head = asked.workplace_plan_head or _given(facts.pretax_401k_head)
    plan_spouse = asked.workplace_plan_spouse or _given(facts.pretax_401k_spouse)
    pay = earned.earned
    paid_head = arithmetic.least(desk.read(asked.ira_head), pay)
    paid_spouse = arithmetic.least(desk.read(asked.ira_spouse), pay - paid_head)
    return _ira_of(desk, paid_head, magi, facts.age_head, own=plan_head, other=plan_spouse) + _ira_of(
        desk, paid_spouse, magi, facts.age_spouse, own=plan_spouse, other=plan_head
    )


def _given(amount: object) -> bool:
    """Say whether an amount was given at all: an array was."""
    return not isinstance(amount, int | float) or amount > 0


def _ira_of(
    desk: Desk[Number, Given], paid: Number, magi: Number, age: int, *, own: bool, other: bool
) -> Number:
    """Return one person's deduction; `own` and `other` say who has a plan at work."""
    limits, law, arithmetic = desk.law.limits, desk.income.adjustments, desk.arithmetic
    limit = desk.of(limits.ira + (limits.ira_catch_up if age >= limits.ira_catch_up_age else 0))
    if own:
        status = FilingStatus.SINGLE if desk.facts.lived_apart else desk.status
        above, width = desk.of(law.ira_above[status]), desk.of(law.ira_width[status])
    elif other:
        above, width = desk.of(law.ira_spouse_above), desk.of(law.ira_spouse_width)
    else:
        return arithmetic.least(paid, limit)
    share = desk.share_left(magi, above, width)
    reduced = arithmetic.started(limit * share, desk.of(law.ira_rounded_up_to))
    at_least = arithmetic.where_above(share, desk.nothing, desk.of(law.ira_least), desk.nothing)
    return arithmetic.least(paid, arithmetic.least(arithmetic.most(reduced, at_least), limit))


def _student_loan(desk: Desk[Number, Given], asked: AboveTheLine[Given], magi: Number) -> Number:
    """Return the deduction for student loan interest; not for spouses who file separately."""
    law = desk.income.adjustments
    if desk.separate:
        return desk.nothing
    paid = desk.arithmetic.least(desk.read(asked.student_loan_interest), desk.of(law.student_loan_most))
    above, width = desk.for_status(law.student_loan_above), desk.for_status(law.student_loan_width)
    return paid * desk.share_left(magi, above, width)
