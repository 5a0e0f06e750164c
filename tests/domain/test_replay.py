"""Playing a journal again: every sort of change leads to the facts, and what does not follow is said."""

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from domain.change_strategies import changes
from domain.strategies import few, households
from households import a_household
from hypothesis import given
from hypothesis import strategies as st

from planner.domain.changes import Add, Change, Edit, EditHousehold, Move, Remove, apply
from planner.domain.codec import Plain, encode
from planner.domain.errors import Refused
from planner.domain.household import Facts
from planner.domain.journal import beginning, touched, undoing
from planner.domain.replay import DoesNotFollow, leads_to, replayed

Sides = tuple[Plain | None, Plain | None]


def written(facts: Facts, change: Change, after: Facts) -> Sides:
    """Return both sides of a change as the journal keeps them."""
    sides = encode(touched(facts, change)), encode(touched(after, change))
    before, then = json.loads(json.dumps(sides))
    return before, then


def first(facts: Facts) -> Sides:
    return None, written(facts, beginning(facts), facts)[1]


def played(journal: list[Sides]) -> Plain:
    state: Plain | None = None
    for before, after in copy.deepcopy(journal):
        state = replayed(state, before, after)
    assert state is not None
    return state


@few
@given(households(), st.data())
def test_a_journal_leads_to_the_facts(facts: Facts, data: st.DataObject) -> None:
    """P21: before and after of every change, and of its undoing, say all that changed."""
    journal, undos = [first(facts)], list[Change]()
    for _ in range(4):
        is_undo = bool(undos) and data.draw(st.booleans())
        change = undos.pop() if is_undo else data.draw(changes(facts))
        try:
            after = apply(facts, change)
        except Refused:
            continue
        undos.append(undoing(change, touched(facts, change)))
        journal.append(written(facts, change, after))
        facts = after
    assert leads_to(played(journal), facts)
    assert not leads_to(played(journal), replace(facts, name=f"{facts.name}!"))


FACTS = a_household()
EDIT = Edit(of="incomes", id="job", set={"amount": 1})
EDITED = written(FACTS, EDIT, apply(FACTS, EDIT))
RENAMING = EditHousehold(set={"name": "We"})
RENAMED = written(FACTS, RENAMING, apply(FACTS, RENAMING))
MEMBER = {"id": "bo", "name": "Bo", "birth_date": "2000-01-01", "role": "child"}
ADD = Add(to="members", item=MEMBER)
ADDED = written(FACTS, ADD, apply(FACTS, ADD))


@pytest.mark.parametrize(
    "journal, told",
    [
        ([EDITED], "it is the first"),
        ([first(FACTS), (None, EDITED[1])], "what was there before it is not recorded"),
        ([first(FACTS), (EDITED[0], None)], "what it left behind is not recorded"),
        ([first(FACTS), EDITED, EDITED], "another state of job of the incomes"),
        ([first(FACTS), RENAMED, RENAMED], "another state of the household"),
        ([first(FACTS), ADDED, ADDED], "it adds bo to the members, where it was already"),
        ([first(FACTS), (ADDED[1], ADDED[0])], "it begins with bo of the members, which was not there"),
        ([first(FACTS), (EDITED[0], ADDED[1])], "it began with incomes and ended with members"),
        ([first(FACTS), ({}, {})], "its record cannot be read"),
    ],
)
def test_what_does_not_follow(journal: list[Sides], told: str) -> None:
    """P21: a journal whose entries do not belong together is no audit trail."""
    with pytest.raises(DoesNotFollow, match=told):
        played(journal)


def test_a_change_that_is_not_in_the_journal_shows_in_the_facts() -> None:
    assert leads_to(played([first(FACTS), EDITED]), apply(FACTS, EDIT))
    assert not leads_to(played([first(FACTS), EDITED]), FACTS)


def test_fields_that_came_to_be_later_have_their_defaults() -> None:
    """P21: a journal that an older planner began is not accused of what that one did not know."""
    journal: list[Any] = copy.deepcopy([first(FACTS), EDITED, RENAMED])
    del journal[0][1]["value"]["scenarios"]
    del journal[0][1]["value"]["incomes"][0]["note"]
    del journal[2][0]["value"]["state"]
    assert leads_to(played(journal), apply(apply(FACTS, EDIT), RENAMING))


def test_positions_are_played_too() -> None:
    for change in (Move(of="members", id="bo", to=0), Remove(of="members", id="bo")):
        facts = apply(FACTS, ADD)
        after = apply(facts, change)
        assert leads_to(played([first(FACTS), ADDED, written(facts, change, after)]), after)
