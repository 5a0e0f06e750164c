"""Months have real dates: what recurs falls where the calendar says, and rises when it should."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from engine.households import a_household, a_salary, an_account, an_expense, projected
from hypothesis import given
from hypothesis import strategies as st

from planner.domain.calendar import Frequency, occurrences
from planner.domain.holidays import pay_dates
from planner.domain.income import PAY_FREQUENCIES
from planner.engine.timeline import counts, days_of, half_up, pay_days, rising, timeline

days = st.dates(date(2024, 1, 1), date(2033, 12, 31))


spans = st.tuples(st.none() | days, st.none() | days)


@given(st.sampled_from(Frequency), days, days, st.integers(1, 100), spans)
def test_days_are_those_of_the_calendar(
    frequency: Frequency, anchor: date, start: date, months: int, span: tuple[date | None, date | None]
) -> None:
    """P2: real pay dates, whole arrays at once, are those that the calendar yields one by one."""
    line = timeline(start, months)
    first, last = span
    low = max(date(start.year, 1, 1), first or date.min)
    high = min(line.end, last or date.max)
    expected = [day.toordinal() for day in occurrences(frequency, anchor, low, high)] if low <= high else []
    assert days_of(line, frequency, anchor, first, last).tolist() == expected
    planned = [day for day in expected if day >= start.toordinal()]
    assert int(counts(line, frequency, anchor, first, last).sum()) == len(planned)


@given(st.sampled_from(PAY_FREQUENCIES), days, days, st.integers(1, 100), spans)
def test_pay_days_are_those_of_the_calendar(
    frequency: Frequency, anchor: date, start: date, months: int, span: tuple[date | None, date | None]
) -> None:
    """P6: paychecks of the projection come on the days on which banks are open, as stubs have them."""
    line = timeline(start, months)
    first, last = span
    low = max(date(start.year, 1, 1), first or date.min)
    high = min(line.end, last or date.max)
    expected = list(pay_dates(frequency, anchor, low, high)) if low <= high else []
    assert pay_days(line, frequency, anchor, first, last).tolist() == [day.toordinal() for day in expected]


@pytest.mark.parametrize(
    "first_friday,pays", [(date(2026, 1, 1), 26), (date(2026, 1, 2), 27), (date(2026, 1, 9), 26)]
)
def test_a_biweekly_year_has_26_or_27_pays_and_months_with_three(first_friday: date, pays: int) -> None:
    """P2, P6: from 2 January on 2026 has 27 paydays: that of New Year 2027 comes on 31 December.

    Counted from the 1st it has 26: its first came in 2025, its last is on 31 December.
    """
    salary = a_salary(52_000_00, pay_frequency=Frequency.BIWEEKLY, first_payment=first_friday)
    found = projected(a_household(incomes=(salary,)), months=12).column("income.job")
    assert found.sum() == pays * 2_000_00
    assert sorted(set((found // 2_000_00).tolist())) == [2, 3]


def test_a_one_off_happens_once() -> None:
    """P4: trap: a one-off is not applied again every month."""
    roof = an_expense(9_000_00, frequency=Frequency.ONCE, first_payment=date(2026, 5, 15))
    found = projected(a_household(expenses=(roof,)), months=60).column("totals.spending")
    assert found.tolist() == [0] * 4 + [9_000_00] + [0] * 55


def test_raises_apply_from_their_month_on_and_not_each_twelfth_month() -> None:
    """P2: trap: growth on the dates that apply: a raise each April, in a plan that starts in February."""
    salary = a_salary(120_000_00, annual_raise=Decimal("0.10"), raise_month=4)
    found = projected(a_household(incomes=(salary,)), months=16, start=date(2026, 2, 1)).column("income.job")
    assert found.tolist() == [10_000_00] * 2 + [11_000_00] * 12 + [12_100_00] * 2


def test_a_raise_is_not_applied_on_the_day_the_plan_starts() -> None:
    line = timeline(date(2026, 4, 1), 13)
    assert rising(line, Decimal("0.5"), 4).tolist() == [1.0] * 12 + [1.5]


def test_pay_between_two_dates_is_what_falls_between_them() -> None:
    """P2: start and end dates: only pay dates that fall inside are paid."""
    salary = a_salary(
        24_000_00, pay_frequency=Frequency.SEMIMONTHLY, start=date(2026, 2, 16), end=date(2026, 4, 15)
    )
    found = projected(a_household(incomes=(salary,)), months=6).column("income.job")
    assert found.tolist() == [0, 1_000_00, 2_000_00, 1_000_00, 0, 0]


def test_the_first_month_counts_from_the_start_on() -> None:
    """P10: what was paid before the start of the plan has been paid."""
    rent = an_expense(1_000_00, first_payment=date(2026, 1, 10))
    early = projected(a_household(expenses=(rent,)), months=2, start=date(2026, 1, 10))
    late = projected(a_household(expenses=(rent,)), months=2, start=date(2026, 1, 11))
    assert early.column("totals.spending").tolist() == [1_000_00, 1_000_00]
    assert late.column("totals.spending").tolist() == [0, 1_000_00]


def test_growth_of_a_part_of_a_month_is_a_part_of_its_growth() -> None:
    """P10: the monthly rate is the twelfth root of the yearly one."""
    savings = an_account(value=100_000_00, annual_return=Decimal("0.12"))
    found = projected(a_household(accounts=(savings,)), months=3).column("accounts.checking.growth")
    assert found.tolist() == [948_88, 957_88, 966_97]
    half = projected(a_household(accounts=(savings,)), months=1, start=date(2026, 6, 16))
    assert half.column("accounts.checking.growth").tolist() == [473_32]


def test_a_tie_of_half_a_cent_goes_up() -> None:
    assert half_up(np.array([0.5, 2.5, 1.005 * 100, 0.4999])).tolist() == [1.0, 3.0, 101.0, 0.0]
