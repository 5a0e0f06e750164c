"""The one schema: between facts and the plain dictionaries of files, the API and the database.

Plain means what JSON has. Amounts go out as text with two decimals and come in as text, whole or decimal
numbers; rates likewise. Unknown fields are refused. Every problem is reported, not only the first.
"""

import json
import re
from collections.abc import Hashable
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from planner.domain.check import problems_in
from planner.domain.errors import Refused, TooLarge
from planner.domain.household import COLLECTIONS, Collection, Fact, Facts
from planner.domain.numbers import read_decimal, read_whole
from planner.domain.wording import first_of, problems_said, quoted

VALUES_MAX = 200_000
"""A household of fifty accounts with twenty years of monthly balances has a fifth of this."""

Plain = dict[str, Any]
T = TypeVar("T")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def adapter(kind: type[T]) -> TypeAdapter[T]:
    """Return the schema of one record; made on first use, for it takes milliseconds."""
    made: TypeAdapter[T] = _adapter(cast("Hashable", kind))
    return made


@cache
def _schema(kind: Hashable) -> Plain:
    return _adapter(kind).json_schema()


def schema_of(kind: type[T]) -> Plain:
    """Return the JSON schema of one record; not a copy, so it is not to be altered."""
    return _schema(cast("Hashable", kind))


def decode(kind: type[T], plain: object, *, at: str = "") -> T:
    """Return `plain` as a value of `kind`, or raise Refused with every problem; `at` prefixes their paths."""
    _refuse_floods(plain)
    try:
        return adapter(kind).validate_python(plain)
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise Refused(problems=problems_said(found, schema_of(kind), at=at)) from None


def _refuse_floods(plain: object) -> None:
    """Refuse what is far larger than any household before it makes a million problems."""
    found, waiting = 0, [plain]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list | tuple):
            waiting.extend(value)
        found += 1
        if found + len(waiting) > VALUES_MAX:
            raise TooLarge(f"there are more than {VALUES_MAX:,} values; a household has fewer.")


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
        raise Refused(problems=first_of(problems))
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
    written = read_text(text, what=what)
    try:
        return json.loads(
            written,
            parse_float=read_decimal,
            parse_int=read_whole,
            parse_constant=_no_constant,
            object_pairs_hook=_no_repeats,
        )
    except json.JSONDecodeError as error:
        raise Refused(
            f"{what} is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise Refused(f"{what} is nested too deeply.") from None
    except _NotJsonError as error:
        raise Refused(f"{what} is not valid JSON: {error}.") from None
    except _ConstantError as error:
        line = _line_of(str(error), written)
        raise Refused(f"{what} is not valid JSON: {error} is not a number, at line {line}.") from None


def read_text(content: str | bytes, *, what: str) -> str:
    """Return UTF-8 as text, without a byte order mark, or raise Refused."""
    try:
        written = content if isinstance(content, str) else content.decode()
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise Refused(f"{what} is not text in UTF-8 (line {line}).") from None
    return written.removeprefix("\ufeff")


class _NotJsonError(ValueError):
    """Something that Python would read, and that JSON does not have."""


class _ConstantError(ValueError):
    """NaN or an infinity."""


_WORDS = re.compile(r'"(?:[^"\\]|\\.)*"|-?[A-Za-z]+')


def _line_of(word: str, written: str) -> int:
    """Return the line of the first such word outside quotes."""
    start = next(found.start() for found in _WORDS.finditer(written) if found[0] == word)
    return written.count("\n", 0, start) + 1


def _no_constant(name: str) -> object:
    raise _ConstantError(name)


def _no_repeats(pairs: list[tuple[str, object]]) -> Plain:
    found: Plain = {}
    for name, value in pairs:
        if name in found:
            message = f"the key {quoted(name)} is given twice"
            raise _NotJsonError(message)
        found[name] = value
    return found
