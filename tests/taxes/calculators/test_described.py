"""What the fields of a calculator are, in words."""

from decimal import Decimal
from enum import StrEnum
from typing import Final

from planner.taxes.calculators import calculate
from planner.taxes.calculators.calculator import Calculator
from planner.taxes.calculators.described import DescribedField, described
from planner.taxes.calculators.fields import (
    Form,
    ages,
    amount,
    amounts_or_one,
    choice,
    flag,
    rate,
    record,
    records,
    whole,
)


class Colour(StrEnum):
    """Two colours."""

    RED = "red"
    BLUE = "blue"


ROW: Final = Form(choice("colour", "Its colour.", Colour, required=True), amount("paid", "What was paid."))
EVERYTHING: Final = Calculator(
    name="everything",
    title="Everything",
    about="Has every sort of field.",
    form=Form(
        amount("pay", "Pay.", required=True),
        amounts_or_one("each", "Each."),
        ages("children", "Children."),
        flag("blind", "Blind."),
        rate("growth", "Growth.", default=Decimal("0.02")),
        whole("count", "Count.", most=9, default=3),
        choice("shade", "Shade.", Colour, default=Colour.BLUE),
        record("first", "The first.", Form(records("rows", "Rows.", ROW))),
    ),
    outputs={},
    work_out=lambda case: {"case": str(case)},
)


def test_every_sort_of_field_says_what_it_takes_and_what_counts_without_it() -> None:
    """P6, P7: the unit, the default and the meaning come from the registry alone."""
    assert [*map(told, described(EVERYTHING))] == [
        "pay: dollars; needed; Pay.",
        "each: dollars or list of dollars; 0.00; Each.",
        "children: list of whole numbers, 0 to 150; -; Children.",
        "blind: true or false; false; Blind.",
        "growth: fraction, -1 to 1; 0.02; Growth.",
        "count: whole number, 0 to 9; 3; Count.",
        "shade: one of red, blue; blue; Shade.",
        "first: record; -; The first.",
        "first.rows: list of records; -; Rows.",
        "first.rows[].colour: one of red, blue; needed; Its colour.",
        "first.rows[].paid: dollars; 0.00; What was paid.",
    ]


def told(field: DescribedField) -> str:
    return f"{field.name}: {field.takes}; {field.default}; {field.about}"


def test_a_flood_of_fields_is_refused_without_comparing_names() -> None:
    cases = [{f"x{place}": 1 for place in range(401)}]
    assert calculate("fica", cases)[0]["error"] == {
        "message": "A case has at most 400 fields.",
        "problems": [{"path": "", "message": "A case has at most 400 fields."}],
    }
