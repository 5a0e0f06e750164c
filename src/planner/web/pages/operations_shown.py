"""What the templates of the operations page are given: values that are ready to be shown."""

from dataclasses import dataclass

from planner.web.pages.shown import JobLine, MetricTile, Notice


@dataclass(frozen=True, kw_only=True, slots=True)
class HouseholdRow:
    """One household. `jobs` is where its jobs are; `set_aside` says that it can be taken up again."""

    id: str
    name: str
    state: str
    state_words: str
    told: str
    jobs: str
    running: JobLine | None
    trouble: str | None
    set_aside: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryRow:
    """One entry of the timetable."""

    title: str
    schedule: str
    missed: str
    last: str
    state: str
    outcome: str
    next: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageRow:
    """One message of the outbox. `again` says that it can be tried again."""

    id: int
    subject: str
    to: str
    state: str
    state_words: str
    told: str
    error: str | None
    again: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class OperationsPage:
    """Everything on the page; `generation` names the moment, `newer` and `older` are pages of households."""

    generation: str
    address: str
    notices: tuple[Notice, ...]
    tiles: tuple[MetricTile, ...]
    figures: tuple[MetricTile, ...]
    households: tuple[HouseholdRow, ...]
    household_count: str
    first_page: str | None
    next_page: str | None
    timetable: tuple[EntryRow, ...]
    messages: tuple[MessageRow, ...]
    message_counts: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AnyJob:
    """A job in the list of all, with whose it is."""

    line: JobLine
    household: str
    address: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AllJobs:
    """The list of all jobs, and what it was narrowed to; choices are (value, words)."""

    rows: tuple[AnyJob, ...]
    states: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str], ...]
    state: str
    kind: str
    household: str
    household_name: str
    older: str | None
