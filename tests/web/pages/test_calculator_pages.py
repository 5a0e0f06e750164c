"""The calculators' pages: a form from the registry, an answer with its working, an address to keep."""

import re
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest
from taxes.calculators.test_described import EVERYTHING
from web.serving import a_server

from planner.domain.errors import Problem
from planner.taxes.calculators import NAMES, answer_to, calculator, calculators
from planner.web.pages.calculator_form import case_of, form_with, groups, sent_of
from planner.web.pages.calculator_words import label, value_words
from planner.web.pages.calculators import kept

AT = "/calculators"


def texts(page: str) -> str:
    """Return what is written on a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


async def test_all_calculators_are_on_the_list_and_in_the_menu(tmp_path: Path) -> None:
    """P6, P7: pages that need no household."""
    async with a_server(tmp_path) as served:
        assert f'href="{AT}"' in (await served.client.get("/")).text
        page = (await served.client.get(AT)).text
        assert all(f'href="{AT}/{each.name}">{each.title}<' in page for each in calculators())


@pytest.mark.parametrize("name", NAMES)
async def test_the_form_has_every_field_and_the_example_its_answer_with_the_working(
    tmp_path: Path, name: str
) -> None:
    """P6, P7: what is asked for on top, every line of the working below, with its source."""
    chosen = calculator(name)
    answer = answer_to(chosen, dict(chosen.example))
    async with a_server(tmp_path) as served:
        empty = (await served.client.get(f"{AT}/{name}")).text
        assert all(re.search(rf'name="{field.name}["\.]', empty) for field in chosen.form.fields)
        assert "data-result" not in empty
        page = (await served.client.get(kept(name, sent_of(chosen.example)))).text
    shown = texts(page)
    for key in chosen.headline:
        assert f"{label(key)} {value_words(answer[key])}" in shown
    working = answer.get("working", [])
    assert isinstance(working, list)
    for line in working:
        assert f"{line['label']} {value_words(line['amount'])}" in shown
        assert " ".join(line["source"].split()) in shown


async def test_what_is_wrong_is_said_beside_the_field(tmp_path: Path) -> None:
    """P6: 422, the field marked and described, what was typed still there."""
    async with a_server(tmp_path) as served:
        query = {"year": "2026", "filing_status": "single", "pay_frequency": "weekly", "taxable_wages": "-5"}
        answer = await served.client.get(f"{AT}/withholding", params={**query, "colour": "red"})
        assert answer.status_code == 422
        field = re.search(r'<input id="taxable_wages".*?</div>', answer.text, re.DOTALL)
        assert field is not None
        assert 'value="-5"' in field[0]
        assert 'aria-invalid="true"' in field[0]
        assert "This cannot be negative." in field[0]
        assert "colour There is no such field." in texts(answer.text)
        assert "data-result" not in answer.text


async def test_an_address_to_keep_has_no_empty_parts(tmp_path: Path) -> None:
    """P6: the form works by itself; htmx gets the answer and the address at once."""
    query = "year=2026&filing_status=single&pay_frequency=weekly&taxable_wages=1000"
    async with a_server(tmp_path) as served:
        sent = await served.client.get(f"{AT}/withholding?{query}&step3_credits=&inflation=+")
        assert (sent.status_code, sent.headers["location"]) == (303, f"{AT}/withholding?{query}")
        asked = f"{AT}/withholding?{query}&step3_credits="
        live = await served.client.get(asked, headers={"HX-Request": "true"})
        assert (live.status_code, live.headers["hx-replace-url"]) == (200, f"{AT}/withholding?{query}")
        cleared = await served.client.get(f"{AT}/withholding?step3_credits=")
        assert cleared.headers["location"] == f"{AT}/withholding"


async def test_an_unknown_calculator_is_a_page_with_those_there_are(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        answer = await served.client.get(f"{AT}/alchemy")
        assert answer.status_code == 404
        assert "There is no calculator alchemy; there are withholding, " in answer.text


@pytest.mark.parametrize("name", NAMES)
def test_a_question_survives_its_address(name: str) -> None:
    """P6, P7: the same case comes out of the query that it makes."""
    chosen = calculator(name)
    asked = case_of(chosen, sent_of(chosen.example))
    assert chosen.form.read(asked.case) == chosen.form.read(dict(chosen.example))


CASE = {
    "pay": "1000",
    "each": ["10.5", "20"],
    "children": [3, 8],
    "blind": True,
    "growth": "0.03",
    "first": {"rows": [{"colour": "red", "paid": "1"}, {"colour": "blue"}]},
}


def test_records_and_lists_survive_too() -> None:
    sent = sent_of(CASE)
    assert sent["first.rows.1.colour"] == "blue"
    read = EVERYTHING.form.read(case_of(EVERYTHING, sent).case)
    assert read == EVERYTHING.form.read(CASE)
    assert read["each"] == (1050, 2000)
    assert read["growth"] == Decimal("0.03")


def test_rows_left_empty_are_none_and_one_more_is_offered() -> None:
    sent = {"pay": "1", "first.rows.0.paid": "", "first.rows.2.colour": "red", "first.rows.2.paid": "x"}
    asked = case_of(EVERYTHING, sent)
    assert asked.case["first"] == {"rows": [{"colour": "red", "paid": "x"}]}
    shown = groups(EVERYTHING, sent)
    names = [each.name for group in shown for each in group.inputs]
    assert "first.rows.3.colour" in names
    assert "first.rows.4.colour" not in names
    problem = Problem("first.rows[0].paid", "Not an amount.")
    assert form_with(shown, sent, asked, [problem]).errors == {"first.rows.2.paid": "Not an amount."}


@pytest.mark.parametrize(
    "typed, read",
    [
        ("2,000.50", 200_050),
        ("$2,000 $3,000", (200_000, 300_000)),
        ("1; 2, 3", (100, 200, 300)),
        ("3 x 2000 500", (200_000, 200_000, 200_000, 50_000)),
        ("2\u00d710", (1000, 1000)),
    ],
)
def test_lists_are_typed_as_people_write_them(typed: str, read: object) -> None:
    asked = case_of(EVERYTHING, {"pay": "1", "each": typed})
    assert EVERYTHING.form.read(asked.case)["each"] == read


def test_a_wrong_entry_of_a_list_is_told_by_its_number() -> None:
    sent = {"pay": "1", "each": "5 x5"}
    asked = case_of(EVERYTHING, sent)
    form = form_with(groups(EVERYTHING, sent), sent, asked, [Problem("each[1]", "This is wrong.")])
    assert form.errors == {"each": "Entry 2: This is wrong."}


@pytest.mark.parametrize(
    "name, words",
    [
        ("wages_head", "Wages, head"),
        ("item_real_estate_tax", "Real estate tax"),
        ("pretax_401k_spouse", "Pretax 401(k), spouse"),
        ("step4a_other_income", "Step 4(a): other income"),
        ("step3_credits", "Step 3: credits"),
        ("social_security", "Social Security"),
        ("agi", "AGI"),
    ],
)
def test_names_become_labels(name: str, words: str) -> None:
    assert label(name) == words
