"""A job, an attempt and an event as values: what their rows mean above storage."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

from planner.storage.tables import FINAL_STATES, jobs


class Priority(IntEnum):
    """Who goes first: the smaller number."""

    INTERACTIVE = 0
    SCHEDULED = 1
    BULK = 2


class JobState(StrEnum):
    """Where a job is. It only ever moves down this list, and never out of a final state."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"

    @property
    def is_final(self) -> bool:
        """Whether nothing can happen to the job any more."""
        return self.value in FINAL_STATES


@dataclass(frozen=True, kw_only=True, slots=True)
class JobRow:
    """One job as it was recorded. Times are microseconds since the epoch."""

    seq: int
    id: str
    household_id: str
    kind: str
    merge_key: str
    arguments: Mapping[str, object]
    state: JobState
    priority: Priority
    requested_by: str
    least_revision: int
    covers_revision: int | None
    snapshot_revision: int | None
    joined: int
    attempts: int
    epoch: int | None
    accepted_at_us: int
    started_at_us: int | None
    finished_at_us: int | None
    deadline_seconds: float
    expires_at_us: int | None
    result: Mapping[str, object] | None
    error: Mapping[str, object] | None
    unchanged: bool
    successor_id: str | None
    not_before_us: int | None = None
    idempotency_key: str | None = None
    merged: int = 0
    parent_id: str | None = None
    children: int | None = None
    children_left: int | None = None
    forced: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptRow:
    """One run of a job. `outcome` is None while it runs."""

    job_id: str
    number: int
    epoch: int
    started_at_us: int
    ended_at_us: int | None
    outcome: str | None
    error: str | None
    traceback: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class EventRow:
    """Something that happened to a job or a household, in the order in which it was committed."""

    id: int
    household_id: str
    job_id: str | None
    at_us: int
    type: str
    data: Mapping[str, object]


# In the order of JobRow's fields, so that a row of it can be read by position.
JOB_COLUMNS = tuple(jobs.c[name] for name in JobRow.__dataclass_fields__)


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


def canonical_json(value: Mapping[str, object]) -> str:
    """The one text of `value`: keys sorted, nothing optional in it. Raises on what JSON does not have."""
    return _CANONICAL.encode(value)


_ARGUMENTS, _STATE, _PRIORITY, _RESULT, _ERROR, _UNCHANGED, _FORCED = (
    list(JobRow.__dataclass_fields__).index(name)
    for name in ("arguments", "state", "priority", "result", "error", "unchanged", "forced")
)


def job_of(row: Sequence[Any]) -> JobRow:
    """The job that a row of JOB_COLUMNS holds."""
    values = list(row)
    values[_ARGUMENTS] = json.loads(values[_ARGUMENTS])
    values[_STATE] = JobState(values[_STATE])
    values[_PRIORITY] = Priority(values[_PRIORITY])
    values[_RESULT] = None if values[_RESULT] is None else json.loads(values[_RESULT])
    values[_ERROR] = None if values[_ERROR] is None else json.loads(values[_ERROR])
    values[_UNCHANGED] = bool(values[_UNCHANGED])
    values[_FORCED] = bool(values[_FORCED])
    return JobRow(**dict(zip(JobRow.__dataclass_fields__, values, strict=True)))
