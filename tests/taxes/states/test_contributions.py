"""What states take from paychecks beside income tax, worked by hand."""

from datetime import date

import pytest

from planner.taxes.states.contributions import Wages, contributions
from planner.taxes.states.files import codes, document

DAY = date(2026, 6, 30)
PAY = Wages(gross=500_000, after_cafeteria=480_000, after_pretax=430_000)


def taken(code: str, so_far: Wages | None = None) -> dict[str, int]:
    return {one.name: one.cents for one in contributions(code, DAY, PAY, so_far or Wages())}


@pytest.mark.parametrize(
    "code,expected",
    [
        ("CA", {"ca_sdi": 6_240}),  # 1.3 % of 4,800
        ("CO", {"co_famli": 2_200}),  # 0.44 % of 5,000
        ("NJ", {"nj_ui_wf_swf": 2_125, "nj_tdi": 950, "nj_fli": 1_150}),
        ("OR", {"or_paid_leave": 2_880, "or_transit": 430}),
        ("TX", {}),
    ],
)
def test_rates_of_the_state_s_wages(code: str, expected: dict[str, int]) -> None:
    """P6: each of the wages that the state's law names."""
    assert taken(code) == expected


def test_a_limit_of_the_year_stops_it() -> None:
    """P6: New Jersey's of wages of 44,800, New York's of 411.91."""
    so_far = Wages(gross=4_380_000, after_cafeteria=4_380_000, after_pretax=4_380_000)
    assert taken("NJ", so_far)["nj_ui_wf_swf"] == 425  # the last 1,000 of 44,800
    nearly = Wages(gross=9_400_000)
    assert taken("NY", nearly)["ny_pfl"] == 583  # 411.91 less 0.432 % of 94,000
    assert taken("NY", Wages(gross=20_000_000))["ny_pfl"] == 0


def test_what_only_the_employer_knows_is_said() -> None:
    """P6: nothing is taken where the employer chooses the share, and it says so."""
    (only,) = contributions("HI", DAY, PAY, Wages())
    assert only.cents == 0
    assert "employer chooses" in only.left_out


def test_nothing_before_the_first_known_day() -> None:
    """P6: the rates are those of 2026."""
    assert contributions("CA", date(2025, 12, 31), PAY, Wages()) == ()


@pytest.mark.parametrize("code", codes("contributions"))
def test_every_contribution_says_its_source(code: str) -> None:
    """P7: laws are data, with their sources."""
    for block in document("contributions", code).values():
        assert "CC BY 4.0, changed" in block["source"]
        assert ("rate" in block) is not ("left_out" in block)
