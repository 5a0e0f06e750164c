"""What a calculation is given of a household's facts: what matters to it, and no word that does not.

A name stands there as where it is from, `{accounts.checking}`, and is put in when a result is shown. So a
renaming cannot change a result, and the fingerprint of what is given is that of all the result follows from.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import date
from functools import lru_cache
from typing import Any, Final, TypeVar

from planner.domain.codec import stored
from planner.domain.errors import Problem, Refused
from planner.domain.household import Collection, Fact, Facts, items
from planner.domain.scenarios import Assumptions
from planner.engine.flows import Flows
from planner.engine.projection import Line, Projection
from planner.work.fingerprints import fingerprint

Named = TypeVar("Named", bound=Fact)

NAMED: Final[tuple[Collection, ...]] = (
    "members", "accounts", "debts", "incomes", "expenses", "transfers",
)  # fmt: skip
WORDS: Final = ("note", "institution")
_PLACE: Final = re.compile(r"\{[a-z]+\.[a-z0-9-]+\}")


def given_to_flows(facts: Facts) -> Facts:
    """Return what flows follow from; of the assumptions, only inflation, which moves brackets."""
    return replace(_wordless(facts), assumptions=Assumptions(inflation=facts.assumptions.inflation))


def given_to_projection(facts: Facts, assumptions: Assumptions) -> Facts:
    """Return what a projection under these assumptions follows from."""
    return replace(_wordless(facts), assumptions=assumptions)


def inputs_fingerprint(subject: str, given: Facts, today: date) -> str:
    """Return the digest of all that a result follows from."""
    return fingerprint(subject, stored(given), today)


@lru_cache(maxsize=64)
def _wordless(facts: Facts) -> Facts:
    return replace(
        facts,
        revision=0,
        name="Household",
        members=_without_words("members", facts.members),
        accounts=_without_words("accounts", facts.accounts),
        debts=_without_words("debts", facts.debts),
        incomes=_without_words("incomes", facts.incomes),
        expenses=_without_words("expenses", facts.expenses),
        transfers=_without_words("transfers", facts.transfers),
        groups=(),
        scenarios=(),
    )


def _without_words(collection: Collection, all_of_it: tuple[Named, ...]) -> tuple[Named, ...]:
    assert collection in NAMED

    def without(item: Named) -> Named:
        words: dict[str, Any] = {each.name: "" for each in fields(item) if each.name in WORDS}
        return replace(item, name=_place(collection, item.id), **words)

    return tuple(map(without, all_of_it))


def _place(collection: str, item_id: str) -> str:
    return f"{{{collection}.{item_id}}}"


def _names(facts: Facts) -> Mapping[str, str]:
    return {
        _place(collection, item.id): item.name for collection in NAMED for item in items(facts, collection)
    }


def named_flows(facts: Facts, flows: Flows) -> Flows:
    """Return flows with the names that things have now."""
    names = _names(facts)
    return replace(
        flows, flows=tuple(replace(flow, name=names.get(flow.name, flow.name)) for flow in flows.flows)
    )


def named_projection(facts: Facts, projection: Projection) -> Projection:
    """Return a projection with the names that things have now."""
    names = _names(facts)

    def named(lines: tuple[Line, ...]) -> tuple[Line, ...]:
        return tuple(replace(line, name=names.get(line.name, line.name)) for line in lines)

    head = projection.header
    header = replace(
        head,
        accounts=named(head.accounts),
        debts=named(head.debts),
        incomes=named(head.incomes),
        notes=tuple(_said(names, note) for note in head.notes),
    )
    return Projection(header=header, columns=projection.columns, matrix=projection.matrix)


def _said(names: Mapping[str, str], text: str) -> str:
    return _PLACE.sub(lambda found: names.get(found[0], found[0]), text)


@contextmanager
def naming(facts: Facts) -> Iterator[None]:
    """Say what a calculation refuses with the names that people know."""
    try:
        yield
    except Refused as refused:
        names = _names(facts)
        problems = [Problem(each.path, _said(names, each.message)) for each in refused.problems]
        raise type(refused)(_said(names, refused.message), problems=problems) from refused
