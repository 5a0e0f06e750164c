"""A household as one readable file, TOML or JSON, both ways without loss."""

import json
import re
import tomllib
from copy import deepcopy
from typing import Any, Literal

import tomli_w

from planner.domain.codec import Plain, adapter, facts_from_plain, read_json, read_text, schema_of
from planner.domain.errors import Refused, TooLarge
from planner.domain.household import Facts
from planner.domain.numbers import read_decimal
from planner.domain.record import Flag, record
from planner.domain.scenarios import Assumptions

FILE_BYTES_MAX = 4_000_000
KEY_PARTS_MAX = 64
"""The TOML reader of Python needs memory by the square of a dotted key's parts."""

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"

FileFormat = Literal["toml", "json"]


@record
class HouseholdFile:
    """What a file says: the facts, and whether it is one of planner's examples."""

    facts: Facts
    example: Flag = False


def read_household(content: bytes, file_format: FileFormat) -> HouseholdFile:
    """Read a household file, or raise Refused with the line (broken syntax) or the keys (wrong content)."""
    if len(content) > FILE_BYTES_MAX:
        raise TooLarge(f"the file is larger than {FILE_BYTES_MAX // 1_000_000} MB.")
    plain = _read_toml(content) if file_format == "toml" else read_json(content, what="the file")
    if not isinstance(plain, dict):
        raise Refused("the file must hold one household: a table of named fields.")
    plain.pop("$schema", None)
    example = plain.pop("example", False)
    if not isinstance(example, bool):
        raise Refused.one("example", "must be true or false.")
    if "revision" in plain:
        raise Refused.one("revision", "is counted by planner; leave it out.")
    return HouseholdFile(facts=facts_from_plain(plain), example=example)


def _read_toml(content: bytes) -> Plain:
    written = read_text(content, what="the file")
    _refuse_endless(written)
    try:
        return tomllib.loads(written, parse_float=read_decimal)
    except tomllib.TOMLDecodeError as error:
        said = str(error).replace("at end of document", f"at line {_last_line(written)}, the end of the file")
        raise Refused(f"the file is not valid TOML: {said}.") from None
    except RecursionError:
        raise Refused("the file is nested too deeply.") from None


def _last_line(written: str) -> int:
    return written.rstrip().count("\n") + 1


_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_DOTTED = re.compile(rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})+")
_ENDLESS = re.compile(r"(?<![\d_])[\d_]{4000,}")


def _refuse_endless(written: str) -> None:
    """Refuse the keys and whole numbers on which Python's reader would choke, with their line."""
    for number, line in enumerate(written.split("\n"), 1):
        if line.count(".") >= KEY_PARTS_MAX and any(
            len(re.findall(_PART, found[0])) > KEY_PARTS_MAX for found in _DOTTED.finditer(line)
        ):
            raise Refused(f"the file is not valid TOML: a key has too many parts (at line {number}).")
        if _ENDLESS.search(line):
            raise Refused(f"the file is not valid TOML: a number is too long (at line {number}).")


def write_household(facts: Facts, file_format: FileFormat, *, example: bool = False) -> str:
    """Return the household as a file, without its revision and without what has its default value.

    The assumptions are written whole: a later planner may assume something else.
    """
    mode: Literal["python", "json"] = "python" if file_format == "toml" else "json"
    plain: Plain = adapter(Facts).dump_python(facts, mode=mode, exclude_defaults=True)
    plain["assumptions"] = adapter(Assumptions).dump_python(facts.assumptions, mode=mode)
    plain.pop("revision", None)
    if example:
        plain["example"] = True
    if file_format == "json":
        return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"
    return tomli_w.dumps(_for_toml(plain))


def _for_toml(value: Any) -> Any:
    """TOML has no null and its writer knows plain types only."""
    match value:
        case dict():
            return {name: _for_toml(inner) for name, inner in value.items() if inner is not None}
        case list() | tuple():
            return [_for_toml(inner) for inner in value]
        case str():
            return str(value)
        case _:
            return value


def file_schema() -> Plain:
    """Return the JSON Schema of a household file, by which an editor completes and checks it."""
    schema = deepcopy(schema_of(Facts))
    del schema["properties"]["revision"]
    schema["properties"]["example"] = {
        "type": "boolean",
        "default": False,
        "description": "one of planner's examples",
    }
    schema["properties"]["$schema"] = {"type": "string", "description": "where this schema is"}
    return {"$schema": SCHEMA_DIALECT, **schema, "title": "A household of planner"}
