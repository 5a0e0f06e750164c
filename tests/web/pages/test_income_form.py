"""The income form: what it says is what is stored, and what is wrong stands beside its field."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from worlds import example

from planner.domain.changes import Edit, apply
from planner.domain.errors import Refused
from planner.domain.household import Facts
from planner.domain.income import Income
from planner.web.pages.income_form import form_of, refused_form, set_fields
from planner.web.pages.shown import Form


def saved(facts: Facts, income: Income, sent: dict[str, str]) -> Income:
    change = Edit(of="incomes", id=income.id, set=set_fields(sent))
    return next(each for each in apply(facts, change).incomes if each.id == income.id)


def refused(sent: dict[str, str], facts: Facts | None = None) -> Form:
    facts = facts or example().facts
    income = facts.incomes[0]
    with pytest.raises(Refused) as caught:
        saved(facts, income, sent)
    return refused_form(facts, income, sent, caught.value.problems, revision=1)


@pytest.mark.parametrize("name", ["young_couple", "family", "near_retirement"])
def test_a_form_that_is_sent_as_it_was_shown_changes_nothing(name: str) -> None:
    """P2, P3: every field of the form goes both ways without loss; fields it does not show stay."""
    facts = example(name).facts
    for income in facts.incomes:
        form = form_of(facts, income, revision=1)
        assert saved(facts, income, form.values) == income


def test_what_people_write_is_understood() -> None:
    facts = example().facts
    income = facts.incomes[0]
    sent = form_of(facts, income, revision=1).values | {
        "amount": "$ 131,250.50",
        "annual_raise": "2.75 %",
        "end": "2040-06-30",
        "w4.step2_checkbox": "",
    }
    changed = saved(facts, income, sent)
    assert changed.amount == 131_250_50
    assert changed.annual_raise == Decimal("0.0275")
    assert changed.end == date(2040, 6, 30)
    assert changed.w4 is not None
    assert changed.w4.step2_checkbox is False


@pytest.mark.parametrize("written", ["$1,250.50", "CA$ 1250.50", "CHF 1,250.50", "1 250.50 €"])
def test_amounts_may_carry_their_currency(written: str) -> None:
    assert set_fields({"amount": written})["amount"].replace(",", "") == "1250.50"


def test_a_deduction_is_added_in_the_empty_row_and_taken_away_by_clearing_its_name() -> None:
    """P3: deductions are edited with their percentages, limits and accounts."""
    facts = example().facts
    income = facts.incomes[0]
    form = form_of(facts, income, revision=1)
    row = form.rows[-1]
    added = form.values | {f"{row}.name": "Vision plan", f"{row}.kind": "vision", f"{row}.amount": "12.50"}
    longer = saved(facts, income, added)
    assert longer.deductions[:-1] == income.deductions
    assert (longer.deductions[-1].name, longer.deductions[-1].amount) == ("Vision plan", 1250)
    shorter = saved(facts, income, form.values | {"d0.name": " "})
    assert shorter.deductions == income.deductions[1:]


def test_without_a_filing_status_there_is_no_w4() -> None:
    facts = example("near_retirement").facts
    pension = next(each for each in facts.incomes if each.kind.value == "pension")
    assert saved(facts, pension, {"w4.filing_status": ""}).w4 is None


@pytest.mark.parametrize(
    "field,value",
    [
        ("amount", "-5"),
        ("amount", "plenty"),
        ("amount", ""),
        ("name", ""),
        ("kind", "treasure"),
        ("pay_frequency", "hourly"),
        ("end", "2040-02-30"),
        ("annual_raise", "much"),
        ("annual_raise", "NaN"),
        ("deposit_to", "nowhere"),
        ("w4.step3_credits", "-1"),
        ("w4.filing_status", "alone"),
        ("d0.percent", "140"),
        ("d0.kind", "bribe"),
        ("d0.to_account", "nowhere"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(field: str, value: str) -> None:
    facts = example().facts
    sent = form_of(facts, facts.incomes[0], revision=1).values | {field: value}
    form = refused(sent)
    assert list(form.errors) == [field]
    assert form.values == sent
    assert form.others == ()


def test_errors_of_deductions_find_their_row_past_one_that_is_taken_away() -> None:
    facts = example().facts
    income = facts.incomes[0]
    assert len(income.deductions) > 1
    sent = form_of(facts, income, revision=1).values | {"d0.name": "", "d1.amount": "a lot", "d1.percent": ""}
    assert list(refused(sent).errors) == ["d1.amount"]


def test_what_belongs_to_no_field_is_said_above_them() -> None:
    facts = example().facts
    income = replace(facts.incomes[0], id="other")
    with pytest.raises(Refused) as caught:
        apply(facts, Edit(of="incomes", id=income.id, set={"name": "x"}))
    form = refused_form(facts, income, {"name": "x"}, caught.value.problems, revision=1)
    assert form.errors == {}
    assert "other" in form.others[0].message
