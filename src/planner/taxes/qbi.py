"""The deduction for qualified business income, section 199A.

Simplified: all businesses of a return are one, in one class (services or not), and a loss is not carried to
the next year.
"""

from decimal import Decimal

from planner.taxes.arithmetic import Number
from planner.taxes.desk import Desk
from planner.taxes.earnings import Earnings
from planner.taxes.returns import Business, Given

ONE = Decimal(1)
ORDINARY: Business[int] = Business()


def business_income_deduction(
    desk: Desk[Number, Given], earned: Earnings[Number], taxable: Number, preferred: Number
) -> Number:
    """Return the deduction, given taxable income before it and the income that is taxed as gains.

    A fifth of business income, limited over a threshold of taxable income by wages paid and property, or
    refused to services; in all at most a fifth of taxable income that is not gains. From 2026 at
    least 400, if the business income that counts is 1,000 or more.
    """
    asked: Business[Given] | Business[int] = desk.facts.business or ORDINARY
    law, arithmetic, of, nothing = desk.income.business, desk.arithmetic, desk.of, desk.nothing
    income = earned.profit + desk.read(asked.other_income) - earned.deduction
    if desk.facts.above_the_line is not None:
        income = income - desk.read(desk.facts.above_the_line.self_employed_plans)
    trusts = desk.read(asked.trust_dividends)
    if not arithmetic.any_above(income, nothing) and not arithmetic.any_above(trusts, nothing):
        return nothing
    income = arithmetic.most(income, nothing)
    full = income * of(law.rate)
    deducted = _limited(desk, asked, full, taxable) + trusts * of(law.rate)
    deducted = arithmetic.least(deducted, arithmetic.above(taxable, preferred) * of(law.rate))
    if not law.least:
        return deducted
    if desk.facts.business is not None and desk.facts.business.services:
        income = income * desk.share_left(taxable, desk.for_status(law.above), desk.for_status(law.width))
    least = arithmetic.from_on(income, of(law.least_income))
    at_least = arithmetic.where_above(least, nothing, of(law.least), nothing)
    return arithmetic.most(deducted, at_least)


def _limited(
    desk: Desk[Number, Given], asked: Business[Given] | Business[int], full: Number, taxable: Number
) -> Number:
    """Phase in the limits of Form 8995-A between the threshold and its end."""
    law, arithmetic, of = desk.income.business, desk.arithmetic, desk.of
    above, width = desk.for_status(law.above), desk.for_status(law.width)
    if not arithmetic.any_above(taxable, above):
        return full
    wages, basis = desk.read(asked.wages_paid), desk.read(asked.property_basis)
    limit = arithmetic.most(
        wages * of(law.wages), wages * of(law.wages_with_property) + basis * of(law.property)
    )
    left = desk.share_left(taxable, above, width)
    if asked.services:
        full, limit = full * left, limit * left
    return full - arithmetic.above(full, limit) * (desk.of(ONE) - left)
