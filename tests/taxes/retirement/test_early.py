"""The additional tax on early distributions."""

import pytest

from planner.taxes.law import law
from planner.taxes.retirement.early import Distribution, Exception72t, Plan, early_tax

LAW = law(2026)
FIFTY = 50 * 12


def tax(plan: Plan, age: int = FIFTY, **more: object) -> int:
    return early_tax(LAW, Distribution(plan=plan, taxable=20_000_00, age_months=age, **more))  # type: ignore[arg-type]


def test_a_tenth_before_59_and_a_half() -> None:
    """P7: IRC sec. 72(t)(1)."""
    assert tax(Plan.IRA) == tax(Plan.EMPLOYER) == 2_000_00
    assert tax(Plan.IRA, 59 * 12 + 5) == 2_000_00
    assert tax(Plan.IRA, 59 * 12 + 6) == 0
    assert tax(Plan.GOVERNMENT_457B) == 0


def test_a_quarter_from_a_simple_ira_of_two_years() -> None:
    """P7: IRC sec. 72(t)(6)."""
    assert tax(Plan.SIMPLE_IRA, simple_years=1) == 5_000_00
    assert tax(Plan.SIMPLE_IRA, simple_years=2) == 2_000_00


def test_leaving_at_55_frees_the_plan_and_no_ira() -> None:
    """P7: IRC sec. 72(t)(2)(A)(v) and (3)(A)."""
    assert tax(Plan.EMPLOYER, 56 * 12, separated_at=55) == 0
    assert tax(Plan.EMPLOYER, 56 * 12, separated_at=54) == 2_000_00
    assert tax(Plan.IRA, 56 * 12, separated_at=55) == 2_000_00


@pytest.mark.parametrize(
    "plan,reason,left",
    [
        (Plan.IRA, Exception72t.EQUAL_PAYMENTS, 0),
        (Plan.IRA, Exception72t.FIRST_HOME, 1_000_00),
        (Plan.EMPLOYER, Exception72t.FIRST_HOME, 2_000_00),
        (Plan.IRA, Exception72t.EDUCATION, 0),
        (Plan.EMPLOYER, Exception72t.COURT_ORDER, 0),
        (Plan.IRA, Exception72t.COURT_ORDER, 2_000_00),
        (Plan.EMPLOYER, Exception72t.BIRTH_OR_ADOPTION, 1_500_00),
        (Plan.SIMPLE_IRA, Exception72t.EMERGENCY, 4_750_00),
    ],
)
def test_exceptions_hold_where_and_as_far_as_the_law_says(
    plan: Plan, reason: Exception72t, left: int
) -> None:
    """P7: table 1 of Publication 590-B and of 575."""
    assert tax(plan, excepted=((reason, 20_000_00),)) == left


def test_exceptions_add_up_and_never_pay_anything_back() -> None:
    """P7: no more than was taxable."""
    both = ((Exception72t.MEDICAL, 15_000_00), (Exception72t.DISASTER, 15_000_00))
    assert tax(Plan.IRA, excepted=both) == 0
    assert tax(Plan.IRA, excepted=both[:1]) == 500_00
