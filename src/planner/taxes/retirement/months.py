"""Months and ages as Social Security counts them."""

from datetime import date, timedelta

MONTHS = 12


def attained_from(birth: date) -> date:
    """Return the day from which ages count: one is a year older on the day before one's birthday.

    Whoever is born on the first of a month counts as born in the month before (20 CFR sec. 404.2(c)(4)).
    """
    return birth - timedelta(days=1)


def month_of(day: date) -> int:
    """Return a number for a calendar month, one more for the next."""
    return day.year * MONTHS + day.month - 1


def month_at(birth: date, age: int) -> int:
    """Return the month in which an age in months is reached."""
    return month_of(attained_from(birth)) + age


def year_of(month: int) -> int:
    """Return the year of a month."""
    return month // MONTHS


def written(month: int) -> str:
    """Write a month: 2026-07."""
    year, place = divmod(month, MONTHS)
    return f"{year:04d}-{place + 1:02d}"


def by_birth_year(steps: tuple[tuple[int, int], ...], birth: date) -> int:
    """Return the months of age that a table by year of birth gives."""
    born = attained_from(birth).year
    return next(months for since, months in reversed(steps) if born >= since)
