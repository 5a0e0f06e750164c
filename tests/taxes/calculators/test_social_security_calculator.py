"""The calculator `social-security`: its answers, and what it refuses."""

from typing import Any

import pytest

from planner.taxes.calculators import calculate, calculator

WORKER = {"birth_date": "1962-06-15", "pia": 2000}
RECORD = {
    "birth_date": "1964-06-15",
    "earnings": [{"year": year, "amount": 60_000} for year in range(1995, 2025)],
}
COUPLE = {**WORKER, "spouse_birth_date": "1962-03-15"}


def answer(case: dict[str, Any]) -> dict[str, Any]:
    return calculate("social-security", [case])[0]


def test_a_stated_amount_at_every_age() -> None:
    """P10: claiming ages: SSA's factors, rounded down to the dime."""
    found = answer(WORKER)
    assert set(found) == set(calculator("social-security").outputs)
    assert [row["monthly_benefit"] for row in found["by_claim_age"]] == [
        "1400.00",
        "1500.00",
        "1600.00",
        "1733.30",
        "1866.60",
        "2000.00",
        "2160.00",
        "2320.00",
        "2480.00",
    ]
    assert found["full_retirement_age"] == found["claim_age"] == {"years": 67, "months": 0}
    assert (found["claim_month"], found["monthly_benefit"]) == ("2029-06", "2000.00")
    by_month = answer({**WORKER, "claim_age_years": 64, "claim_age_months": 7})
    assert (by_month["claim_factor"], by_month["monthly_benefit"]) == ("0.8389", "1677.70")
    assert (by_month["monthly_payment"], by_month["annual_benefit"]) == ("1677.00", "20124.00")


def test_a_record_of_earnings() -> None:
    """P7: thirty years of 60,000 and five of nothing, worked out line by line."""
    found = answer(RECORD)
    lines = {each["line"]: each for each in found["working"]}
    assert list(lines) == [
        "indexed_earnings",
        "aime",
        "pia",
        "pia_at_claim",
        "claim_factor",
        "monthly_benefit",
    ]
    average = float(lines["indexed_earnings"]["amount"]) / 420
    assert float(found["aime"]) == int(average)
    assert float(found["pia"]) == int((0.9 * 1286 + 0.32 * (int(average) - 1286)) * 10) / 10
    assert all(each["rule"] and each["source"] for each in found["working"])


def test_born_on_the_first_of_january_counts_as_the_year_before() -> None:
    """P10: 66 and 10 months instead of 67."""
    found = answer({**WORKER, "birth_date": "1960-01-01"})
    assert found["full_retirement_age"] == {"years": 66, "months": 10}
    assert found["claim_month"] == "2026-10"


def test_benefits_rise_with_prices() -> None:
    """P10: each December, by the plan's inflation."""
    assert answer({**WORKER, "inflation": "0.025"})["pia_at_claim"] == "2153.70"  # 2026, 2027 and 2028
    assert answer(WORKER)["pia_at_claim"] == "2000.00"


def test_a_spouse_gets_up_to_half() -> None:
    """P10: when both have claimed, reduced by the spouse's age."""
    found = answer({**COUPLE, "claim_age_years": 67, "spouse_claim_age_years": 62})["spouse"]
    assert (found["own_benefit"], found["from_month"], found["spousal_benefit"]) == (
        "0.00",
        "2029-06",
        "1000.00",
    )
    early = answer({**COUPLE, "claim_age_years": 62, "spouse_claim_age_years": 62, "spouse_pia": 400})[
        "spouse"
    ]
    assert (early["from_month"], early["own_benefit"], early["spousal_factor"]) == (
        "2024-06",
        "280.00",
        "0.6625",
    )
    assert (early["spousal_benefit"], early["monthly_benefit"]) == ("397.50", "677.50")
    assert early["couple_monthly_benefit"] == "2077.50"


def test_the_one_who_outlives_the_other() -> None:
    """P10: the larger benefit, limited after an early claim, with delayed credits after a late one."""
    late = answer({**COUPLE, "claim_age_years": 70, "death_date": "2040-05-05"})["survivor"]
    assert (late["survivor_benefit"], late["monthly_benefit"]) == ("2480.00", "2480.00")
    early = answer({**COUPLE, "claim_age_years": 62, "death_date": "2040-05-05", "spouse_pia": 1800})[
        "survivor"
    ]
    assert (early["survivor_benefit"], early["own_benefit"], early["monthly_benefit"]) == (
        "1650.00",
        "1800.00",
        "1800.00",
    )
    unclaimed = answer({**COUPLE, "claim_age_years": 70, "death_date": "2030-06-20"})["survivor"]
    assert unclaimed["survivor_benefit"] == "2160.00"  # a year of credits


def test_work_before_full_retirement_age() -> None:
    """P10: the earnings test withholds, at most what is drawn, and ends at full retirement age."""
    claimed = {**WORKER, "claim_age_years": 62, "work_year": 2026}
    assert answer({**claimed, "work_earnings": 40_000})["earnings_test"] == {
        "exempt": "24480.00",
        "benefits": "16800.00",
        "withheld": "7760.00",
    }
    assert answer({**claimed, "work_earnings": 400_000})["earnings_test"]["withheld"] == "16800.00"
    assert answer({**claimed, "work_year": 2029, "work_earnings": 80_000})["earnings_test"] == {
        "exempt": "65160.00",
        "benefits": "7000.00",
        "withheld": "4946.66",
    }
    assert (
        answer({**claimed, "work_year": 2030, "work_earnings": 80_000})["earnings_test"]["withheld"] == "0.00"
    )


def test_later_earnings_wait_for_their_claim() -> None:
    """P7: said, not silently left out."""
    found = answer(
        {**RECORD, "claim_age_years": 62, "earnings": [*RECORD["earnings"], {"year": 2026, "amount": 90_000}]}
    )
    assert found["pia"] == answer({**RECORD, "claim_age_years": 62})["pia"]
    assert any("2026" in warning for warning in found["warnings"])


@pytest.mark.parametrize(
    "wrong,where",
    [
        ({"birth_date": None}, "birth_date"),
        ({"birth_date": "1920-01-01"}, "birth_date"),
        ({"claim_age_years": 61}, "claim_age_years"),
        ({"claim_age_years": 70, "claim_age_months": 1}, "claim_age_years"),
        ({"claim_age_months": 3}, "claim_age_months"),
        ({"claim_age_months": 12}, "claim_age_months"),
        ({"pia": -1}, "pia"),
        ({"earnings": [{"year": 2000, "amount": 5}]}, "pia"),
        ({"pia": None, "earnings": [{"year": 2000, "amount": 5}] * 2}, "earnings"),
        ({"earnings": [{"year": 1900, "amount": 5}]}, "earnings[0].year"),
        ({"spouse_pia": 5}, "spouse_pia"),
        ({"death_date": "2040-01-01"}, "death_date"),
        ({"work_year": 2020}, "work_year"),
        ({"spouse": 1}, "spouse"),
    ],
)
def test_what_cannot_be_is_an_error_with_its_field(wrong: dict[str, Any], where: str) -> None:
    """P7: clear errors."""
    found = answer({**WORKER, **wrong})
    assert {problem["path"] for problem in found["error"]["problems"]} == {where}


@pytest.mark.parametrize(
    "wrong,where",
    [
        ({"death_date": "2020-01-01"}, "death_date"),
        ({"death_date": "2040-01-01", "survivor_claim_age_years": 59}, "survivor_claim_age_years"),
    ],
)
def test_survivors_that_cannot_be(wrong: dict[str, Any], where: str) -> None:
    """P7: clear errors."""
    found = answer({**COUPLE, **wrong})
    assert {problem["path"] for problem in found["error"]["problems"]} == {where}
