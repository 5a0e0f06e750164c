"""Local income taxes, worked by hand."""

from decimal import Decimal
from typing import Any

import pytest

from planner.taxes.calculators import calculate
from planner.taxes.states.law import states
from planner.taxes.states.localities import localities


def local(**case: object) -> Decimal:
    (answer,) = calculate("state-tax", [{"year": 2026, "filing_status": "single", "age_head": 40, **case}])
    assert "error" not in answer, answer
    found: Any = answer["local_income_tax"]
    return Decimal(found)


def test_counties_of_indiana() -> None:
    """P7: Marion County takes 2.02 % of 50,000 less 1,000."""
    assert local(state="IN", wages=50_000, locality="marion") == Decimal("989.80")
    assert local(state="IN", wages=50_000, locality="Grant") == Decimal("1347.50")  # 2.75 % from 2026
    assert local(state="IN", year=2025, wages=50_000, locality="Grant") == Decimal("1249.50")


def test_counties_of_maryland() -> None:
    """P7: flat, by brackets, and by the band of the whole income."""
    assert local(state="MD", wages=60_000, locality="Allegany") == Decimal("1708.80")  # 3.2 % of 53,400
    assert local(state="MD", wages=60_000, locality="Anne Arundel") == Decimal("1449.96")
    assert local(state="MD", wages=60_000, locality="Frederick") == Decimal("1580.64")  # 2.96 % of it all
    below = local(state="MD", wages=56_600, locality="Frederick")
    assert local(state="MD", wages=56_610, locality="Frederick") - below > 100


def test_new_york() -> None:
    """P7: New York City by its own brackets less its school credit; Yonkers by a share of the state's tax."""
    assert local(state="NY", wages=150_000, locality="New York City") == Decimal("4999.17")
    (answer,) = calculate(
        "state-tax", [{"state": "NY", "year": 2026, "filing_status": "single", "wages": 150_000}]
    )
    share = Decimal(str(answer["income_tax"])) * Decimal("0.1675")
    assert abs(local(state="NY", wages=150_000, locality="yonkers") - share) < Decimal("0.01")


@pytest.mark.parametrize(
    "code,name,wages,expected",
    [
        ("PA", "Philadelphia", 50_000, "1870.00"),
        ("KY", "Jefferson", 50_000, "1100.00"),
        ("MO", "Kansas City", 50_000, "500.00"),
        ("DE", "Wilmington", 50_000, "625.00"),
    ],
)
def test_taxes_on_wages(code: str, name: str, wages: int, expected: str) -> None:
    """P7: a single rate on what is earned."""
    assert local(state=code, wages=wages, pension=9_000, locality=name) == Decimal(expected)


def test_the_known_places_are_listed() -> None:
    """P7: what is known is said."""
    known = {code: localities(code, 2026) for code in states()}
    assert len(known["IN"]) == 92
    assert len(known["MD"]) == 24
    assert known["NY"] == ("New York City", "Yonkers")
    assert known["TX"] == ()


@pytest.mark.parametrize(
    "wages,dividends,expected",
    [
        (30_280, "6650.14", "-105.71"),  # 106 over the limit of 36,824: nearly all that is left
        (60_000, 0, "1510.20"),  # far over it
        (25_000, 10_500, "-54.19"),  # 51.45 would be left, but too much is from investments
    ],
)
def test_families_in_new_york_city(wages: int, dividends: object, expected: str) -> None:
    """P7: the city's tax is eliminated for families with low incomes, from 2025 on."""
    family = {"state": "NY", "locality": "New York City", "filing_status": "head_of_household"}
    about_it = {**family, "year": 2025, "age_head": 41, "children": [14, 16]}
    assert local(**about_it, wages=wages, qualified_dividends=dividends) == Decimal(expected)
