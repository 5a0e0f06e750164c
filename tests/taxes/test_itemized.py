"""Itemised deductions with their limits, and when they are taken."""

from dataclasses import replace
from decimal import Decimal

import pytest

from planner.domain.members import FilingStatus
from planner.taxes.income_tax import income_tax
from planner.taxes.law import law_for
from planner.taxes.returns import Itemized, Return
from planner.taxes.worked import Worked

SINGLE = FilingStatus.SINGLE
JOINT = FilingStatus.MARRIED_FILING_JOINTLY
SEPARATE = FilingStatus.MARRIED_FILING_SEPARATELY
HEAD = FilingStatus.HEAD_OF_HOUSEHOLD


def worked(
    itemized: Itemized[int],
    *,
    wages: int = 100_000,
    status: FilingStatus = SINGLE,
    year: int = 2026,
    gains: int = 0,
) -> Worked[Decimal]:
    facts = Return[int](
        filing_status=status, wages_head=wages * 100, long_term_gains=gains * 100, itemized=itemized
    )
    return income_tax(law_for(year, Decimal("0.025")), facts).worked


@pytest.mark.parametrize(
    "year,status,wages,deducted",
    [
        (2024, SINGLE, 100_000, "10000"),
        (2024, SEPARATE, 100_000, "5000"),
        (2025, SINGLE, 500_000, "40000"),
        (2025, JOINT, 550_000, "25000"),  # 30 % of 50,000 less
        (2025, JOINT, 600_000, "10000"),
        (2025, JOINT, 900_000, "10000"),  # and no lower
        (2025, SEPARATE, 260_000, "17000"),  # half of everything
        (2026, HEAD, 505_000, "40400"),
        (2026, HEAD, 515_000, "37400"),
        (2027, SINGLE, 100_000, "40804"),  # 101 % of the year before
        (2028, SINGLE, 100_000, "41212.04"),
        (2029, SINGLE, 525_302, "40124.163"),  # 41,624.16 less 30 % of 4,999.99
        (2030, SINGLE, 100_000, "10000"),
    ],
)
def test_the_cap_of_state_and_local_taxes_is_dated_law(
    *, year: int, status: FilingStatus, wages: int, deducted: str
) -> None:
    """P7: SALT cap steps with their end, and the phase-down."""
    paid = Itemized[int](state_income_tax=40_000_00, real_estate_tax=9_000_00, personal_property_tax=1_000_00)
    assert worked(paid, year=year, status=status, wages=wages).state_and_local_deduction == Decimal(deducted)


def test_only_what_medical_expenses_are_over_the_floor_counts() -> None:
    """P7: 7.5 % of income."""
    assert worked(Itemized(medical=10_000_00)).medical_deduction == 2_500
    assert worked(Itemized(medical=7_000_00)).medical_deduction == 0


@pytest.mark.parametrize(
    "balance,early,status,deducted",
    [
        (0, False, SINGLE, 40_000),
        (750_000, False, SINGLE, 40_000),
        (1_000_000, False, SINGLE, 30_000),
        (1_000_000, True, SINGLE, 40_000),
        (750_000, False, SEPARATE, 20_000),
    ],
)
def test_interest_on_debt_over_the_limit_does_not_count(
    *, balance: int, early: bool, status: FilingStatus, deducted: int
) -> None:
    """P7: mortgage interest limit, 750,000 and 1,000,000 of old debt."""
    paid = Itemized[int](
        mortgage_interest=40_000_00, mortgage_balance=balance * 100, mortgage_before_2018=early
    )
    assert worked(paid, status=status).mortgage_deduction == deducted


def test_gifts_have_a_floor_from_2026_and_limits() -> None:
    """P7: 0.5 % of income off, property up to 30 %, all up to 60 %."""
    assert worked(Itemized(charity_cash=3_000_00)).charity_deduction == 2_500
    assert worked(Itemized(charity_cash=3_000_00), year=2025).charity_deduction == 3_000
    assert worked(Itemized(charity_cash=90_000_00), year=2025).charity_deduction == 60_000
    assert worked(Itemized(charity_property=50_000_00), year=2025).charity_deduction == 30_000
    both = Itemized[int](charity_property=50_000_00, charity_cash=1_000_00)
    assert (
        worked(both).charity_deduction == 31_000
    )  # the floor of 500 takes property, of which too much is left
    few = Itemized[int](charity_property=200_00, charity_cash=1_000_00)
    assert worked(few).charity_deduction == 700


def test_those_who_do_not_itemise_deduct_gifts_from_2026() -> None:
    """P7: 1,000, and 2,000 on a joint return."""
    gift = Itemized[int](charity_cash=3_000_00)
    assert worked(gift).deduction_taken == 16_100 + 1_000
    assert worked(gift, status=JOINT).deduction_taken == 32_200 + 2_000
    assert worked(gift, year=2025).deduction_taken == 15_750


def test_the_larger_deduction_is_taken() -> None:
    """P7: standard or itemised."""
    little, much = (Itemized[int](mortgage_interest=cents) for cents in (16_000_00, 17_000_00))
    assert worked(little).deduction_taken == 16_100
    assert worked(much).deduction_taken == 17_000
    assert worked(replace(little, spouse_itemizes=True), status=SEPARATE).deduction_taken == 16_000


def test_over_the_top_bracket_2_37_of_the_deductions_are_lost() -> None:
    """P7: 2026 limit on the value of itemised deductions."""
    paid = Itemized[int](mortgage_interest=74_000_00)
    assert worked(paid, wages=1_000_000).itemized_deductions == 70_000
    assert worked(paid, wages=677_600).itemized_deductions == 72_000  # 37,000 are over 640,600
    assert worked(paid, wages=640_600).itemized_deductions == 74_000
    assert worked(paid, wages=1_000_000, year=2025).itemized_deductions == 74_000


def test_the_smaller_deduction_is_taken_where_the_minimum_tax_makes_it_cheaper() -> None:
    """P7: the standard deduction is put back for the minimum tax, most of the itemised ones are not."""
    paid = Itemized[int](mortgage_interest=9_052_00, state_income_tax=125_495_00)
    chosen = worked(paid, status=HEAD, wages=0, gains=1_081_154, year=2025)
    assert chosen.deduction_taken == 19_052  # and not the 23,625 of the standard deduction
    forced = worked(replace(paid, choice=False), status=HEAD, wages=0, gains=1_081_154, year=2025)
    assert forced.deduction_taken == 23_625
    assert forced.total > chosen.total
