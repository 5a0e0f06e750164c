"""Deductions above the line, with their limits and phase-outs, and rental losses."""

from decimal import Decimal

import numpy as np
import pytest

from planner.domain.members import FilingStatus
from planner.taxes.income_tax import income_tax, income_tax_array
from planner.taxes.law import law
from planner.taxes.returns import AboveTheLine, Return
from planner.taxes.schedule import FloatArray

LAW = law(2026)
SINGLE = FilingStatus.SINGLE
JOINT = FilingStatus.MARRIED_FILING_JOINTLY
SEPARATE = FilingStatus.MARRIED_FILING_SEPARATELY


@pytest.mark.parametrize(
    "wages,deducted",
    [(81_000, 7_500), (86_000, 3_750), (86_007, 3_750), (90_900, 200), (91_000, 0)],
)
def test_the_ira_deduction_of_people_with_a_plan_is_phased_out(wages: int, deducted: int) -> None:
    """P7: rounded up to 10, at least 200 while there is any."""
    asked = AboveTheLine[int](ira_head=8_000_00, workplace_plan_head=True)
    facts = Return[int](filing_status=SINGLE, wages_head=wages * 100, above_the_line=asked)
    assert income_tax(LAW, facts).worked.ira_deduction == deducted


def test_who_defers_pay_has_a_plan() -> None:
    """P7: coverage is not asked twice."""
    asked = AboveTheLine[int](ira_head=7_500_00)
    plan = Return[int](
        filing_status=SINGLE, wages_head=120_000_00, pretax_401k_head=5_000_00, above_the_line=asked
    )
    without = Return[int](filing_status=SINGLE, wages_head=120_000_00, above_the_line=asked)
    assert income_tax(LAW, plan).worked.ira_deduction == 0
    assert income_tax(LAW, without).worked.ira_deduction == 7_500


def test_a_spouse_of_somebody_with_a_plan_has_a_phase_out_of_its_own() -> None:
    """P7: 242,000 to 252,000; and older people may pay in more."""
    asked = AboveTheLine[int](ira_head=8_600_00, ira_spouse=8_600_00, workplace_plan_head=True)
    facts = Return[int](
        filing_status=JOINT, age_head=40, age_spouse=50, wages_head=247_000_00, above_the_line=asked
    )
    assert income_tax(LAW, facts).worked.ira_deduction == 4_300  # half of 8,600, nothing for the head


def test_contributions_are_limited_by_what_both_earn() -> None:
    """P7: one earner is enough on a joint return."""
    asked = AboveTheLine[int](ira_head=7_000_00, ira_spouse=7_000_00)
    facts = Return[int](filing_status=JOINT, wages_head=10_000_00, above_the_line=asked)
    assert income_tax(LAW, facts).worked.ira_deduction == 10_000


def test_benefits_are_taxed_before_the_ira_is_limited_and_after_it_is_deducted() -> None:
    """P7: the worksheets of Publication 590-A: two taxations of benefits."""
    asked = AboveTheLine[int](ira_head=5_000_00)
    facts = Return[int](
        filing_status=SINGLE, wages_head=30_000_00, social_security=10_000_00, above_the_line=asked
    )
    assert income_tax(LAW, facts).worked.taxable_social_security == 2_500  # of 30,000 of provisional income


@pytest.mark.parametrize("wages,deducted", [(85_000, "2500"), (92_500, "1250"), (100_000, "0")])
def test_student_loan_interest_is_limited_and_phased_out(wages: int, deducted: str) -> None:
    """P7: 2,500 at most; over 85,000 to 100,000."""
    asked = AboveTheLine[int](student_loan_interest=4_000_00)
    facts = Return[int](filing_status=SINGLE, wages_head=wages * 100, above_the_line=asked)
    assert income_tax(LAW, facts).worked.student_loan_deduction == Decimal(deducted)
    separate = Return[int](filing_status=SEPARATE, wages_head=wages * 100, above_the_line=asked)
    assert income_tax(LAW, separate).worked.student_loan_deduction == 0


def test_hsa_contributions_are_limited_by_the_coverage() -> None:
    """P7: own coverage for each, a family's together, 1,000 more from 55 on."""
    asked = AboveTheLine[int](hsa_head=9_000_00, hsa_spouse=9_000_00)
    facts = Return[int](filing_status=JOINT, age_head=56, age_spouse=50, above_the_line=asked)
    assert income_tax(LAW, facts).worked.hsa_deduction == 4_400 * 2 + 1_000
    family = AboveTheLine[int](hsa_head=9_000_00, hsa_spouse=9_000_00, hsa_family=True)
    facts = Return[int](filing_status=JOINT, age_head=56, age_spouse=50, above_the_line=family)
    assert income_tax(LAW, facts).worked.hsa_deduction == 9_750


@pytest.mark.parametrize(
    "status,apart,wages,counted",
    [
        (SINGLE, False, 80_000, 25_000),
        (SINGLE, False, 120_000, 15_000),
        (SINGLE, False, 150_000, 0),
        (SEPARATE, False, 20_000, 0),
        (SEPARATE, True, 20_000, 12_500),
        (SEPARATE, True, 60_000, 7_500),
    ],
)
def test_a_rental_loss_counts_up_to_an_allowance(
    *, status: FilingStatus, apart: bool, wages: int, counted: int
) -> None:
    """P7: 25,000, half a dollar less for each dollar over 100,000; the rest waits."""
    facts = Return[int](
        filing_status=status,
        lived_apart=apart,
        wages_head=wages * 100,
        rental=-20_000_00,
        rental_carryover=10_000_00,
    )
    found = income_tax(LAW, facts).worked
    assert found.rental == -counted
    assert found.rental_carryover == 30_000 - counted
    assert found.agi == wages - counted


def test_waiting_rental_losses_are_used_by_rents() -> None:
    """P7: a loss of earlier years lowers this year's rents."""
    facts = Return[int](
        filing_status=SINGLE, wages_head=300_000_00, rental=12_000_00, rental_carryover=5_000_00
    )
    found = income_tax(LAW, facts).worked
    assert found.rental == 7_000
    assert found.rental_carryover == 0


def test_arrays_take_the_same_path() -> None:
    """P7: limits and phase-outs on arrays."""
    wages = np.array([80_000.0, 86_000.0, 95_000.0])
    asked = AboveTheLine[FloatArray | float](
        ira_head=8_000.0, workplace_plan_head=True, student_loan_interest=3_000.0
    )
    facts = Return[FloatArray | float](
        filing_status=SINGLE, wages_head=wages, rental=-30_000.0, above_the_line=asked
    )
    found = income_tax_array(LAW, facts)
    for place, wage in enumerate((80_000_00, 86_000_00, 95_000_00)):
        one = AboveTheLine[int](ira_head=8_000_00, workplace_plan_head=True, student_loan_interest=3_000_00)
        exact = income_tax(
            LAW,
            Return(filing_status=SINGLE, wages_head=wage, rental=-30_000_00, above_the_line=one),
        ).worked
        assert float(found.agi[place]) == pytest.approx(float(exact.agi))
        assert float(found.total[place]) == pytest.approx(float(exact.total))
