"""When something is due: intervals, and times of day where people are, with daylight saving done right.

A local time that a day does not have (the clock went forward over it) is due once, at the moment of the
jump. One that a day has twice is due once, the first time. So due moments never come out of order.
"""

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

DAYS_AHEAD_MAX: Final = 366 * 9
"""The 29th of February is never further away than this."""

DAY: Final = timedelta(days=1)
_EPOCH_ZERO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_A_LEAP_YEAR: Final = 2000
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


@dataclass(frozen=True, slots=True)
class Every:
    """Due each time so many seconds have passed, counted from 1970: no restart moves it."""

    seconds: int

    def __post_init__(self) -> None:
        assert self.seconds >= 1

    def __str__(self) -> str:
        return f"every {self.seconds} seconds"


@dataclass(frozen=True, slots=True)
class Cron:
    """Due at the minutes that five fields name: minute, hour, day of the month, month, day of the week.

    As everywhere: `*`, lists, ranges, steps and English names; when both sorts of day are named, either
    will do. Raises ValueError for what is not such a text, or never comes.
    """

    text: str
    zone: ZoneInfo
    times: tuple[time, ...] = field(init=False, repr=False, compare=False)
    _months: frozenset[int] = field(init=False, repr=False, compare=False)
    _days: frozenset[int] | None = field(init=False, repr=False, compare=False)
    _weekdays: frozenset[int] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parts = self.text.lower().split()
        if len(parts) != 5:  # noqa: PLR2004 -- it is in the name of the thing: five fields
            raise ValueError(f"{self.text!r} has {len(parts)} fields; a schedule has five")
        minutes = _field(parts[0], 0, 59)
        hours = _field(parts[1], 0, 23)
        days = None if parts[2] == "*" else _field(parts[2], 1, 31)
        weekdays = None if parts[4] == "*" else frozenset(d % 7 for d in _field(parts[4], 0, 7, _WEEKDAYS))
        values = {
            "times": tuple(time(hour, minute) for hour in sorted(hours) for minute in sorted(minutes)),
            "_months": _field(parts[3], 1, 12, _MONTHS),
            "_days": days,
            "_weekdays": weekdays,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        longest = max(monthrange(_A_LEAP_YEAR, month)[1] for month in self._months)
        if weekdays is None and days is not None and min(days) > longest:
            raise ValueError(f"{self.text!r} names days that its months do not have")

    def __str__(self) -> str:
        return f"{self.text} ({self.zone.key})"

    def falls_on(self, day: date) -> bool:
        """Whether the schedule has times on that day."""
        if day.month not in self._months:
            return False
        of_month = self._days is not None and day.day in self._days
        of_week = self._weekdays is not None and day.isoweekday() % 7 in self._weekdays
        return of_month or of_week or (self._days is None and self._weekdays is None)


@dataclass(frozen=True, slots=True)
class Monthly:
    """Due once a month; a month that has no such day has it on its last."""

    day: int
    at: time
    zone: ZoneInfo

    def __post_init__(self) -> None:
        assert 1 <= self.day <= 31  # noqa: PLR2004 -- the longest month
        assert self.at.tzinfo is None

    def __str__(self) -> str:
        return f"on day {self.day} of each month at {self.at:%H:%M} ({self.zone.key})"

    @property
    def times(self) -> tuple[time, ...]:
        """The times of a day on which it falls."""
        return (self.at,)

    def falls_on(self, day: date) -> bool:
        """Whether this is the day of its month."""
        return day.day == min(self.day, monthrange(day.year, day.month)[1])


Schedule: TypeAlias = Every | Cron | Monthly


def next_due(schedule: Schedule, after: datetime) -> datetime:
    """Return the first due moment after `after`, in UTC."""
    if isinstance(schedule, Every):
        step = timedelta(seconds=schedule.seconds)
        return _EPOCH_ZERO + ((after - _EPOCH_ZERO) // step + 1) * step
    today = after.astimezone(schedule.zone).date()
    for day in _days_of(schedule, today, DAY):
        due = _first_after(day, schedule, after)
        if due is not None:
            return due
    raise AssertionError(f"{schedule} is never due")


def last_due(schedule: Schedule, until: datetime) -> datetime:
    """Return the last due moment that is not after `until`, in UTC."""
    if isinstance(schedule, Every):
        step = timedelta(seconds=schedule.seconds)
        return _EPOCH_ZERO + (until - _EPOCH_ZERO) // step * step
    # Where the clock goes back over midnight, moments of the next local day may have been.
    tomorrow = until.astimezone(schedule.zone).date() + DAY
    for day in _days_of(schedule, tomorrow, -DAY):
        due = _last_until(day, schedule, until)
        if due is not None:
            return due
    raise AssertionError(f"{schedule} was never due")


def is_due(schedule: Schedule, at: datetime) -> bool:
    """Whether `at` is one of the schedule's moments."""
    return last_due(schedule, at) == at


def moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the instant at which the clocks of `zone` show that time: the first, or just after a gap."""
    local = datetime.combine(day, at, tzinfo=zone)
    found = local.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return found
    # In a gap: the offsets of before and of after the jump give instants on either side of it.
    before, after = sorted((found, local.replace(fold=1).astimezone(UTC)))
    return _jump_between(before, after, zone)


def _jump_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant from which on `zone` has the offset that it has at `after`, to the second."""
    offset = after.astimezone(zone).utcoffset()
    earlier, later = int(before.timestamp()), int(after.timestamp())
    while later - earlier > 1:
        middle = (earlier + later) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            later = middle
        else:
            earlier = middle
    return datetime.fromtimestamp(later, UTC)


def _days_of(schedule: Cron | Monthly, first: date, step: timedelta) -> Iterator[date]:
    day = first
    for _ in range(DAYS_AHEAD_MAX):
        if schedule.falls_on(day):
            yield day
        day += step


def _first_after(day: date, schedule: Cron | Monthly, after: datetime) -> datetime | None:
    times = schedule.times
    index = bisect_right(times, after, key=lambda at: moment(day, at, schedule.zone))
    return moment(day, times[index], schedule.zone) if index < len(times) else None


def _last_until(day: date, schedule: Cron | Monthly, until: datetime) -> datetime | None:
    times = schedule.times
    index = bisect_right(times, until, key=lambda at: moment(day, at, schedule.zone))
    return moment(day, times[index - 1], schedule.zone) if index else None


def _field(text: str, least: int, most: int, names: Sequence[str] = ()) -> frozenset[int]:
    """Return the numbers that one field of a cron text names."""
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step_text = part.partition("/")
        first_text, dash, last_text = span.partition("-")
        if span == "*":
            first, last = least, most
        else:
            first = _number(first_text, names, least)
            last = _number(last_text, names, least) if dash else (most if slash else first)
        step = int(step_text) if slash and step_text.isdecimal() else 0 if slash else 1
        if step < 1 or not least <= first <= last <= most:
            raise ValueError(f"{part!r} is not a part of a schedule between {least} and {most}")
        found.update(range(first, last + 1, step))
    return frozenset(found)


def _number(text: str, names: Sequence[str], least: int) -> int:
    if text in names:
        return names.index(text) + least
    return int(text) if text.isascii() and text.isdecimal() else -1
