"""Fields that several calculators ask for: the year and its law, the filing status, how often pay comes."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from planner.domain.calendar import PER_YEAR
from planner.domain.errors import Refused
from planner.domain.members import FilingStatus
from planner.taxes.calculators.fields import Field, choice, one_of, rate, whole
from planner.taxes.law import FIRST_YEAR, LAST_YEAR, LATEST_YEAR, law, law_for
from planner.taxes.rules import Law

DAILY: Final = 260
PAY_PERIODS: Final[Mapping[str, int]] = {
    "daily": DAILY,
    **{str(frequency): periods for frequency, periods in PER_YEAR.items()},
    "semiannually": 2,
    "annually": 1,
}

YEAR: Final = whole(
    "year",
    f"The tax year: {FIRST_YEAR} to {LAST_YEAR}, or a later one together with `inflation`.",
    least=1,
    most=9999,
    default=None,
    required=True,
)
INFLATION: Final = rate(
    "inflation",
    f"For a year after {LAST_YEAR}: the yearly rise of prices by which its law is indexed; 0.025 is 2.5 %.",
)
FILING_STATUS: Final = choice("filing_status", "How the return is filed.", FilingStatus, required=True)


def pay_frequency() -> Field:
    """Return the field of how often pay comes, read as pay periods a year."""
    schema = {"type": "string", "enum": list(PAY_PERIODS)}
    return one_of("pay_frequency", "How often pay comes.", PAY_PERIODS, schema, required=True)


def law_of(case: Mapping[str, Any]) -> Law:
    """Return the law of the year that a case names, or refuse a year whose law is not known."""
    year: int = case["year"]
    inflation: Decimal | None = case["inflation"]
    if FIRST_YEAR <= year <= LAST_YEAR:
        return law(year)
    known = f"The tax law of {year} is not known; it is known for {FIRST_YEAR} to {LAST_YEAR}"
    if year < FIRST_YEAR or year > LATEST_YEAR:
        raise Refused.one("year", f"{known}.")
    if inflation is None:
        raise Refused.one("year", f"{known}; a later year needs `inflation`.")
    return law_for(year, inflation)
