"""One kind of every merge policy, beside those that planner has."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from actors.stage import Script, a_kind

from planner.actors import REPLACE, Debounce, Kind, Merge
from planner.actors.kind import nothing_to_load
from planner.domain.errors import Refused
from planner.work.kinds import KINDS


def months(arguments: Mapping[str, object]) -> Mapping[str, object]:
    """Take a list of months; its normal form is sorted, each month once."""
    given: Any = arguments.get("months")
    if not isinstance(given, list) or not given:
        raise Refused.one("arguments.months", "is missing: a list of months.")
    return {"months": sorted(set(given))}


def both(waiting: Mapping[str, Any], asked: Mapping[str, Any]) -> Mapping[str, object]:
    """Return all the months of two requests."""
    return {"months": sorted({*waiting["months"], *asked["months"]})}


MONTHS: tuple[Mapping[str, object], ...] = ({"months": [1]}, {"months": [2]}, {"months": [1, 3]})
NUMBERS: tuple[Mapping[str, object], ...] = ({"n": 1}, {"n": 2}, {})
SAMPLES: tuple[Kind, ...] = (
    a_kind(Script(), "attaching", example_arguments=NUMBERS),
    a_kind(Script(), "replacing", merge=REPLACE, example_arguments=NUMBERS),
    a_kind(
        Script(),
        "merging",
        merge=Merge(both),
        check_arguments=months,
        example_arguments=MONTHS,
        attempts_max=2,
    ),
    a_kind(Script(), "debouncing", merge=Debounce(2, 6), example_arguments=NUMBERS),
    a_kind(Script(), "absorbing", absorbs=frozenset({"debouncing", "replacing"})),
)
EVERY_KIND: tuple[Kind, ...] = tuple(replace(kind, load=nothing_to_load) for kind in (*KINDS, *SAMPLES))
