"""Required minimum distributions: from which age, and how much of last year's closing balance."""

from decimal import ROUND_HALF_UP, Decimal

from planner.domain.errors import Refused
from planner.taxes.rules import Law

_CENT = Decimal(1)


def beginning_age(law: Law, birth_year: int) -> int:
    """Return the age in whose year distributions must begin."""
    return next(age for born_from, age in reversed(law.retirement.beginning_ages) if birth_year >= born_from)


def divisor(law: Law, age: int, birth_year: int) -> Decimal | None:
    """Return the years to divide by at the age reached in the year; None before distributions begin.

    Table III, for an owner whose spouse is not the sole beneficiary and more than ten years younger.
    """
    if age < beginning_age(law, birth_year):
        return None
    table = law.retirement.lifetime_divisors
    return table[min(age, max(table))]


def required_distribution(law: Law, balance: int, age: int, birth_year: int) -> int:
    """Return the cents that must leave an account this year, given its cents at the end of last year.

    `age` is the age reached in the year. Half up to the cent.
    """
    if balance < 0:
        raise Refused.one("balance", "A balance that distributions are taken from cannot be negative.")
    years = divisor(law, age, birth_year)
    return 0 if years is None else int((balance / years).quantize(_CENT, rounding=ROUND_HALF_UP))
