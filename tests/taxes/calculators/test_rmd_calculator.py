"""The calculator `rmd`: its answers, and what it refuses."""

from typing import Any

import pytest

from planner.taxes.calculators import calculate, calculator

OWNER = {"year": 2026, "birth_date": "1951-06-01", "balance": 100_000}
HEIR = {
    **OWNER,
    "birth_date": "1970-01-01",
    "beneficiary": "other",
    "owner_birth_date": "1945-05-05",
    "owner_death_date": "2023-02-02",
}


def answer(case: dict[str, Any]) -> dict[str, Any]:
    return calculate("rmd", [case])[0]


def test_the_published_example() -> None:
    """P10: 100,000 at 75: 4,065 in whole dollars."""
    found = answer(OWNER)
    assert set(found) == set(calculator("rmd").outputs)
    assert (found["required"], found["divisor"], found["table"]) == ("4065.04", "24.6", "III")
    assert (found["beginning_date"], found["due_date"]) == ("2025-04-01", "2026-12-31")
    assert all(each["rule"] and each["source"] for each in found["working"])
    assert "table III" in found["working"][1]["source"]


def test_nothing_is_due_before_the_age() -> None:
    """P10: 75 for those born in 1960 or later."""
    found = answer({**OWNER, "birth_date": "1960-01-01"})
    assert (found["required"], found["divisor"], found["due_date"]) == ("0.00", None, None)
    assert found["beginning_date"] == "2036-04-01"
    later = answer({**OWNER, "year": 2035, "birth_date": "1960-01-01"})
    assert (later["required"], later["due_date"]) == ("4065.04", "2036-04-01")


def test_a_much_younger_spouse() -> None:
    """P10: only if the spouse is the only beneficiary."""
    spouse = {**OWNER, "spouse_birth_date": "1966-12-31"}
    assert answer(spouse)["table"] == "III"
    found = answer({**spouse, "spouse_sole_beneficiary": True})
    assert (found["table"], found["divisor"], found["required"]) == ("II", "28.3", "3533.57")


def test_an_inherited_account() -> None:
    """P10: with the last day of the account."""
    found = answer(HEIR)
    assert (found["table"], found["divisor"], found["empty_by"]) == ("I", "30.5", "2033-12-31")
    waiting = answer({**HEIR, "owner_birth_date": "1955-05-05"})
    assert (waiting["required"], waiting["table"], waiting["empty_by"]) == ("0.00", None, "2033-12-31")


@pytest.mark.parametrize(
    "wrong,where",
    [
        ({"balance": -1}, {"balance"}),
        ({"birth_date": "1951-13-01"}, {"birth_date"}),
        ({"birth_date": 1951}, {"birth_date"}),
        ({"birth_date": "2027-01-01"}, {"birth_date"}),
        ({"year": 2023}, {"year"}),
        ({"age": 75}, {"age"}),
        ({"spouse_sole_beneficiary": True}, {"spouse_birth_date"}),
        ({"owner_birth_date": "1940-01-01"}, {"owner_birth_date"}),
        ({"beneficiary": "other"}, {"owner_birth_date", "owner_death_date"}),
        ({"beneficiary": "cat"}, {"beneficiary"}),
    ],
)
def test_what_cannot_be_is_an_error_with_its_field(wrong: dict[str, Any], where: set[str]) -> None:
    """P7: clear errors."""
    found = answer({**OWNER, **wrong})
    assert {problem["path"] for problem in found["error"]["problems"]} == where


@pytest.mark.parametrize(
    "wrong,where",
    [
        ({"owner_death_date": "2019-12-31"}, "owner_death_date"),
        ({"owner_death_date": "2026-01-01"}, "year"),
        ({"owner_death_date": "1940-01-01"}, "owner_death_date"),
        ({"birth_date": "2024-01-01"}, "birth_date"),
    ],
)
def test_wrong_inheritances(wrong: dict[str, Any], where: str) -> None:
    """P7: clear errors."""
    found = answer({**HEIR, **wrong})
    assert {problem["path"] for problem in found["error"]["problems"]} == {where}
