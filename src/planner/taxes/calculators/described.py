"""The fields of a calculator in words: what each takes, what counts if it is not given, what it means."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from planner.taxes.calculators.calculator import Calculator

NAMED_MAX: Final = 12
"""So many words to choose from are named one by one."""

REQUIRED: Final = "needed"
NONE: Final = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedField:
    """A line of the table of fields; the fields of a record follow it as `record.field`."""

    name: str
    takes: str
    default: str
    about: str


def described(chosen: Calculator) -> Iterator[DescribedField]:
    """Yield every field of the calculator, in the order of its form."""
    return _fields(chosen.form.schema(), "")


def _fields(schema: Mapping[str, Any], within: str) -> Iterator[DescribedField]:
    for name, field in schema["properties"].items():
        yield DescribedField(
            name=within + name,
            takes=taken(field),
            default=REQUIRED if name in schema["required"] else _written(field.get("default")),
            about=field.get("description", ""),
        )
        if field.get("type") == "object":
            yield from _fields(field, f"{within}{name}.")
        elif field.get("type") == "array" and field["items"].get("type") == "object":
            yield from _fields(field["items"], f"{within}{name}[].")


def taken(schema: Mapping[str, Any]) -> str:
    """Return what a value of this schema is, its unit included."""
    match schema:
        case {"anyOf": [*options]}:
            return " or ".join(taken(option) for option in options)
        case {"enum": [*words]}:
            return _one_of(words)
        case {"format": "money"}:
            return "dollars"
        case {"format": "date"}:
            return "date, YYYY-MM-DD"
        case {"type": "array", "items": items}:
            return f"list of {_plural(taken(items))}"
        case {"type": "integer", "minimum": least, "maximum": most}:
            return f"whole number, {least} to {most}"
        case {"minimum": least, "maximum": most}:
            return f"fraction, {least} to {most}"
        case {"type": "boolean"}:
            return "true or false"
        case {"type": "object"}:
            return "record"
        case _:
            return "text"


def _one_of(words: Sequence[str]) -> str:
    if len(words) > NAMED_MAX:
        return f"one of {len(words)}: {words[0]}, {words[1]} ... {words[-1]}"
    return f"one of {', '.join(words)}"


def _plural(what: str) -> str:
    noun, comma, rest = what.partition(",")
    return noun + ("" if noun.endswith("s") else "s") + comma + rest


def _written(default: object) -> str:
    match default:
        case None | []:
            return NONE
        case bool():
            return "true" if default else "false"
        case _:
            return str(default)
