"""Required minimum distributions: from which age, until when, and how much of last year's closing balance."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from planner.domain.errors import Refused
from planner.taxes.rules import Law

YEARS_YOUNGER = 10
"""A spouse who is more than these years younger, and the only beneficiary, makes distributions smaller."""
_CENT = Decimal(1)


def beginning_age(law: Law, birth_year: int) -> int:
    """Return the age in whose year distributions must begin."""
    return next(age for born_from, age in reversed(law.retirement.beginning_ages) if birth_year >= born_from)


def beginning_date(law: Law, birth_year: int) -> date:
    """Return the last day for the first distribution: 1 April of the year after the one it is for."""
    return date(birth_year + beginning_age(law, birth_year) + 1, 4, 1)


def due_date(law: Law, birth_year: int, year: int) -> date:
    """Return the last day for the distribution of `year`."""
    first = year == birth_year + beginning_age(law, birth_year)
    return beginning_date(law, birth_year) if first else date(year, 12, 31)


def jointly(age: int, spouse_age: int | None) -> bool:
    """Say whether a spouse who is the only beneficiary is so young that table II holds."""
    return spouse_age is not None and age - spouse_age > YEARS_YOUNGER


def divisor(law: Law, age: int, birth_year: int, spouse_age: int | None = None) -> Decimal | None:
    """Return the years to divide by at the age reached in the year; None before distributions begin.

    `spouse_age` is the age that a spouse who is the only beneficiary reaches in the year: table II of the
    regulation if the spouse is more than ten years younger, table III otherwise and without one.
    """
    if age < beginning_age(law, birth_year):
        return None
    table = law.retirement.lifetime_divisors
    owner = min(age, max(table))
    if spouse_age is None or not jointly(age, spouse_age):
        return table[owner]
    row = law.retirement.joint_life[owner]
    return row[min(spouse_age, len(row) - 1)]


def required_distribution(
    law: Law, balance: int, age: int, birth_year: int, spouse_age: int | None = None
) -> int:
    """Return the cents that must leave an account this year, given its cents at the end of last year.

    `age` is the age reached in the year. Half up to the cent.
    """
    return share(balance, divisor(law, age, birth_year, spouse_age))


def share(balance: int, years: Decimal | None) -> int:
    """Return the cents of one of `years` equal parts, half up; nothing if there is nothing to divide by."""
    if balance < 0:
        raise Refused.one("balance", "A balance that distributions are taken from cannot be negative.")
    return 0 if years is None else int((balance / years).quantize(_CENT, rounding=ROUND_HALF_UP))
