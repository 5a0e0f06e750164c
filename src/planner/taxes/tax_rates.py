"""What share of income the tax takes: of all of it, and of the next dollars."""

from dataclasses import replace
from decimal import Decimal
from typing import Final

from planner.taxes.arithmetic import FLOATS
from planner.taxes.returns import Return
from planner.taxes.rules import Law
from planner.taxes.worked import Worked
from planner.taxes.working import work_out

MORE: Final = 100
"""Dollars of ordinary income more, by which the marginal rate is found."""

_NONE = Decimal(0)


def effective_rate(worked: Worked[Decimal]) -> Decimal:
    """Return the total tax as a share of all income before deductions; 0 without income."""
    income = (
        worked.wages + worked.interest + worked.dividends + worked.capital_gain + worked.self_employment
    ) + (worked.rental + worked.other + worked.taxable_social_security)
    return worked.total / income if income > 0 else _NONE


def marginal_rate(law: Law, facts: Return[int], worked: Worked[Decimal]) -> Decimal:
    """Return what the total tax takes of 100 dollars more of ordinary income that is not earned.

    Phase-outs count, so it may be far from the bracket's rate.
    """
    more = replace(facts, other_income=facts.other_income + MORE * 100)
    total = work_out(FLOATS, _dollars, law, more).total
    return round((Decimal(total) - worked.total) / MORE, 6)


def bracket_rate(law: Law, facts: Return[int], worked: Worked[Decimal]) -> Decimal:
    """Return the rate of the bracket that ordinary taxable income reaches."""
    brackets = law.income.filing[facts.filing_status].brackets
    ordinary = worked.taxable_income - worked.taxed_as_gains
    return brackets.rates[sum(start < ordinary for start in brackets.starts[1:])]


def _dollars(cents: int) -> float:
    return cents / 100
