"""The law of one state for one year and way of filing, read from its file when it is first asked for."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

from planner.domain.errors import Refused
from planner.domain.members import FilingStatus
from planner.taxes.schedule import Schedule, from_rows
from planner.taxes.states.provisions import COLUMNS, Provision

COLUMN_OF = {
    FilingStatus.SINGLE: "single",
    FilingStatus.MARRIED_FILING_JOINTLY: "joint",
    FilingStatus.HEAD_OF_HOUSEHOLD: "head",
    FilingStatus.MARRIED_FILING_SEPARATELY: "separate",
}
GROUPS = ("subtractions", "additions", "exemptions", "exemptions_at_lowest_rate", "credits", "tax_adjustments")
"""Tables of named rules; every other table of a year is one rule."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StateLaw:
    """What a state says for a year and a way of filing. `rule` holds what is not a group of rules."""

    code: str
    name: str
    year: int
    column: str
    source: str
    levies: bool
    wages_taxed: bool
    start: str
    rates: Schedule | None
    rates_source: str
    rule: Provision
    groups: Mapping[str, tuple[Provision, ...]]
    simplified: tuple[str, ...]

    def part(self, key: str) -> Provision | None:
        """Return one rule with its source, where the state has it."""
        found = self.rule.figures.get(key)
        if not isinstance(found, Mapping):
            return None
        return Provision(key, found.get("source", self.source), found)


@cache
def states() -> tuple[str, ...]:
    """Return the codes of all states, in order."""
    return tuple(
        sorted(file.name[:2].upper() for file in _folder().iterdir() if file.name.endswith(".toml"))
    )


@cache
def state_years(code: str) -> tuple[int, ...]:
    """Return the years whose law is known for a state, in order."""
    return tuple(sorted(int(key) for key in _document(code) if key.isdigit()))


@cache
def about(code: str) -> Mapping[str, Any]:
    """Return what a state's file says of itself: name, local taxes, what is simplified, references."""
    return MappingProxyType(_document(code)["about"])


@lru_cache(maxsize=256)
def state_law(code: str, year: int, column: str) -> StateLaw:
    """Return the law of a state; refused for a state or a year whose law is not known."""
    if code not in states():
        raise Refused.one("state", f"{code!r} is no state; the states are {', '.join(states())}.")
    known = state_years(code)
    if year not in known:
        raise Refused.one(
            "year",
            f"The income tax of {about(code)['name']} in {year} is not known; "
            f"it is known for {known[0]} to {known[-1]}.",
        )
    assert column in COLUMNS, column
    figures = _in_column(_year(code, year), column)
    source = str(figures["source"])
    rates = figures.get("rates")
    return StateLaw(
        code=code,
        name=str(about(code)["name"]),
        year=year,
        column=column,
        source=source,
        levies=figures["levies"],
        wages_taxed=figures.get("wages_taxed", True),
        start=figures.get("start", ""),
        rates=None if rates is None else schedule(rates),
        rates_source=figures.get("rates_source", source),
        rule=Provision(code, source, figures),
        groups={
            group: tuple(Provision(code, source, figures).parts(group)) for group in GROUPS
        },
        simplified=_simplified(code, year),
    )


def schedule(rows: tuple[tuple[Decimal, Decimal], ...]) -> Schedule:
    """Make a schedule of (from, rate above it)."""
    made, tax = [], Decimal(0)
    for number, (start, rate) in enumerate(rows):
        if number:
            before, lower = rows[number - 1]
            tax += (start - before) * lower
        made.append((start, tax, rate))
    return from_rows(made)


def _simplified(code: str, year: int) -> tuple[str, ...]:
    said = about(code)
    notes = [str(note) for note in said.get("simplified", ())]
    projected = said.get("projected_2026", ())
    if projected and year == state_years(code)[-1]:
        notes.append(
            f"some figures of {year} were not published and are projected by inflation: {', '.join(projected)}"
        )
    if "local" in said:
        notes.append(f"local taxes: {said['local']}")
    return tuple(notes)


def _folder() -> Traversable:
    return files("planner.taxes") / "law" / "states"


@cache
def _document(code: str) -> dict[str, Any]:
    text = (_folder() / f"{code.lower()}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text, parse_float=Decimal)


@cache
def _year(code: str, year: int) -> Mapping[str, Any]:
    """Return a year's law: the first year's, with what each year since then changed."""
    document = _document(code)
    merged: dict[str, Any] = {}
    for known in state_years(code):
        if known <= year:
            merged = _changed(merged, document[str(known)])
    return merged


def _changed(before: Mapping[str, Any], since: Mapping[str, Any]) -> dict[str, Any]:
    after = {key: value for key, value in before.items() if key not in since.get("ended", ())}
    for key, value in since.items():
        if key == "ended":
            continue
        old = after.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping) and not value.keys() & set(COLUMNS):
            after[key] = _changed(old, value)
        else:
            after[key] = value
    return after


def _in_column(value: Any, column: str) -> Any:
    """Keep one way of filing, and make every number a Decimal; who files separately may be as if single."""
    if isinstance(value, Mapping):
        if value and value.keys() <= set(COLUMNS):
            return _in_column(value.get(column, value.get("single")), column)
        return {key: _in_column(inner, column) for key, inner in value.items()}
    if isinstance(value, list):
        return tuple(_in_column(inner, column) for inner in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value
