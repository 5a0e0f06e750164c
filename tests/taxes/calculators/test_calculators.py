"""Calculators by name: fields, order, errors in place, and two of them worked out."""

import json
from decimal import Decimal

import pytest

from planner.domain.errors import NotFound, Refused, TooLarge
from planner.taxes.calculators import CASES_MAX, NAMES, calculate, calculator, calculators
from planner.taxes.calculators.fields import Form, ages, amount, amounts, records

WEEKLY = {"year": 2026, "pay_frequency": "weekly", "filing_status": "single", "taxable_wages": "1000"}


def problems(answer: dict[str, object]) -> dict[str, str]:
    error = answer["error"]
    assert isinstance(error, dict)
    return {problem["path"]: problem["message"] for problem in error["problems"]}


def test_every_calculator_describes_itself() -> None:
    """P7: the registry, for programs and pages."""
    assert [one.name for one in calculators()] == list(NAMES)
    for one in calculators():
        described = one.to_plain()
        assert json.loads(json.dumps(described)) == described
        assert one.title
        assert one.outputs


def test_answers_keep_their_order_and_a_wrong_case_its_place() -> None:
    """P7: a case that is wrong gives its error where its answer would be."""
    good, wrong, third = calculate(
        "withholding", [WEEKLY, {**WEEKLY, "taxable_wages": -1}, {**WEEKLY, "taxable_wages": 2000}]
    )
    assert good["withholding"] == "78.08"
    assert problems(wrong) == {"taxable_wages": "This cannot be negative."}
    assert third["withholding"] == "270.19"  # 5,800 and 22 % of 37,500, by 52


def test_all_problems_of_a_case_are_told_at_once() -> None:
    """P7: unknown fields are an error, and say what was meant."""
    (answer,) = calculate("withholding", [{"year": 2026, "taxable_wage": 5, "pay_frequency": "hourly"}])
    found = problems(answer)
    assert set(found) == {"taxable_wage", "pay_frequency", "filing_status"}
    assert "taxable_wages" in found["taxable_wage"]
    assert "weekly" in found["pay_frequency"]


@pytest.mark.parametrize("given", ["1250.5", 1250.5, Decimal("1250.50"), "1,250.50", "1250.500"])
def test_amounts_come_as_numbers_or_text(given: object) -> None:
    """P7: cents, never by way of a binary float."""
    form = Form(amount("pay", "Pay."))
    assert form.read({"pay": given}) == {"pay": 1_250_50}
    assert form.read({"pay": 0.285}) == {"pay": 29}  # as float64 it is a hair less than half a cent
    assert form.read({}) == form.read({"pay": None}) == {"pay": 0}


@pytest.mark.parametrize("given", ["", "much", True, [], float("nan"), float("inf"), "1e40", 10**14, {}])
def test_what_is_no_amount_is_refused(given: object) -> None:
    """P7: clear refusals."""
    with pytest.raises(Refused):
        Form(amount("pay", "Pay.")).read({"pay": given})


def test_problems_within_lists_and_records_say_where() -> None:
    form = Form(
        records("jobs", "Jobs.", Form(amount("pay", "Pay."), amounts("parts", "Parts."))),
        ages("kids", "Ages."),
    )
    with pytest.raises(Refused) as refused:
        form.read({"jobs": [{}, {"pay": -1, "parts": [1, "x"]}], "kids": [3, 200], "pets": 1})
    assert [problem.path for problem in refused.value.problems] == [
        "jobs[1].pay",
        "jobs[1].parts[1]",
        "kids[1]",
        "pets",
    ]
    assert form.read({"jobs": [{"pay": 1}]})["jobs"] == ({"pay": 1_00, "parts": ()},)


def test_what_is_wrong_with_all_cases_is_refused() -> None:
    with pytest.raises(NotFound, match="withholding"):
        calculator("tax")
    with pytest.raises(Refused, match="list"):
        calculate("fica", {"year": 2026})
    with pytest.raises(TooLarge):
        calculate("fica", [{}] * (CASES_MAX + 1))
    assert "error" in calculate("fica", ["no object"])[0]


@pytest.mark.parametrize(
    "year,inflation,path",
    [(2023, None, "year"), (2027, None, "year"), (9999, "0.02", "year"), (2026.5, None, "year")],
)
def test_an_unknown_year_is_an_error(year: float, inflation: str | None, path: str) -> None:
    """P7: no year is silently taken for another."""
    (answer,) = calculate("withholding", [{**WEEKLY, "year": year, "inflation": inflation}])
    assert path in problems(answer)


def test_a_later_year_needs_inflation() -> None:
    """P7: indexed by a stated rule."""
    (answer,) = calculate("withholding", [{**WEEKLY, "year": 2030, "inflation": 0.025}])
    assert answer["withholding"] == "73.78"  # 1,367.50 and 12 % of 20,575, by 52


def test_more_than_is_paid_is_withheld_with_a_warning() -> None:
    """P6: the W-4 is followed, and the warning says what an employer does."""
    (answer,) = calculate("withholding", [{**WEEKLY, "taxable_wages": 50, "step4c_extra": 100}])
    assert answer["withholding"] == "100.00"
    assert answer["warnings"]
    assert "warnings" not in calculate("withholding", [WEEKLY])[0]


def test_whole_dollars_are_rounded_once() -> None:
    """P6: unrounded until the end: 10.495 is 10, not 10.50 and then 11."""
    case = {**WEEKLY, "pay_frequency": "annual", "taxable_wages": "16204.95"}
    (answer,) = calculate("withholding", [case])
    assert answer["withholding"] == "10.50"
    assert answer["withholding_whole_dollar"] == "10.00"


def test_fica_counts_to_date() -> None:
    """P6: the wage base and the 200,000 are used up period by period."""
    (answer,) = calculate(
        "fica",
        [{"year": 2026, "gross": [100_000, "110000"], "pretax_cafeteria": [0, 5000], "pretax_401k": 9}],
    )
    assert answer["periods"] == [
        {"social_security": "6200.00", "medicare": "1450.00", "additional_medicare": "0.00"},
        {"social_security": "5239.00", "medicare": "1522.50", "additional_medicare": "45.00"},
    ]
    assert answer["totals"] == {
        "social_security": "11439.00",
        "medicare": "2972.50",
        "additional_medicare": "45.00",
    }


def test_fica_refuses_more_deductions_than_pay() -> None:
    """P3: and lists of another length."""
    case = {"year": 2026, "gross": [100, 200], "pretax_cafeteria": 90, "pretax_401k": 20}
    assert set(problems(calculate("fica", [case])[0])) == {"gross[0]"}
    assert set(problems(calculate("fica", [{**case, "pretax_401k": [1]}])[0])) == {"pretax_401k"}
