"""Required minimum distributions."""

from datetime import date
from decimal import Decimal

import pytest

from planner.domain.errors import Refused
from planner.taxes.law import law, law_for
from planner.taxes.rmd import beginning_age, beginning_date, divisor, due_date, required_distribution

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


@pytest.mark.parametrize(
    "age,spouse,years",
    [
        (75, 64, "25.3"),
        (75, 60, "28.3"),
        (73, 60, "28.6"),
        (80, 65, "23.8"),
        (72, 50, "36.9"),
        (130, 80, "11.2"),
    ],
)
def test_a_much_younger_spouse_makes_it_less(age: int, spouse: int, years: str) -> None:
    """P10: table II holds for a spouse who is the only beneficiary and more than ten years younger."""
    assert divisor(LAW, age, 1940, spouse) == Decimal(years)


def test_a_spouse_of_ten_years_less_changes_nothing() -> None:
    """P10: table III is for a beneficiary of ten years less already."""
    for age in range(72, 121):
        assert divisor(LAW, age, 1900, age - 10) == divisor(LAW, age, 1900)
        younger = divisor(LAW, age, 1900, age - 11)
        assert younger is not None
        assert younger >= LAW.retirement.lifetime_divisors[age]


def test_table_2_is_whole_and_falls_with_both_ages() -> None:
    """P10: with every year of either the years that are left are fewer, or as many."""
    table = LAW.retirement.joint_life
    assert list(table) == list(range(72, 121))
    for age, row in table.items():
        assert len(row) == age - 10
        assert list(row) == sorted(row, reverse=True)
        later = table.get(age + 1, row)
        assert all(now >= then for now, then in zip(row, later, strict=False)), age
        assert all(years >= LAW.retirement.single_life[spouse] for spouse, years in enumerate(row))


def test_a_distribution_falls_as_the_years_grow() -> None:
    """P10: the younger the spouse, the less must leave."""
    due = [required_distribution(LAW, 100_000_00, 80, 1940, spouse) for spouse in range(20, 70)]
    assert due == sorted(due)
    assert due[-1] < required_distribution(LAW, 100_000_00, 80, 1940)


def test_the_first_distribution_may_wait_until_april() -> None:
    """P10: later ones are due by the end of their year."""
    assert beginning_date(LAW, 1953) == due_date(LAW, 1953, 2026) == date(2027, 4, 1)
    assert due_date(LAW, 1953, 2027) == date(2027, 12, 31)
