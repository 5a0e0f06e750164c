"""What may be put aside in a year, and what a deduction reduces."""

from decimal import Decimal

import pytest

from planner.domain.income import RETIREMENT_DEFERRALS, Deduction, DeductionKind
from planner.taxes.deductions import (
    Earner,
    allowed,
    annual_additions_limit,
    asked_for,
    ira_limit,
    remaining_limit,
    rule,
    yearly_limit,
)
from planner.taxes.law import law
from planner.taxes.rules import Limit

LAW = law(2026)
KIND = DeductionKind
CAFETERIA = {KIND.HEALTH, KIND.DENTAL, KIND.VISION, KIND.HSA, KIND.HEALTH_FSA, KIND.DEPENDENT_CARE_FSA}


def test_cafeteria_and_commuter_deductions_reduce_both_taxes() -> None:
    """P3: which deductions come before which tax is data."""
    for kind in CAFETERIA | {KIND.COMMUTER, KIND.OTHER_PRETAX}:
        assert rule(LAW, kind).reduces_federal, kind
        assert rule(LAW, kind).reduces_fica, kind


def test_deferrals_reduce_the_income_tax_alone_and_roth_nothing() -> None:
    """P3: traditional deferrals pay Social Security and Medicare; Roth ones pay everything."""
    for kind in RETIREMENT_DEFERRALS:
        assert rule(LAW, kind).reduces_federal is kind.startswith("traditional"), kind
        assert not rule(LAW, kind).reduces_fica, kind
    assert not rule(LAW, KIND.OTHER_POSTTAX).reduces_federal


@pytest.mark.parametrize(
    "year,age,limit",
    [
        (2024, 49, 23_000_00),
        (2024, 50, 30_500_00),
        (2024, 61, 30_500_00),
        (2025, 40, 23_500_00),
        (2025, 59, 31_000_00),
        (2025, 60, 34_750_00),
        (2025, 63, 34_750_00),
        (2025, 64, 31_000_00),
        (2026, 0, 24_500_00),
        (2026, 50, 32_500_00),
        (2026, 62, 35_750_00),
    ],
)
def test_deferrals_have_a_limit_and_catch_up_at_50_and_from_60_to_63(year: int, age: int, limit: int) -> None:
    """P3: annual limits and catch-up."""
    assert yearly_limit(law(year), Limit.ELECTIVE_DEFERRAL, Earner(age=age)) == limit
    assert yearly_limit(law(year), Limit.DEFERRAL_457B, Earner(age=age)) == limit


@pytest.mark.parametrize(
    "limit,earner,cents",
    [
        (Limit.HSA, Earner(age=54), 4_400_00),
        (Limit.HSA, Earner(age=55, family_coverage=True), 9_750_00),
        (Limit.HEALTH_FSA, Earner(), 3_400_00),
        (Limit.DEPENDENT_CARE, Earner(), 7_500_00),
        (Limit.DEPENDENT_CARE, Earner(files_separately=True), 3_750_00),
        (Limit.COMMUTER, Earner(), 4_080_00),
        (Limit.NONE, Earner(), None),
    ],
)
def test_the_other_limits_of_2026(limit: Limit, earner: Earner, cents: int | None) -> None:
    """P3: annual limits."""
    assert yearly_limit(LAW, limit, earner) == cents


def test_ira_and_combined_limits() -> None:
    """P3: limits beside the paycheck's own."""
    assert (ira_limit(LAW, 49), ira_limit(LAW, 50)) == (7_500_00, 8_600_00)
    assert (annual_additions_limit(LAW, 40), annual_additions_limit(LAW, 55)) == (72_000_00, 80_000_00)


def test_what_is_left_of_a_limit_is_never_negative() -> None:
    assert remaining_limit(LAW, Limit.HEALTH_FSA, Earner(), 3_000_00) == 400_00
    assert remaining_limit(LAW, Limit.HEALTH_FSA, Earner(), 9_000_00) == 0
    assert remaining_limit(LAW, Limit.NONE, Earner(), 9_000_00) is None


def test_a_percent_asks_for_a_share_of_gross_pay_half_up() -> None:
    """P3: fixed or percent."""
    percent = Deduction(name="401(k)", kind=KIND.TRADITIONAL_401K, percent=Decimal("0.05"))
    assert asked_for(percent, 1_000_10) == 50_01  # 5,000.5 cents
    assert asked_for(Deduction(name="Health", kind=KIND.HEALTH, amount=123_45), 1_000_10) == 123_45


def letting_through(
    deduction: Deduction,
    deducted: dict[tuple[DeductionKind, str], int] | None = None,
    elsewhere: dict[Limit, int] | None = None,
    periods: int = 26,
) -> int:
    return allowed(
        LAW,
        deduction,
        gross=5_000_00,
        periods_per_year=periods,
        earner=Earner(),
        deducted=(deducted or {},),
        elsewhere=elsewhere or {},
    )


def test_plans_of_one_kind_share_a_limit_and_a_457b_has_its_own() -> None:
    """P3: combined limits."""
    roth = Deduction(name="Roth", kind=KIND.ROTH_403B, amount=1_000_00)
    so_far = {(KIND.TRADITIONAL_401K, "401(k)"): 24_000_00}
    assert letting_through(roth, so_far) == 500_00
    assert letting_through(Deduction(name="457(b)", kind=KIND.ROTH_457B, amount=1_000_00), so_far) == 1_000_00


def test_what_was_put_aside_at_another_employer_counts() -> None:
    """P3: the limit is the person's."""
    deferral = Deduction(name="401(k)", kind=KIND.TRADITIONAL_401K, amount=1_000_00)
    assert letting_through(deferral, elsewhere={Limit.ELECTIVE_DEFERRAL: 24_200_00}) == 300_00


def test_a_plan_s_own_limit_counts_too() -> None:
    """P3: a lower limit of the plan."""
    care = Deduction(name="Health", kind=KIND.HEALTH, amount=300_00, annual_limit=1_000_00)
    assert letting_through(care, {(KIND.HEALTH, "Health"): 900_00}) == 100_00


def test_the_commuter_s_monthly_limit_is_spread_over_paychecks() -> None:
    """P3: 340 a month."""
    commuter = Deduction(name="Train", kind=KIND.COMMUTER, amount=400_00)
    assert letting_through(commuter, periods=12) == 340_00
    assert letting_through(commuter, periods=26) == 156_92
