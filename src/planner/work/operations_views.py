"""What one look at the operations shows: frozen values, in the form in which JSON and the pages have them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from planner.actors.timetable import EntryView
from planner.actors.views import JobView
from planner.storage.overview import Shows
from planner.storage.readers import ReaderStatistics


@dataclass(frozen=True, kw_only=True, slots=True)
class Throughput:
    """Jobs that ended in a minute, on average over the last 5 and 60; of the hour also how many failed."""

    last_5_minutes: float
    last_60_minutes: float
    failed_in_60_minutes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Requests:
    """What was asked for since the start: what became a job, what joined one, what was refused and why."""

    accepted: int
    joined: int
    joined_share: float
    refused: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """What ended since the start. `failed` and `partial` are by kind; `unchanged` found nothing to do."""

    finished: int
    unchanged: int
    unchanged_share: float
    failed: Mapping[str, int]
    partial: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """Changes that the projections do not reflect yet: how many, of how many households, how old."""

    pending: int
    households: int
    oldest_seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Loop:
    """How late the event loop was in the last minute, and how often it was blocked since the start."""

    lag_p50_seconds: float
    lag_p99_seconds: float
    lag_max_seconds: float
    blocked_count: int
    last_blocked_at: datetime | None
    last_blocked_seconds: float | None
    last_blocked_task: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Writer:
    """Commits since the start; the quantiles are the bounds of the buckets they lie in."""

    commits: int
    units: int
    mean_group: float
    last_group: int
    commit_mean_seconds: float
    commit_p50_seconds: float | None
    commit_p99_seconds: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Actors:
    """Households by what their actors do. `ready` ones wait for a slot."""

    total: int
    awake: int
    asleep: int
    running: int
    ready: int
    set_aside: int
    restarts: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Threads:
    """Threads for arithmetic."""

    count: int
    in_use: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertView:
    """A rule that is raised, or was lately (`resolved_at`); `subject` is a household's id, or nothing."""

    rule: str
    title: str
    subject: str
    subject_name: str
    detail: str
    advice: str
    raised_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageView:
    """A message of the outbox, without its text. `next_at`: when it is tried next, if it waits."""

    id: int
    key: str
    household_id: str | None
    channel: str
    address: str
    subject: str
    state: str
    attempts: int
    created_at: datetime
    next_at: datetime | None
    sent_at: datetime | None
    error: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Outbox:
    """How many messages there are of each state, and the last ones."""

    counts: Mapping[str, int]
    undelivered: int
    messages: tuple[MessageView, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class HouseholdLine:
    """A household: what it has to show, its mailbox, and from which revision what is shown of it is.

    `running` is the job in its turn or, where there is none, a batch that waits for its children.
    """

    household_id: str
    name: str
    shows: Shows
    revision: int
    shown_revision: int | None
    worked_out_at: datetime | None
    waiting: int
    running: JobView | None
    last_error: JobView | None
    set_aside_reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Operations:
    """Everything at one moment; what was read from the database is of one snapshot. `next`: the next page."""

    at: datetime
    epoch: int
    read_only_reason: str | None
    throughput: Throughput
    waiting: Mapping[str, int]
    requests: Requests
    ended: Ended
    changes: Changes
    actors: Actors
    threads: Threads
    loop: Loop
    writer: Writer
    readers: ReaderStatistics
    alerts: tuple[AlertView, ...]
    timetable: tuple[EntryView, ...]
    outbox: Outbox
    households: tuple[HouseholdLine, ...]
    next: int | None
