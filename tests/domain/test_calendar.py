"""Prove on which dates recurring things fall."""

import calendar
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from planner.domain.calendar import (
    PER_YEAR,
    Frequency,
    add_months,
    age_on,
    day_in,
    first_day,
    last_day,
    month_number,
    occurrences,
)
from planner.domain.record import EARLIEST_DATE, LATEST_DATE

days = st.dates(EARLIEST_DATE, LATEST_DATE)
near = st.dates(date(2020, 1, 1), date(2030, 12, 31))
frequencies = st.sampled_from(Frequency)
recurring = st.sampled_from(sorted(PER_YEAR))


def dates_of(frequency: Frequency, anchor: date, start: date, end: date) -> list[date]:
    return list(occurrences(frequency, anchor, start, end))


def in_year(frequency: Frequency, anchor: date, year: int) -> list[date]:
    return dates_of(frequency, anchor, date(year, 1, 1), date(year, 12, 31))


@given(frequencies, near, near, st.integers(0, 900), st.integers(0, 900))
@example(Frequency.MONTHLY, date(2024, 1, 31), date(2024, 2, 1), 28, 30)
@example(Frequency.ANNUAL, date(2024, 2, 29), date(2025, 2, 1), 27, 365)
def test_windows_that_adjoin_neither_lose_nor_repeat_a_date(
    frequency: Frequency, anchor: date, start: date, length: int, further: int
) -> None:
    """P2: real pay dates are the same however the calendar is cut."""
    middle = start + timedelta(days=length)
    end = middle + timedelta(days=further)
    cut = [
        *occurrences(frequency, anchor, start, middle),
        *occurrences(frequency, anchor, middle + timedelta(days=1), end),
    ]
    assert cut == dates_of(frequency, anchor, start, end)


@given(frequencies, days, days, st.integers(0, 2000))
def test_dates_rise_within_the_window(frequency: Frequency, anchor: date, start: date, length: int) -> None:
    end = min(start + timedelta(days=length), LATEST_DATE)
    found = dates_of(frequency, anchor, start, end)
    assert all(start <= day <= end for day in found)
    assert all(earlier < later for earlier, later in pairwise(found))


@given(recurring, near, near, st.integers(0, 900))
def test_any_payment_date_may_be_the_anchor(
    frequency: Frequency, anchor: date, start: date, length: int
) -> None:
    """P2: an anchor before, inside or after the window gives the same dates."""
    assume(anchor.day <= 28)
    end = start + timedelta(days=length)
    expected = dates_of(frequency, anchor, start, end)
    for later in dates_of(frequency, anchor, anchor, anchor + timedelta(days=1000)):
        if frequency is not Frequency.SEMIMONTHLY:
            assert dates_of(frequency, later, start, end) == expected
    if frequency is not Frequency.SEMIMONTHLY:
        assert anchor in dates_of(frequency, anchor, anchor, anchor)


@pytest.mark.parametrize(
    "frequency,anchor,year,count",
    [
        (Frequency.WEEKLY, date(2026, 1, 1), 2026, 53),
        (Frequency.WEEKLY, date(2026, 1, 2), 2026, 52),
        (Frequency.WEEKLY, date(2026, 1, 2), 2032, 53),
        (Frequency.BIWEEKLY, date(2026, 1, 2), 2026, 26),
        (Frequency.BIWEEKLY, date(2026, 1, 1), 2026, 27),
        (Frequency.BIWEEKLY, date(2027, 1, 1), 2027, 27),
        (Frequency.SEMIMONTHLY, date(2026, 1, 9), 2026, 24),
        (Frequency.MONTHLY, date(2019, 8, 31), 2026, 12),
        (Frequency.QUARTERLY, date(2040, 2, 28), 2026, 4),
        (Frequency.SEMIANNUAL, date(2026, 6, 30), 2027, 2),
        (Frequency.ANNUAL, date(2024, 2, 29), 2026, 1),
    ],
)
def test_a_real_year_has_its_real_number_of_payments(
    frequency: Frequency, anchor: date, year: int, count: int
) -> None:
    """P2: some years have 53 weekly or 27 biweekly pay dates."""
    assert len(in_year(frequency, anchor, year)) == count


@given(recurring, near, st.integers(1950, 2150))
def test_no_year_is_more_than_one_payment_off(frequency: Frequency, anchor: date, year: int) -> None:
    assert 0 <= len(in_year(frequency, anchor, year)) - PER_YEAR[frequency] <= 1


def test_a_month_end_stays_the_month_end() -> None:
    found = in_year(Frequency.MONTHLY, date(2023, 1, 31), 2024)
    assert [day.day for day in found] == [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


def test_the_29th_of_february_falls_on_the_28th_between_leap_years() -> None:
    found = dates_of(Frequency.ANNUAL, date(2024, 2, 29), date(2023, 1, 1), date(2028, 12, 31))
    assert [(day.year, day.day) for day in found] == [
        (2023, 28),
        (2024, 29),
        (2025, 28),
        (2026, 28),
        (2027, 28),
        (2028, 29),
    ]


def test_semimonthly_pay_comes_on_the_15th_and_the_last_day() -> None:
    found = dates_of(Frequency.SEMIMONTHLY, date(2026, 1, 3), date(2024, 2, 15), date(2024, 3, 30))
    assert found == [date(2024, 2, 15), date(2024, 2, 29), date(2024, 3, 15)]


def test_once_is_once() -> None:
    day = date(2026, 5, 5)
    assert dates_of(Frequency.ONCE, day, day, day) == [day]
    assert dates_of(Frequency.ONCE, day, day + timedelta(days=1), date(2200, 1, 1)) == []


@given(frequencies, near, near)
def test_an_empty_window_has_no_dates(frequency: Frequency, anchor: date, start: date) -> None:
    assert dates_of(frequency, anchor, start, start - timedelta(days=1)) == []


@given(days, st.integers(-600, 600))
def test_months_are_added_without_leaving_the_month(day: date, months: int) -> None:
    added = add_months(day, months)
    assert month_number(added) == month_number(day) + months
    assert added.day == min(day.day, calendar.monthrange(added.year, added.month)[1])


@given(days)
def test_a_month_number_names_one_month(day: date) -> None:
    month = month_number(day)
    assert first_day(month) <= day <= last_day(month)
    assert first_day(month + 1) - last_day(month) == timedelta(days=1)
    assert day_in(month, day.day) == day


@pytest.mark.parametrize(
    "birth,day,age",
    [
        (date(1960, 7, 1), date(2026, 6, 30), 65),
        (date(1960, 7, 1), date(2026, 7, 1), 66),
        (date(2000, 2, 29), date(2026, 2, 28), 25),
        (date(2000, 2, 29), date(2026, 3, 1), 26),
        (date(2000, 2, 29), date(2028, 2, 29), 28),
    ],
)
def test_a_birthday_makes_one_a_year_older(birth: date, day: date, age: int) -> None:
    """P1: ages follow from the birth date."""
    assert age_on(birth, day) == age
