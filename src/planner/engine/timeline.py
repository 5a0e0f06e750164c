"""The months of a plan, and how often something falls in each of them on the real calendar."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from planner.domain.calendar import Frequency, first_day, last_day, month_number
from planner.domain.holidays import FIXED, MAY, NTH, SUNDAY
from planner.domain.record import EARLIEST_DATE, LATEST_DATE

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MONTHS_IN_YEAR = 12
EPOCH_YEAR = 1970
EPOCH_WEEKDAY = date(EPOCH_YEAR, 1, 1).weekday()
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
MID_MONTH = 15
HALF = 0.5 + 1e-6
MOST_CENTS = 2**53
"""Whole cents are exact in a float64 up to here."""

REGULAR_FRIDAY = date(2026, 1, 2)
"""Weekly and biweekly things without a date of their own fall on this Friday and every one or two weeks."""

_DAYS = {Frequency.WEEKLY: 7, Frequency.BIWEEKLY: 14}
_MONTHS = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.SEMIANNUAL: 6, Frequency.ANNUAL: 12}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Timeline:
    """The months of a plan. Month 0 is the start's own, from the start on; days are ordinals.

    `month_starts` and `month_lengths` begin with the January of the start's year, `lead` months before
    month 0: what was earned earlier in that year counts towards its limits and its tax.
    """

    start: date
    months: int
    lead: int
    first_month: int
    month_starts: IntArray
    month_lengths: IntArray
    years: IntArray
    calendar_months: IntArray
    factors: dict[tuple[Decimal, int], FloatArray]
    """What `rising` has worked out before: most spending rises alike."""

    @property
    def end(self) -> date:
        """The last day."""
        return last_day(self.first_month + self.months - 1)

    @property
    def year_count(self) -> int:
        """How many calendar years the plan touches."""
        return int(self.years[-1]) - self.start.year + 1

    def month_indices(self, days: IntArray) -> IntArray:
        """Return the month of each day; negative before month 0."""
        return self.month_starts.searchsorted(days, "right") - 1 - self.lead


def timeline(start: date, months: int) -> Timeline:
    """Lay out `months` months from the month of `start` on."""
    assert months >= 1
    lead = start.month - 1
    january = np.datetime64(f"{start.year:04d}-01", "M")
    starts = (january + np.arange(lead + months + 1)).astype("datetime64[D]").astype(np.int64)
    starts += EPOCH_ORDINAL
    numbers = month_number(start) + np.arange(months)
    return Timeline(
        start=start,
        months=months,
        lead=lead,
        first_month=month_number(start),
        month_starts=starts[:-1],
        month_lengths=np.diff(starts),
        years=numbers // MONTHS_IN_YEAR,
        calendar_months=numbers % MONTHS_IN_YEAR + 1,
        factors={},
    )


def days_of(
    line: Timeline, frequency: Frequency, anchor: date, first: date | None, last: date | None
) -> IntArray:
    """Return the days, from January of the start's year to the end of the plan, on which something falls.

    Agrees with `domain.calendar.occurrences`; `first` and `last` bound it, both included.
    """
    january = int(line.month_starts[0])
    low = max(january, (first or EARLIEST_DATE).toordinal())
    high = min(line.end.toordinal(), (last or LATEST_DATE).toordinal())
    days: IntArray
    match frequency:
        case Frequency.ONCE:
            days = np.array([anchor.toordinal()], dtype=np.int64)
        case Frequency.WEEKLY | Frequency.BIWEEKLY:
            step = _DAYS[frequency]
            return np.arange(low + (anchor.toordinal() - low) % step, high + 1, step, dtype=np.int64)
        case Frequency.SEMIMONTHLY:
            days = np.empty(2 * len(line.month_starts), dtype=np.int64)
            days[0::2] = line.month_starts + (MID_MONTH - 1)
            days[1::2] = line.month_starts + line.month_lengths - 1
        case Frequency.MONTHLY | Frequency.QUARTERLY | Frequency.SEMIANNUAL | Frequency.ANNUAL:
            step = _MONTHS[frequency]
            offset = (month_number(anchor) - (line.first_month - line.lead)) % step
            lengths = line.month_lengths[offset::step]
            days = line.month_starts[offset::step] + np.minimum(lengths, anchor.day) - 1
    return days[days.searchsorted(low) : days.searchsorted(high, "right")]


def counts(
    line: Timeline, frequency: Frequency, anchor: date, first: date | None, last: date | None
) -> IntArray:
    """Return how many times something falls in each month of the plan, on or after its start."""
    from_start = line.start if first is None else max(first, line.start)
    days = days_of(line, frequency, anchor, from_start, last)
    return np.bincount(line.month_indices(days), minlength=line.months)


def pay_days(
    line: Timeline, frequency: Frequency, anchor: date, first: date | None, last: date | None
) -> IntArray:
    """Return the days on which wages are paid; `first` and `last` bound them, both included.

    Agrees with `domain.holidays.pay_dates`: pay that falls on a weekend or a bank holiday comes on the
    business day before, be it in the month or the year before.
    """
    longer = timeline(line.start, line.months + 1)  # pay of the month after may come in the last month
    days = days_of(longer, frequency, anchor, first, None)
    since_epoch = (days - EPOCH_ORDINAL).astype("datetime64[D]")
    calendar = _banks(line.start.year, longer.end.year)
    paid = np.busday_offset(since_epoch, 0, roll="preceding", busdaycal=calendar).astype(np.int64)
    paid += EPOCH_ORDINAL
    low = max(int(line.month_starts[0]), (first or EARLIEST_DATE).toordinal())
    high = min(line.end.toordinal(), (last or LATEST_DATE).toordinal())
    return paid[paid.searchsorted(low) : paid.searchsorted(high, "right")]


@lru_cache(maxsize=64)
def _banks(first_year: int, last_year: int) -> np.busdaycalendar:
    """Return the business days of some years: the rules of `domain.holidays`, for all years at once."""
    years = np.arange(first_year - 1, last_year + 1)  # pay of January may come in December
    januaries = (years - EPOCH_YEAR).astype("datetime64[Y]").astype("datetime64[M]")
    kept = []
    for month, day, since in FIXED:
        days = (januaries[years >= since] + (month - 1)).astype("datetime64[D]") + (day - 1)
        kept.append(days + (_weekdays(days) == SUNDAY))
    for month, which, weekday, since in NTH:
        firsts = (januaries[years >= since] + (month - 1)).astype("datetime64[D]")
        kept.append(firsts + (weekday - _weekdays(firsts)) % 7 + 7 * (which - 1))
    ends = (januaries + MAY).astype("datetime64[D]") - 1
    kept.append(ends - _weekdays(ends))
    return np.busdaycalendar(holidays=np.concatenate(kept))


def _weekdays(days: NDArray[np.datetime64]) -> IntArray:
    """Return the weekday of each day; 0 is Monday."""
    numbers: IntArray = (days.astype(np.int64) + EPOCH_WEEKDAY) % 7
    return numbers


def anchor_for(frequency: Frequency, first_payment: date | None, start: date | None, *, day: int) -> date:
    """Return a date on which something falls; without one of its own it is the start's, or day `day`."""
    if first_payment is not None:
        return first_payment
    if start is not None:
        return start
    return REGULAR_FRIDAY if frequency in _DAYS else date(REGULAR_FRIDAY.year, 1, day)


def steps(line: Timeline, step_month: int) -> IntArray:
    """Return how many firsts of `step_month` have come after the start, by month of the plan."""
    before = (step_month - line.start.month - 1) % MONTHS_IN_YEAR + 1
    ahead = np.arange(line.months) - before
    return np.where(ahead < 0, 0, ahead // MONTHS_IN_YEAR + 1)


def rising(line: Timeline, yearly: Decimal, step_month: int = 1) -> FloatArray:
    """Return the factor by which something that rises once a year has risen, by month of the plan."""
    known = line.factors.get((yearly, step_month))
    if known is None:
        known = np.power(1.0 + float(yearly), steps(line, step_month).astype(np.float64))
        line.factors[yearly, step_month] = known
    return known


def half_up(cents: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """Round to whole cents; a tie goes up, and so does what only misses it by the noise of a float."""
    rounded: FloatArray = np.floor(cents + HALF, out=out)
    return rounded


def summed(places: IntArray, amounts: FloatArray, length: int) -> FloatArray:
    """Add amounts up by place."""
    return np.bincount(places, weights=amounts, minlength=length).astype(np.float64, copy=False)


def first_days(line: Timeline) -> tuple[date, ...]:
    """Return the first day of each month of the plan."""
    return tuple(first_day(line.first_month + month) for month in range(line.months))
