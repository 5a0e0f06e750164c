"""What the templates of the calculators are given."""

from dataclasses import dataclass
from typing import Literal

from planner.web.pages.shown import Form, MetricTile, Notice

Kind = Literal["money", "text", "date", "choice", "check"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """One input of a calculator's form. `nothing`: how a choice offers not to be made."""

    name: str
    label: str
    kind: Kind
    help: str
    choices: tuple[tuple[str, str], ...] = ()
    nothing: str = ""
    required: bool = False
    inputmode: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Inputs under one heading; `open`: whether they show before they are asked for."""

    title: str
    inputs: tuple[Input, ...]
    open: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Lines:
    """A table of an answer: a name and cells in each row; `amounts` are the columns of figures."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    amounts: frozenset[int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """An answer, ready to be shown: the most important on top, the working below."""

    tiles: tuple[MetricTile, ...] = ()
    notices: tuple[Notice, ...] = ()
    lists: tuple[tuple[str, tuple[str, ...]], ...] = ()
    figures: tuple[tuple[str, tuple[MetricTile, ...]], ...] = ()
    tables: tuple[Lines, ...] = ()
    working: Lines | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CalculatorPage:
    """One calculator with its form as it stands, and the result if anything was asked."""

    name: str
    title: str
    about: str
    groups: tuple[Group, ...]
    form: Form
    example: str
    result: Result | None = None
    announcement: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CalculatorCard:
    """One calculator in the list of them."""

    name: str
    title: str
    about: str
