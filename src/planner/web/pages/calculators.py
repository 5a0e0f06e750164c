"""The pages of the calculators: questions of tax law without a household, under addresses to keep."""

from collections.abc import Mapping
from urllib.parse import urlencode

from planner.domain.errors import Problem, Refused
from planner.taxes.calculators import calculator, calculators
from planner.taxes.calculators.calculator import Calculator
from planner.taxes.calculators.fields import Field
from planner.web.calculating import aside
from planner.web.pages.calculator_answer import result_of
from planner.web.pages.calculator_form import Asked, case_of, errors_of, form_with, groups, sent_of
from planner.web.pages.calculator_shown import CalculatorCard, CalculatorPage, Result
from planner.web.pages.calculator_words import plain_words
from planner.web.pages.drawing import draw

ADDRESS = "/calculators"


async def list_page() -> str:
    """Return all calculators."""
    found = await aside(lambda: tuple(calculators()))
    cards = [
        CalculatorCard(name=each.name, title=each.title, about=plain_words(each.about)) for each in found
    ]
    return draw("calculators.html", page="calculators", calculators=cards)


def kept(name: str, sent: Mapping[str, str]) -> str:
    """Return the address of a question: without what was left empty."""
    query = urlencode({key: value.strip() for key, value in sent.items() if value.strip()})
    return f"{ADDRESS}/{name}" + (f"?{query}" if query else "")


async def calculator_page(name: str, sent: Mapping[str, str], *, live: bool) -> tuple[str, int]:
    """Return the page that asks, with the answer if anything was sent; and the status."""
    chosen = await aside(calculator, name)
    page, status = await aside(_page, chosen, dict(sent))
    return draw("calculator.html", page="calculators", shown=page, live=live), status


def _page(chosen: Calculator, sent: dict[str, str]) -> tuple[CalculatorPage, int]:
    if not sent:
        begin = {field.name for field in chosen.form.fields if field.required and _is_setting(field)}
        offered = {name: value for name, value in sent_of(chosen.example).items() if name in begin}
        return _drawn(chosen, offered, Asked(), ()), 200
    asked = case_of(chosen, sent)
    try:
        answer = chosen.work_out(chosen.form.read(asked.case))
    except Refused as refused:
        return _drawn(chosen, sent, asked, refused.problems), 422
    return _drawn(chosen, sent, asked, (), result_of(chosen, answer)), 200


def _is_setting(field: Field) -> bool:
    """Tell whether a new form may begin with the example's value: a year, a choice."""
    return "enum" in field.schema or field.schema.get("type") == "integer"


def _drawn(
    chosen: Calculator,
    sent: Mapping[str, str],
    asked: Asked,
    problems: tuple[Problem, ...],
    result: Result | None = None,
) -> CalculatorPage:
    shown = groups(chosen, sent, errors_of(asked, problems))
    tiles = result.tiles if result else ()
    return CalculatorPage(
        name=chosen.name,
        title=chosen.title,
        about=plain_words(chosen.about),
        groups=shown,
        form=form_with(shown, sent, asked, problems),
        example=kept(chosen.name, sent_of(chosen.example)),
        result=result,
        announcement=f"{tiles[0].label}: {tiles[0].value}" if tiles else "",
    )
