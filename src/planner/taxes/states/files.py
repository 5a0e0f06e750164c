"""The files of states and localities: a year says what it changes, and one way of filing is kept."""

import hashlib
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from planner.taxes.states.provisions import COLUMNS

SOLE_EARNER = "joint_sole_earner"
"""A couple of whom one earns: a column of some withholding tables."""
_FALLS_BACK = {SOLE_EARNER: "joint", "separate": "single"}
_COLUMNS = {*COLUMNS, SOLE_EARNER}
ENDED = "ended"
"""Names the rules of the year before that are no more."""


def _folder(name: str) -> Traversable:
    return files("planner.taxes") / "law" / name


@cache
def codes(folder: str) -> tuple[str, ...]:
    """Return the codes of the states that have a file in a folder of the law, in order."""
    names = (file.name for file in _folder(folder).iterdir())
    return tuple(sorted(name.removesuffix(".toml").upper() for name in names if name.endswith(".toml")))


def _text(folder: str, code: str) -> str:
    return (_folder(folder) / f"{code.lower()}.toml").read_text(encoding="utf-8")


@cache
def document(folder: str, code: str) -> dict[str, Any]:
    """Return a file as it is written, read when it is first asked for."""
    return tomllib.loads(_text(folder, code), parse_float=Decimal)


@cache
def digest(folder: str, code: str) -> str:
    """Return a short digest of a file; line endings do not count."""
    text = "\n".join(_text(folder, code).splitlines())
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@cache
def known_years(folder: str, code: str) -> tuple[int, ...]:
    """Return the years that a file tells of, in order."""
    return tuple(sorted(int(key) for key in document(folder, code) if key.isdigit()))


@cache
def year_of(folder: str, code: str, year: int) -> Mapping[str, Any]:
    """Return a year's law: the first year's, with what each year since then changed."""
    merged: dict[str, Any] = {}
    for known in known_years(folder, code):
        if known <= year:
            merged = _changed(merged, document(folder, code)[str(known)])
    return merged


def _changed(before: Mapping[str, Any], since: Mapping[str, Any]) -> dict[str, Any]:
    after = {key: value for key, value in before.items() if key not in since.get(ENDED, ())}
    for key, value in since.items():
        if key == ENDED:
            continue
        old = after.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping) and not value.keys() & _COLUMNS:
            after[key] = _changed(old, value)
        else:
            after[key] = value
    return after


def in_column(value: Any, column: str) -> Any:
    """Keep one way of filing, and make every number a Decimal; who files separately may be as if single."""
    if isinstance(value, Mapping):
        if value and value.keys() <= _COLUMNS:
            return in_column(value.get(column, value.get(_FALLS_BACK.get(column, "single"))), column)
        return {key: in_column(inner, column) for key, inner in value.items()}
    if isinstance(value, list):
        return tuple(in_column(inner, column) for inner in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value
