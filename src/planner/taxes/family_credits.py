"""Credits for children and for low earnings: Schedule 8812 and the earned income credit."""

from dataclasses import dataclass
from typing import Generic

from planner.taxes.arithmetic import Number
from planner.taxes.desk import Desk
from planner.taxes.earnings import Earnings, payroll_taxes
from planner.taxes.returns import Given

CHILDREN_COUNTED_MAX = 3


@dataclass(frozen=True, slots=True)
class ChildCredit(Generic[Number]):
    """What is `used` against the tax, and what is left of the credit."""

    used: Number
    left: Number


def child_credit(desk: Desk[Number, Given], agi: Number, tax: Number) -> ChildCredit[Number]:
    """Return the credit for children and other dependents against what is left of the tax."""
    facts, income, arithmetic, nothing = desk.facts, desk.income, desk.arithmetic, desk.nothing
    if not facts.children_under_17 and not facts.other_dependents:
        return ChildCredit(nothing, nothing)
    full = facts.children_under_17 * income.child + facts.other_dependents * income.other_dependent
    over = arithmetic.above(agi, desk.of(desk.filing.child_phase_out_above))
    lost = arithmetic.started(over, desk.of(income.child_phase_out_step)) * desk.of(income.child_phase_out)
    credit = arithmetic.above(desk.of(full), lost)
    used = arithmetic.least(credit, tax)
    return ChildCredit(used, credit - used)


def refunded_child_credit(
    desk: Desk[Number, Given], left: Number, earned: Earnings[Number], earned_credit: Number
) -> Number:
    """Return what is refunded of the credit that is left.

    15 % of earnings over 2,500; with three children or more, payroll taxes less the earned income credit if
    that is more.
    """
    children, income, arithmetic = desk.facts.children_under_17, desk.income, desk.arithmetic
    if not children or not arithmetic.any_above(left, desk.nothing):
        return desk.nothing
    most = arithmetic.least(left, desk.of(children * income.child_refundable))
    over = arithmetic.above(earned.earned, desk.of(income.refundable_earned_above))
    limit = over * desk.of(income.refundable_rate)
    if children >= income.refundable_by_payroll_taxes_from:
        paid = payroll_taxes(desk) + earned.deduction
        limit = arithmetic.most(limit, arithmetic.above(paid, earned_credit))
    return arithmetic.least(most, limit)


def earned_income_credit(
    desk: Desk[Number, Given], earned: Earnings[Number], agi: Number, investments: Number
) -> Number:
    """Return the earned income credit, by its formula and not by the table's steps of 50.

    `investments` is investment income; over its limit there is no credit (a cliff that the law has). Spouses
    who file separately have it only if they lived apart and have a child.
    """
    facts, law, arithmetic = desk.facts, desk.income.credits.earned_income, desk.arithmetic
    children = min(facts.children_under_17 + facts.older_children, CHILDREN_COUNTED_MAX)
    if not (children and (facts.lived_apart or not desk.separate)) and not _of_age(desk, children):
        return desk.nothing
    above = desk.of(law.above[children] + (law.joint_more[children] if desk.joint else 0))
    most = desk.of(law.most[children])
    phase_out = desk.of(law.phase_out[children])
    income = arithmetic.most(agi, earned.earned)
    if not arithmetic.any_above(above + most / phase_out, income):
        return desk.nothing
    credit = arithmetic.least(earned.earned * desk.of(law.credit[children]), most)
    credit = arithmetic.least(credit, arithmetic.above(most, arithmetic.above(income, above) * phase_out))
    return arithmetic.where_above(investments, desk.of(law.investments_most), desk.nothing, credit)


def _of_age(desk: Desk[Number, Given], children: int) -> bool:
    """Say whether one who files may have the credit without children; an unknown age is taken to be."""
    facts, ages = desk.facts, desk.income.credits.earned_income.ages
    if children or desk.separate:
        return False
    return _within(facts.age_head, ages) or (desk.joint and _within(facts.age_spouse, ages))


def _within(age: int, ages: range) -> bool:
    return not age or age in ages
