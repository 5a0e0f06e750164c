"""Distributions from inherited accounts."""

from decimal import Decimal

import pytest

from planner.domain.errors import Refused
from planner.taxes.law import law
from planner.taxes.retirement.inherited import (
    Beneficiary,
    Inheritance,
    died_before_beginning,
    inherited_distribution,
    inherited_year,
)

LAW = law(2026)


def an_inheritance(
    beneficiary: Beneficiary = Beneficiary.OTHER, born: int = 1970, *, owner: int = 1945, before: bool = False
) -> Inheritance:
    return Inheritance(
        beneficiary=beneficiary,
        birth_year=born,
        owner_birth_year=owner,
        owner_death_year=2023,
        died_before_beginning=before,
    )


def test_the_single_life_table_is_whole() -> None:
    """P7: table I of Publication 590-B."""
    table = LAW.retirement.single_life
    assert len(table) == 121
    assert list(table) == sorted(table, reverse=True)
    assert (table[0], table[50], table[56], table[80], table[120]) == tuple(
        map(Decimal, ("84.6", "36.2", "30.6", "11.2", "1.0"))
    )


def test_ten_years_with_distributions_in_each_of_them() -> None:
    """P10: Publication 590-B: the owner had begun, so there is one each year, and the rest in the tenth."""
    found = an_inheritance()
    assert inherited_year(LAW, found, 2024).years == Decimal("32.5")  # 54 in the year after the death
    assert inherited_year(LAW, found, 2026).years == Decimal("30.5")
    assert inherited_distribution(LAW, 305_000_00, found, 2026) == 10_000_00
    last = inherited_year(LAW, found, 2033)
    assert (last.years, last.rest, last.empty_by) == (Decimal(1), True, 2033)


def test_ten_years_without_any_before_the_last() -> None:
    """P10: the owner had not begun."""
    found = an_inheritance(before=True)
    assert [inherited_distribution(LAW, 100_00, found, year) for year in (2024, 2032, 2033)] == [0, 0, 100_00]


def test_the_owner_s_years_hold_if_they_are_more() -> None:
    """P10: an heir who is older than the owner was."""
    found = an_inheritance(Beneficiary.NOT_MUCH_YOUNGER, 1940)
    assert inherited_year(LAW, found, 2024).years == Decimal("11.6")  # 12.6 at 78, less one
    assert inherited_year(LAW, found, 2024).empty_by is None
    assert inherited_year(
        LAW, an_inheritance(Beneficiary.DISABLED, 1940, before=True), 2024
    ).years == Decimal("8.7")


def test_a_minor_child_has_ten_years_from_21_on() -> None:
    """P10: eligible until then."""
    found = an_inheritance(Beneficiary.MINOR_CHILD, 2010, before=True)
    assert inherited_year(LAW, found, 2024).years == Decimal("70.9")
    assert inherited_year(LAW, found, 2041).rest
    assert not inherited_year(LAW, found, 2040).rest


def test_a_death_before_the_beginning_date() -> None:
    """P10: 1 April of the year after the one of the beginning age."""
    assert died_before_beginning(LAW, 1951, 2025, (3, 31))
    assert not died_before_beginning(LAW, 1951, 2025, (4, 1))


@pytest.mark.parametrize("year,born", [(2023, 1970), (2024, 2024)])
def test_what_cannot_be_is_refused(year: int, born: int) -> None:
    with pytest.raises(Refused):
        inherited_year(LAW, an_inheritance(born=born), year)
