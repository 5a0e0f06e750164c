"""Distributions from inherited accounts, where the owner died in 2020 or later."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from planner.domain.errors import Refused
from planner.taxes.rmd import beginning_date, share
from planner.taxes.rules import Law

FIRST_YEAR_OF_DEATH = 2020
_ONE = Decimal(1)


class Beneficiary(StrEnum):
    """Who inherits, as the law tells them apart; a spouse may treat the account as an own one."""

    MINOR_CHILD = "minor_child"
    DISABLED = "disabled"
    NOT_MUCH_YOUNGER = "not_more_than_10_years_younger"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inheritance:
    """An account that one person inherits; years of birth and death are all that counts."""

    beneficiary: Beneficiary
    birth_year: int
    owner_birth_year: int
    owner_death_year: int
    died_before_beginning: bool

    @property
    def eligible(self) -> bool:
        """Say whether distributions may be spread over the beneficiary's life."""
        return self.beneficiary is not Beneficiary.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class InheritedYear:
    """What must leave in a year: `years` to divide by, None if nothing must; `rest` if all must."""

    years: Decimal | None
    rest: bool
    empty_by: int | None
    """The year at whose end the account must be empty; None if only life expectancy ends it."""


def inherited_year(law: Law, inheritance: Inheritance, year: int) -> InheritedYear:
    """Return what the law asks of `year`."""
    _check(inheritance, year)
    empty_by = _empty_by(law, inheritance)
    if empty_by is not None and year >= empty_by:
        return InheritedYear(years=_ONE, rest=True, empty_by=empty_by)
    if not inheritance.eligible and inheritance.died_before_beginning:
        return InheritedYear(years=None, rest=False, empty_by=empty_by)
    left = _left(law, inheritance, year)
    return InheritedYear(years=max(left, _ONE), rest=left <= _ONE, empty_by=empty_by)


def inherited_distribution(law: Law, balance: int, inheritance: Inheritance, year: int) -> int:
    """Return the cents that must leave in `year`, given the cents at the end of the year before."""
    return share(balance, inherited_year(law, inheritance, year).years)


def died_before_beginning(
    law: Law, owner_birth_year: int, death_year: int, month_and_day: tuple[int, int]
) -> bool:
    """Say whether an owner died before the day by which distributions had to begin."""
    begins = beginning_date(law, owner_birth_year)
    return (death_year, *month_and_day) < (begins.year, begins.month, begins.day)


def _left(law: Law, inheritance: Inheritance, year: int) -> Decimal:
    """Years of the single-life table for the year after the death, less one for each year since.

    If distributions had begun, the years that the owner had left if those are more.
    """
    table = law.retirement.single_life
    first = inheritance.owner_death_year + 1
    left = _expected(table, first - inheritance.birth_year) - (year - first)
    if inheritance.died_before_beginning:
        return left
    died_at = inheritance.owner_death_year - inheritance.owner_birth_year
    return max(left, _expected(table, died_at) - (year - inheritance.owner_death_year))


def _empty_by(law: Law, inheritance: Inheritance) -> int | None:
    years = law.retirement.years_to_empty
    match inheritance.beneficiary:
        case Beneficiary.OTHER:
            return inheritance.owner_death_year + years
        case Beneficiary.MINOR_CHILD:
            return inheritance.birth_year + law.retirement.adult_age + years
        case _:
            return None


def _expected(table: tuple[Decimal, ...], age: int) -> Decimal:
    return table[min(age, len(table) - 1)]


def _check(inheritance: Inheritance, year: int) -> None:
    death = inheritance.owner_death_year
    if death < FIRST_YEAR_OF_DEATH:
        raise Refused.one(
            "owner_death_date",
            f"Only accounts of owners who died in {FIRST_YEAR_OF_DEATH} or later are worked out.",
        )
    if year <= death:
        raise Refused.one(
            "year",
            "In the year of death the owner's own distribution is due; this is for the years after it.",
        )
    if inheritance.birth_year > death:
        raise Refused.one("birth_date", "The beneficiary was born after the owner's death.")
