"""From a record of earnings to the primary insurance amount."""

from datetime import date
from decimal import Decimal

import pytest

from planner.taxes.law import law
from planner.taxes.retirement.claiming import own_benefit, own_factor, whole_dollars
from planner.taxes.retirement.months import attained_from, by_birth_year, month_at, written
from planner.taxes.retirement.primary_insurance import (
    Economy,
    averaged,
    bend_points,
    contribution_base,
    formula,
    raised,
    wage_index,
)

RULES = law(2026).social_security
FLAT = Economy(wages=Decimal(0), prices=Decimal(0))
GROWING = Economy(wages=Decimal("0.035"), prices=Decimal("0.0244"))


@pytest.mark.parametrize(
    "year,bends",
    [
        (1979, (180, 1085)),
        (2018, (895, 5397)),
        (2020, (960, 5785)),
        (2022, (1024, 6172)),
        (2024, (1174, 7078)),
        (2025, (1226, 7391)),
        (2026, (1286, 7749)),
    ],
)
def test_the_published_bend_points_follow_from_the_wage_index(year: int, bends: tuple[int, int]) -> None:
    """P7: 42 USC sec. 415(a)(1)(B): the published ones are the formula's."""
    assert bend_points(RULES, year, FLAT) == bends


@pytest.mark.parametrize(
    "monthly,year,cents",
    [
        (6000, 2026, 2_665_80),
        (5000, 2025, 2_311_00),
        (1000, 2026, 900_00),
        (9999, 2026, 3_563_00),
        (0, 2026, 0),
    ],
)
def test_the_formula(monthly: int, year: int, cents: int) -> None:
    """P7: published and worked examples: rounded down to the dime."""
    assert formula(RULES, monthly, bend_points(RULES, year, FLAT)) == cents


def test_a_record_of_forty_years() -> None:
    """P7: 50,000 a year or the base, 1978 to 2017, born in 1956; worked out apart, from SSA's tables."""
    record = dict.fromkeys(range(1978, 2018), 50_000_00)
    found = averaged(RULES, record, date(1956, 6, 1), FLAT)
    assert found.base_year == 2016
    assert len(found.counted) == 35
    assert 2017 not in found.counted  # 50,000 as it was is less than what earlier years rise to
    assert found.counted[1983] == 113_950_88  # the base of 1983, to the cent
    indexed = [min(50_000, int(RULES.wage_bases[year])) for year in record]
    wages = [RULES.wage_index[2016] / RULES.wage_index[min(year, 2016)] for year in record]
    apart = sorted(
        (Decimal(amount) * rise for amount, rise in zip(indexed, wages, strict=True)), reverse=True
    )
    assert found.monthly == int(sum(apart[:35]) / 420)


def test_fewer_than_35_years_count_as_nothing() -> None:
    """P7: twenty years of 50,000 after the year of age 60 average 2,380."""
    record = dict.fromkeys(range(2016, 2036), 50_000_00)
    assert averaged(RULES, record, date(1955, 6, 1), FLAT).monthly == 2_380
    more = dict.fromkeys(range(2016, 2056), 50_000_00)
    assert averaged(RULES, more, date(1955, 6, 1), FLAT).monthly == 4_166


def test_more_earnings_never_lower_the_average() -> None:
    """P7: a property of the highest years."""
    record = {year: 30_000_00 + year for year in range(1990, 2022)}
    least = averaged(RULES, record, date(1962, 1, 2), FLAT).monthly
    for year in (1985, 2000, 2021, 2022):
        assert averaged(RULES, {**record, year: 90_000_00}, date(1962, 1, 2), FLAT).monthly >= least


def test_the_cost_of_living_is_rounded_down_each_december() -> None:
    """P7: 2,846.40 with 8.7, 3.2, 2.5 and 2.8 %."""
    assert raised(RULES, 2_846_40, 2022, 2025 * 12 + 11, FLAT) == 3_364_40
    assert raised(RULES, 2_846_40, 2022, 2022 * 12 + 10, FLAT) == 2_846_40
    assert raised(RULES, 1_000_00, 2025, 2026 * 12 + 11, GROWING) == 1_052_60  # 1,028.00, then 2.4 %


def test_wages_that_are_not_published_follow_from_the_last() -> None:
    """P10: by the plan's growth of wages."""
    assert wage_index(RULES, 2026, GROWING) == Decimal("69846.57") * Decimal("1.035") ** 2
    assert contribution_base(RULES, 2030, FLAT) == 184_500_00
    assert contribution_base(RULES, 2026, GROWING) == 184_500_00
    assert bend_points(RULES, 2040, GROWING) > bend_points(RULES, 2039, GROWING) > (1286, 7749)


def test_the_series_are_whole() -> None:
    """P7: no year is missing."""
    assert list(RULES.wage_index) == list(range(1951, 2025))
    assert list(RULES.wage_bases) == list(range(1951, 2027))
    assert list(RULES.cost_of_living) == list(range(1990, 2026))
    assert RULES.wage_bases[2026] == law(2026).payroll.wage_base
    assert RULES.wage_bases[2024] == law(2024).payroll.wage_base


def test_an_age_is_reached_on_the_day_before_the_birthday() -> None:
    """P7: born on 1 January counts as the year before, on the first of a month as the month before."""
    assert attained_from(date(1960, 1, 1)) == date(1959, 12, 31)
    assert by_birth_year(RULES.retirement_ages, date(1960, 1, 1)) == 66 * 12 + 10
    assert by_birth_year(RULES.retirement_ages, date(1960, 1, 2)) == 67 * 12
    assert by_birth_year(RULES.survivor_ages, date(1960, 1, 2)) == 66 * 12 + 8
    assert written(month_at(date(1964, 7, 1), 62 * 12)) == "2026-06"
    assert written(month_at(date(1964, 7, 2), 62 * 12)) == "2026-07"


def test_the_published_examples_of_2008() -> None:
    """P7: SSA's cases A and B of workers who retire in 2008: formula, rises, and the reduction at 62."""
    assert bend_points(RULES, 2008, FLAT) == (711, 4288)
    assert formula(RULES, 3_225, (711, 4288)) == 1_444_30
    assert own_benefit(1_444_30, own_factor(RULES, date(1946, 1, 2), 62 * 12)) == 1_083_20
    assert whole_dollars(1_083_20) == 1_083_00
    assert bend_points(RULES, 2004, FLAT) == (612, 3689)
    first = formula(RULES, 3_887, (612, 3689))
    assert first == 1_565_10
    assert raised(RULES, first, 2004, 2008 * 12, FLAT) == 1_768_00
