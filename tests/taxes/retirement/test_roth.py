"""The order in which money leaves a Roth IRA, its five years, and conversions."""

import pytest

from planner.domain.errors import Refused
from planner.taxes.law import law
from planner.taxes.retirement.roth import Conversion, RothAccount, conversion_taxable, roth_distribution

LAW = law(2026)
ACCOUNT = RothAccount(
    balance=60_000_00,
    contributions=20_000_00,
    conversions=(
        Conversion(year=2024, taxed=10_000_00, untaxed=2_000_00),
        Conversion(year=2018, taxed=8_000_00),
    ),
    first_year=2018,
)
YOUNG, OLD = 50 * 12, 60 * 12


def test_contributions_leave_first_and_free() -> None:
    """P7: IRC sec. 408A(d)(4)(B)."""
    found = roth_distribution(LAW, ACCOUNT, 20_000_00, 2026, YOUNG)
    assert (found.contributions, found.converted, found.earnings, found.additional_tax) == (
        20_000_00,
        0,
        0,
        0,
    )


def test_the_oldest_conversion_leaves_first() -> None:
    """P7: after its five years it bears nothing; a younger one does, on the part that was taxed."""
    assert roth_distribution(LAW, ACCOUNT, 28_000_00, 2026, YOUNG).additional_tax == 0
    found = roth_distribution(LAW, ACCOUNT, 40_000_00, 2026, YOUNG)
    assert (found.converted, found.taxable) == (20_000_00, 0)
    assert (found.penalised, found.additional_tax) == (10_000_00, 1_000_00)
    assert roth_distribution(LAW, ACCOUNT, 40_000_00, 2028, YOUNG).additional_tax == 1_000_00
    assert roth_distribution(LAW, ACCOUNT, 40_000_00, 2029, YOUNG).additional_tax == 0
    assert roth_distribution(LAW, ACCOUNT, 40_000_00, 2026, OLD).additional_tax == 0


def test_earnings_are_free_after_five_years_and_59_and_a_half() -> None:
    """P7: a qualified distribution needs both."""
    assert roth_distribution(LAW, ACCOUNT, 60_000_00, 2026, OLD).taxable == 0
    young = roth_distribution(LAW, ACCOUNT, 60_000_00, 2026, YOUNG)
    assert (young.earnings, young.taxable, young.penalised) == (20_000_00, 20_000_00, 30_000_00)
    fresh = RothAccount(balance=100_00, contributions=0, conversions=(), first_year=2022)
    assert roth_distribution(LAW, fresh, 100_00, 2026, OLD).taxable == 100_00
    assert roth_distribution(LAW, fresh, 100_00, 2027, OLD).taxable == 0
    assert roth_distribution(LAW, fresh, 100_00, 2026, OLD).additional_tax == 0
    assert roth_distribution(LAW, ACCOUNT, 60_000_00, 2026, YOUNG, excepted=True).additional_tax == 0


@pytest.mark.parametrize("taken", [0, 1, 25_000_00, 33_333_33, 60_000_00])
def test_the_parts_add_up(taken: int) -> None:
    """P10: to the cent."""
    found = roth_distribution(LAW, ACCOUNT, taken, 2026, YOUNG)
    assert found.contributions + found.converted + found.earnings == taken


def test_more_than_there_is_is_refused() -> None:
    with pytest.raises(Refused, match="More"):
        roth_distribution(LAW, ACCOUNT, 60_000_01, 2026, YOUNG)


def test_a_conversion_takes_its_share_of_the_basis() -> None:
    """P7: Form 8606: the basis is spread over all traditional IRAs."""
    assert conversion_taxable(10_000_00, 0, 0, 0) == 10_000_00
    assert conversion_taxable(7_000_00, 7_000_00, 0, 0) == 0
    assert conversion_taxable(7_000_00, 7_000_00, 63_000_00, 0) == 6_300_00
    assert conversion_taxable(7_000_00, 7_000_00, 60_000_00, 3_000_00) == 6_300_00
    assert conversion_taxable(0, 0, 0, 0) == 0
