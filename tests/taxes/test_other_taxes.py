"""The deduction for business income, those of 2025 to 2028, and the alternative minimum tax."""

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from planner.domain.members import FilingStatus
from planner.taxes.income_tax import income_tax, income_tax_array
from planner.taxes.law import law_for
from planner.taxes.returns import AboveTheLine, Business, Return, Temporary
from planner.taxes.schedule import FloatArray
from planner.taxes.worked import Worked

SINGLE = FilingStatus.SINGLE
JOINT = FilingStatus.MARRIED_FILING_JOINTLY
SEPARATE = FilingStatus.MARRIED_FILING_SEPARATELY
INFLATION = Decimal("0.025")


def worked(status: FilingStatus = SINGLE, year: int = 2026, **given: Any) -> Worked[Decimal]:
    return income_tax(law_for(year, INFLATION), Return[int](filing_status=status, **given)).worked


def test_a_fifth_of_business_income_after_half_of_its_tax_is_deducted() -> None:
    """P7: QBI: profit less the deductible part of the self-employment tax, and own plans."""
    found = worked(self_employment_head=60_000_00, wages_head=30_000_00)
    assert found.business_income_deduction == (60_000 - found.self_employment_deduction) / 5
    plans = AboveTheLine[int](self_employed_plans=10_000_00)
    less = worked(self_employment_head=60_000_00, wages_head=30_000_00, above_the_line=plans)
    assert found.business_income_deduction - less.business_income_deduction == 2_000


def test_it_is_at_most_a_fifth_of_taxable_income_that_is_not_gains() -> None:
    """P7: qualified dividends and long gains are left out of it."""
    found = worked(self_employment_head=30_000_00, long_term_gains=50_000_00)
    ordinary = found.agi - 50_000 - 16_100
    assert found.business_income_deduction == ordinary / 5


@pytest.mark.parametrize("services,deducted", [(False, "10000"), (True, "0")])
def test_over_the_threshold_wages_limit_it_and_services_lose_it(*, services: bool, deducted: str) -> None:
    """P7: half of the wages paid; nothing for a specified service."""
    facts: dict[str, Any] = {"self_employment_head": 400_000_00}
    business = Business[int](services=services, wages_paid=20_000_00)
    assert worked(**facts, business=business).business_income_deduction == Decimal(deducted)
    basis = Business[int](services=services, wages_paid=20_000_00, property_basis=400_000_00)
    more = Decimal(0) if services else Decimal(15_000)  # a quarter of the wages and 2.5 % of the basis
    assert worked(**facts, business=basis).business_income_deduction == more


def test_between_threshold_and_its_end_the_limits_are_phased_in() -> None:
    """P7: Form 8995-A part III, and its schedule A for services."""
    facts: dict[str, Any] = {"self_employment_head": 100_000_00, "pension": 148_864_78}
    plain = worked(**facts)
    taxable = plain.agi - 16_100
    left = (201_750 + 75_000 - taxable) / 75_000
    full = (100_000 - plain.self_employment_deduction) / 5
    assert 0 < left < 1
    assert plain.business_income_deduction == pytest.approx(full * left)
    services = worked(**facts, business=Business(services=True))
    assert services.business_income_deduction == pytest.approx(full * left * left)


def test_trust_dividends_and_the_least_deduction_of_2026() -> None:
    """P7: a fifth of REIT dividends; at least 400 from 1,000 of business income."""
    trust = Business[int](trust_dividends=1_000_00)
    facts: dict[str, Any] = {"wages_head": 300_000_00, "nonqualified_dividends": 1_000_00}
    assert worked(**facts, business=trust).business_income_deduction == 200
    little: dict[str, Any] = {"wages_head": 300_000_00, "self_employment_head": 1_100_00}
    assert worked(**little).business_income_deduction == 400
    assert worked(year=2025, **little).business_income_deduction == 0
    assert worked(**little, business=Business(services=True)).business_income_deduction == 0


@pytest.mark.parametrize(
    "year,status,wages,tips,overtime,interest,deducted",
    [
        (2026, SINGLE, 100_000, 30_000, 20_000, 12_000, (25_000, 12_500, 10_000)),
        (2026, JOINT, 100_000, 30_000, 30_000, 5_000, (25_000, 25_000, 5_000)),
        (2026, SINGLE, 151_999, 30_000, 20_000, 5_000, (24_900, 12_400, 0)),
        (2026, SINGLE, 100_001, 0, 0, 5_000, (0, 0, 4_800)),
        (2026, SEPARATE, 90_000, 30_000, 20_000, 5_000, (0, 0, 5_000)),
        (2024, SINGLE, 90_000, 30_000, 20_000, 5_000, (0, 0, 0)),
        (2028, SINGLE, 90_000, 1_000, 2_000, 3_000, (1_000, 2_000, 3_000)),
        (2029, SINGLE, 90_000, 30_000, 20_000, 5_000, (0, 0, 0)),
    ],
)
def test_tips_overtime_and_car_loans_are_deducted_from_2025_to_2028(
    *,
    year: int,
    status: FilingStatus,
    wages: int,
    tips: int,
    overtime: int,
    interest: int,
    deducted: tuple[int, ...],
) -> None:
    """P7: temporary deductions with limits, whole and started thousands, and their end."""
    asked = Temporary[int](tips=tips * 100, overtime=overtime * 100, car_loan_interest=interest * 100)
    found = worked(status, year, wages_head=wages * 100, temporary=asked)
    taken = (found.tips_deduction, found.overtime_deduction, found.car_loan_deduction)
    assert tuple(map(int, taken)) == deducted


def test_gains_that_use_up_the_exemption_bring_the_minimum_tax() -> None:
    """P7: AMT: 26 % of 100,000 without exemption or deduction; the gains pay what they pay anyway."""
    found = worked(year=2025, wages_head=100_000_00, long_term_gains=1_500_000_00)
    ordinary = Decimal("5578.50") + Decimal("0.22") * (84_250 - 48_475)
    gains = Decimal("0.15") * (533_400 - 84_250) + Decimal("0.20") * (1_584_250 - 533_400)
    assert found.tax_before_credits == ordinary + gains
    assert found.amt == 26_000 - ordinary


def test_the_exemption_goes_twice_as_fast_from_2026() -> None:
    """P7: Pub. L. 119-21: half a dollar for each dollar over 500,000."""
    gains: dict[str, Any] = {"long_term_gains": 540_000_00, "wages_head": 20_000_00}
    left = 90_100 - Decimal("0.5") * 60_000
    base = 560_000 - left
    assert worked(**gains).amt_income == 560_000
    assert worked(year=2025, **gains).amt == 0
    minimum = (base - 540_000) * Decimal("0.26") if base > 540_000 else Decimal(0)
    ordinary = Decimal("0.10") * 3_900
    assert worked(**gains).amt == max(Decimal(0), minimum - ordinary)


def test_separate_returns_add_to_the_minimum_taxable_income() -> None:
    """P7: a quarter of what is over the income at which the exemption is gone, at most the exemption."""
    facts: dict[str, Any] = {"wages_head": 100_000_00, "long_term_gains": 700_000_00}
    found = worked(SEPARATE, **facts)
    added = Decimal("0.25") * (800_000 - (500_000 + 70_100 * 2))
    on_wages = Decimal("0.26") * 122_250 + Decimal("0.28") * (100_000 + added - 122_250)
    brackets = 5_800 + Decimal("0.22") * (83_900 - 50_400)
    assert found.amt == on_wages - brackets


def test_arrays_agree_with_exact_amounts() -> None:
    """P7: the minimum tax and business income on arrays."""
    gains = np.array([0.0, 600_000.0, 1_500_000.0])
    business = Business[FloatArray | float](wages_paid=20_000.0)
    facts = Return[FloatArray | float](
        filing_status=SINGLE,
        wages_head=90_000.0,
        self_employment_head=200_000.0,
        long_term_gains=gains,
        business=business,
        temporary=Temporary(tips=9_000.0),
    )
    arrays = income_tax_array(law_for(2026, INFLATION), facts)
    for place, gain in enumerate((0, 600_000_00, 1_500_000_00)):
        exact = worked(
            wages_head=90_000_00,
            self_employment_head=200_000_00,
            long_term_gains=gain,
            business=Business(wages_paid=20_000_00),
            temporary=Temporary(tips=9_000_00),
        )
        assert float(np.broadcast_to(arrays.total, 3)[place]) == pytest.approx(float(exact.total))
