"""Federal income tax withheld from a paycheck: Publication 15-T, Worksheet 1A, for automated payroll."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from planner.domain.errors import Refused
from planner.domain.income import W4
from planner.domain.money import to_cents
from planner.taxes.arithmetic import ARRAYS, EXACT, Arithmetic, Number
from planner.taxes.rules import Law
from planner.taxes.schedule import ZERO, FloatArray, Schedule

CENTS_IN_DOLLAR = 100
_WHOLE = Decimal(1)


def federal_withholding(
    law: Law, taxable_wages: int, periods_per_year: int, w4: W4, *, whole_dollars: bool = False
) -> int:
    """Return the cents withheld from one paycheck whose federal taxable wages are `taxable_wages` cents.

    Unrounded until the end, then half up to the cent, or to the dollar with `whole_dollars`.
    """
    withheld = unrounded_withholding(law, taxable_wages, periods_per_year, w4)
    return to_whole_dollars(withheld) if whole_dollars else to_cents(withheld)


def unrounded_withholding(law: Law, taxable_wages: int, periods_per_year: int, w4: W4) -> Decimal:
    """Return the dollars withheld from one paycheck of `taxable_wages` cents, before they are rounded."""
    if taxable_wages < 0:
        raise Refused.one("taxable_wages", "Taxable wages cannot be negative.")
    return _worksheet_1a(EXACT, law, periods_per_year, w4, Decimal(taxable_wages).scaleb(-2))


def to_whole_dollars(withheld: Decimal) -> int:
    """Round dollars to whole dollars, half up; return their cents."""
    return int(withheld.quantize(_WHOLE, rounding=ROUND_HALF_UP)) * CENTS_IN_DOLLAR


def federal_withholding_array(
    law: Law, taxable_wages: FloatArray, periods_per_year: int, w4: W4
) -> FloatArray:
    """Return the dollars withheld, unrounded, from paychecks of `taxable_wages` dollars each."""
    wages = np.maximum(taxable_wages, 0.0)
    return _worksheet_1a(ARRAYS, law, periods_per_year, w4, wages)


def _table(law: Law, periods_per_year: int, w4: W4) -> Schedule:
    if periods_per_year not in law.withholding.pay_periods:
        known = ", ".join(str(number) for number in sorted(law.withholding.pay_periods))
        raise Refused.one(
            "periods_per_year", f"Pay periods a year are one of {known}, not {periods_per_year}."
        )
    tables = law.withholding.step_2 if w4.step2_checkbox else law.withholding.standard
    return tables[w4.filing_status]


def _worksheet_1a(arithmetic: Arithmetic[Number], law: Law, periods: int, w4: W4, wages: Number) -> Number:
    """Work through Worksheet 1A in dollars; the letters are its lines."""
    of = arithmetic.of
    table = _table(law, periods, w4)
    allowance = ZERO if w4.step2_checkbox else law.withholding.allowance[w4.filing_status]
    line_1e = wages * periods + of(_dollars(w4.step4a_other_income))
    line_1i = arithmetic.above(line_1e, of(_dollars(w4.step4b_deductions) + allowance))
    line_2g = arithmetic.taxed(table, line_1i)
    line_3c = arithmetic.above(line_2g, of(_dollars(w4.step3_credits))) / periods
    return line_3c + of(_dollars(w4.step4c_extra))


def _dollars(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
