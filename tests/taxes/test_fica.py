"""Social Security and Medicare: to date for paychecks, for the year for the self-employed."""

from decimal import Decimal
from random import Random

import numpy as np
import pytest

from planner.domain.errors import Refused
from planner.domain.members import FilingStatus
from planner.taxes.arithmetic import EXACT
from planner.taxes.fica import Fica, fica, fica_array, self_employment
from planner.taxes.income_tax import income_tax
from planner.taxes.law import law
from planner.taxes.returns import Return

LAW = law(2026)  # wage base 184,500
JOINT = FilingStatus.MARRIED_FILING_JOINTLY


def test_both_are_a_share_of_wages_half_up() -> None:
    """P6: Social Security and Medicare."""
    assert fica(LAW, 3_846_15) == Fica(238_46, 55_77, 0)
    assert fica(LAW, 2_50) == Fica(16, 4, 0)  # 15.5 and 3.625 cents


def test_social_security_stops_at_the_wage_base_to_date() -> None:
    """P6: the wage base counts to date (trap: spread over pay periods)."""
    assert fica(LAW, 20_000_00, 100_000_00).social_security == 1_240_00
    assert fica(LAW, 20_000_00, 180_000_00).social_security == 279_00  # 4,500 are left
    assert fica(LAW, 20_000_00, 184_500_00).social_security == 0
    assert fica(LAW, 20_000_00, 184_500_00).medicare == 290_00


def test_an_uneven_year_pays_the_same_social_security_as_an_even_one() -> None:
    """P6: a bonus early in the year pays up to the wage base at once."""
    random, paid, withheld = Random(3), 0, 0
    while paid < 300_000_00:
        wages = random.randrange(1_00, 60_000_00)
        withheld += fica(LAW, wages, paid).social_security
        paid += wages
    assert withheld == pytest.approx(11_439_00, abs=20)  # 6.2 % of 184,500, each paycheck rounded


def test_additional_medicare_is_withheld_above_the_employer_s_limit() -> None:
    """P6: 0.9 % of what is over 200,000 to date, and only of that part of the cheque that crosses it."""
    assert fica(LAW, 10_000_00, 190_000_00).additional_medicare == 0
    assert fica(LAW, 10_000_00, 195_000_00).additional_medicare == 45_00
    assert fica(LAW, 10_000_00, 250_000_00).additional_medicare == 90_00


def test_the_employer_s_limit_is_not_the_return_s() -> None:
    """P6: two spouses of 180,000 have nothing withheld and owe on 110,000 (trap: the limits confused)."""
    assert fica(LAW, 180_000_00).additional_medicare == 0
    both: Return[int] = Return(filing_status=JOINT, wages_head=180_000_00, wages_spouse=180_000_00)
    assert income_tax(LAW, both).worked.additional_medicare == 990
    one: Return[int] = Return(filing_status=JOINT, wages_head=240_000_00)
    assert fica(LAW, 240_000_00).additional_medicare == 360_00
    assert income_tax(LAW, one).worked.additional_medicare == 0


def test_negative_wages_are_refused() -> None:
    with pytest.raises(Refused):
        fica(LAW, -1)


def test_arrays_agree_with_exact_amounts_to_the_cent() -> None:
    """P6: the engine's arrays and the paycheck's cents are one rule."""
    random = Random(31)
    cases = [(random.randrange(90_000_00), random.randrange(260_000_00)) for _ in range(3_000)]
    wages, to_date = (np.array(column) / 100 for column in zip(*cases, strict=True))
    arrays = fica_array(LAW, wages, to_date)
    exact = [fica(LAW, *case) for case in cases]
    for name in ("social_security", "medicare", "additional_medicare"):
        cents = np.array([getattr(one, name) for one in exact])
        assert np.abs(getattr(arrays, name) * 100 - cents).max() <= 0.5 + 1e-6
    assert arrays.total == pytest.approx(
        arrays.social_security + arrays.medicare + arrays.additional_medicare
    )


def test_self_employment_is_taxed_on_its_share() -> None:
    """P7: 15.3 % of 92.35 % of the profit, half of it deducted."""
    own = self_employment(EXACT, LAW, Decimal(50_000), Decimal(0))
    assert own.tax == Decimal("7064.775")
    assert own.deduction == Decimal("3532.3875")


def test_wages_use_up_the_wage_base_of_the_self_employed() -> None:
    """P7: the wage base is shared with wages; Medicare has none."""
    own = self_employment(EXACT, LAW, Decimal(50_000), Decimal(200_000))
    assert own.tax == Decimal(50_000) * Decimal("0.9235") * Decimal("0.029")


@pytest.mark.parametrize("profit,taxed", [(433, False), (434, True), (-5_000, False)])
def test_little_self_employment_owes_nothing(profit: int, *, taxed: bool) -> None:
    """P7: below 400 of net earnings there is no self-employment tax."""
    assert (self_employment(EXACT, LAW, Decimal(profit), Decimal(0)).tax > 0) is taxed
