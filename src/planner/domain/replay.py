"""Plays a journal again: from what each change touched, before and after, to the facts as they are now.

What a change was allowed to do is not judged again, for rules grow stricter; only whether each change began
where the one before it ended.
"""

from collections.abc import Mapping
from typing import Any

from planner.domain.codec import Plain, decode, encode
from planner.domain.errors import Refused
from planner.domain.household import COLLECTIONS, Facts


class DoesNotFollow(ValueError):
    """A change began with something else than what was there, or its record cannot be used."""


def replayed(state: Plain | None, before: Plain | None, after: Plain | None) -> Plain:
    """Return what the facts were after a change, given what they were before it: None at the very first.

    Raises DoesNotFollow. Alters `state`.
    """
    if after is None:
        raise DoesNotFollow("what it left behind is not recorded")
    try:
        if state is None:
            return _begun(before, after)
        if before is None:
            raise DoesNotFollow("what was there before it is not recorded")
        _touch(state, before, after)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise DoesNotFollow("its record cannot be read") from error
    return state


def leads_to(state: Plain, facts: Facts) -> bool:
    """Whether `facts` are what a journal led to; fields that came to be later have their defaults."""
    if state == {name: value for name, value in encode(facts).items() if name != "revision"}:
        return True
    try:
        return decode(Facts, {**state, "revision": facts.revision}) == facts
    except Refused:
        return False


def _begun(before: Plain | None, after: Plain) -> Plain:
    if before is not None or after["collection"] is not None:
        raise DoesNotFollow("it is the first, and does not say how the household began")
    return dict(after["value"])


def _touch(state: Plain, before: Plain, after: Plain) -> None:
    name = after["collection"]
    if name != before["collection"]:
        raise DoesNotFollow(f"it began with {before['collection']} and ended with {name}")
    if name is None:
        _expect(Facts, {key: state.get(key) for key in before["value"]}, before["value"], "the household")
        state.update(after["value"])
        return
    items = state.setdefault(name, [])
    if before["value"] is None:
        if any(item["id"] == after["value"]["id"] for item in items):
            raise DoesNotFollow(f"it adds {after['value']['id']} to the {name}, where it was already")
    else:
        there = items[before["position"]] if before["position"] < len(items) else None
        what = f"{before['value']['id']} of the {name}"
        if there is None or there["id"] != before["value"]["id"]:
            raise DoesNotFollow(f"it begins with {what}, which was not there")
        _expect(COLLECTIONS[name], there, before["value"], what)
        items.pop(before["position"])
    if after["value"] is not None:
        items.insert(after["position"], after["value"])


def _expect(kind: type[Any], found: Mapping[str, Any], said: Mapping[str, Any], what: str) -> None:
    """Raise DoesNotFollow unless both mean the same; fields that came to be later have their defaults."""
    if found == said:
        return
    try:
        same = decode(kind, dict(found)) == decode(kind, dict(said))
    except Refused as error:
        raise DoesNotFollow(f"it begins with another state of {what}") from error
    if not same:
        raise DoesNotFollow(f"it begins with another state of {what}")
