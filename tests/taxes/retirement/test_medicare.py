"""Medicare premiums by income."""

from decimal import Decimal

import pytest

from planner.domain.members import FilingStatus
from planner.taxes.law import law, law_for
from planner.taxes.retirement.medicare import income_year, premiums

SINGLE = FilingStatus.SINGLE
JOINT = FilingStatus.MARRIED_FILING_JOINTLY
SEPARATE = FilingStatus.MARRIED_FILING_SEPARATELY


@pytest.mark.parametrize(
    "year,totals,more",
    [
        (2024, [174_70, 244_60, 349_40, 454_20, 559_00, 594_00], [0, 12_90, 33_30, 53_80, 74_20, 81_00]),
        (2025, [185_00, 259_00, 370_00, 480_90, 591_90, 628_90], [0, 13_70, 35_30, 57_00, 78_60, 85_80]),
        (2026, [202_90, 284_10, 405_80, 527_50, 649_20, 689_90], [0, 14_50, 37_50, 60_40, 83_30, 91_00]),
    ],
)
def test_the_published_tiers(year: int, totals: list[int], more: list[int]) -> None:
    """P7: what CMS announced, for single and for joint returns."""
    found = law(year)
    for status in (SINGLE, FilingStatus.HEAD_OF_HOUSEHOLD, JOINT):
        starts = found.medicare.income_above[status]
        incomes = [0, *(int(start) * 100 + 1 for start in starts)]
        have = [premiums(found, status, income) for income in incomes]
        assert [each.part_b for each in have] == totals
        assert [each.part_d_more for each in have] == more
        assert [each.tier for each in have] == list(range(6))


def test_a_tier_begins_over_its_amount_and_the_last_one_at_it() -> None:
    """P7: 42 USC sec. 1395r(i)(3)."""
    found = law(2026)
    assert premiums(found, SINGLE, 109_000_00).tier == 0
    assert premiums(found, SINGLE, 109_000_01).tier == 1
    assert premiums(found, SINGLE, 499_999_99).tier == 4
    assert premiums(found, SINGLE, 500_000_00).tier == 5
    assert premiums(found, JOINT, 750_000_00).tier == 5
    assert premiums(found, JOINT, 218_000_00).tier == 0


def test_separate_returns_have_the_two_highest_tiers() -> None:
    """P7: unless they lived apart all year."""
    found = law(2026)
    assert [
        premiums(found, SEPARATE, income * 100).tier for income in (109_000, 109_001, 390_999, 391_000)
    ] == [0, 4, 4, 5]
    assert premiums(found, SEPARATE, 150_000_00, lived_apart=True).tier == 2


def test_the_return_of_two_years_before_decides() -> None:
    """P7: the look-back."""
    assert income_year(law(2026)) == 2024


def test_more_income_never_lowers_a_premium_and_later_years_follow_prices() -> None:
    """P10: indexed by the plan's inflation."""
    found = law_for(2028, Decimal("0.025"))
    have = [premiums(found, SINGLE, income * 1_000_00).part_b for income in range(0, 600, 5)]
    assert have == sorted(have)
    assert have[0] == 213_20  # 213.17, to the nearest dime
    assert premiums(found, SINGLE, 115_000_00).tier == 0  # 114,518, to the nearest thousand
