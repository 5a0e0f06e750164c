"""Required minimum distributions."""

from decimal import Decimal

import pytest

from planner.domain.errors import Refused
from planner.taxes.law import law, law_for
from planner.taxes.rmd import beginning_age, divisor, required_distribution

LAW = law(2026)


@pytest.mark.parametrize("born,age", [(1949, 72), (1951, 73), (1959, 73), (1960, 75), (1999, 75)])
def test_the_age_follows_from_the_year_of_birth(born: int, age: int) -> None:
    """P10: RMDs: 73 for those born from 1951 to 1959, 75 for those born later."""
    assert beginning_age(LAW, born) == age
    assert divisor(LAW, age - 1, born) is None
    assert divisor(LAW, age, born) is not None


def test_a_published_example() -> None:
    """P10: 100,000 at 75 is 4,065 in whole dollars."""
    assert required_distribution(LAW, 100_000_00, 75, 1951) == 4_065_04


def test_the_table_s_last_row_holds_for_all_later_ages() -> None:
    """P10: table III ends at 120."""
    assert divisor(LAW, 130, 1951) == divisor(LAW, 120, 1951) == Decimal("2.0")


def test_the_table_falls_with_every_year() -> None:
    """P10: the table is whole."""
    table = LAW.retirement.lifetime_divisors
    assert list(table) == list(range(72, 121))
    assert list(table.values()) == sorted(table.values(), reverse=True)


def test_nothing_is_due_before_the_age_and_in_later_years_the_law_is_the_same() -> None:
    assert required_distribution(LAW, 100_000_00, 74, 1960) == 0
    assert required_distribution(law_for(2040, Decimal("0.03")), 100_000_00, 75, 1965) == 4_065_04


def test_a_negative_balance_is_refused() -> None:
    with pytest.raises(Refused):
        required_distribution(LAW, -1, 80, 1950)
