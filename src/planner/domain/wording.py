"""What is wrong with plain data, said in words people know: the path of the field and a sentence."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic_core import ErrorDetails

from planner.domain.errors import Problem
from planner.domain.record import PATTERNS

PROBLEMS_MAX = 100
"""More than these are counted, not listed."""

WORD_MAX = 64
"""Longer names are cut before they are shown or compared."""

BEGINNING_MIN = 3
"""So many letters are enough to guess a longer word by its beginning."""

Schema = Mapping[str, Any]
Location = tuple[int | str, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SAYS_ITSELF = frozenset({"number", "day"})


def problems_said(errors: list[ErrorDetails], schema: Schema, *, at: str = "") -> list[Problem]:
    """Return the validator's errors as problems; `schema` is the JSON schema of what was read."""
    said = [
        Problem(path_of(detail["loc"], at=at), _sentence(detail, schema)) for detail in errors[:PROBLEMS_MAX]
    ]
    return [*said, *_and_more(len(errors), at)]


def first_of(problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems, or the first of very many and how many more there are."""
    return [*problems[:PROBLEMS_MAX], *_and_more(len(problems), "")]


def _and_more(count: int, at: str) -> Iterator[Problem]:
    if count > PROBLEMS_MAX:
        yield Problem(at, f"there are {count - PROBLEMS_MAX:,} more problems.")


def path_of(location: Location, *, at: str = "") -> str:
    """Return where a field is, as users write it: incomes[0].amount."""
    path = at
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{quoted(step)}" if path else quoted(step)
    return path


def quoted(name: str) -> str:
    """Return a field's name, in quotes where it is not a plain word, and shortened where it is endless."""
    shown = name if len(name) <= WORD_MAX else f"{name[:WORD_MAX]}..."
    return shown if _BARE.fullmatch(shown) else json.dumps(shown)


def _sentence(detail: ErrorDetails, schema: Schema) -> str:
    match detail["type"]:
        case "missing" | "missing_argument" | "missing_keyword_only_argument":
            return "is missing."
        case "unexpected_keyword_argument" | "extra_forbidden":
            return _unknown(str(detail["loc"][-1]), detail["loc"], schema)
        case "enum" | "literal_error":
            return _not_one_of(detail["input"], str(detail["ctx"]["expected"]))
        case kind if kind in _SAYS_ITSELF:
            return f"{detail['msg']}."
        case kind:
            return f"{_must_be(kind, detail.get('ctx', {}))}."


def _must_be(kind: str, limits: Mapping[str, Any]) -> str:
    match kind:
        case "dataclass_type" | "dict_type" | "mapping_type" | "model_type":
            return "must be a table of named fields"
        case "tuple_type" | "list_type":
            return "must be a list"
        case "string_type" | "string_unicode":
            return "must be text"
        case "bool_type":
            return "must be true or false"
        case "int_type":
            return "must be a whole number"
        case "invalid_key":
            return "must have a name that is text"
        case _:
            return _limit(kind, limits)


def _limit(kind: str, limits: Mapping[str, Any]) -> str:
    match kind:
        case "string_pattern_mismatch":
            return PATTERNS[limits["pattern"]]
        case "string_too_short":
            return "must not be empty"
        case "string_too_long":
            return f"must have at most {limits['max_length']} characters"
        case "too_short":
            return "must name at least one field"
        case "too_long":
            return f"has more than the {limits['max_length']} entries that are possible"
        case "greater_than_equal":
            return f"must be {limits['ge']} or more"
        case "less_than_equal":
            return f"must be {limits['le']} or less"
        case _:
            return "is not what belongs here"


def _unknown(name: str, location: Location, schema: Schema) -> str:
    """Say that a field does not exist, and which one was probably meant."""
    meant = _closest(name, sorted(_fields_at(schema, location[:-1])))
    return "is not a field here." + (f' Did you mean "{meant}"?' if meant else "")


def _fields_at(schema: Schema, location: Location) -> set[str]:
    def resolved(node: Schema) -> Schema:
        for option in node.get("anyOf", ()):
            if "$ref" in option or option.get("type") in {"array", "object"}:
                return resolved(option)
        reference = node.get("$ref")
        return resolved(schema["$defs"][reference.rsplit("/", 1)[1]]) if reference else node

    node = resolved(schema)
    for step in location:
        inner = node.get("items", {}) if isinstance(step, int) else node.get("properties", {}).get(step, {})
        node = resolved(inner)
    return set(node.get("properties", {}))


def _not_one_of(given: object, expected: str) -> str:
    choices = expected.replace(" or ", ", ").replace("'", "").split(", ")
    meant = _closest(given, choices) if isinstance(given, str) else None
    return f"must be one of {', '.join(choices)}." + (f' Did you mean "{meant}"?' if meant else "")


def _closest(given: str, known: list[str]) -> str | None:
    """Return the known word that `given` was probably meant to be, whatever its case."""
    by_letters = {word.casefold(): word for word in known}
    letters = given[:WORD_MAX].casefold()
    close = get_close_matches(letters, by_letters, n=1)
    if not close and len(letters) >= BEGINNING_MIN:
        close = [word for word in by_letters if word.startswith(letters)]
    return by_letters[close[0]] if close else None
