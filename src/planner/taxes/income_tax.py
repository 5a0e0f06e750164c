"""The federal income tax of a year: one return, all income together, with its working.

Simplified, and said so: standard deduction only, no earned income credit, no alternative minimum tax, no
deduction for qualified business income; the refundable child credit by the 15 % rule alone; a capital loss
over the yearly limit is reported, not carried.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np

from planner.domain.money import to_cents
from planner.taxes.arithmetic import ARRAYS, EXACT, FLOATS
from planner.taxes.returns import Line, Return, Worked, check
from planner.taxes.rules import Law
from planner.taxes.schedule import FloatArray
from planner.taxes.working import work_out

LABELS: Final = (
    ("wages", "Wages less pre-tax deferrals", ""),
    ("interest", "Taxable interest", ""),
    ("dividends", "Dividends", ""),
    ("capital_gain", "Capital gain, or loss up to the limit", "capital_losses"),
    ("capital_loss_unused", "Capital loss over the limit", "capital_losses"),
    ("self_employment", "Self-employment", ""),
    ("other", "Rental, pension and other income", ""),
    ("self_employment_deduction", "Half of the self-employment tax", "self_employment"),
    ("adjustments", "Other deductions above the line", ""),
    ("taxable_social_security", "Taxable part of Social Security benefits", "social_security_benefits"),
    ("agi", "Adjusted gross income", ""),
    ("standard_deduction", "Standard deduction", "standard_deduction"),
    ("senior_deduction", "Deduction for seniors", "senior_deduction"),
    ("taxable_income", "Taxable income", ""),
    ("taxed_as_gains", "of it, taxed at the rates for long-term gains", "long_term_gains"),
    ("tax_before_credits", "Tax before credits", "brackets"),
    ("child_tax_credit", "Child tax credit and credit for other dependents", "child_tax_credit_limits"),
    ("additional_child_tax_credit", "Additional child tax credit, refundable", "child_tax_credit"),
    ("self_employment_tax", "Self-employment tax", "self_employment"),
    ("additional_medicare", "Additional Medicare tax", "additional_medicare"),
    ("net_investment_income_tax", "Net investment income tax", "net_investment_income"),
    ("total", "Total tax", ""),
)


@dataclass(frozen=True, slots=True)
class IncomeTax:
    """A year's tax. `total` is cents, half up; `worked` and `lines` are dollars, unrounded."""

    total: int
    worked: Worked[Decimal]
    lines: tuple[Line, ...]


def income_tax(law: Law, facts: Return[int]) -> IncomeTax:
    """Work out a return whose amounts are cents; refused when it cannot be."""
    check(facts)
    worked = work_out(EXACT, _from_cents, law, facts)
    lines = tuple(
        Line(name, label, getattr(worked, name), law.sources.get(block, "")) for name, label, block in LABELS
    )
    return IncomeTax(to_cents(worked.total), worked, lines)


def income_tax_array(law: Law, facts: Return[FloatArray | float]) -> Worked[FloatArray]:
    """Work out a return whose amounts are arrays of dollars that broadcast; unchecked and unrounded."""
    return work_out(ARRAYS, _from_floats, law, facts)


def income_tax_float(law: Law, facts: Return[float]) -> Worked[float]:
    """Work out one return in float dollars; the same to the last bit as `income_tax_array` of one element."""
    return work_out(FLOATS, float, law, facts)


def _from_cents(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _from_floats(dollars: FloatArray | float) -> FloatArray:
    return np.asarray(dollars, dtype=np.float64)
