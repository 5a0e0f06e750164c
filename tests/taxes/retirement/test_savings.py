"""Limits of contributions by year, age and income."""

from decimal import Decimal

import pytest

from planner.domain.members import FilingStatus
from planner.taxes.law import law, law_for
from planner.taxes.retirement.savings import (
    catch_up_must_be_roth,
    ira_contribution_limits,
    limits,
    roth_limit,
    sep_limit,
)

LAW = law(2026)
SINGLE = FilingStatus.SINGLE
JOINT = FilingStatus.MARRIED_FILING_JOINTLY
SEPARATE = FilingStatus.MARRIED_FILING_SEPARATELY


@pytest.mark.parametrize(
    "year,age,deferral,ira,additions,simple,hsa",
    [
        (2024, 40, 23_000, 7_000, 69_000, 16_000, 4_150),
        (2024, 61, 30_500, 8_000, 76_500, 19_500, 5_150),
        (2025, 61, 34_750, 8_000, 81_250, 21_750, 5_300),
        (2026, 49, 24_500, 7_500, 72_000, 17_000, 4_400),
        (2026, 50, 32_500, 8_600, 80_000, 21_000, 4_400),
        (2026, 60, 35_750, 8_600, 83_250, 22_250, 5_400),
        (2026, 63, 35_750, 8_600, 83_250, 22_250, 5_400),
        (2026, 64, 32_500, 8_600, 80_000, 21_000, 5_400),
    ],
)
def test_limits_by_year_and_age(  # noqa: PLR0917 -- a row of the published table
    year: int, age: int, deferral: int, ira: int, additions: int, simple: int, hsa: int
) -> None:
    """P7: IRS notices: catch-up from 50, more from 60 to 63 since 2025, HSA from 55."""
    found = limits(law(year), age)
    assert found.elective_deferral == found.deferral_457b == deferral * 100
    assert (found.ira, found.annual_additions) == (ira * 100, additions * 100)
    assert (found.simple, found.hsa_self_only) == (simple * 100, hsa * 100)
    assert found.hsa_family > found.hsa_self_only
    assert found.catch_up == found.elective_deferral - limits(law(year), 30).elective_deferral


def test_a_sep_takes_a_quarter_of_compensation() -> None:
    """P7: of at most the compensation that plans may count, and no more than the limit of additions."""
    assert sep_limit(LAW, 100_000_00) == 25_000_00
    assert sep_limit(LAW, 288_000_00) == sep_limit(LAW, 900_000_00) == 72_000_00
    assert LAW.savings.compensation * LAW.savings.sep_share > LAW.limits.annual_additions


@pytest.mark.parametrize(
    "status,income,cents",
    [
        (SINGLE, 153_000, 7_500_00),
        (SINGLE, 160_000, 4_000_00),
        (SINGLE, 160_001, 4_000_00),  # 3,999.50, up to ten dollars
        (SINGLE, 167_999, 200_00),
        (SINGLE, 168_000, 0),
        (JOINT, 242_000, 7_500_00),
        (JOINT, 247_000, 3_750_00),
        (JOINT, 252_000, 0),
        (SEPARATE, 5_000, 3_750_00),
        (SEPARATE, 10_000, 0),
    ],
)
def test_a_roth_contribution_goes_down_with_income(status: FilingStatus, income: int, cents: int) -> None:
    """P7: Publication 590-A, worksheet 2-2: rounded up to ten dollars, at least 200."""
    assert roth_limit(LAW, status, 7_500_00, income * 100) == cents


def test_separate_returns_that_lived_apart_are_single() -> None:
    """P7: IRC sec. 408A(c)(3)(D)."""
    assert roth_limit(LAW, SEPARATE, 7_500_00, 150_000_00, lived_apart=True) == 7_500_00
    assert roth_limit(LAW, JOINT, 100_00, 251_990_00) == 100_00  # never more than there was


def test_the_range_of_each_year() -> None:
    """P7: where it begins, and in later years with prices."""
    begins = [int(law(year).savings.roth_phase_out_above[SINGLE]) for year in (2024, 2025, 2026)]
    assert begins == [146_000, 150_000, 153_000]
    joint = [int(law(year).savings.roth_phase_out_above[JOINT]) for year in (2024, 2025, 2026)]
    assert joint == [230_000, 236_000, 242_000]
    later = law_for(2028, Decimal("0.025")).savings
    assert later.roth_phase_out_above[SINGLE] == 161_000  # 160,745.63, to the nearest 1,000
    assert later.roth_phase_out_width[SINGLE] == 15_000


def test_a_spouse_without_earnings() -> None:
    """P7: spousal IRA: the earnings of both count for the one who earned less."""
    assert ira_contribution_limits(LAW, JOINT, (52, 40), (60_000_00, 0)) == (8_600_00, 7_500_00)
    assert ira_contribution_limits(LAW, JOINT, (40, 40), (0, 10_000_00)) == (2_500_00, 7_500_00)
    assert ira_contribution_limits(LAW, JOINT, (40, 40), (5_000_00, 4_000_00)) == (5_000_00, 4_000_00)
    assert ira_contribution_limits(LAW, SEPARATE, (40, 40), (60_000_00, 0)) == (7_500_00, 0)


def test_high_wages_make_catch_up_roth_from_2026_on() -> None:
    """P7: IRC sec. 414(v)(7), wages of the year before over 150,000."""
    assert catch_up_must_be_roth(LAW, 150_000_01)
    assert not catch_up_must_be_roth(LAW, 150_000_00)
    assert not catch_up_must_be_roth(law(2025), 900_000_00)
