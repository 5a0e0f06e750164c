"""The calculator `paycheck` answers with a stub, and says what is wrong with a case."""

from typing import Any

import pytest

from planner.taxes.calculators import calculate, calculator

CASE = {
    "year": 2026,
    "pay_frequency": "biweekly",
    "filing_status": "single",
    "gross": "4000.00",
    "deductions": [
        {"kind": "health", "name": "Health", "amount": 150},
        {"kind": "traditional_401k", "name": "401(k)", "percent": "0.10"},
    ],
}


def answer(**more: object) -> dict[str, Any]:
    (found,) = calculate("paycheck", [{**CASE, **more}])
    return found


def test_a_stub_has_its_lines_in_the_order_of_the_law() -> None:
    """P6, issue 4.9: gross, frequency, W-4, deductions, state, year to date -> the stub."""
    stub = answer(state="ca")
    assert [(line["line"], line["label"], line["amount"]) for line in stub["lines"]] == [
        ("pretax", "Health", "150.00"),
        ("pretax", "401(k)", "400.00"),
        ("federal_withholding", "Federal income tax", "419.38"),
        ("social_security", "Social Security", "238.70"),
        ("medicare", "Medicare", "55.83"),
        # 89,700 - 5,706 = 83,994: 3,522.17 + 10.23 % of 11,270 = 4,675.09, less 0 allowances, by 26
        ("state_withholding", "State income tax", "179.81"),
        ("state_contribution", "State disability insurance", "50.05"),
    ]
    assert (stub["gross"], stub["net"], stub["state_contributions"]) == ("4000.00", "2506.23", "50.05")


def test_the_year_to_date_counts() -> None:
    """P6: wage base, limit and additional Medicare after what came before."""
    before = {
        "gross": 210_000,
        "fica_wages": 199_000,
        "federal_wages": 190_000,
        "deducted": [{"kind": "traditional_401k", "name": "401(k)", "amount": 24_300}],
    }
    stub = answer(to_date=before)
    assert (stub["social_security"], stub["additional_medicare"]) == ("0.00", "25.65")  # 0.9 % of 2,850
    assert stub["to_date"]["gross"] == "214000.00"
    assert stub["warnings"] == ["401(k): 200.00 of 400.00 is taken; its limit for the year is reached."]


def test_a_match_and_a_bonus() -> None:
    """P3, P6: the match is beside the pay; a bonus is withheld at the flat rate."""
    match = {"tiers": [{"rate": "0.5", "up_to": "0.06"}]}
    assert answer(employer_match=match)["employer"] == "120.00"
    assert answer(supplemental=True)["federal"] == "792.00"  # 22 % of 3,600; Health waits


@pytest.mark.parametrize(
    "wrong,path,says",
    [
        ({"gross": -1}, "gross", "negative"),
        ({"pay_frequency": "fortnightly"}, "pay_frequency", "one of daily, weekly"),
        ({"state": "ZZ"}, "state", "code of a state"),
        ({"year": 1999}, "year", "not known"),
        ({"year": 2025, "state": "CA"}, "pay_date", "not for 2025"),
        ({"filing_status": "widowed"}, "filing_status", "one of"),
        ({"deductions": [{"kind": "health"}]}, "deductions[0]", "amount or a percent"),
        ({"deductions": [{"kind": "gold", "amount": 1}]}, "deductions[0].kind", "one of"),
        ({"state": "CA", "state_rate": 0.05}, "state_rate", "either a state"),
        ({"state": "CA", "pay_date": "2025-03-01"}, "pay_date", "not in 2026"),
        ({"state": "CA", "pay_date": 20260301}, "pay_date", "a day such as"),
        ({"wages": 4000}, "wages", "no such field"),
    ],
)
def test_a_wrong_case_is_refused(wrong: dict[str, object], path: str, says: str) -> None:
    """Issue 4, bad input: unknown frequency, state, year, status; negative pay; what contradicts."""
    problems = answer(**wrong)["error"]["problems"]
    assert [(each["path"], says in each["message"]) for each in problems] == [(path, True)]


def test_more_deductions_than_pay_and_a_w4_above_the_pay_give_a_lawful_stub_and_say_so() -> None:
    """Issue 4, bad input: the lawful result with a warning; net pay is never negative."""
    stub = answer(gross=100, step4c_extra=500)
    assert stub["net"] == "0.00"
    assert stub["warnings"] == [
        "Health: 100.00 of 150.00 is taken; no more is left of the pay.",
        "401(k): 0.00 of 10.00 is taken; no more is left of the pay.",
        "Federal income tax: 0.00 of 500.00 is taken; no more is left of the pay.",
    ]


def test_every_output_is_described() -> None:
    """Issue 4.9: what an answer has is what the calculator says it has."""
    assert set(answer(gross=100)) == set(calculator("paycheck").outputs)
