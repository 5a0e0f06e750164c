"""What comes back or is due in April, and estimated payments."""

from datetime import date
from decimal import Decimal

import pytest

from planner.domain.members import FilingStatus
from planner.taxes.income_tax import income_tax
from planner.taxes.law import law
from planner.taxes.returns import Return
from planner.taxes.settlement import Paid, due_dates, estimates, settle
from planner.taxes.tax_rates import bracket_rate, effective_rate, marginal_rate

LAW = law(2026)
SINGLE = FilingStatus.SINGLE
SEPARATE = FilingStatus.MARRIED_FILING_SEPARATELY


def test_what_was_paid_is_set_against_the_tax() -> None:
    """P7: refund or amount due against withholding."""
    settled = settle(LAW, 10_000_00, Paid(withheld=9_000_00, estimated=500_00))
    assert (settled.payments, settled.refund, settled.due) == (9_500_00, 0, 500_00)
    assert settle(LAW, 10_000_00, Paid(withheld=12_000_00)).refund == 2_000_00
    assert settle(LAW, -1_500_00, Paid()).refund == 1_500_00


def test_social_security_withheld_over_the_wage_base_comes_back() -> None:
    """P6: several employers; each person has a base of its own."""
    paid = Paid(social_security_head=12_000_00, social_security_spouse=11_439_00)
    assert settle(LAW, 0, paid).excess_social_security == 561_00


@pytest.mark.parametrize(
    "last_year,income,status,required,reason",
    [
        (None, 0, SINGLE, 18_000_00, "90 % of this"),
        (15_000_00, 150_000_00, SINGLE, 15_000_00, "100 % of last"),
        (15_000_00, 150_000_01, SINGLE, 16_500_00, "110 % of last"),
        (15_000_00, 75_000_01, SEPARATE, 16_500_00, "110 % of last"),
        (19_000_00, 0, SINGLE, 18_000_00, "90 % of this"),
    ],
)
def test_the_smaller_safe_harbour_is_required(
    *, last_year: int | None, income: int, status: FilingStatus, required: int, reason: str
) -> None:
    """P7: 90 % of this year's tax, 100 or 110 % of last year's."""
    found = estimates(
        LAW, status, total=20_000_00, withheld=2_000_01, last_year_total=last_year, last_year_agi=income
    )
    assert found.required == required
    assert found.reason.startswith(reason)
    assert sum(payment.cents for payment in found.payments) == required - 2_000_01
    assert max(found.payments, key=lambda one: one.cents).cents - found.payments[-1].cents <= 1


def test_little_or_covered_tax_needs_no_payments() -> None:
    """P7: less than 1,000 after withholding, or withholding that reaches the safe harbour."""
    assert estimates(LAW, SINGLE, total=5_000_00, withheld=4_000_01).payments == ()
    assert estimates(LAW, SINGLE, total=5_000_00, withheld=4_000_00).payments
    assert estimates(LAW, SINGLE, total=20_000_00, withheld=18_000_00).payments == ()
    assert estimates(LAW, SINGLE, total=20_000_00, withheld=9_000_00, last_year_total=0).payments == ()


@pytest.mark.parametrize(
    "year,days",
    [
        (2026, [(2026, 4, 15), (2026, 6, 15), (2026, 9, 15), (2027, 1, 15)]),
        (2024, [(2024, 4, 15), (2024, 6, 17), (2024, 9, 16), (2025, 1, 15)]),
        (2022, [(2022, 4, 18), (2022, 6, 15), (2022, 9, 15), (2023, 1, 17)]),  # both holidays
        (2028, [(2028, 4, 18), (2028, 6, 15), (2028, 9, 15), (2029, 1, 16)]),
    ],
)
def test_last_days_move_off_weekends_and_holidays(*, year: int, days: list[tuple[int, int, int]]) -> None:
    """P7: Emancipation Day and Martin Luther King Day among them."""
    assert list(due_dates(year)) == [date(*day) for day in days]


def test_rates_of_all_income_and_of_the_next_dollars() -> None:
    """P7: marginal and effective rate."""
    facts = Return[int](filing_status=SINGLE, wages_head=100_000_00)
    found = income_tax(LAW, facts).worked
    assert effective_rate(found) == Decimal("0.1317")
    assert marginal_rate(LAW, facts, found) == Decimal("0.22")
    assert bracket_rate(LAW, facts, found) == Decimal("0.22")
    nobody = Return[int](filing_status=SINGLE)
    assert effective_rate(income_tax(LAW, nobody).worked) == 0


def test_the_marginal_rate_sees_phase_outs() -> None:
    """P7: 85 cents of benefits with each dollar more."""
    facts = Return[int](filing_status=SINGLE, age_head=60, pension=30_000_00, social_security=30_000_00)
    found = income_tax(LAW, facts).worked
    assert bracket_rate(LAW, facts, found) == Decimal("0.12")
    assert marginal_rate(LAW, facts, found) == Decimal("0.222")
