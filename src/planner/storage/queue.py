"""Which of a household's jobs is next: by priority and order, and none before it is due."""

from typing import Final

from sqlalchemy import Connection, bindparam, func, literal_column, select

from planner.storage.job_rows import JOB_COLUMNS, JobRow, Priority, job_of
from planner.storage.ready import Ready
from planner.storage.tables import jobs

DELAY_SECONDS_MAX: Final = 3_600
"""How long a job may be put off. One that seems to be put off longer is due: the clock went back."""

_OF_HOUSEHOLD = jobs.c.household_id == bindparam("household_id")
# Written out rather than bound: SQLite takes a partial index only for the text of its condition.
_PENDING = jobs.c.state == literal_column("'pending'")
_RUNNING = jobs.c.state == literal_column("'running'")

_WAITING = Ready(
    select(func.count()).select_from(
        select(literal_column("1")).where(_OF_HOUSEHOLD, _PENDING).limit(bindparam("limit")).subquery()
    )
)
_IS_DUE = (
    jobs.c.not_before_us.is_(None)
    | (jobs.c.not_before_us <= bindparam("now_us"))
    | (jobs.c.not_before_us > bindparam("latest_us"))
)
_NEXT_PENDING = Ready(
    select(*JOB_COLUMNS)
    .where(_OF_HOUSEHOLD, _PENDING, _IS_DUE)
    .order_by(jobs.c.priority, jobs.c.seq)
    .limit(1)
)
_NEXT_DUE = Ready(
    select(jobs.c.not_before_us, jobs.c.priority)
    .where(_OF_HOUSEHOLD, _PENDING, jobs.c.not_before_us.is_not(None))
    .order_by(jobs.c.not_before_us)
    .limit(1)
)
_LEFT_RUNNING = Ready(
    select(*JOB_COLUMNS)
    .where(_OF_HOUSEHOLD, _RUNNING, jobs.c.children.is_(None))
    .order_by(jobs.c.priority, jobs.c.seq)
    .limit(1)
)


def waiting_count(conn: Connection, household_id: str, *, limit: int) -> int:
    """Count the household's pending jobs, up to `limit`."""
    ((count,),) = _WAITING.rows(conn, {"household_id": household_id, "limit": limit})
    return int(count)


def next_pending(conn: Connection, household_id: str, *, now_us: int) -> JobRow | None:
    """Return the job whose turn is next: by priority, then in the order of acceptance; none put off."""
    latest_us = now_us + DELAY_SECONDS_MAX * 1_000_000
    row = _NEXT_PENDING.row(conn, {"household_id": household_id, "now_us": now_us, "latest_us": latest_us})
    return None if row is None else job_of(row)


def next_due(conn: Connection, household_id: str) -> tuple[int, Priority] | None:
    """Return when the first of the household's jobs that are put off is due, and how urgent it is."""
    row = _NEXT_DUE.row(conn, {"household_id": household_id})
    return None if row is None else (int(row[0]), Priority(row[1]))


def left_running(conn: Connection, household_id: str) -> JobRow | None:
    """Return a job in a running slot that a turn held or will hold; only the household's actor may ask.

    Not a batch that waits for its children: no turn will hold it again.
    """
    row = _LEFT_RUNNING.row(conn, {"household_id": household_id})
    return None if row is None else job_of(row)
