"""Between a query and a calculator's case: inputs from its fields, and what was sent in them as a case.

Inputs are named as their fields are, `to_date.gross` within a record, `deductions.0.kind` in the first row of
a list of records. Rows that are empty are left out; one more than was filled in is offered.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from planner.domain.codec import Plain
from planner.domain.errors import Problem
from planner.taxes.calculators.calculator import Calculator
from planner.taxes.calculators.described import taken
from planner.web.pages.calculator_shown import Group, Input
from planner.web.pages.calculator_words import choice_words, label, plain_words
from planner.web.pages.shown import Form

ROWS_MAX: Final = 60
OPEN_FIELDS: Final = 24
"""A form of so many inputs shows all of them at once; in a longer one a group is opened when it is needed."""

LIST_HELP: Final = " Separate them by spaces; 26 x 2000 is twenty-six times 2000."
_BETWEEN: Final = re.compile(r";|,?\s+")
_TIMES: Final = re.compile(r"\b(\d{1,3})\s*[x*\u00d7]\s*(\S{1,20})", re.IGNORECASE)
REPEATS_MAX: Final = 20
_PLACE: Final = re.compile(r"\[(\d+)\]$")
_ROW: Final = re.compile(r"([\w.]+)\[(\d+)\]\.")

Sent = Mapping[str, str]


@dataclass(slots=True)
class Asked:
    """A case as it was sent. `rows` are the places of the rows of each list that were filled in."""

    case: Plain = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    rows: dict[str, list[int]] = field(default_factory=dict)


def case_of(chosen: Calculator, sent: Sent) -> Asked:
    """Return what the query asks; what is no field goes on into the case, to be refused there."""
    asked = Asked()
    asked.case = _record(chosen.form.schema(), sent, "", asked)
    asked.case |= {name: value for name, value in sent.items() if name not in asked.known and value.strip()}
    return asked


def _record(schema: Mapping[str, Any], sent: Sent, prefix: str, asked: Asked) -> Plain:
    found = {
        name: _value(each, sent, f"{prefix}{name}", asked) for name, each in schema["properties"].items()
    }
    return {name: value for name, value in found.items() if value is not None}


def _value(schema: Mapping[str, Any], sent: Sent, name: str, asked: Asked) -> object:
    if schema.get("type") == "object":
        return _record(schema, sent, f"{name}.", asked) or None
    if _is_table(schema):
        return _rows(schema["items"], sent, name, asked) or None
    asked.known.add(name)
    text = sent.get(name, "").strip()
    if not text:
        return None
    if schema.get("type") == "boolean":
        return True if text == "yes" else text
    if schema.get("type") == "array":
        return _entries(text.replace(",", " ") if schema["items"].get("type") == "integer" else text)
    if "anyOf" in schema:
        entries = _entries(text)
        return entries[0] if len(entries) == 1 else entries
    return _number(text) if schema.get("format") == "money" else text


def _rows(schema: Mapping[str, Any], sent: Sent, name: str, asked: Asked) -> list[Plain]:
    rows: list[Plain] = []
    kept: list[int] = []
    for place in _places(sent, name):
        row = _record(schema, sent, f"{name}.{place}.", asked)
        if row:
            rows.append(row)
            kept.append(place)
    asked.rows[name] = kept
    return rows


def _places(sent: Iterable[str], name: str) -> list[int]:
    pattern = re.compile(rf"{re.escape(name)}\.(\d{{1,2}})\.")
    places = {int(found[1]) for each in sent if (found := pattern.match(each))}
    return sorted(place for place in places if place < ROWS_MAX)


def _is_table(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "array" and schema["items"].get("type") == "object"


def _entries(text: str) -> list[str]:
    """Return the entries of a list as it is typed."""
    repeated = _TIMES.sub(lambda found: " ".join([found[2].strip(",;")] * int(found[1])), text, REPEATS_MAX)
    return [_number(entry) for entry in _BETWEEN.split(repeated) if entry]


def _number(text: str) -> str:
    return text.replace("$", "").replace(" ", "")


def groups(chosen: Calculator, sent: Sent, errors: Iterable[str] = ()) -> tuple[Group, ...]:
    """Return the inputs of the calculator under their headings."""
    found: dict[str, list[Input]] = {}
    for each in chosen.form.fields:
        for title, entry in _inputs(each.to_plain(), sent, each.name, each.group, required=each.required):
            found.setdefault(title or "The case", []).append(entry)
    short = sum(map(len, found.values())) <= OPEN_FIELDS
    wanted = {name for name, value in sent.items() if value.strip()} | set(errors)
    return tuple(
        Group(title=title, inputs=tuple(inputs), open=short or not at or _any_of(inputs, wanted))
        for at, (title, inputs) in enumerate(found.items())
    )


def _any_of(inputs: list[Input], wanted: set[str]) -> bool:
    return any(each.name in wanted for each in inputs)


def _inputs(
    schema: Mapping[str, Any], sent: Sent, name: str, group: str, *, required: bool
) -> Iterator[tuple[str, Input]]:
    if schema.get("type") == "object":
        yield from _inner(schema, sent, f"{name}.", label(name.rpartition(".")[2]))
    elif _is_table(schema):
        places = _places((each for each, value in sent.items() if value.strip()), name)
        for at in range(min((places[-1] if places else -1) + 2, ROWS_MAX)):
            yield from _inner(
                schema["items"], sent, f"{name}.{at}.", f"{label(name.rpartition('.')[2])} {at + 1}", row=True
            )
    else:
        yield group, _input(schema, name, required=required)


def _inner(
    schema: Mapping[str, Any], sent: Sent, prefix: str, title: str, *, row: bool = False
) -> Iterator[tuple[str, Input]]:
    for name, each in schema["properties"].items():
        required = name in schema["required"] and not row
        yield from _inputs(each, sent, prefix + name, title, required=required)


def _input(schema: Mapping[str, Any], name: str, *, required: bool) -> Input:
    words, about = label(name.rpartition(".")[2]), plain_words(schema.get("description", ""))
    match schema:
        case {"enum": [*values]}:
            choices = tuple((value, choice_words(value)) for value in values)
            nothing = "" if required else "not given"
            return Input(name=name, label=words, kind="choice", help=about, choices=choices, nothing=nothing,
                         required=required)  # fmt: skip
        case {"type": "boolean"}:
            return Input(name=name, label=words, kind="check", help=about)
        case {"format": "date"}:
            return Input(name=name, label=words, kind="date", help=about, required=required)
        case {"format": "money"}:
            return Input(name=name, label=words, kind="money", help=about, required=required)
        case {"type": "array"} | {"anyOf": _}:
            listed = about + (LIST_HELP if "dollars" in taken(schema) else " Separate them by spaces.")
            return Input(name=name, label=words, kind="text", help=listed, required=required)
        case _:
            mode = {"integer": "numeric"}.get(
                str(schema.get("type")), "decimal" if "maximum" in schema else ""
            )
            return Input(name=name, label=words, kind="text", help=about, required=required, inputmode=mode)


def form_with(groups: tuple[Group, ...], values: Sent, asked: Asked, problems: Iterable[Problem]) -> Form:
    """Return the form as it stands: values as they were typed, each problem beside its input."""
    labels = {each.name: each.label for group in groups for each in group.inputs}
    errors: dict[str, str] = {}
    others: list[Problem] = []
    for problem in problems:
        name, place = _input_of(problem.path, asked.rows)
        if name in labels and name not in errors:
            errors[name] = f"Entry {place}: {problem.message}" if place else problem.message
        else:
            others.append(problem)
    return Form(values=dict(values), errors=errors, others=tuple(others), labels=labels)


def errors_of(asked: Asked, problems: Iterable[Problem]) -> set[str]:
    """Return the names of the inputs that problems are about."""
    return {_input_of(problem.path, asked.rows)[0] for problem in problems}


def _input_of(path: str, rows: Mapping[str, list[int]]) -> tuple[str, int]:
    """Return the input that a path is about, and the entry of its list, counted from 1."""
    row = _ROW.match(path)
    while row:
        kept, place = rows.get(row[1], []), int(row[2])
        path = f"{row[1]}.{kept[place] if place < len(kept) else place}.{path[row.end() :]}"
        row = _ROW.match(path)
    entry = _PLACE.search(path)
    return (path[: entry.start()], int(entry[1]) + 1) if entry else (path, 0)


def sent_of(case: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """Return a case as the query that asks it."""
    found: dict[str, str] = {}
    for name, value in case.items():
        match value:
            case Mapping():
                found |= sent_of(value, f"{prefix}{name}.")
            case list() | tuple():
                rows = [row for row in value if isinstance(row, Mapping)]
                for place, row in enumerate(rows):
                    found |= sent_of(row, f"{prefix}{name}.{place}.")
                found |= {} if rows else {prefix + name: " ".join(map(str, value))}
            case bool():
                found |= {prefix + name: "yes"} if value else {}
            case None:
                pass
            case _:
                found[prefix + name] = str(value)
    return found
