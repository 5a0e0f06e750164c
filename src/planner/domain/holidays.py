"""The days on which banks are closed, so that no pay arrives: weekends and the Federal Reserve's holidays.

A holiday on a Sunday is kept on the Monday after it. One on a Saturday closes no other day: the Reserve
Banks are open on the Friday before it (unlike federal offices), and so is payroll.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from planner.domain.calendar import Frequency, occurrences

SATURDAY: Final = 5
SUNDAY: Final = 6
MONDAY: Final = 0
THURSDAY: Final = 3
DAY: Final = timedelta(days=1)

MOVED_AT_MOST: Final = timedelta(days=7)
"""No stretch of days without banks is as long."""

FIXED: Final = ((1, 1, 0), (6, 19, 2021), (7, 4, 0), (11, 11, 0), (12, 25, 0))
"""(month, day, first year): New Year, Juneteenth, Independence Day, Veterans Day, Christmas."""

NTH: Final = (
    (1, 3, MONDAY, 1986),
    (2, 3, MONDAY, 0),
    (9, 1, MONDAY, 0),
    (10, 2, MONDAY, 0),
    (11, 4, THURSDAY, 0),
)
"""(month, which, weekday, first year): King, Washington, Labor Day, Columbus, Thanksgiving."""

MAY: Final = 5


@lru_cache(maxsize=512)
def bank_holidays(year: int) -> frozenset[date]:
    """Return the weekdays of `year` on which the Federal Reserve Banks are closed."""
    days = {_kept_on(date(year, month, day)) for month, day, since in FIXED if year >= since}
    days |= {_nth(year, month, which, weekday) for month, which, weekday, since in NTH if year >= since}
    days.add(_last_monday_of_may(year))
    return frozenset(day for day in days if day.weekday() < SATURDAY)


def _kept_on(day: date) -> date:
    return day + DAY if day.weekday() == SUNDAY else day


def _nth(year: int, month: int, which: int, weekday: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))


def _last_monday_of_may(year: int) -> date:
    last = date(year, MAY, 31)
    return last - timedelta(days=last.weekday())


def is_business_day(day: date) -> bool:
    """Say whether banks are open."""
    return day.weekday() < SATURDAY and day not in bank_holidays(day.year)


def pay_day(day: date) -> date:
    """Return the day on which pay that falls on `day` arrives: itself, or the business day before it."""
    while not is_business_day(day):
        day -= DAY
    return day


def pay_dates(frequency: Frequency, anchor: date, start: date, end: date) -> Iterator[date]:
    """Yield the business days from `start` to `end`, both included, on which wages are paid.

    What falls on a weekend or a holiday is paid on the business day before; so a year may have 27 biweekly
    or 53 weekly paydays, and pay that falls on New Year's Day is paid in December. `anchor` is any date on
    which it falls, before it is moved (see `occurrences`).
    """
    last = min(end, date.max - MOVED_AT_MOST) + MOVED_AT_MOST
    paid = (pay_day(day) for day in occurrences(frequency, anchor, start, last))
    return (day for day in paid if start <= day <= end)
