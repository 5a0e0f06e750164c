"""Figures, dates and states in words."""

from datetime import date, datetime

from planner.domain.money import for_people

NOTHING = "\N{EN DASH}"
MINUTE_SECONDS = 60
HOUR_SECONDS = 3_600
CENTS = 100
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CHF": "CHF ", "CAD": "CA$", "AUD": "A$"}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
STATES = {
    "pending": "waiting",
    "running": "running",
    "succeeded": "done",
    "partial": "partly done",
    "failed": "failed",
    "cancelled": "cancelled",
    "superseded": "replaced by a newer one",
}


def exact(cents: int | None, currency: str = "USD") -> str:
    """Return an amount to the cent; a dash where there is none."""
    return NOTHING if cents is None else for_people(cents, symbol=symbol(currency))


def rounded(cents: int | None, currency: str = "USD") -> str:
    """Return an amount in whole dollars; a dash where there is none."""
    if cents is None:
        return NOTHING
    dollars = (abs(cents) + CENTS // 2) // CENTS
    return f"{'-' if cents < 0 and dollars else ''}{symbol(currency)}{dollars:,}"


def symbol(currency: str) -> str:
    """Return how amounts of a currency begin."""
    return SYMBOLS.get(currency, f"{currency} ")


def percent(fraction: float) -> str:
    """Return a fraction as a percentage with one decimal."""
    return f"{100 * fraction:.1f} %"


def period_words(period: str) -> str:
    """Return "2031-04" as "Apr 2031"; a year stays as it is."""
    year, _, month = period.partition("-")
    return f"{MONTHS[int(month) - 1]} {year}" if month else year


def day_words(day: date) -> str:
    """Return "23 Nov 2026"."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def plain(code: str) -> str:
    """Return a name of the domain as words: married_filing_jointly is "married filing jointly"."""
    return code.replace("_", " ")


def seconds_left(seconds: float) -> str:
    """Return how long something will still take, roughly."""
    if seconds < 1:
        return "almost done"
    if seconds < MINUTE_SECONDS:
        return f"about {seconds:.0f} s left"
    return f"about {seconds / MINUTE_SECONDS:.0f} min left"


def duration(seconds: float) -> str:
    """Return how long something took or is old, with the unit that fits."""
    if seconds < 1:
        return f"{1_000 * seconds:,.1f} ms"
    if seconds < 2 * MINUTE_SECONDS:
        return f"{seconds:,.0f} s"
    if seconds < 2 * HOUR_SECONDS:
        return f"{seconds / MINUTE_SECONDS:,.0f} min"
    return f"{seconds / HOUR_SECONDS:,.0f} h"


def instant(at: datetime) -> str:
    """Return an instant to the minute, in UTC, which it says."""
    return f"{day_words(at)}, {at:%H:%M} UTC"


def count(number: int, one: str, many: str | None = None) -> str:
    """Return "1 job", "3 jobs"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
