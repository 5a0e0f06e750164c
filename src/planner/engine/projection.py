"""The result of a projection: columns of whole cents by month, and how they are stored and read."""

import json
import zlib
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

import numpy as np

from planner.domain.calendar import first_day, month_number
from planner.domain.codec import Plain
from planner.engine.beat import Beat, between
from planner.engine.timeline import IntArray

BLOB_VERSION = 1
_LENGTH_BYTES = 4
_COLUMNS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something that has columns of its own: an account, a debt, an income."""

    id: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxYear:
    """A calendar year's federal tax in cents; `complete` is false when the plan ends within the year.

    `settlement` is what is due (or, below zero, refunded) in April after it, self-employment tax included.
    """

    year: int
    income: int
    tax: int
    withheld: int
    settlement: int
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Everything of a projection but its columns.

    `net_worth_now` is at the start; `accrued_tax` is what is owed at the end for years that are not settled
    by then, and is not part of net worth.
    """

    engine_version: str
    start: date
    months: int
    accounts: tuple[Line, ...]
    debts: tuple[Line, ...]
    incomes: tuple[Line, ...]
    categories: tuple[str, ...]
    years: tuple[TaxYear, ...]
    notes: tuple[str, ...]
    net_worth_now: int
    accrued_tax: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Projection:
    """Every month of a plan. `matrix` is cents by [column, month]; `columns` names its rows."""

    header: Header
    columns: tuple[str, ...]
    matrix: IntArray
    _places: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        places = {name: place for place, name in enumerate(self.columns)}
        object.__setattr__(self, "_places", places)

    @property
    def start(self) -> date:
        """The day the plan starts."""
        return self.header.start

    @property
    def months(self) -> int:
        """How many months it has."""
        return self.header.months

    @property
    def accounts(self) -> tuple[Line, ...]:
        """The accounts, in the user's order."""
        return self.header.accounts

    @property
    def debts(self) -> tuple[Line, ...]:
        """The debts, in the user's order."""
        return self.header.debts

    @property
    def incomes(self) -> tuple[Line, ...]:
        """The incomes, in the user's order."""
        return self.header.incomes

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories of spending that occur."""
        return self.header.categories

    @property
    def years(self) -> tuple[TaxYear, ...]:
        """The calendar years the plan touches."""
        return self.header.years

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know, in plain words."""
        return self.header.notes

    @property
    def month_labels(self) -> tuple[str, ...]:
        """The months, as 2026-11."""
        first = month_number(self.start)
        return tuple(first_day(first + month).isoformat()[:7] for month in range(self.months))

    def column(self, name: str) -> IntArray:
        """Return a column of cents by month; KeyError when there is none of that name."""
        column: IntArray = self.matrix[self._places[name]]
        return column

    def rows(self, first: int = 0, last: int | None = None) -> list[Plain]:
        """Return the months from `first` up to but not including `last` as nested plain tables."""
        chosen = slice(first, self.months if last is None else last)
        rows: list[Plain] = [{"month": label} for label in self.month_labels[chosen]]
        texts = [[_text(cents) for cents in column] for column in self.matrix[:, chosen].tolist()]
        named = [name.rpartition(".") for name in self.columns]
        for table_name, members in groupby(range(len(named)), lambda place: named[place][0]):
            places = list(members)
            leaves = [named[place][2] for place in places]
            *above, own = table_name.split(".")
            for row, cells in zip(rows, zip(*(texts[place] for place in places), strict=True), strict=True):
                table = row
                for step in above:
                    table = table.setdefault(step, {})
                table[own] = dict(zip(leaves, cells, strict=True))
        return rows

    def summary(self) -> Plain:
        """Return the few figures a list of plans shows."""
        worth, real = self.column("totals.net_worth"), self.column("totals.real_net_worth")
        short, owed = self.column("totals.shortfall"), self.column("totals.debts")
        return {
            "start": self.start.isoformat(),
            "months": self.months,
            "end": self.month_labels[-1],
            "net_worth_now": _text(self.header.net_worth_now),
            "net_worth_end": _text(int(worth[-1])),
            "real_net_worth_end": _text(int(real[-1])),
            "debt_free_month": self._label(_first(owed == 0)) if self.debts else None,
            "first_shortfall_month": self._label(_first(short > 0)),
            "largest_shortfall": _text(int(short.max())),
            "accrued_tax": _text(self.header.accrued_tax),
        }

    def _label(self, month: int | None) -> str | None:
        return None if month is None else self.month_labels[month]

    def to_blob(self, *, beat: Beat | None = None) -> bytes:
        """Return the projection as one compressed piece: its header, then its columns one after another."""
        head = {**asdict(self.header), "start": self.start.isoformat(), "columns": self.columns}
        text = json.dumps({"blob": BLOB_VERSION, **head}, separators=(",", ":")).encode()
        packer = zlib.compressobj(1)
        packed = [packer.compress(len(text).to_bytes(_LENGTH_BYTES, "little") + text)]
        pieces = range(0, len(self.matrix), _COLUMNS_AT_ONCE)
        for first in between(pieces, beat, 1.0, "packing the projection"):
            columns = self.matrix[first : first + _COLUMNS_AT_ONCE]
            packed.append(packer.compress(np.diff(columns, axis=1, prepend=0).astype("<i8").tobytes()))
        return b"".join((*packed, packer.flush()))


def from_blob(blob: bytes) -> Projection:
    """Return the projection that `to_blob` stored."""
    data = zlib.decompress(blob)
    length = int.from_bytes(data[:_LENGTH_BYTES], "little")
    head: dict[str, Any] = json.loads(data[_LENGTH_BYTES : _LENGTH_BYTES + length])
    assert head.pop("blob") == BLOB_VERSION, "a projection of another layout; work it out anew"
    columns = tuple(head.pop("columns"))
    changes = np.frombuffer(data, dtype="<i8", offset=_LENGTH_BYTES + length)
    header = Header(
        **{
            **head,
            "start": date.fromisoformat(head["start"]),
            "accounts": tuple(Line(**line) for line in head["accounts"]),
            "debts": tuple(Line(**line) for line in head["debts"]),
            "incomes": tuple(Line(**line) for line in head["incomes"]),
            "categories": tuple(head["categories"]),
            "years": tuple(TaxYear(**year) for year in head["years"]),
            "notes": tuple(head["notes"]),
        }
    )
    matrix = np.cumsum(changes.reshape(len(columns), header.months), axis=1, dtype=np.int64)
    return Projection(header=header, columns=columns, matrix=matrix)


def _first(hits: Any) -> int | None:
    found = np.flatnonzero(hits)
    return int(found[0]) if found.size else None


def _text(cents: int) -> str:
    if cents == 0:
        return "0.00"
    whole, part = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{part:02d}"
