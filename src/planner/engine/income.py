"""What every income pays before taxes, on its real pay dates."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

import numpy as np

from planner.domain.calendar import PER_YEAR, Frequency
from planner.domain.income import WAGES, AmountPer, Income, IncomeKind
from planner.domain.scenarios import Assumptions
from planner.engine.timeline import (
    FloatArray,
    IntArray,
    Timeline,
    anchor_for,
    days_of,
    half_up,
    pay_days,
    rising,
    summed,
)

WEEKS_IN_YEAR = 52
LAST_OF_MONTH = 31

WORK = WAGES | {IncomeKind.SELF_EMPLOYMENT}
"""Income from work rises with salaries; every other income rises with prices."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Earned:
    """One income's payments in order, from January of the plan's first year on.

    `months` are months of the plan, negative before it; `years` count from the plan's first year;
    `planned` is 0 for what was paid before the start, else 1. `gross` is cents. `spans` says where each
    year's payments stand.
    """

    income: Income
    days: IntArray
    months: IntArray
    years: IntArray
    planned: FloatArray
    gross: FloatArray
    spans: tuple[tuple[int, slice], ...]


def pay_anchor(income: Income) -> date:
    """Return a date on which it is paid: without one of its own, the last of the month, or a Friday."""
    return anchor_for(income.pay_frequency, income.first_payment, None, day=LAST_OF_MONTH)


def payments_a_year(income: Income) -> int:
    """Return how many payments a nominal year has; one for what comes once."""
    return PER_YEAR.get(income.pay_frequency, 1)


def gross_per_payment(income: Income) -> Decimal:
    """Return what one payment is before taxes, in cents and unrounded."""
    match income.amount_per:
        case AmountPer.PAYMENT:
            return Decimal(income.amount)
        case AmountPer.YEAR:
            return Decimal(income.amount) / payments_a_year(income)
        case AmountPer.HOUR:
            yearly = Decimal(income.amount) * (income.hours_per_week or 0) * WEEKS_IN_YEAR
            return yearly / payments_a_year(income)


def gross_cents(income: Income) -> int:
    """Return what one payment is before taxes today, half up to the cent."""
    return int(gross_per_payment(income).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def yearly_raise(income: Income, assumptions: Assumptions) -> Decimal:
    """Return by how much it rises once a year."""
    if income.annual_raise is not None:
        return income.annual_raise
    return assumptions.salary_growth if income.kind in WORK else assumptions.inflation


def earned(income: Income, line: Timeline, assumptions: Assumptions) -> Earned:
    """Return every payment of `income`; amounts are today's until the first raise after the start."""
    falls = pay_days if income.kind in WAGES else days_of
    days = falls(line, income.pay_frequency, pay_anchor(income), income.start, income.end)
    months = line.month_indices(days)
    factor = rising(line, yearly_raise(income, assumptions), income.raise_month)
    gross = half_up(float(gross_per_payment(income)) * factor[np.maximum(months, 0)])
    years = (months + line.lead) // 12
    return Earned(
        income=income,
        days=days,
        months=months,
        years=years,
        spans=spans(years),
        planned=(days >= line.start.toordinal()).astype(np.float64),
        gross=gross,
    )


def spans(years: IntArray) -> tuple[tuple[int, slice], ...]:
    """Return each year that occurs in ascending `years`, and where it stands."""
    starts = [0, *(np.flatnonzero(np.diff(years)) + 1).tolist(), len(years)]
    return tuple((int(years[start]), slice(start, stop)) for start, stop in pairwise(starts) if start < stop)


def by_month(pays: Earned, amounts: FloatArray, line: Timeline) -> FloatArray:
    """Add amounts of payments up by month of the plan; what was paid before the start is left out."""
    months = np.maximum(pays.months, 0)
    return summed(months, amounts * pays.planned, line.months)


def by_year(pays: Earned, amounts: FloatArray, line: Timeline) -> FloatArray:
    """Add amounts of payments up by calendar year; what was paid before the start counts in the first."""
    return summed(pays.years, amounts, line.year_count)


def comes_again(income: Income, on: date) -> bool:
    """Say whether it recurs and is in force `on` a day or starts later."""
    return income.pay_frequency is not Frequency.ONCE and (income.end is None or income.end >= on)
