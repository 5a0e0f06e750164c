"""What the templates are given: values that are ready to be shown."""

from dataclasses import dataclass, field
from typing import Literal

from planner.domain.errors import Problem

Shape = Literal["area", "bar", "line"]
Unit = Literal["month", "year"]


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricTile:
    """One figure. `tone` is "good", "bad" or empty; `key` follows it from one plan to the next."""

    key: str
    label: str
    value: str
    note: str = ""
    tone: str = ""
    meaning: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows of a name and its cells, in words."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """One line, area or bar. `role` is a colour of the stylesheet (--chart-<role>); values are dollars."""

    name: str
    role: str
    shape: Shape
    values: tuple[float, ...]
    stack: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A period with something to say about it."""

    period: str
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """A chart and its table. Periods are "2031-04" or "2031"; `summary` says in words what it shows."""

    id: str
    title: str
    note: str
    summary: str
    currency: str
    unit: Unit
    periods: tuple[str, ...]
    series: tuple[Series, ...]
    table: Table
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """Something the reader has to know before the figures. `tone` is "bad", "warn" or empty."""

    title: str
    text: str = ""
    tone: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a running job is."""

    fraction: float | None
    doing: str
    seconds_left: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class JobLine:
    """One job. `told` is its story in one sentence; `live` says that it can still be cancelled."""

    id: str
    title: str
    state: str
    state_words: str
    told: str
    live: bool
    progress: Progress | None = None
    error: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Live:
    """The state at the head of every page: a badge, and the running job."""

    state: str
    words: str
    running: JobLine | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Jobs:
    """The list of jobs. `trouble`: why the household was set aside; `older`: where the next page is."""

    generation: str
    address: str
    rows: tuple[JobLine, ...]
    older: str | None = None
    trouble: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Everything derived that the dashboard shows; `generation` names what it was rendered from.

    `metrics` are the tiles on top, `more` the other figures.
    """

    generation: str
    announcement: str
    metrics: tuple[MetricTile, ...] = ()
    more: tuple[MetricTile, ...] = ()
    charts: tuple[Chart, ...] = ()
    notice: Notice | None = None
    compact: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class FlowLine:
    """One recurring flow. `rank` is a class of the table: "", "part" (of the line above) or "sum"."""

    name: str
    often: str
    source: str
    amount: str
    monthly: str
    rank: str = ""
    address: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FlowSection:
    """Flows of one sort."""

    key: str
    title: str
    note: str
    lines: tuple[FlowLine, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FlowPage:
    """All flows of one generation."""

    generation: str
    announcement: str
    sections: tuple[FlowSection, ...] = ()
    notice: Notice | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class IncomeLine:
    """One income in the list of them."""

    id: str
    name: str
    whose: str
    paid: str
    amount: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HouseholdCard:
    """One household in the list of them."""

    id: str
    name: str
    example: bool
    net_worth: str
    updated: str
    trouble: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """A form as it stands: what is in its fields, what is wrong with them, and what it offers to choose.

    `errors` are by field; `others` are problems that belong to none. `rows` are the prefixes of
    repeated fields; `symbol` is how amounts begin.
    """

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    others: tuple[Problem, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    choices: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    rows: tuple[str, ...] = ()
    id: str = ""
    revision: int = 0
    saved: str = ""
    symbol: str = "$"
