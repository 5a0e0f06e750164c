"""The fields of a calculator's case: each knows how it is read, and a form reads them all.

A field that is not given, or null, has its default: no amount, nobody's age, no. A field that is not known is
refused, and so is every value that is not what it should be; all problems of a case are told at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Final, TypeVar

from planner.domain.errors import Problem, Refused
from planner.domain.money import LARGEST_CENTS, as_text, to_cents
from planner.domain.numbers import exact

OLDEST: Final = 150
LIST_MAX: Final = 400
FIELDS_MAX: Final = 400
HINTS_MAX: Final = 10
"""Comparing names takes time: the first unknown fields get a hint, as many as are read."""
_ONE: Final = Decimal(1)
Schema = Mapping[str, object]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One input. `read` turns a given value into what the calculator works with, or refuses it.

    `group` is the heading under which a page asks for it.
    """

    name: str
    about: str
    read: Callable[[object], object]
    schema: Schema
    default: object = None
    required: bool = False
    group: str = ""

    def to_plain(self) -> dict[str, object]:
        """Return the JSON Schema of the field, with what it is for and what counts if it is not given."""
        plain = {**self.schema, "description": self.about}
        if not self.required and not isinstance(self.default, Mapping | None):
            plain.setdefault("default", _written(self.default, self.schema))
        return plain


class Form:
    """All fields of a case."""

    def __init__(self, *fields: Field) -> None:
        self.fields = fields
        self._by_name = {field.name: field for field in fields}
        self._defaults = {field.name: field.default for field in fields}
        self._required = tuple(field.name for field in fields if field.required)
        assert len(self._by_name) == len(fields), "each field has a name of its own"

    def read(self, case: object) -> dict[str, Any]:
        """Return every field of a case, or refuse it with all its problems."""
        if not isinstance(case, Mapping):
            raise Refused("A case is an object with named fields.")
        if len(case) > FIELDS_MAX:
            raise Refused(f"A case has at most {FIELDS_MAX} fields.")
        found = self._defaults.copy()
        problems: list[Problem] = []
        for name, value in case.items():
            field = self._by_name.get(name)
            if field is None:
                problems.append(self._unknown(str(name), hint=len(problems) < HINTS_MAX))
            elif value is not None:
                try:
                    found[name] = field.read(value)
                except Refused as refused:
                    problems += (_below(name, problem) for problem in refused.problems)
        problems += (Problem(name, "This is needed.") for name in self._required if case.get(name) is None)
        if problems:
            raise Refused(problems=problems)
        return found

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema of a case."""
        return {
            "type": "object",
            "properties": {field.name: field.to_plain() for field in self.fields},
            "required": list(self._required),
            "additionalProperties": False,
        }

    def _unknown(self, name: str, *, hint: bool) -> Problem:
        near = get_close_matches(name, self._by_name, n=1) if hint else []
        meant = f"; did you mean {near[0]}?" if near else "."
        return Problem(name, f"There is no such field{meant}")


def _written(default: object, schema: Schema) -> object:
    """Return a default as a case would give it."""
    match default:
        case bool() | str():
            return default
        case int():
            return as_text(default) if "money" in str(schema) else default
        case tuple():
            return list(default)
        case _:
            return str(default)


def _below(name: str, problem: Problem) -> Problem:
    between = "" if not problem.path or problem.path.startswith("[") else "."
    return Problem(f"{name}{between}{problem.path}", problem.message)


def grouped(title: str, *fields: Field) -> tuple[Field, ...]:
    """Put fields under one heading."""
    return tuple(replace(each, group=title) for each in fields)


def amount(name: str, about: str, *, negative: bool = False, required: bool = False) -> Field:
    """Make a field of dollars, read as cents; nothing if not given."""
    read = read_signed_amount if negative else read_amount
    return Field(name=name, about=about, read=read, schema=_MONEY, default=0, required=required)


def amounts(name: str, about: str, *, required: bool = False) -> Field:
    """Make a field of a list of amounts, read as a tuple of cents."""
    schema = {"type": "array", "items": _MONEY, "maxItems": LIST_MAX}
    return Field(name=name, about=about, read=read_amounts, schema=schema, default=(), required=required)


def amounts_or_one(name: str, about: str) -> Field:
    """Make a field of a list of amounts, or of one for every period: a tuple of cents, or cents."""
    schema = {"anyOf": [_MONEY, {"type": "array", "items": _MONEY, "maxItems": LIST_MAX}]}
    return Field(name=name, about=about, read=_read_amounts_or_one, schema=schema, default=0)


def choice(
    name: str, about: str, kind: type[StrEnum], *, default: StrEnum | None = None, required: bool = False
) -> Field:
    """Make a field with one of an enumeration's values."""
    schema = {"type": "string", "enum": [member.value for member in kind]}
    known = {member.value: member for member in kind}
    return one_of(name, about, known, schema, default=default, required=required)


def one_of(
    name: str,
    about: str,
    known: Mapping[str, object],
    schema: Schema,
    *,
    default: object = None,
    required: bool = False,
) -> Field:
    """Make a field with one of some words, read as what the word stands for."""

    def read(value: object) -> object:
        if not isinstance(value, str) or value not in known:
            raise Refused(f"This is one of {', '.join(known)}.")
        return known[value]

    return Field(name=name, about=about, read=read, schema=schema, default=default, required=required)


def flag(name: str, about: str) -> Field:
    """Make a field of true or false; false if not given."""
    return Field(name=name, about=about, read=_read_flag, schema={"type": "boolean"}, default=False)


def whole(
    name: str, about: str, *, least: int = 0, most: int, default: int | None = 0, required: bool = False
) -> Field:
    """Make a field of a whole number."""

    def read(value: object) -> int:
        return read_whole(value, least, most)

    schema = {"type": "integer", "minimum": least, "maximum": most}
    return Field(name=name, about=about, read=read, schema=schema, default=default, required=required)


def day(name: str, about: str, *, required: bool = False) -> Field:
    """Make a field of a calendar day, written YYYY-MM-DD."""
    schema = {"type": "string", "format": "date"}
    return Field(name=name, about=about, read=read_day, schema=schema, required=required)


def age(name: str, about: str) -> Field:
    """Make a field of an age; 0 for nobody, and for an age that is not known."""
    return whole(name, about, most=OLDEST)


def ages(name: str, about: str) -> Field:
    """Make a field of a list of ages, read as a tuple."""
    one = {"type": "integer", "minimum": 0, "maximum": OLDEST}
    schema = {"type": "array", "items": one, "maxItems": LIST_MAX}
    return Field(name=name, about=about, read=read_ages, schema=schema, default=())


def rate(name: str, about: str, *, default: Decimal | None = None) -> Field:
    """Make a field of a fraction from -1 to 1: 0.025 is 2.5 %."""
    schema = {"type": ["number", "string"], "minimum": -1, "maximum": 1}
    return Field(name=name, about=about, read=_read_rate, schema=schema, default=default)


def record(name: str, about: str, form: Form) -> Field:
    """Make a field with fields of its own, read as their mapping; its defaults if not given."""
    return Field(name=name, about=about, read=form.read, schema=form.schema(), default=form.read({}))


def records(name: str, about: str, form: Form) -> Field:
    """Make a field of a list of such."""
    schema = {"type": "array", "items": form.schema(), "maxItems": LIST_MAX}

    def read(value: object) -> tuple[object, ...]:
        return _each(value, form.read)

    return Field(name=name, about=about, read=read, schema=schema, default=())


_MONEY: Final[Schema] = {"type": ["number", "string"], "format": "money", "examples": ["1250.50"]}


def number_of(value: object) -> Decimal | None:
    """Return the number that a value writes; a float stands for the shortest decimal that writes it."""
    return exact(repr(value) if isinstance(value, float) else value)


def read_signed_amount(value: object) -> int:
    """Read dollars as cents, half up: a whole number, a decimal number or text."""
    dollars = number_of(value)
    if dollars is None:
        raise Refused("This must be an amount such as 1250 or 1250.50.")
    if abs(dollars) > LARGEST_CENTS // 100:
        raise Refused(f"This must be at most {as_text(LARGEST_CENTS)}.")
    return to_cents(dollars)


def read_amount(value: object) -> int:
    """Read dollars as cents, and refuse a negative amount."""
    cents = read_signed_amount(value)
    if cents < 0:
        raise Refused("This cannot be negative.")
    return cents


def read_amounts(value: object) -> tuple[int, ...]:
    """Read a list of amounts."""
    return _each(value, read_amount)


def read_ages(value: object) -> tuple[int, ...]:
    """Read a list of ages."""
    return _each(value, lambda each: read_whole(each, 0, OLDEST))


def read_whole(value: object, least: int, most: int) -> int:
    """Read a whole number within bounds."""
    number = number_of(value)
    if number is None or number % _ONE or not least <= number <= most:
        raise Refused(f"This must be a whole number from {least} to {most}.")
    return int(number)


def read_day(value: object) -> date:
    """Read a calendar day."""
    try:
        found = (
            date.fromisoformat(value) if isinstance(value, str) and len(value) == len("YYYY-MM-DD") else None
        )
    except ValueError:
        found = None
    if found is None:
        raise Refused("This is a day such as 1960-12-31.")
    return found


def _read_amounts_or_one(value: object) -> int | tuple[int, ...]:
    return read_amounts(value) if isinstance(value, list | tuple) else read_amount(value)


def _read_flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Refused("This is true or false.")
    return value


def _read_rate(value: object) -> Decimal:
    number = number_of(value)
    if number is None or abs(number) > _ONE:
        raise Refused("This must be a fraction from -1 to 1: 0.025 is 2.5 %.")
    return number


def _each(value: object, read: Callable[[object], Item]) -> tuple[Item, ...]:
    if not isinstance(value, list | tuple):
        raise Refused("This must be a list.")
    if len(value) > LIST_MAX:
        raise Refused(f"This has at most {LIST_MAX} entries.")
    found: list[Item] = []
    problems: list[Problem] = []
    for place, each in enumerate(value):
        try:
            found.append(read(each))
        except Refused as refused:
            problems += (_below(f"[{place}]", problem) for problem in refused.problems)
    if problems:
        raise Refused(problems=problems)
    return tuple(found)
