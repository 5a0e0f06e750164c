"""What moves a job from one state to the next, guarded so that states only move forward."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, literal_column, select, union_all, update

from planner.domain.errors import Gone, NotFound
from planner.storage.job_rows import JOB_COLUMNS, JobRow, JobState, Priority, canonical_json, job_of
from planner.storage.ready import Ready
from planner.storage.tables import households, jobs


class Vanished(Exception):
    """The job's row is gone, because its household was removed while it ran."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewJob:
    """What is known of a job when it is accepted."""

    id: str
    household_id: str
    kind: str
    merge_key: str
    arguments: Mapping[str, object]
    priority: Priority
    requested_by: str
    least_revision: int
    deadline_seconds: float
    at_us: int
    joined: int = 0
    not_before_us: int | None = None
    idempotency_key: str | None = None
    parent_id: str | None = None
    children: int | None = None
    forced: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """How a job ended, as it is recorded."""

    state: JobState
    at_us: int
    expires_at_us: int
    covers_revision: int | None = None
    result: Mapping[str, object] | None = None
    error: Mapping[str, object] | None = None
    unchanged: bool = False
    successor_id: str | None = None


_OF_HOUSEHOLD = jobs.c.household_id == bindparam("household_id")
_OF_KEY = jobs.c.merge_key == bindparam("merge_key")
# Written out rather than bound: SQLite takes a partial index only for the text of its condition.
_PENDING = jobs.c.state == literal_column("'pending'")
_RUNNING = jobs.c.state == literal_column("'running'")

_REVISION = Ready(select(households.c.revision).where(households.c.id == bindparam("household_id")))
_SLOTS = Ready(
    union_all(
        select(*JOB_COLUMNS).where(_OF_HOUSEHOLD, _OF_KEY, _PENDING),
        select(*JOB_COLUMNS).where(_OF_HOUSEHOLD, _OF_KEY, _RUNNING),
    )
)
_LIVE_OF_KINDS = union_all(
    select(*JOB_COLUMNS).where(_OF_HOUSEHOLD, _PENDING, jobs.c.kind.in_(bindparam("kinds", expanding=True))),
    select(*JOB_COLUMNS).where(_OF_HOUSEHOLD, _RUNNING, jobs.c.kind.in_(bindparam("kinds", expanding=True))),
)
_BY_ID = Ready(select(*JOB_COLUMNS).where(jobs.c.id == bindparam("id")))
_INSERT = Ready(insert(jobs).values(
    {
        name: bindparam(name)
        for name in (
            "id", "household_id", "kind", "merge_key", "arguments", "state", "priority", "requested_by",
            "least_revision", "joined", "accepted_at_us", "deadline_seconds", "not_before_us",
            "idempotency_key", "parent_id", "children", "children_left", "forced",
        )
    }
))  # fmt: skip
_JOIN = Ready(
    update(jobs)
    .where(jobs.c.id == bindparam("job"), _PENDING | _RUNNING)
    .values(
        joined=jobs.c.joined + 1,
        priority=func.min(jobs.c.priority, bindparam("urgency")),
        least_revision=func.max(jobs.c.least_revision, bindparam("least")),
        arguments=bindparam("arguments_json"),
        merged=bindparam("times_merged"),
        not_before_us=bindparam("not_before"),
        idempotency_key=bindparam("done_key"),
        forced=func.max(jobs.c.forced, bindparam("force")),
    )
)
_START = Ready(
    update(jobs)
    .where(
        jobs.c.seq == bindparam("job"),
        jobs.c.state == bindparam("from_state"),
        jobs.c.attempts == bindparam("tried"),
    )
    .values(
        state="running",
        attempts=jobs.c.attempts + 1,
        epoch=bindparam("this_epoch"),
        started_at_us=func.coalesce(jobs.c.started_at_us, bindparam("at_us")),
        snapshot_revision=select(households.c.revision)
        .where(households.c.id == jobs.c.household_id)
        .scalar_subquery(),
    )
    .returning(jobs.c.snapshot_revision, jobs.c.joined, jobs.c.started_at_us)
)
_FINISH = Ready(
    update(jobs)
    .where(
        jobs.c.seq == bindparam("job"),
        jobs.c.state == bindparam("from_state"),
        jobs.c.attempts == bindparam("tried"),
    )
    .values(
        state=bindparam("to_state"),
        finished_at_us=bindparam("at_us"),
        expires_at_us=bindparam("expires_us"),
        covers_revision=bindparam("covers"),
        result=bindparam("result_json"),
        error=bindparam("error_json"),
        unchanged=bindparam("same"),
        successor_id=bindparam("successor"),
    )
    .returning(jobs.c.joined, jobs.c.priority)
)
_TAKE_OVER = Ready(
    update(jobs)
    .where(jobs.c.seq == bindparam("job"), jobs.c.state == literal_column("'pending'"))
    .values(
        joined=jobs.c.joined + bindparam("more"),
        priority=func.min(jobs.c.priority, bindparam("urgency")),
        arguments=bindparam("arguments_json"),
        merged=jobs.c.merged + bindparam("more_merged"),
        forced=func.max(jobs.c.forced, bindparam("force")),
    )
)


def household_revision(conn: Connection, household_id: str) -> int:
    """Return the household's revision, or raise NotFound."""
    row = _REVISION.row(conn, {"household_id": household_id})
    if row is None:
        raise NotFound(f"There is no household {household_id}.")
    return int(row[0])


def slots(conn: Connection, household_id: str, merge_key: str) -> tuple[JobRow | None, JobRow | None]:
    """Return the jobs in the (pending, running) slots of the key."""
    rows = _SLOTS.rows(conn, {"household_id": household_id, "merge_key": merge_key})
    held = {job.state: job for job in map(job_of, rows)}
    return held.get(JobState.PENDING), held.get(JobState.RUNNING)


def live_of_kinds(conn: Connection, household_id: str, kinds: Iterable[str]) -> list[JobRow]:
    """Return the household's pending and running jobs of `kinds`, pending ones first."""
    rows = conn.execute(_LIVE_OF_KINDS, {"household_id": household_id, "kinds": sorted(kinds)})
    return [job_of(row) for row in rows]


def job_by_id(conn: Connection, job_id: str) -> JobRow | None:
    """Return the job, whatever its state, or None."""
    row = _BY_ID.row(conn, {"id": job_id})
    return None if row is None else job_of(row)


def known_job(conn: Connection, job_id: str, *, now_us: int) -> JobRow:
    """Return the job; raises NotFound if it never existed and Gone when its result is past its retention."""
    job = job_by_id(conn, job_id)
    if job is None:
        raise NotFound(f"There is no job {job_id}.")
    if job.expires_at_us is not None and job.expires_at_us <= now_us:
        raise Gone(f"The result of job {job_id} was kept for its retention and has expired.")
    return job


def insert_job(conn: Connection, new: NewJob) -> JobRow:
    """Take the pending slot of the job's key; the partial index refuses if it is taken."""
    values: dict[str, Any] = {
        "id": new.id,
        "household_id": new.household_id,
        "kind": new.kind,
        "merge_key": new.merge_key,
        "arguments": canonical_json(new.arguments),
        "state": "pending",
        "priority": int(new.priority),
        "requested_by": new.requested_by,
        "least_revision": new.least_revision,
        "joined": new.joined,
        "accepted_at_us": new.at_us,
        "deadline_seconds": new.deadline_seconds,
        "not_before_us": new.not_before_us,
        "idempotency_key": new.idempotency_key,
        "parent_id": new.parent_id,
        "children": new.children,
        "children_left": new.children,
        "forced": int(new.forced),
    }
    seq = _INSERT.run(conn, values).lastrowid
    assert seq is not None
    return _as_accepted(new, seq)


def _as_accepted(new: NewJob, seq: int) -> JobRow:
    return JobRow(
        seq=seq,
        id=new.id,
        household_id=new.household_id,
        kind=new.kind,
        merge_key=new.merge_key,
        arguments=new.arguments,
        state=JobState.PENDING,
        priority=new.priority,
        requested_by=new.requested_by,
        least_revision=new.least_revision,
        covers_revision=None,
        snapshot_revision=None,
        joined=new.joined,
        attempts=0,
        epoch=None,
        accepted_at_us=new.at_us,
        started_at_us=None,
        finished_at_us=None,
        deadline_seconds=new.deadline_seconds,
        expires_at_us=None,
        result=None,
        error=None,
        unchanged=False,
        successor_id=None,
        not_before_us=new.not_before_us,
        idempotency_key=new.idempotency_key,
        parent_id=new.parent_id,
        children=new.children,
        children_left=new.children,
        forced=new.forced,
    )


def join_job(
    conn: Connection,
    job: JobRow,
    *,
    priority: Priority,
    least_revision: int,
    arguments: Mapping[str, object],
    not_before_us: int | None,
    idempotency_key: str | None,
    forced: bool,
) -> JobRow:
    """Count one more who waits for `job`; it becomes as urgent as its most urgent request, and as `forced`.

    The rest is what the job is to be from now on.
    """
    values = {
        "job": job.id,
        "urgency": int(priority),
        "least": least_revision,
        "arguments_json": canonical_json(arguments),
        "times_merged": job.merged + (arguments != job.arguments),
        "not_before": not_before_us,
        "done_key": idempotency_key,
        "force": int(forced),
    }
    done = _JOIN.run(conn, values)
    assert done.rowcount == 1, f"joined job {job.id}, which is not live"
    return replace(
        job,
        joined=job.joined + 1,
        priority=min(job.priority, priority),
        least_revision=max(job.least_revision, least_revision),
        arguments=arguments,
        merged=job.merged + (arguments != job.arguments),
        not_before_us=not_before_us,
        idempotency_key=idempotency_key,
        forced=job.forced or forced,
    )


def start_job(conn: Connection, job: JobRow, *, epoch: int, at_us: int) -> JobRow:
    """Take the running slot, or keep it for one more attempt, at the household's latest revision."""
    values = {
        "job": job.seq,
        "from_state": job.state.value,
        "tried": job.attempts,
        "this_epoch": epoch,
        "at_us": at_us,
    }
    ((revision, joined, started_at_us),) = _START.rows(conn, values)
    return replace(
        job,
        state=JobState.RUNNING,
        attempts=job.attempts + 1,
        epoch=epoch,
        started_at_us=started_at_us,
        snapshot_revision=revision,
        joined=joined,
    )


def finish_job(conn: Connection, job: JobRow, ending: Ending) -> JobRow:
    """Move `job` to its final state; raises Vanished when its household was removed meanwhile."""
    values = {
        "job": job.seq,
        "from_state": job.state.value,
        "tried": job.attempts,
        "to_state": ending.state.value,
        "at_us": ending.at_us,
        "expires_us": ending.expires_at_us,
        "covers": ending.covers_revision,
        "result_json": None if ending.result is None else canonical_json(ending.result),
        "error_json": None if ending.error is None else canonical_json(ending.error),
        "same": int(ending.unchanged),
        "successor": ending.successor_id,
    }
    row = _FINISH.row(conn, values)
    if row is None:
        if job_by_id(conn, job.id) is None:
            raise Vanished(job.id)
        raise AssertionError(f"job {job.id} is no longer {job.state} in attempt {job.attempts}")
    return replace(
        job,
        state=ending.state,
        joined=row[0],
        priority=Priority(row[1]),
        finished_at_us=ending.at_us,
        expires_at_us=ending.expires_at_us,
        covers_revision=ending.covers_revision,
        result=ending.result,
        error=ending.error,
        unchanged=ending.unchanged,
        successor_id=ending.successor_id,
    )


def take_over(
    conn: Connection,
    successor: JobRow,
    *,
    joined: int,
    priority: Priority,
    arguments: Mapping[str, object],
    forced: bool,
) -> None:
    """Let a pending job answer for `joined` more requests, as urgently as they were asked.

    `arguments` are its own, or those that cover the other job's too.
    """
    values = {
        "job": successor.seq,
        "more": joined,
        "urgency": int(priority),
        "arguments_json": canonical_json(arguments),
        "more_merged": int(arguments != successor.arguments),
        "force": int(forced),
    }
    done = _TAKE_OVER.run(conn, values)
    assert done.rowcount == 1, f"successor {successor.id} is not pending"
