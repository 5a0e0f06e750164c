"""What is left to pay or comes back in April, and what must be paid during the year."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from planner.domain.members import FilingStatus
from planner.domain.money import to_cents
from planner.taxes.rules import Law

QUARTERS: Final = 4
_DUE: Final = ((0, 4, 15), (0, 6, 15), (0, 9, 15), (1, 1, 15))
_SATURDAY: Final = 5
_MARTIN_LUTHER_KING_DAY: Final = (15, 21)
_EMANCIPATION_DAY: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What was paid for the year so far, in cents. The Social Security tax is what all employers withheld."""

    withheld: int = 0
    estimated: int = 0
    social_security_head: int = 0
    social_security_spouse: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """Cents. `excess_social_security` was withheld by several employers over the wage base: it comes back.

    One of `refund` and `due` is 0.
    """

    payments: int
    excess_social_security: int
    refund: int
    due: int


def settle(law: Law, total: int, paid: Paid) -> Settlement:
    """Set the year's total tax in cents against what was paid."""
    most = to_cents(law.payroll.wage_base * law.payroll.social_security)
    withheld = (paid.social_security_head, paid.social_security_spouse)
    excess = sum(max(0, each - most) for each in withheld)
    payments = paid.withheld + paid.estimated + excess
    return Settlement(
        payments=payments,
        excess_social_security=excess,
        refund=max(0, payments - total),
        due=max(0, total - payments),
    )


@dataclass(frozen=True, slots=True)
class Payment:
    """An estimated payment in cents, and its last day."""

    due: date
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """What keeps the penalty away: `required` cents during the year, and what is paid of them in four parts.

    `reason` says which safe harbour it is; `payments` are what withholding leaves.
    """

    required: int
    reason: str
    payments: tuple[Payment, ...]


def estimates(
    law: Law,
    status: FilingStatus,
    *,
    total: int,
    withheld: int,
    last_year_total: int | None = None,
    last_year_agi: int = 0,
) -> Estimates:
    """Return the estimated payments of a year whose tax will be `total` cents, `withheld` of it withheld.

    Required is the smaller of 90 % of this year's tax and the whole of last year's (110 % of it if income was
    over 150,000 then), where last year's is known; nothing if withholding leaves less than 1,000.
    """
    rules = law.income.estimates
    required, reason = _share(max(0, total), rules.this_year), "90 % of this year's tax"
    if last_year_total is not None:
        high = Decimal(last_year_agi).scaleb(-2) > rules.high_above[status]
        share = rules.last_year_high if high else rules.last_year
        harbour = _share(max(0, last_year_total), share)
        if harbour < required:
            required, reason = harbour, f"{share:.0%} of last year's tax".replace("%", " %")
    if total - withheld < to_cents(rules.least):
        return Estimates(required=0, reason="less than 1,000 is left after withholding", payments=())
    if required <= withheld:
        return Estimates(required=required, reason=f"withholding covers {reason}", payments=())
    return Estimates(required=required, reason=reason, payments=_in_four(law.year, required - withheld))


def _share(cents: int, share: Decimal) -> int:
    return to_cents(cents * share / 100)


def _in_four(year: int, cents: int) -> tuple[Payment, ...]:
    """Split cents into four payments that add up; earlier ones are the larger by a cent."""
    each, more = divmod(cents, QUARTERS)
    return tuple(Payment(day, each + (number < more)) for number, day in enumerate(due_dates(year)))


@lru_cache(maxsize=256)
def due_dates(year: int) -> Sequence[date]:
    """Return the four last days, moved to the next working day of the District of Columbia."""
    return tuple(_working_day(date(year + later, month, day)) for later, month, day in _DUE)


def _working_day(day: date) -> date:
    while day.weekday() >= _SATURDAY or _holiday(day):
        day += timedelta(days=1)
    return day


def _holiday(day: date) -> bool:
    """Say whether a day near a due date is Martin Luther King Day, or Emancipation Day as observed."""
    first, last = _MARTIN_LUTHER_KING_DAY
    king = day.month == 1 and first <= day.day <= last and day.weekday() == 0
    freed = date(day.year, 4, _EMANCIPATION_DAY)
    observed = freed - timedelta(days=1) if freed.weekday() == _SATURDAY else freed
    if freed.weekday() == _SATURDAY + 1:
        observed = freed + timedelta(days=1)
    return king or day == observed
