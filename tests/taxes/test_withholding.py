"""Federal withholding by Publication 15-T, Worksheet 1A."""

from decimal import Decimal
from random import Random

import numpy as np
import pytest
from taxes.returns_at_random import PERIODS, some_w4

from planner.domain.errors import Refused
from planner.domain.income import W4
from planner.domain.members import FilingStatus
from planner.taxes.income_tax import income_tax
from planner.taxes.law import law, law_for
from planner.taxes.returns import Return
from planner.taxes.withholding import federal_withholding, federal_withholding_array

SINGLE = FilingStatus.SINGLE
JOINT = FilingStatus.MARRIED_FILING_JOINTLY
SEPARATE = FilingStatus.MARRIED_FILING_SEPARATELY
HEAD = FilingStatus.HEAD_OF_HOUSEHOLD


@pytest.mark.parametrize(
    "wages,periods,status,step_2,withheld",
    [
        (1_000_00, 52, SINGLE, False, 78_08),
        (2_000_00, 26, SINGLE, False, 156_15),
        (2_000_00, 26, JOINT, False, 76_15),
        (2_000_00, 26, HEAD, False, 114_92),
        (2_000_00, 26, SINGLE, True, 270_19),
        (5_000_00, 24, JOINT, False, 418_33),
        (10_000_00, 12, SINGLE, False, 1_464_17),
        (3_846_15, 26, SINGLE, False, 506_54),
    ],
)
def test_published_examples_of_2026(
    *, wages: int, periods: int, status: FilingStatus, step_2: bool, withheld: int
) -> None:
    """P6: federal withholding by the percentage method."""
    w4 = W4(filing_status=status, step2_checkbox=step_2)
    assert federal_withholding(law(2026), wages, periods, w4) == withheld


def test_each_step_of_the_w4_counts() -> None:
    """P3: other income and deductions count by the year, credits too, the extra amount by the paycheck."""
    w4 = W4(
        step3_credits=520_00, step4a_other_income=2_600_00, step4b_deductions=5_200_00, step4c_extra=12_34
    )
    # 52,000 + 2,600 - 5,200 - 8,600 = 40,800: 1,240 + 12 % of 20,900 = 3,748; less 520, by 26, and 12.34
    assert federal_withholding(law(2026), 2_000_00, 26, w4) == 136_49


def test_the_step_2_box_withholds_more() -> None:
    """P3: the box is used, and takes the place of the allowance on line 1g (trap: stored and never used)."""
    for status in FilingStatus:
        plain, boxed = (W4(filing_status=status, step2_checkbox=box) for box in (False, True))
        assert federal_withholding(law(2026), 3_000_00, 26, boxed) > federal_withholding(
            law(2026), 3_000_00, 26, plain
        )


def test_credits_never_turn_into_pay() -> None:
    """P3: step 3 lowers withholding to nothing and not below; the extra amount is withheld all the same."""
    assert federal_withholding(law(2026), 500_00, 52, W4(step3_credits=10_000_00)) == 0
    w4 = W4(step3_credits=10_000_00, step4c_extra=25_00)
    assert federal_withholding(law(2026), 500_00, 52, w4) == 25_00


def test_a_half_cent_goes_up() -> None:
    """P6: unrounded until the end, then half up."""
    # monthly 2,000.05: 15,400.60 over the allowance; 10 % of 7,900.60 is 790.06, by 12 65.8383
    assert federal_withholding(law(2026), 2_000_05, 12, W4()) == 65_84
    # yearly 16,100.05: 10 % of 0.05 is half a cent
    assert federal_withholding(law(2026), 16_100_05, 1, W4()) == 1
    assert federal_withholding(law(2026), 16_100_04, 1, W4()) == 0


def test_whole_dollars_round_half_up() -> None:
    """P6: whole dollars are an option of the publication."""
    assert federal_withholding(law(2026), 1_000_00, 52, W4(), whole_dollars=True) == 78_00
    assert federal_withholding(law(2026), 16_105_00, 1, W4(), whole_dollars=True) == 1_00
    assert federal_withholding(law(2026), 16_104_99, 1, W4(), whole_dollars=True) == 0


@pytest.mark.parametrize("periods", [0, -12, 13, 27, 365])
def test_an_unknown_frequency_is_refused(periods: int) -> None:
    """P6: no frequency is silently taken for another."""
    with pytest.raises(Refused, match="Pay periods"):
        federal_withholding(law(2026), 1_000_00, periods, W4())


def test_negative_wages_are_refused() -> None:
    """P6: a clear refusal."""
    with pytest.raises(Refused, match="negative"):
        federal_withholding(law(2026), -1, 26, W4())


def test_arrays_agree_with_exact_amounts_to_the_cent() -> None:
    """P6: the engine's arrays and the paycheck's cents are one rule."""
    random = Random(15)
    for _ in range(3_000):
        found = law_for(random.choice((2024, 2025, 2026, 2035)), Decimal("0.03"))
        periods, w4, wages = random.choice(PERIODS), some_w4(random), random.randrange(60_000_00)
        exact = federal_withholding(found, wages, periods, w4)
        array = federal_withholding_array(found, np.array([wages / 100]), periods, w4)
        assert abs(float(array[0]) * 100 - exact) <= 0.5 + 1e-6, (found.year, periods, w4, wages)


def test_arrays_keep_their_shape() -> None:
    wages = np.arange(24_000.0).reshape(4, 6_000)
    assert federal_withholding_array(law(2026), wages, 12, W4()).shape == wages.shape


def test_more_pay_never_leaves_less() -> None:
    """P6: withholding rises by less than a dollar for a dollar, in every table."""
    for year in (2024, 2025, 2026):
        for status in FilingStatus:
            for box in (False, True):
                w4 = W4(filing_status=status, step2_checkbox=box)
                wages = np.arange(0.0, 900_000.0, 50.0)
                steps = np.diff(federal_withholding_array(law(year), wages, 1, w4))
                assert steps.min() >= 0
                assert steps.max() <= 0.38 * 50


@pytest.mark.parametrize("year", [2024, 2026, 2033])
@pytest.mark.parametrize("status", [SINGLE, JOINT, HEAD])
def test_one_job_withholds_the_year_s_tax(year: int, status: FilingStatus) -> None:
    """P6: with one job and the standard deduction, a year of withholding is the year's tax."""
    found = law_for(year, Decimal("0.02"))
    for wages in range(10_000_00, 900_000_00, 7_777_00):
        withheld = federal_withholding(found, wages, 1, W4(filing_status=status))
        tax = income_tax(found, Return(filing_status=status, wages_head=wages)).worked.tax_before_credits
        assert abs(withheld - tax * 100) <= 1, wages
