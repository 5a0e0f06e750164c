"""The law of one state for one year and way of filing, read from its file when it is first asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from planner.domain.errors import Refused
from planner.domain.members import FilingStatus
from planner.taxes.schedule import Schedule, from_rows
from planner.taxes.states.files import codes, document, in_column, known_years, year_of
from planner.taxes.states.provisions import COLUMNS, Provision

COLUMN_OF = {
    FilingStatus.SINGLE: "single",
    FilingStatus.MARRIED_FILING_JOINTLY: "joint",
    FilingStatus.HEAD_OF_HOUSEHOLD: "head",
    FilingStatus.MARRIED_FILING_SEPARATELY: "separate",
}
FOLDER = "states"
GROUPS = (
    "subtractions",
    "additions",
    "exemptions",
    "exemptions_at_lowest_rate",
    "credits",
    "tax_adjustments",
)
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
    return codes(FOLDER)


@cache
def state_years(code: str) -> tuple[int, ...]:
    """Return the years whose law is known for a state, in order."""
    return known_years(FOLDER, code)


@cache
def about(code: str) -> Mapping[str, Any]:
    """Return what a state's file says of itself: name, local taxes, what is simplified, references."""
    return MappingProxyType(document(FOLDER, code)["about"])


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
    figures = in_column(year_of(FOLDER, code, year), column)
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
        groups={group: tuple(Provision(code, source, figures).parts(group)) for group in GROUPS},
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
            f"figures of {year} that are projected by inflation, not published: {', '.join(projected)}"
        )
    if "local" in said:
        notes.append(f"local taxes that may be left out: {said['local']}")
    return tuple(notes)
