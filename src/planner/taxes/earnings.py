"""What people earn: wages, self-employment with its tax, and the earned income that credits go by."""

from dataclasses import dataclass
from typing import Generic

from planner.taxes.arithmetic import Number
from planner.taxes.desk import Desk
from planner.taxes.fica import SelfEmployment, self_employment
from planner.taxes.returns import Given


@dataclass(frozen=True, slots=True, kw_only=True)
class Earnings(Generic[Number]):
    """Of both together, unless it says head or spouse. `wages` are those that are taxed."""

    medicare_wages: Number
    wages: Number
    profit: Number
    net_earnings: Number
    self_employment_tax: Number
    deduction: Number
    earned: Number
    earned_head: Number
    earned_spouse: Number


def earnings(desk: Desk[Number, Given]) -> Earnings[Number]:
    """Add up what both earn; the wage base is each person's own."""
    facts, read, nothing = desk.facts, desk.read, desk.nothing
    head, own_head = read(facts.wages_head), read(facts.self_employment_head)
    one = self_employment(desk.arithmetic, desk.law, own_head, head)
    wages_head = head - read(facts.pretax_401k_head)
    if desk.joint:
        spouse, own_spouse = read(facts.wages_spouse), read(facts.self_employment_spouse)
        other = self_employment(desk.arithmetic, desk.law, own_spouse, spouse)
        wages_spouse = spouse - read(facts.pretax_401k_spouse)
    else:
        spouse = own_spouse = wages_spouse = nothing
        other = SelfEmployment(nothing, nothing, nothing)
    above = desk.arithmetic.above
    wages, profit, deduction = (
        wages_head + wages_spouse,
        own_head + own_spouse,
        one.deduction + other.deduction,
    )
    return Earnings(
        medicare_wages=head + spouse,
        wages=wages,
        profit=profit,
        net_earnings=one.net_earnings + other.net_earnings,
        self_employment_tax=one.tax + other.tax,
        deduction=deduction,
        earned=above(wages + profit, deduction),
        earned_head=above(wages_head + own_head, one.deduction),
        earned_spouse=above(wages_spouse + own_spouse, other.deduction),
    )


def payroll_taxes(desk: Desk[Number, Given]) -> Number:
    """Return what was withheld from wages for Social Security and Medicare, up to each person's wage base."""
    payroll, of, least = desk.law.payroll, desk.of, desk.arithmetic.least
    head, spouse = desk.read(desk.facts.wages_head), desk.read(desk.facts.wages_spouse)
    most = of(payroll.wage_base)
    covered = least(head, most) + least(spouse, most)
    return covered * of(payroll.social_security) + (head + spouse) * of(payroll.medicare)
