"""Claims early and late: own benefits, spouses, survivors, and work beside them."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest

from planner.taxes.law import law
from planner.taxes.retirement.claiming import (
    full_retirement_age,
    own_benefit,
    own_factor,
    spouse_excess,
    spouse_factor,
    survivor_benefit,
    survivor_factor,
    whole_dollars,
)
from planner.taxes.retirement.earnings_test import exempt, withheld
from planner.taxes.retirement.primary_insurance import Economy

RULES = law(2026).social_security
BORN = date(1962, 6, 15)
FLAT = Economy(wages=Decimal(0), prices=Decimal(0))


@pytest.mark.parametrize(
    "age,own,spouse",
    [
        (62, "0.7000", "0.6500"),
        (63, "0.7500", "0.7000"),
        (64, "0.8000", "0.7500"),
        (65, "0.8667", "0.8333"),
        (66, "0.9333", "0.9167"),
        (67, "1.0000", "1.0000"),
        (68, "1.0800", "1.0000"),
        (69, "1.1600", "1.0000"),
        (70, "1.2400", "1.0000"),
    ],
)
def test_the_published_factors(age: int, own: str, spouse: str) -> None:
    """P7: SSA's table for a full retirement age of 67."""
    assert f"{float(own_factor(RULES, BORN, age * 12)):.4f}" == own
    assert f"{float(spouse_factor(RULES, BORN, age * 12)):.4f}" == spouse


@pytest.mark.parametrize(
    "born,years,months", [(1937, 65, 0), (1941, 65, 8), (1954, 66, 0), (1957, 66, 6), (1999, 67, 0)]
)
def test_full_retirement_age_follows_from_the_year_of_birth(born: int, years: int, months: int) -> None:
    """P7: 42 USC sec. 416(l)."""
    assert full_retirement_age(RULES, date(born, 6, 15)) == years * 12 + months


@pytest.mark.parametrize("born", [1943, 1956, 1959, 1960, 1990])
def test_a_later_claim_is_never_less(born: int) -> None:
    """P10: every month more, up to 70."""
    birth = date(born, 3, 3)
    factors = [own_factor(RULES, birth, age) for age in range(62 * 12, 70 * 12 + 1)]
    assert all(later > earlier for earlier, later in pairwise(factors))
    assert own_factor(RULES, birth, 72 * 12) == factors[-1]
    spouses = [spouse_factor(RULES, birth, age) for age in range(62 * 12, 70 * 12 + 1)]
    assert spouses == sorted(spouses)


def test_benefits_are_rounded_down() -> None:
    """P7: to the dime, and what is paid to the dollar (42 USC sec. 415(g))."""
    assert own_benefit(2_665_80, own_factor(RULES, BORN, 62 * 12)) == 1_866_00  # 1,866.06
    assert own_benefit(1_000_00, own_factor(RULES, BORN, 65 * 12)) == 866_60  # 866.666...
    assert whole_dollars(866_60) == 866_00


def test_a_spouse_gets_half_less_the_own_amount() -> None:
    """P7: reduced by the spouse's age; nothing if the own amount is more than half."""
    at_62 = spouse_factor(RULES, BORN, 62 * 12)
    assert spouse_excess(RULES, 2_000_00, 0, at_62) == 650_00
    assert spouse_excess(RULES, 2_000_00, 600_00, Fraction(1)) == 400_00
    assert spouse_excess(RULES, 2_000_00, 1_000_00, Fraction(1)) == 0


def test_a_survivor_gets_from_715_thousandths_up() -> None:
    """P7: at 60; evenly up to all at full retirement age."""
    ages = range(60 * 12, 67 * 12 + 1)
    factors = [survivor_factor(RULES, BORN, age) for age in ages]
    assert (factors[0], factors[42], factors[-1]) == (Fraction(715, 1000), Fraction(8575, 10000), Fraction(1))
    assert factors == sorted(factors)
    assert survivor_benefit(RULES, 2_000_00, Fraction(1), factors[0]) == 1_430_00


def test_an_early_claim_of_the_worker_limits_the_survivor() -> None:
    """P7: to 82.5 % of the primary insurance amount, or to what the worker had if that is more."""
    whole = Fraction(1)
    assert survivor_benefit(RULES, 2_000_00, Fraction(7, 10), whole) == 1_650_00
    assert survivor_benefit(RULES, 2_000_00, Fraction(9, 10), whole) == 1_800_00
    assert survivor_benefit(RULES, 2_000_00, Fraction(7, 10), Fraction(715, 1000)) == 1_430_00
    assert survivor_benefit(RULES, 2_000_00, Fraction(124, 100), whole) == 2_480_00


@pytest.mark.parametrize(
    "year,before,of_it", [(2024, 22_320, 59_520), (2025, 23_400, 62_160), (2026, 24_480, 65_160)]
)
def test_the_published_exempt_amounts_follow_from_the_wage_index(year: int, before: int, of_it: int) -> None:
    """P7: 42 USC sec. 403(f)(8)."""
    assert exempt(RULES, year, FLAT, year_of_full_age=False) == before * 100
    assert exempt(RULES, year, FLAT, year_of_full_age=True) == of_it * 100


def test_work_costs_one_of_two_and_then_one_of_three() -> None:
    """P7: of what is over the exempt amount."""
    assert withheld(RULES, 2026, 34_480_00, FLAT, year_of_full_age=False) == 5_000_00
    assert withheld(RULES, 2026, 71_160_00, FLAT, year_of_full_age=True) == 2_000_00
    assert withheld(RULES, 2026, 24_480_00, FLAT, year_of_full_age=False) == 0
