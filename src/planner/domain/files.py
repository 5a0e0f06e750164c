"""A household as one readable file, TOML or JSON, both ways without loss."""

import json
import tomllib
from decimal import Decimal
from typing import Any, Literal

import tomli_w

from planner.domain.codec import adapter, facts_from_plain, read_json
from planner.domain.errors import Refused, TooLarge
from planner.domain.household import Facts
from planner.domain.record import record

FILE_BYTES_MAX = 4_000_000

FileFormat = Literal["toml", "json"]


@record
class HouseholdFile:
    """What a file says: the facts, and whether it is one of planner's examples."""

    facts: Facts
    example: bool = False


def read_household(content: bytes, file_format: FileFormat) -> HouseholdFile:
    """Read a household file, or raise Refused with the line (broken syntax) or the keys (wrong content)."""
    if len(content) > FILE_BYTES_MAX:
        raise TooLarge(f"the file is larger than {FILE_BYTES_MAX // 1_000_000} MB.")
    plain = _read_toml(content) if file_format == "toml" else read_json(content, what="the file")
    if not isinstance(plain, dict):
        raise Refused("the file must hold one household: a table of named fields.")
    example = plain.pop("example", False)
    if not isinstance(example, bool):
        raise Refused.one("example", "must be true or false.")
    if "revision" in plain:
        raise Refused.one("revision", "is counted by planner; leave it out.")
    return HouseholdFile(facts=facts_from_plain(plain), example=example)


def _read_toml(content: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8-sig"), parse_float=_decimal)
    except UnicodeDecodeError:
        raise Refused("the file is not text in UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"the file is not valid TOML: {error}.") from None
    except RecursionError:
        raise Refused("the file is nested too deeply.") from None


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        message = f"{text} is not an amount or a rate"
        raise tomllib.TOMLDecodeError(message)
    return number


def write_household(facts: Facts, file_format: FileFormat, *, example: bool = False) -> str:
    """Return the household as a file, without its revision and without what has its default value."""
    if file_format == "toml":
        plain = adapter(Facts).dump_python(facts, mode="python", exclude_defaults=True)
    else:
        plain = adapter(Facts).dump_python(facts, mode="json", exclude_defaults=True)
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
