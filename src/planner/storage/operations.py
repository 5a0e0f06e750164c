"""What went on between two instants: jobs counted by kind and state, those that failed, the slowest."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, literal_column, select

from planner.storage.history import set_aside_reasons
from planner.storage.job_rows import JOB_COLUMNS, JobRow, JobState, job_of
from planner.storage.outbox import message_counts
from planner.storage.tables import jobs

LISTED: Final = 20
COUNTED_MAX: Final = 100_000
"""Of more jobs in one stretch only the last so many are counted, or everybody would wait for the count."""

LONGEST_JOB_US: Final = 86_400_000_000
"""Jobs that were accepted longer before the stretch than this are not looked for in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Operations:
    """One stretch of time. `ended` counts jobs by (kind, state); lists are cut at LISTED.

    `is_cut`: there were more jobs than are counted.
    """

    ended: dict[tuple[str, str], int]
    failures: list[JobRow]
    slowest: list[JobRow]
    set_aside: dict[str, str]
    messages: dict[str, int]
    waiting: int
    is_cut: bool


def operations_between(conn: Connection, start_us: int, end_us: int) -> Operations:
    """Return what ended from `start_us` on and before `end_us`, and what stands still at the end."""
    newest = conn.execute(select(func.max(jobs.c.seq))).scalar() or 0
    first = _first_accepted(conn, start_us - LONGEST_JOB_US, newest)
    looked_at = max(first, newest - COUNTED_MAX + 1)
    ended = (
        jobs.c.finished_at_us >= start_us,
        jobs.c.finished_at_us < end_us,
        jobs.c.seq >= looked_at,
    )
    counted = (
        select(jobs.c.kind, jobs.c.state, func.count()).where(*ended).group_by(jobs.c.kind, jobs.c.state)
    )
    failed = jobs.c.state == literal_column(f"'{JobState.FAILED.value}'")
    partial = jobs.c.state == literal_column(f"'{JobState.PARTIAL.value}'")
    failures = select(*JOB_COLUMNS).where(*ended, failed | partial).order_by(jobs.c.seq.desc()).limit(LISTED)
    took = jobs.c.finished_at_us - jobs.c.started_at_us
    slowest = select(*JOB_COLUMNS).where(*ended, jobs.c.started_at_us.is_not(None)).order_by(took.desc())
    waiting = select(func.count()).where(jobs.c.state == literal_column("'pending'"))
    return Operations(
        ended={(kind, state): count for kind, state, count in conn.execute(counted)},
        failures=[job_of(row) for row in conn.execute(failures)],
        slowest=[job_of(row) for row in conn.execute(slowest.limit(LISTED))],
        set_aside=set_aside_reasons(conn),
        messages=message_counts(conn),
        waiting=conn.execute(waiting).scalar_one(),
        is_cut=looked_at > first,
    )


def _first_accepted(conn: Connection, since_us: int, newest: int) -> int:
    """Return where in the order of acceptance the jobs since an instant begin, without looking at all."""
    low, high = 0, newest + 1
    while low < high:
        middle = (low + high) // 2
        at = select(jobs.c.accepted_at_us).where(jobs.c.seq >= middle).order_by(jobs.c.seq).limit(1)
        accepted_us = conn.execute(at).scalar_one_or_none()
        if accepted_us is None or accepted_us >= since_us:
            high = middle
        else:
            low = middle + 1
    return low
