"""Credits: for low earnings, children, care, education and saving."""

from decimal import Decimal
from typing import Any

import pytest

from planner.domain.members import FilingStatus
from planner.taxes.income_tax import income_tax
from planner.taxes.law import law_for
from planner.taxes.returns import AboveTheLine, Claims, Return
from planner.taxes.worked import Worked

SINGLE = FilingStatus.SINGLE
JOINT = FilingStatus.MARRIED_FILING_JOINTLY
SEPARATE = FilingStatus.MARRIED_FILING_SEPARATELY
HEAD = FilingStatus.HEAD_OF_HOUSEHOLD


def worked(wages: int, status: FilingStatus = SINGLE, *, year: int = 2026, **given: Any) -> Worked[Decimal]:
    facts = Return[int](filing_status=status, wages_head=wages * 100, **given)
    return income_tax(law_for(year, Decimal("0.025")), facts).worked


@pytest.mark.parametrize(
    "year,status,children,wages,credit",
    [
        (2026, SINGLE, 0, 5_000, "382.50"),
        (2026, SINGLE, 0, 15_000, "347.29"),  # 664 less 7.65 % of 4,140
        (2026, SINGLE, 1, 10_000, "3400"),
        (2026, HEAD, 2, 20_000, "7316"),
        (2026, HEAD, 2, 40_000, "3923.234"),  # less 21.06 % of 16,110
        (2026, JOINT, 3, 31_160, "8231"),  # the phase-out begins 7,270 later
        (2026, JOINT, 3, 32_160, "8020.40"),
        (2025, HEAD, 4, 24_000, "7909.11"),
        (2024, SINGLE, 1, 22_720, "4213"),
        (2026, HEAD, 1, 60_000, "0"),
    ],
)
def test_the_earned_income_credit_rises_stays_and_falls(
    *, year: int, status: FilingStatus, children: int, wages: int, credit: str
) -> None:
    """P7: EITC by its formula, all numbers of children."""
    assert worked(wages, status, year=year, children_under_17=children).eitc == Decimal(credit)


def test_older_children_count_for_the_earned_income_credit() -> None:
    """P7: students up to 23 are not children for the child tax credit."""
    found = worked(20_000, HEAD, other_dependents=1, older_children=1)
    assert found.eitc == 4_427
    assert worked(20_000, HEAD, other_dependents=1).eitc == worked(20_000, HEAD).eitc == 0


def test_too_much_investment_income_ends_the_earned_income_credit() -> None:
    """P7: a cliff that the law has, at 12,200."""
    at = {"children_under_17": 2, "tax_exempt_interest": 12_200_00}
    assert worked(20_000, HEAD, **at).eitc == 7_316
    assert worked(20_000, HEAD, **(at | {"taxable_interest": 1})).eitc == 0


@pytest.mark.parametrize(
    "age,spouse,status,credit",
    [
        (24, 0, SINGLE, False),
        (25, 0, SINGLE, True),
        (64, 0, SINGLE, True),
        (65, 0, SINGLE, False),
        (70, 60, JOINT, True),
        (70, 70, JOINT, False),
        (40, 0, SEPARATE, False),
        (0, 0, SINGLE, True),
    ],
)
def test_without_children_one_of_those_who_file_must_be_25_to_64(
    *, age: int, spouse: int, status: FilingStatus, credit: bool
) -> None:
    """P7: and an age that is not known is taken to be."""
    assert (worked(6_000, status, age_head=age, age_spouse=spouse).eitc > 0) is credit


def test_spouses_who_file_separately_need_a_child_and_to_live_apart() -> None:
    """P7: section 32(d)(2)."""
    assert worked(10_000, SEPARATE, children_under_17=1).eitc == 0
    assert worked(10_000, SEPARATE, children_under_17=1, lived_apart=True).eitc == 3_400
    assert worked(6_000, SEPARATE, lived_apart=True).eitc == 0


def test_with_three_children_payroll_taxes_may_raise_the_refund() -> None:
    """P7: Schedule 8812 part II-B: payroll taxes less the earned income credit, if that is more."""
    unearned = {"taxable_interest": 13_000_00}  # too much for the earned income credit
    wages = worked(16_000, JOINT, children_under_17=3, **unearned)
    assert wages.additional_child_tax_credit == 2_025  # 15 % of 13,500; payroll taxes are 1,224
    little = worked(3_000, JOINT, children_under_17=3, **unearned)
    assert little.additional_child_tax_credit == Decimal("229.50")  # payroll taxes; 15 % would be 75
    assert worked(3_000, JOINT, children_under_17=2, **unearned).additional_child_tax_credit == 75
    assert worked(3_000, JOINT, children_under_17=3).additional_child_tax_credit == 75  # the EITC is 1,350
    own = worked(0, JOINT, children_under_17=3, self_employment_head=4_000_00, **unearned)
    assert own.additional_child_tax_credit == own.self_employment_deduction


@pytest.mark.parametrize(
    "year,status,wages,credit",
    [
        (2025, HEAD, 43_000, "1260"),  # 21 % of 6,000
        (2025, HEAD, 43_001, "1200"),
        (2025, HEAD, 400_000, "1200"),
        (2026, HEAD, 60_000, "2100"),  # 35 %
        (2026, HEAD, 75_001, "2040"),
        (2026, JOINT, 200_000, "1320"),  # 13 steps of 4,000: 22 %
        (2026, JOINT, 400_000, "1200"),
        (2026, SEPARATE, 60_000, "0"),
    ],
)
def test_care_is_credited_by_a_rate_that_falls_with_income(
    *, year: int, status: FilingStatus, wages: int, credit: str
) -> None:
    """P7: the dependent care credit before and after 2026."""
    claims = Claims[int](care_persons=3, care_expenses=9_000_00)
    half = {"wages_spouse": wages * 50} if status is JOINT else {}
    head = wages // 2 if status is JOINT else wages
    assert worked(head, status, year=year, claims=claims, **half).dependent_care_credit == Decimal(credit)


def test_care_counts_up_to_what_the_lower_earner_earns_less_what_an_employer_paid() -> None:
    """P7: Form 2441."""
    claims = Claims[int](care_persons=2, care_expenses=9_000_00, care_benefits=1_000_00)
    found = worked(60_000, JOINT, wages_spouse=2_000_00, claims=claims)
    assert found.dependent_care_credit == Decimal("0.35") * 2_000
    assert worked(60_000, HEAD, claims=claims).dependent_care_credit == Decimal("0.35") * 5_000
    assert worked(60_000, JOINT, claims=claims).dependent_care_credit == 0


def test_the_american_opportunity_credit_is_partly_refunded() -> None:
    """P7: all of 2,000, a quarter of 2,000 more, for each student; 40 % comes back."""
    claims = Claims[int](opportunity_expenses=(4_000_00, 1_000_00))
    found = worked(60_000, claims=claims)
    assert found.education_credits == 2_100
    assert found.american_opportunity_refunded == 1_400
    half = worked(85_000, claims=claims)
    assert half.education_credits == 1_050
    assert worked(10_000, claims=claims).education_credits == 0  # no tax to take it from
    assert worked(10_000, claims=claims).american_opportunity_refunded == 1_400
    assert worked(60_000, SEPARATE, claims=claims).american_opportunity_refunded == 0


def test_lifetime_learning_is_a_fifth_of_10_000() -> None:
    """P7: on a return, not for each student."""
    assert worked(60_000, claims=Claims(lifetime_learning_expenses=12_000_00)).education_credits == 2_000
    assert worked(90_000, claims=Claims(lifetime_learning_expenses=12_000_00)).education_credits == 0


@pytest.mark.parametrize(
    "wages,status,credit",
    [
        (24_250, SINGLE, "815"),
        (24_251, SINGLE, "400"),
        (26_251, SINGLE, "200"),
        (40_251, SINGLE, "0"),
        (36_375, HEAD, "1000"),
        (36_376, HEAD, "400"),
    ],
)
def test_saving_for_retirement_is_credited_by_steps(*, wages: int, status: FilingStatus, credit: str) -> None:
    """P7: 50, 20 and 10 % of 2,000, up to the tax; cliffs that the law has."""
    claims = Claims[int](savings_head=2_500_00)
    assert worked(wages, status, claims=claims).savers_credit == Decimal(credit)


def test_all_that_is_put_aside_counts_until_2026() -> None:
    """P7: deferrals and IRAs too; a match takes the credit's place in 2027."""
    line = AboveTheLine[int](ira_spouse=1_000_00)
    facts: dict[str, Any] = {"pretax_401k_head": 900_00, "above_the_line": line}
    assert worked(50_000, JOINT, **facts).savers_credit == 950
    assert worked(50_000, JOINT, year=2027, **facts).savers_credit == 0
    assert worked(50_000, JOINT, age_head=17, **facts).savers_credit == 500


def test_credits_use_up_the_tax_in_their_order() -> None:
    """P7: what is not refunded never turns the tax negative; the child credit comes last and is refunded."""
    claims = Claims[int](
        foreign_tax=100_00,
        care_persons=1,
        care_expenses=3_000_00,
        lifetime_learning_expenses=2_000_00,
        savings_head=2_000_00,
    )
    found = worked(33_000, HEAD, children_under_17=1, claims=claims)
    used = (
        found.foreign_tax_credit,
        found.dependent_care_credit,
        found.education_credits,
        found.savers_credit,
        found.child_tax_credit,
    )
    assert found.tax_before_credits == 885
    assert [int(each) for each in used] == [100, 785, 0, 0, 0]
    assert found.additional_child_tax_credit == 1_700
