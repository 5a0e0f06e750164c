"""The calculator `income-tax`: its fields, its answers, its working, and what it refuses."""

from decimal import Decimal
from typing import Any

import pytest

from planner.taxes.calculators import calculate, calculator
from planner.taxes.lines import LINES
from planner.taxes.worked import Worked

ASKED = """
    year filing_status age_head age_spouse children_under_17 wages_head wages_spouse pretax_401k_head
    pretax_401k_spouse taxable_interest qualified_dividends nonqualified_dividends long_term_gains
    social_security pension self_employment item_mortgage_interest item_state_income_tax
    item_real_estate_tax item_charity_cash
""".split()  # noqa: SIM905 -- as the promise writes them
ANSWERED = """
    agi taxable_income taxable_social_security tax_before_credits niit amt eitc child_tax_credit
    additional_child_tax_credit income_tax_after_credits deduction_taken additional_medicare
""".split()  # noqa: SIM905
SINGLE = {"year": 2026, "filing_status": "single", "age_head": 40}
SEPARATE = {**SINGLE, "filing_status": "married_filing_separately"}
RICH = {
    "year": 2026,
    "filing_status": "married_filing_jointly",
    "age_head": 67,
    "age_spouse": 60,
    "children_under_17": 1,
    "other_dependents": 1,
    "wages_head": 60_000,
    "wages_spouse": 40_000,
    "self_employment": 30_000,
    "taxable_interest": 4_000,
    "nonqualified_dividends": 2_000,
    "long_term_gains": 3_000,
    "pension": 5_000,
    "social_security": 20_000,
    "item_mortgage_interest": 40_000,
    "item_mortgage_balance": 900_000,
    "item_state_income_tax": 8_000,
    "care_persons": 1,
    "care_expenses": 1_000,
}
# For fields that count only beside others: what else is given.
BESIDE: dict[str, dict[str, Any]] = {
    "lived_apart": {**SEPARATE, "social_security": 30_000, "pension": 5_000},
    "spouse_itemizes": {**SEPARATE, "wages_head": 90_000, "item_state_income_tax": 1_000},
    "older_children": {**SINGLE, "wages_head": 15_000, "other_dependents": 1},
    "tax_exempt_interest": {**SINGLE, "social_security": 20_000, "pension": 20_000},
    "rental_carryover": {**SINGLE, "wages_head": 50_000, "rental": 9_000},
    "workplace_plan_head": {**SINGLE, "wages_head": 150_000, "ira_contribution_head": 5_000},
    "workplace_plan_spouse": {**RICH, "wages_head": 200_000, "ira_contribution_spouse": 5_000},
    "hsa_family": {**SINGLE, "wages_head": 90_000, "hsa_contribution_head": 6_000},
    "business_services": {**SINGLE, "self_employment": 500_000, "business_wages": 90_000},
    "business_wages": {**SINGLE, "self_employment": 500_000},
    "business_property": {**SINGLE, "self_employment": 900_000, "business_property": 2_000_000},
    "age_head": {**SINGLE, "age_head": 62, "wages_head": 50_000},
    "care_persons": {**RICH, "care_expenses": 5_000},
    "care_benefits": {**RICH, "care_expenses": 3_000},
    "item_medical": {**RICH, "item_medical": 50_000},
    "savings_head": {**SINGLE, "wages_head": 25_000},
    "savings_spouse": {**SINGLE, "filing_status": "married_filing_jointly", "wages_head": 45_000},
    "last_year_tax": {**SINGLE, "wages_head": 90_000},
    "last_year_agi": {**SINGLE, "wages_head": 190_000, "last_year_tax": 20_000, "last_year_agi": 149_000},
    "inflation": {**SINGLE, "year": 2030, "wages_head": 90_000, "inflation": "0.02"},
    "social_security_withheld_head": {**SINGLE, "social_security_withheld_head": 11_439},
    "social_security_withheld_spouse": {**RICH, "social_security_withheld_spouse": 11_439},
}


def answer(case: dict[str, Any]) -> dict[str, Any]:
    return calculate("income-tax", [case])[0]


def paths(case: dict[str, Any]) -> set[str]:
    return {problem["path"] for problem in answer(case)["error"]["problems"]}


def test_every_field_and_every_answer_that_is_promised_is_there() -> None:
    """P7: the fixed names."""
    chosen = calculator("income-tax")
    assert set(ASKED) <= {field.name for field in chosen.form.fields}
    found = answer(SINGLE)
    assert set(ANSWERED) <= set(found)
    assert set(found) == set(chosen.outputs)


def test_one_salary() -> None:
    """P7: amounts as text with two decimals, rates with four."""
    found = answer(
        {**SINGLE, "wages_head": "100000", "federal_withheld": 13_000, "last_year_tax": "12000.50"}
    )
    assert found["taxable_income"] == "83900.00"
    assert found["income_tax_after_credits"] == found["total_tax"] == "13170.00"
    assert (found["refund"], found["amount_due"]) == ("0.00", "170.00")
    assert (found["effective_rate"], found["marginal_rate"]) == ("0.1317", "0.2200")
    assert found["estimates"]["payments"] == []


def test_every_line_of_the_working_has_its_rule_and_adds_up() -> None:
    """P7: each with label, rule and source."""
    found = answer(RICH)
    assert [name for name, *_ in LINES] == list(Worked.__slots__)
    assert all(line["rule"] and line["label"] for line in found["working"])
    assert all(found[line["line"]] == line["amount"] for line in found["working"])
    by_name = {line["line"]: line for line in found["working"]}
    assert "sec. 164(b)(7)" in by_name["state_and_local_deduction"]["source"]
    assert "sec. 199A" in by_name["business_income_deduction"]["source"]
    numbers = {name: Decimal(line["amount"]) for name, line in by_name.items()}
    deducted = numbers["deduction_taken"] + numbers["senior_deduction"] + numbers["business_income_deduction"]
    assert abs(numbers["agi"] - deducted - numbers["taxable_income"]) <= Decimal("0.02")


@pytest.mark.parametrize("name", [field.name for field in calculator("income-tax").form.fields])
def test_every_field_changes_the_answer(name: str) -> None:
    """P7: nothing that is asked is left unused (trap: stored and never used)."""
    base = {**RICH, **BESIDE.get(name, {})} if name not in BESIDE else BESIDE[name]
    given: Any = base.get(name, 0)
    match name:
        case "filing_status":
            base, changed = SINGLE, {**SINGLE, name: "head_of_household"}
            base, changed = {**base, "wages_head": 50_000}, {**changed, "wages_head": 50_000}
        case "year":
            changed = {**base, name: 2025}
        case "inflation":
            changed = {**base, name: "0.03"}
        case "opportunity_expenses":
            changed = {**base, name: [1_000]}
        case _ if name.startswith(("blind", "lived", "work", "hsa_family", "spouse_", "business_services")):
            changed = {**base, name: True}
        case "item_mortgage_before_2018":
            changed = {**base, name: True}
        case "age_head" | "age_spouse" | "care_persons" | "children_under_17" | "other_dependents":
            changed = {**base, name: given + 5}
        case "older_children":
            changed = {**base, name: 1}
        case _:
            changed = {**base, name: int(given) + 2_000}
    before, after = answer(base), answer(changed)
    assert "error" not in before, before
    assert "error" not in after, after
    assert before != after


def test_ages_of_people_who_are_not_there_are_null_or_0() -> None:
    """P7: and amounts that are not given are nothing."""
    same = [answer({**SINGLE, "age_spouse": age, "wages_spouse": None}) for age in (None, 0)]
    assert same[0] == same[1] == answer(SINGLE)


@pytest.mark.parametrize(
    "wrong,where",
    [
        ({"filing_status": "widowed"}, {"filing_status"}),
        ({"year": 2020}, {"year"}),
        ({"wages_head": -1}, {"wages_head"}),
        ({"wage": 5}, {"wage"}),
        ({"age_head": 151}, {"age_head"}),
        ({"age_spouse": 40}, {"age_spouse"}),
        ({"self_employment_spouse": 4}, {"self_employment_spouse"}),
        ({"ira_contribution_spouse": 4}, {"ira_contribution_spouse"}),
        ({"wages_head": 5, "pretax_401k_head": 6}, {"pretax_401k_head"}),
        ({"older_children": 1}, {"older_children"}),
        ({"lived_apart": True}, {"lived_apart"}),
        ({"opportunity_expenses": [1, -1]}, {"opportunity_expenses[1]"}),
        ({"children_under_17": 1.5}, {"children_under_17"}),
    ],
)
def test_what_cannot_be_is_an_error_with_its_field(wrong: dict[str, Any], where: set[str]) -> None:
    """P7: clear errors, by the names of the calculator's fields."""
    assert paths({**SINGLE, **wrong}) == where


def test_a_loss_is_no_error() -> None:
    """P7: self-employment, gains, rents and other income may be losses."""
    names = ("self_employment", "short_term_gains", "long_term_gains", "rental", "other_income")
    found = answer({**SINGLE, **dict.fromkeys(names, "-1000")})
    assert found["agi"] == "-5000.00"
    assert found["taxable_income"] == "0.00"
    assert found["short_term_carryover"] == "1000.00"  # nothing was there to take it from


def test_a_separate_return_may_say_how_old_the_spouse_is() -> None:
    """P7: it changes nothing."""
    assert answer({**SEPARATE, "age_spouse": 70}) == answer(SEPARATE)
