"""What a change did: the part of the facts it touched, before and after, and the change that undoes it."""

from typing import Any, assert_never

from planner.domain.changes import (
    OWN_FIELDS,
    Add,
    Change,
    Edit,
    EditHousehold,
    Move,
    RecordBalance,
    Remove,
    RemoveBalance,
    ReplaceFacts,
    position,
)
from planner.domain.codec import Plain, decode, encode
from planner.domain.household import Collection, Facts, items
from planner.domain.record import record


@record
class Touched:
    """The part of the facts that a change is about, on one side of it; None where it was not there."""

    collection: Collection | None
    position: int | None
    value: Plain | None


def touched(facts: Facts, change: Change) -> Touched:
    """Return the part of `facts` that `change` is about: before it when given those before, else after."""
    match change:
        case Add():
            return _item(facts, change.to, str(change.item.get("id")))
        case Edit() | Remove() | Move() | RecordBalance() | RemoveBalance():
            return _item(facts, change.of, change.id)
        case EditHousehold():
            own = {name: value for name, value in encode(facts).items() if name in OWN_FIELDS}
            return Touched(collection=None, position=None, value=own)
        case ReplaceFacts():
            whole = {name: value for name, value in encode(facts).items() if name != "revision"}
            return Touched(collection=None, position=None, value=whole)
        case _:
            assert_never(change)


def beginning(facts: Facts) -> ReplaceFacts:
    """Return the change that a household begins with."""
    return ReplaceFacts(facts={name: value for name, value in encode(facts).items() if name != "revision"})


def _item(facts: Facts, collection: Collection, item_id: str) -> Touched:
    if not any(item.id == item_id for item in items(facts, collection)):
        return Touched(collection=collection, position=None, value=None)
    place = position(facts, collection, item_id)
    return Touched(collection=collection, position=place, value=encode(items(facts, collection)[place]))


def undoing(change: Change, before: Touched) -> Change:
    """Return the change that takes `change` back, given what it touched as it was before.

    Later changes stay, unless it was all the facts that were replaced. Applying it is refused where later
    changes made it impossible (the account it would bring back is there again, or something names what it
    would remove).
    """
    match change:
        case Add():
            return Remove(of=change.to, id=str(change.item["id"]))
        case Remove():
            assert before.value is not None
            return Add(to=change.of, item=before.value, at=before.position)
        case Edit():
            return Edit(of=change.of, id=change.id, set=_old(before, change.set))
        case Move():
            assert before.position is not None
            return Move(of=change.of, id=change.id, to=before.position)
        case RecordBalance():
            return _old_balance(change, before) or RemoveBalance(of=change.of, id=change.id, date=change.date)
        case RemoveBalance():
            recorded = _old_balance(change, before)
            assert recorded is not None
            return recorded
        case EditHousehold():
            return EditHousehold(set=_old_fields(before, change.set))
        case ReplaceFacts():
            assert before.value is not None
            return ReplaceFacts(facts=before.value)
        case _:
            assert_never(change)


def _old(before: Touched, fields: dict[str, Any]) -> Plain:
    assert before.value is not None
    return {name: before.value[name] for name in fields}


def _old_fields(before: Touched, fields: dict[str, Any]) -> Plain:
    """Return the household's own fields as they were; of the assumptions only those that were set."""
    old = _old(before, fields)
    if "assumptions" in fields:
        old["assumptions"] = {name: old["assumptions"][name] for name in fields["assumptions"]}
    return old


def _old_balance(change: RecordBalance | RemoveBalance, before: Touched) -> RecordBalance | None:
    """Return what records the balance of that day as it was, or None if there was none."""
    assert before.value is not None
    for balance in before.value["balances"]:
        old: RecordBalance = decode(RecordBalance, {"of": change.of, "id": change.id, **balance})
        if old.date == change.date:
            return old
    return None
