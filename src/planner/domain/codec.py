"""The one schema: between facts and the plain dictionaries of files, the API and the database.

Plain means what JSON has. Amounts go out as text with two decimals and come in as text, whole or decimal
numbers; rates likewise. Unknown fields are refused. Every problem is reported, not only the first.
"""

import json
from collections.abc import Hashable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from planner.domain.check import problems_in
from planner.domain.errors import Problem, Refused
from planner.domain.household import COLLECTIONS, Collection, Fact, Facts

Plain = dict[str, Any]
T = TypeVar("T")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def adapter(kind: type[T]) -> TypeAdapter[T]:
    """Return the schema of one record; made on first use, for it takes milliseconds."""
    made: TypeAdapter[T] = _adapter(cast("Hashable", kind))
    return made


def decode(kind: type[T], plain: object, *, at: str = "") -> T:
    """Return `plain` as a value of `kind`, or raise Refused with every problem; `at` prefixes their paths."""
    try:
        return adapter(kind).validate_python(plain)
    except ValidationError as error:
        raise Refused(problems=_problems(error, kind, at)) from None


def encode(value: object) -> Plain:
    """Return a record as JSON has it."""
    plain: Plain = adapter(type(value)).dump_python(value, mode="json")
    return plain


def facts_from_plain(plain: object) -> Facts:
    """Return whole facts that agree with each other, or raise Refused with every problem."""
    facts = decode(Facts, plain)
    return agreed(facts)


def agreed(facts: Facts) -> Facts:
    """Return `facts` if they agree with each other; raise Refused otherwise."""
    if problems := problems_in(facts):
        raise Refused(problems=problems)
    return facts


def facts_to_plain(facts: Facts) -> Plain:
    """Return the facts as JSON has them, every field present."""
    return encode(facts)


def fact_from_plain(collection: Collection, plain: object, *, at: str = "") -> Fact:
    """Return one fact of a collection, or raise Refused."""
    return decode(COLLECTIONS[collection], plain, at=at or collection)


def stored(facts: Facts) -> str:
    """Return the facts as the database keeps them."""
    return adapter(Facts).dump_json(facts).decode()


def from_stored(text: str) -> Facts:
    """Return the facts the database kept. They were checked when they came in."""
    return adapter(Facts).validate_json(text)


def read_json(text: str | bytes, *, what: str = "the document") -> Any:
    """Read JSON with exact decimals; refuse NaN, repeated keys and what is not JSON, with the place."""
    try:
        return json.loads(
            text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_no_repeats
        )
    except json.JSONDecodeError as error:
        raise Refused(
            f"{what} is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    except UnicodeDecodeError:
        raise Refused(f"{what} is not text in UTF-8.") from None
    except RecursionError:
        raise Refused(f"{what} is nested too deeply.") from None
    except ValueError as error:
        raise Refused(f"{what} is not valid JSON: {error}.") from None


def _no_constant(name: str) -> object:
    message = f"{name} is not a number JSON has"
    raise ValueError(message)


def _no_repeats(pairs: list[tuple[str, object]]) -> Plain:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        message = f'the key "{next(name for name in names if names.count(name) > 1)}" stands twice'
        raise ValueError(message)
    return found


def _problems(error: ValidationError, kind: type[object], at: str) -> list[Problem]:
    return [
        Problem(_path(at, detail["loc"]), _sentence(detail, kind))
        for detail in error.errors(include_url=False)
    ]


def _path(at: str, location: tuple[int | str, ...]) -> str:
    path = at
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else str(step)
    return path


def _sentence(detail: ErrorDetails, kind: type[object]) -> str:
    context: Mapping[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "missing" | "missing_argument" | "missing_keyword_only_argument":
            return "is missing."
        case "unexpected_keyword_argument" | "extra_forbidden":
            return _unknown(str(detail["loc"][-1]), detail["loc"], kind)
        case "enum" | "literal_error":
            return _not_one_of(detail["input"], str(context.get("expected", "")))
        case "string_pattern_mismatch" if detail["loc"][-1] != "currency":
            return "must be lower-case letters, digits and hyphens, at most 63."
        case "dataclass_type" | "dict_type" | "mapping_type":
            return "must be a table of named fields."
        case "tuple_type" | "list_type":
            return "must be a list."
        case _:
            message = detail["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
            prefix = "must be " if detail["msg"].startswith("Input should be ") else ""
            return f"{prefix}{message}" + ("" if message.endswith(".") else ".")


def _unknown(name: str, location: tuple[int | str, ...], kind: type[object]) -> str:
    """Say that a field does not exist, and which one was probably meant."""
    known = sorted(_fields_at(adapter(kind).json_schema(), location[:-1]))
    close = get_close_matches(name, known, n=1)
    hint = f' Did you mean "{close[0]}"?' if close else ""
    return f"is not a field here.{hint}"


def _fields_at(schema: Plain, location: tuple[int | str, ...]) -> set[str]:
    def resolved(node: Plain) -> Plain:
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
    close = get_close_matches(str(given), choices, n=1)
    listed = ", ".join(choices[:60])
    return f"is one of {listed}." + (f' Did you mean "{close[0]}"?' if close else "")
