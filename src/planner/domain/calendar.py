"""Months and the dates on which recurring things fall."""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum


class Frequency(StrEnum):
    """How often something recurs."""

    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    SEMIMONTHLY = "semimonthly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    SEMIANNUAL = "semiannual"
    ANNUAL = "annual"
    ONCE = "once"


PER_YEAR = {
    Frequency.WEEKLY: 52,
    Frequency.BIWEEKLY: 26,
    Frequency.SEMIMONTHLY: 24,
    Frequency.MONTHLY: 12,
    Frequency.QUARTERLY: 4,
    Frequency.SEMIANNUAL: 2,
    Frequency.ANNUAL: 1,
}
"""How many payments a nominal year has; the real calendar may have one more."""

_DAYS = {Frequency.WEEKLY: 7, Frequency.BIWEEKLY: 14}
_MONTHS = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.SEMIANNUAL: 6, Frequency.ANNUAL: 12}


def month_number(day: date) -> int:
    """Count months since year 0, so that months subtract."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    """Return the first day of a month number."""
    return date(month // 12, month % 12 + 1, 1)


def last_day(month: int) -> date:
    """Return the last day of a month number."""
    return day_in(month, 31)


def day_in(month: int, day: int) -> date:
    """Return that day of the month, or the month's last day where it is shorter."""
    year, index = divmod(month, 12)
    return date(year, index + 1, min(day, calendar.monthrange(year, index + 1)[1]))


def add_months(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last day where it is shorter."""
    return day_in(month_number(day) + months, day.day)


def age_on(birth_date: date, day: date) -> int:
    """Return the age in whole years; someone born on 29 February has a birthday on 1 March."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def occurrences(frequency: Frequency, anchor: date, start: date, end: date) -> Iterator[date]:
    """Yield the dates from `start` to `end`, both included, on which something recurs.

    `anchor` is any date on which it falls, before or after `start`. Semimonthly falls on the 15th and
    on the last day of the month whatever the anchor is, as most payrolls do. `once` falls on the anchor.
    """
    match frequency:
        case Frequency.ONCE:
            if start <= anchor <= end:
                yield anchor
        case Frequency.WEEKLY | Frequency.BIWEEKLY:
            step = _DAYS[frequency]
            day = start + timedelta(days=(anchor - start).days % step)
            while day <= end:
                yield day
                day += timedelta(days=step)
        case Frequency.SEMIMONTHLY:
            for month in range(month_number(start), month_number(end) + 1):
                for day in (day_in(month, 15), last_day(month)):
                    if start <= day <= end:
                        yield day
        case Frequency.MONTHLY | Frequency.QUARTERLY | Frequency.SEMIANNUAL | Frequency.ANNUAL:
            step = _MONTHS[frequency]
            first = month_number(start)
            first += (month_number(anchor) - first) % step
            for month in range(first, month_number(end) + 1, step):
                day = day_in(month, anchor.day)
                if start <= day <= end:
                    yield day
