"""Pay comes on days on which banks are open."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.domain.calendar import Frequency
from planner.domain.holidays import bank_holidays, is_business_day, pay_dates, pay_day
from planner.domain.income import PAY_FREQUENCIES

REGULAR = st.sampled_from(PAY_FREQUENCIES)
DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))


def year_of_pay(frequency: Frequency, anchor: date, year: int) -> list[date]:
    return list(pay_dates(frequency, anchor, date(year, 1, 1), date(year, 12, 31)))


def test_the_holidays_are_those_that_the_federal_reserve_publishes() -> None:
    """P6: bank holidays of 2025 to 2027, from the Federal Reserve Bank of Richmond's list."""
    assert sorted(f"{day:%m-%d}" for day in bank_holidays(2025)) == [
        "01-01", "01-20", "02-17", "05-26", "06-19", "07-04", "09-01", "10-13", "11-11", "11-27", "12-25",
    ]  # fmt: skip
    assert sorted(f"{day:%m-%d}" for day in bank_holidays(2026)) == [
        "01-01", "01-19", "02-16", "05-25", "06-19", "09-07", "10-12", "11-11", "11-26", "12-25",
    ]  # fmt: skip
    assert sorted(f"{day:%m-%d}" for day in bank_holidays(2027)) == [
        "01-01", "01-18", "02-15", "05-31", "07-05", "09-06", "10-11", "11-11", "11-25",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "falls,comes",
    [
        (date(2026, 7, 3), date(2026, 7, 3)),  # the 4th is a Saturday: banks are open on the Friday before
        (date(2026, 7, 4), date(2026, 7, 3)),
        (date(2027, 7, 5), date(2027, 7, 2)),  # the 4th is a Sunday: kept on Monday
        (date(2026, 6, 19), date(2026, 6, 18)),  # Juneteenth
        (date(2020, 6, 19), date(2020, 6, 19)),  # before it was one
        (date(2027, 1, 1), date(2026, 12, 31)),  # in the year before
        (date(2023, 1, 2), date(2022, 12, 30)),  # a holiday after a weekend
        (date(2026, 5, 31), date(2026, 5, 29)),
    ],
)
def test_pay_comes_on_the_business_day_before(falls: date, comes: date) -> None:
    """P6: shifted off weekends and holidays as payroll does."""
    assert pay_day(falls) == comes


@given(REGULAR, DAYS, st.integers(2001, 2099))
def test_a_year_has_as_many_paydays_as_it_can(frequency: Frequency, anchor: date, year: int) -> None:
    """P6: every payday is a business day of the year, in order, none twice; years follow without a gap."""
    paid = year_of_pay(frequency, anchor, year)
    most = {"weekly": (52, 53), "biweekly": (26, 27), "semimonthly": (24, 24), "monthly": (12, 12)}
    low, high = most[frequency]
    assert all(is_business_day(day) and day.year == year for day in paid)
    assert paid == sorted(set(paid))
    assert low - 1 <= len(paid) <= high + 1
    both = list(pay_dates(frequency, anchor, date(year - 1, 1, 1), date(year, 12, 31)))
    assert both == year_of_pay(frequency, anchor, year - 1) + paid


def test_some_years_have_27_or_53_paydays() -> None:
    """P6: 27 biweekly paydays in 2026 from 2 January on, the last because of New Year; 53 weekly in 2032."""
    biweekly = year_of_pay(Frequency.BIWEEKLY, date(2026, 1, 2), 2026)
    assert (len(biweekly), biweekly[0], biweekly[-1]) == (27, date(2026, 1, 2), date(2026, 12, 31))
    assert len(year_of_pay(Frequency.BIWEEKLY, date(2026, 1, 2), 2027)) == 26
    assert len(year_of_pay(Frequency.WEEKLY, date(2026, 1, 2), 2032)) == 53
    assert len(year_of_pay(Frequency.MONTHLY, date(2026, 1, 31), 2026)) == 12


def test_pay_starts_and_ends_in_mid_year() -> None:
    """P6: mid-year starts and ends: only days within them, where pay really comes."""
    paid = list(pay_dates(Frequency.MONTHLY, date(2026, 1, 31), date(2026, 3, 10), date(2026, 5, 30)))
    assert paid == [date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 29)]
    assert not list(pay_dates(Frequency.MONTHLY, date(2026, 1, 31), date(2026, 5, 30), date(2026, 5, 31)))


@given(DAYS)
def test_no_pay_is_moved_by_more_than_a_long_weekend(day: date) -> None:
    """P6: the day before or earlier, but never by more than four days."""
    assert timedelta(0) <= day - pay_day(day) <= timedelta(days=4)
