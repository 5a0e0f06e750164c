"""The files of the law: every block is read with its unit, its dates and its source, or refused."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

LASTING = "lasting"
FIGURES = ("amounts", "rates", "tables", "kinds", "reduces")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One rule's figures. `amounts` are dollars and may be indexed; `rates` and `tables` never are.

    `index_step` is what an indexed amount is rounded to, down or to the nearest as the statute says; without
    it the amounts stay as they are. `index_steps` holds other steps for some of the amounts.
    """

    name: str
    unit: str
    valid_from: date
    source: str
    retrieved: date
    valid_until: date | None = None
    index_step: Decimal | None = None
    index_steps: Mapping[str, int] = field(default_factory=dict)
    index_nearest: bool = False
    amounts: Mapping[str, Any] = field(default_factory=dict)
    rates: Any = None
    tables: Mapping[str, Any] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    reduces: Mapping[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.unit, f"the law's block {self.name} needs a unit"
        assert self.source, f"the law's block {self.name} needs a source"
        assert any(getattr(self, part) for part in FIGURES), f"the law's block {self.name} is empty"

    def in_force(self, year: int) -> bool:
        """Say whether the block is law on 31 December of `year`."""
        end = date(year, 12, 31)
        return self.valid_from <= end and (self.valid_until is None or end <= self.valid_until)

    def amount(self, key: str, factor: Decimal) -> Decimal:
        """Return one amount, indexed by `factor` if the law indexes it."""
        return self._indexed(key, self.amounts[key], factor)

    def amounts_or(self, key: str, missing: Decimal, factor: Decimal) -> Decimal:
        """Return one amount, or `missing` where the block has none of that name."""
        return self.amount(key, factor) if key in self.amounts else missing

    def amount_list(self, key: str, factor: Decimal) -> tuple[Decimal, ...]:
        """Return a row of amounts, indexed by `factor` if the law indexes them."""
        return tuple(self._indexed(key, figure, factor) for figure in self.amounts[key])

    def _indexed(self, key: str, figure: Decimal | int, factor: Decimal) -> Decimal:
        published = Decimal(figure)
        if self.index_step is None or factor == 1:
            return published
        step = Decimal(self.index_steps.get(key, self.index_step))
        rounding = ROUND_HALF_UP if self.index_nearest else ROUND_FLOOR
        return max(published, (published * factor / step).to_integral_value(rounding) * step)


def read_blocks(text: str, where: str) -> dict[str, Block]:
    """Read one file; a block without unit, dates or source is a fault of the package, not of a user."""
    document = tomllib.loads(text, parse_float=Decimal)
    found = {}
    for name, fields in document.items():
        try:
            step = fields.pop("index_step", None)
            found[name] = Block(name=name, index_step=None if step is None else Decimal(step), **fields)
        except TypeError as error:
            raise AssertionError(f"{where}: block {name}: {error}") from error
    return found


def undated(name: str) -> str:
    """Return a block's name without the year in which its figures began, where it says one."""
    head, _, year = name.rpartition("_")
    return head if year.isdigit() else name


def _law_folder() -> Traversable:
    return files("planner.taxes") / "law"


@cache
def folder_blocks(folder: str) -> Mapping[str, Block]:
    """Return all blocks of a folder of the law: `lasting`, or a year."""
    found: dict[str, Block] = {}
    for file in sorted((_law_folder() / folder).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            read = read_blocks(file.read_text(encoding="utf-8"), f"{folder}/{file.name}")
            assert not found.keys() & read.keys(), f"{folder}/{file.name} repeats a block"
            found |= read
    return MappingProxyType(found)


@cache
def years() -> tuple[int, ...]:
    """Return the years whose law is known, in order."""
    return tuple(sorted(int(folder.name) for folder in _law_folder().iterdir() if folder.name.isdigit()))


@cache
def digest() -> str:
    """Return a short digest of all files of the law; line endings do not count."""
    seen = hashlib.sha256()
    for folder in (LASTING, *map(str, years())):
        for file in sorted((_law_folder() / folder).iterdir(), key=lambda entry: entry.name):
            if file.name.endswith(".toml"):
                text = "\n".join(file.read_text(encoding="utf-8").splitlines())
                seen.update(f"{folder}/{file.name}\n{text}\n".encode())
    return seen.hexdigest()[:12]
