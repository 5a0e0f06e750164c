"""Rows of batches: a job that has been spread over children, and the children, which are jobs of their own.

A batch stays `running` until its last child has ended, but no turn holds it: `children` tells it apart from
a job in its turn.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, literal_column, select, update

from planner.storage.job_rows import JOB_COLUMNS, JobRow, JobState, canonical_json, job_of
from planner.storage.queue import DELAY_SECONDS_MAX
from planner.storage.ready import Ready
from planner.storage.tables import jobs

# Written out rather than bound: SQLite takes a partial index only for the text of its condition.
_PENDING = jobs.c.state == literal_column("'pending'")
_RUNNING = jobs.c.state == literal_column("'running'")
_OF_HOUSEHOLD = jobs.c.household_id == bindparam("household_id")
_OF_PARENT = jobs.c.parent_id == bindparam("parent")

_SPREAD = Ready(
    update(jobs)
    .where(jobs.c.seq == bindparam("job"), jobs.c.attempts == bindparam("tried"))
    .where(_RUNNING, jobs.c.children.is_(None))
    .values(children=bindparam("many"), children_left=bindparam("many"), result=bindparam("result_json"))
    .returning(*JOB_COLUMNS)
)
_ONE_LESS = Ready(
    update(jobs)
    .where(jobs.c.id == bindparam("parent"), _RUNNING, jobs.c.children_left > 0)
    .values(children_left=jobs.c.children_left - 1)
    .returning(*JOB_COLUMNS)
)
_ENDS = Ready(
    select(jobs.c.id, jobs.c.state, jobs.c.error, jobs.c.unchanged).where(_OF_PARENT).order_by(jobs.c.seq)
)
_KEEP = Ready(
    update(jobs)
    .where(_OF_PARENT, jobs.c.expires_at_us < bindparam("until_us"))
    .values(expires_at_us=bindparam("until_us"))
)
_LIVE = Ready(select(*JOB_COLUMNS).where(_OF_HOUSEHOLD, _RUNNING, jobs.c.children.is_not(None)))
_CHILDREN = Ready(
    select(*JOB_COLUMNS)
    .where(_OF_PARENT, jobs.c.seq > bindparam("after_seq"))
    .order_by(jobs.c.seq)
    .limit(bindparam("limit"))
)
_LIVE_CHILDREN = Ready(select(*JOB_COLUMNS).where(_OF_PARENT, _PENDING | _RUNNING).order_by(jobs.c.seq))
_OWN_WAITING = Ready(
    select(func.count()).select_from(
        select(literal_column("1"))
        .where(_OF_HOUSEHOLD, _PENDING, jobs.c.parent_id.is_(None))
        .limit(bindparam("limit"))
        .subquery()
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChildEnd:
    """How one child ended; `error` is JSON."""

    id: str
    state: JobState
    error: str | None
    unchanged: bool


def spread_job(conn: Connection, job: JobRow, *, children: int, result: Mapping[str, object]) -> JobRow:
    """Make a batch of the job, whose turn ends: it lives on until so many children have ended."""
    values = {
        "job": job.seq,
        "tried": job.attempts,
        "many": children,
        "result_json": canonical_json(result),
    }
    row = _SPREAD.row(conn, values)
    assert row is not None, f"job {job.id} is no longer running in attempt {job.attempts}"
    return job_of(row)


def count_off(conn: Connection, parent_id: str) -> JobRow:
    """Count one more child that has ended; return the batch as it is then."""
    row = _ONE_LESS.row(conn, {"parent": parent_id})
    assert row is not None, f"a child of {parent_id} ended, which waits for none"
    return job_of(row)


def ends_of_children(conn: Connection, parent_id: str) -> list[ChildEnd]:
    """Return how the children ended, in their order; all of them have."""
    return [
        ChildEnd(id=row[0], state=JobState(row[1]), error=row[2], unchanged=bool(row[3]))
        for row in _ENDS.rows(conn, {"parent": parent_id})
    ]


def keep_children(conn: Connection, parent_id: str, *, until_us: int) -> None:
    """Keep the children, which ended before their batch did, for as long as the batch is kept."""
    _KEEP.run(conn, {"parent": parent_id, "until_us": until_us})


def live_batch(conn: Connection, household_id: str) -> JobRow | None:
    """Return the household's batch that waits for its children; there is at most one."""
    row = _LIVE.row(conn, {"household_id": household_id})
    return None if row is None else job_of(row)


def children_after(conn: Connection, parent_id: str, after_seq: int, limit: int) -> list[JobRow]:
    """Return up to `limit` children of the batch in their order, from `after_seq` on."""
    values = {"parent": parent_id, "after_seq": after_seq, "limit": limit}
    return [job_of(row) for row in _CHILDREN.rows(conn, values)]


def live_children(conn: Connection, parent_id: str) -> list[JobRow]:
    """Return the children that have not ended."""
    return [job_of(row) for row in _LIVE_CHILDREN.rows(conn, {"parent": parent_id})]


def next_but_batches(
    conn: Connection, household_id: str, kinds: Collection[str], *, now_us: int
) -> JobRow | None:
    """Return the job whose turn is next where no second batch may begin; `kinds` are those of batches."""
    latest_us = now_us + DELAY_SECONDS_MAX * 1_000_000
    at_us = jobs.c.not_before_us
    query = (
        select(*JOB_COLUMNS)
        .where(jobs.c.household_id == household_id, _PENDING, jobs.c.kind.not_in(sorted(kinds)))
        .where(at_us.is_(None) | (at_us <= now_us) | (at_us > latest_us))
        .order_by(jobs.c.priority, jobs.c.seq)
        .limit(1)
    )
    row = conn.execute(query).one_or_none()
    return None if row is None else job_of(row)


def waiting_but_children(conn: Connection, household_id: str, *, limit: int) -> int:
    """Count the household's pending jobs that are no batch's children, up to `limit`."""
    ((count,),) = _OWN_WAITING.rows(conn, {"household_id": household_id, "limit": limit})
    return int(count)
