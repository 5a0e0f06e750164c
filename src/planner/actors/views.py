"""What is shown of jobs and mailboxes: frozen values that know their plain form."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from planner.actors.batch import is_spread, progress
from planner.actors.ids import instant, written
from planner.actors.kind import Kinds
from planner.actors.turn import Turn
from planner.storage.job_rows import AttemptRow, JobRow, JobState, Priority


def plain(value: Any) -> Any:
    """Return `value` as JSON has it; of a dataclass, an object with its fields."""
    match value:
        case datetime():
            return written(value)
        case Priority():
            return value.name.lower()
        case StrEnum():
            return value.value
        case tuple() | list():
            return [plain(each) for each in value]
        case Mapping():
            return {key: plain(each) for key, each in value.items()}
        case _ if is_dataclass(value):
            return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
        case _:
            return value


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """The answer to a request: the job that will do it, and what the composed unit returned.

    `job_id` is None when the composed unit turned out to ask for nothing. `remembered`: the kind has done
    this before, and that job is the answer.
    """

    job_id: str | None
    household_id: str | None
    joined: bool
    state: JobState | None
    before: Any
    remembered: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class JobView:
    """One job as people and programs see it.

    A batch has `children`, of which `children_left` have not ended; a child has the batch as `parent_id`.
    """

    id: str
    seq: int
    household_id: str
    kind: str
    title: str
    state: JobState
    arguments: Mapping[str, object]
    priority: Priority
    requested_by: str
    joined: int
    attempts: int
    accepted_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None
    least_revision: int
    covers_revision: int | None
    progress: Mapping[str, object] | None
    stuck: bool
    result: Mapping[str, object] | None
    error: Mapping[str, object] | None
    unchanged: bool
    successor_id: str | None
    merged: int
    not_before: datetime | None
    idempotency_key: str | None
    forced: bool
    parent_id: str | None
    children: int | None
    children_left: int | None

    def to_plain(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {each.name: plain(getattr(self, each.name)) for each in fields(self)}


@dataclass(frozen=True, kw_only=True, slots=True)
class JobsPage:
    """A page of jobs, and before which `seq` the next one begins; None: there is no more."""

    jobs: tuple[JobView, ...]
    next_seq: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class HouseholdStatus:
    """A household's mailbox at one look. `waiting` shows the first; `waiting_count` counts all.

    `batch` is the one that waits for its children; one of them may be what is `running`.
    """

    household_id: str
    revision: int
    running: JobView | None
    batch: JobView | None
    waiting: tuple[JobView, ...]
    waiting_count: int
    last_error: JobView | None
    set_aside_reason: str | None

    def to_plain(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {each.name: plain(getattr(self, each.name)) for each in fields(self)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """Why a job is where it is: in one sentence, and in parts."""

    job: JobView
    sentence: str
    ahead: int
    running: JobView | None
    running_for_seconds: float | None
    likely_start_seconds: float | None
    likely_end_seconds: float | None
    asked_by: tuple[Mapping[str, object], ...]
    answers_for: tuple[str, ...]

    def to_plain(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {each.name: plain(getattr(self, each.name)) for each in fields(self)}


def attempt_plain(attempt: AttemptRow) -> dict[str, Any]:
    """Return one run of a job as JSON has it. `outcome` is None while it runs."""
    return {
        "number": attempt.number,
        "epoch": attempt.epoch,
        "started_at": written(instant(attempt.started_at_us)),
        "ended_at": None if attempt.ended_at_us is None else written(instant(attempt.ended_at_us)),
        "outcome": attempt.outcome,
        "error": None if attempt.error is None else json.loads(attempt.error),
        "traceback": attempt.traceback,
    }


def view_of(job: JobRow, kinds: Kinds, turn: Turn | None, *, now_us: int) -> JobView:
    """Show `job`; `turn` is the turn it is in, if it is in one."""
    kind = kinds.get(job.kind)
    said = None if turn is None else turn.progress()
    return JobView(
        id=job.id,
        seq=job.seq,
        household_id=job.household_id,
        kind=job.kind,
        title=job.kind if kind is None else kind.title,
        state=job.state,
        arguments=job.arguments,
        priority=job.priority,
        requested_by=job.requested_by,
        joined=job.joined,
        attempts=job.attempts,
        accepted_at=instant(job.accepted_at_us),
        started_at=None if job.started_at_us is None else instant(job.started_at_us),
        finished_at=None if job.finished_at_us is None else instant(job.finished_at_us),
        expires_at=None if job.expires_at_us is None else instant(job.expires_at_us),
        least_revision=job.least_revision,
        covers_revision=job.covers_revision,
        progress=progress(job, now_us) if is_spread(job) else said,
        stuck=turn is not None and turn.is_stuck,
        result=job.result,
        error=job.error,
        unchanged=job.unchanged,
        successor_id=job.successor_id,
        merged=job.merged,
        not_before=None if job.not_before_us is None else instant(job.not_before_us),
        idempotency_key=job.idempotency_key,
        forced=job.forced,
        parent_id=job.parent_id,
        children=job.children,
        children_left=job.children_left,
    )
