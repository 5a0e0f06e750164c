"""The primary insurance amount: what a record of earnings is worth a month at full retirement age."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from planner.domain.money import to_cents
from planner.taxes.retirement.months import MONTHS, attained_from, year_of
from planner.taxes.retirement_rules import SocialSecurityLaw

DIME = 10
INDEXED_UP_TO = 60
ELIGIBLE_AT = 62
_CENT = Decimal("0.01")
_DOLLAR = Decimal(1)
_DECEMBER = 11


@dataclass(frozen=True, slots=True)
class Economy:
    """How wages and benefits rise after the years that are known: yearly fractions."""

    wages: Decimal
    prices: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Averaged:
    """Average indexed monthly earnings in dollars, and what they were worked out from, in cents."""

    monthly: int
    counted: Mapping[int, int]
    """Indexed earnings of the years that count; the others are nothing."""
    base_year: int
    """Earnings before it are indexed to its wages."""


def wage_index(law: SocialSecurityLaw, year: int, economy: Economy) -> Decimal:
    """Return the average wage of a year; one that is not published yet follows from the last."""
    known = law.wage_index
    last = max(known)
    if year <= last:
        return known[max(year, min(known))]
    return known[last] * (1 + economy.wages) ** (year - last)


def contribution_base(law: SocialSecurityLaw, year: int, economy: Economy) -> int:
    """Return the cents of a year's earnings that count; a later year's follow wages, unrounded."""
    known = law.wage_bases
    last = max(known)
    if year <= last:
        return to_cents(known[max(year, min(known))])
    return to_cents(known[last] * (1 + economy.wages) ** (year - last))


def averaged(law: SocialSecurityLaw, earnings: Mapping[int, int], birth: date, economy: Economy) -> Averaged:
    """Return the average indexed monthly earnings of a record: cents by year.

    Up to the year of age 60 earnings rise with wages; later ones count as they are. The highest 35 years
    count, fewer as nothing; the average is rounded down to the dollar (20 CFR sec. 404.210 and 404.211).
    """
    base_year = attained_from(birth).year + INDEXED_UP_TO
    base = wage_index(law, base_year, economy)
    indexed: dict[int, int] = {}
    for year, cents in earnings.items():
        counts = Decimal(min(cents, contribution_base(law, year, economy))).scaleb(-2)
        if year < base_year:
            counts = counts * base / wage_index(law, year, economy)
        indexed[year] = to_cents(counts)
    best = sorted(indexed, key=lambda year: (-indexed[year], year))[: law.computation_years]
    counted = {year: indexed[year] for year in sorted(best)}
    return Averaged(
        monthly=sum(counted.values()) // (law.computation_years * MONTHS * 100),
        counted=counted,
        base_year=base_year,
    )


def bend_points(law: SocialSecurityLaw, eligible: int, economy: Economy) -> tuple[int, int]:
    """Return the dollars at which the formula bends for those who are 62 in a year, to the nearest dollar."""
    rise = wage_index(law, eligible - 2, economy) / law.wage_index[law.formula_base_year]
    low, high = ((base * rise).quantize(_DOLLAR, rounding=ROUND_HALF_UP) for base in law.formula_bases)
    return int(low), int(high)


def formula(law: SocialSecurityLaw, monthly: int, bends: tuple[int, int]) -> int:
    """Return the cents that average monthly earnings in dollars are worth, rounded down to the dime."""
    low, high = bends
    first, second, third = law.formula_rates
    dollars = (
        first * min(monthly, low) + second * max(0, min(monthly, high) - low) + third * max(0, monthly - high)
    )
    return dimes(dollars * 100)


def eligible_year(birth: date) -> int:
    """Return the year of age 62, whose formula holds."""
    return attained_from(birth).year + ELIGIBLE_AT


def raised(law: SocialSecurityLaw, cents: int, eligible: int, month: int, economy: Economy) -> int:
    """Return an amount with the rises of every December from the year of eligibility to `month`.

    Each is rounded down to the dime (42 USC sec. 415(i)(2)(A)(ii)). A December that is not known yet rises
    by prices, to a tenth of a percent.
    """
    last = year_of(month) if month % MONTHS == _DECEMBER else year_of(month) - 1
    for year in range(eligible, last + 1):
        cents = dimes(cents * (1 + cost_of_living(law, year, economy)))
    return cents


def cost_of_living(law: SocialSecurityLaw, year: int, economy: Economy) -> Decimal:
    """Return the rise in December of a year; never a fall."""
    known = law.cost_of_living
    if year in known:
        return known[year]
    expected = economy.prices.quantize(Decimal("0.001"), rounding=ROUND_HALF_UP)
    return max(Decimal(0), expected) if year > max(known) else Decimal(0)


def dimes(cents: Decimal) -> int:
    """Round cents down to the dime."""
    return int((cents / DIME).to_integral_value(rounding=ROUND_FLOOR)) * DIME
