"""Hypothesis strategies: changes of every kind for given facts, most of them valid."""

from typing import Any

from domain.strategies import Draw, amounts, days, money, names, plain_households, rates
from hypothesis import strategies as st

from planner.domain.changes import CHANGES, Change, change_from_plain
from planner.domain.codec import Plain
from planner.domain.household import COLLECTIONS, Collection, Facts, find, items

_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "name": names,
    "note": names,
    "amount": amounts,
    "annual_return": rates | st.none(),
    "annual_growth": rates | st.none(),
    "annual_raise": rates | st.none(),
    "start": days | st.none(),
    "birth_date": days,
    "extra_payment": amounts,
    "owner": st.none(),
    "balances": st.just([]),
    "deductions": st.just([]),
    "assumptions": st.fixed_dictionaries({}, optional={"inflation": rates, "cash_return": rates}),
    "accounts": st.just([]),
}


def _filled(facts: Facts) -> list[Collection]:
    return [name for name in COLLECTIONS if items(facts, name)]


def _some_fields(draw: Draw, known: set[str]) -> Plain:
    chosen = draw(st.sets(st.sampled_from(sorted(known & set(_FIELDS))), min_size=1))
    return {name: draw(_FIELDS[name]) for name in chosen}


@st.composite
def changes(draw: Draw, facts: Facts) -> Change:
    """Return a change of any kind; some are refused, for they break what other facts need."""
    filled = _filled(facts)
    dated: list[Collection] = [name for name in filled if name in {"accounts", "debts"}]
    possible = {"add", "edit_household", "replace_facts"}
    possible |= {"edit", "remove", "move"} if filled else set()
    possible |= {"record_balance", "remove_balance"} if dated else set()
    kind = draw(st.sampled_from([name for name in CHANGES if name in possible]))
    match kind:
        case "add":
            return change_from_plain(_addition(draw))
        case "edit_household":
            known = {"name", "assumptions"}
            return change_from_plain({"type": kind, "set": _some_fields(draw, known)})
        case "replace_facts":
            return change_from_plain({"type": kind, "facts": draw(plain_households())})
        case _:
            return _change_of_item(draw, kind, facts, dated if kind.endswith("balance") else filled)


def _change_of_item(draw: Draw, kind: str, facts: Facts, collections: list[Collection]) -> Change:
    of = draw(st.sampled_from(collections))
    chosen = draw(st.sampled_from(items(facts, of)))
    fields = _fields(draw, kind, facts, of, chosen.id)
    return change_from_plain({"type": kind, "of": of, "id": chosen.id, **fields})


def _addition(draw: Draw) -> Plain:
    """Return the addition of something that names nothing else."""
    member = {
        "id": draw(st.sampled_from("xyz")),
        "name": draw(names),
        "birth_date": draw(days),
        "role": "child",
    }
    account = {"id": draw(st.sampled_from("xyz")), "name": draw(names), "kind": "cash"}
    to, item = draw(st.sampled_from([("members", member), ("accounts", account)]))
    return {"type": "add", "to": to, "item": item, "at": draw(st.none() | st.integers(0, 4))}


def _fields(draw: Draw, kind: str, facts: Facts, of: Any, item_id: str) -> Plain:
    item: Any = find(facts, of, item_id)
    match kind:
        case "edit":
            return {"set": _some_fields(draw, set(type(item).__slots__))}
        case "move":
            return {"to": draw(st.integers(0, 4))}
        case "record_balance":
            known = [str(balance.date) for balance in item.balances]
            return {"date": draw(days | st.sampled_from(known) if known else days), "value": draw(money)}
        case "remove_balance":
            known = [str(balance.date) for balance in item.balances]
            return {"date": draw(st.sampled_from(known or ["2026-01-01"]))}
        case _:
            return {}
