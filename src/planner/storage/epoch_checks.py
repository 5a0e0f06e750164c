"""Checks of what epochs that are over have left: nothing, once the newest has recovered."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, literal_column, select

from planner.domain.instants import to_microseconds
from planner.storage.finding import REPORT, Finding, Findings, Repair
from planner.storage.tables import attempts, epochs, jobs

RECOVERY_SECONDS_MAX: Final = 60
"""How long after a start recovery may take; by then nothing runs in the name of an older epoch."""


def leftovers(conn: Connection, *, alive_at: datetime | None) -> Findings:
    """No job runs in the name of an older epoch, once the newest one has recovered.

    Before that it is as it should be: what ran when planner crashed waits in the file for the next start. A
    batch that is spread over its children is in no turn, and so in no epoch.
    """
    newest = _recovered(conn, alive_at)
    if newest is None:
        return
    left = select(jobs.c.id, jobs.c.kind, jobs.c.epoch).where(
        jobs.c.state == literal_column("'running'"), jobs.c.epoch != newest, jobs.c.children.is_(None)
    )
    for row in conn.execute(left):
        yield _left(row.id, f"Job {row.id} ({row.kind}) runs in epoch {row.epoch}; it is epoch {newest} now.")


def open_attempts(conn: Connection, *, alive_at: datetime | None) -> Findings:
    """No attempt of a job that runs is open from an older epoch, once the newest one has recovered."""
    newest = _recovered(conn, alive_at)
    if newest is None:
        return
    left = (
        select(jobs.c.id, attempts.c.number, attempts.c.epoch)
        .join_from(attempts, jobs, attempts.c.job_id == jobs.c.id)
        .where(attempts.c.outcome.is_(None), attempts.c.epoch != newest)
        .where(jobs.c.state == literal_column("'running'"), jobs.c.epoch == newest)
    )
    for row in conn.execute(left):
        message = (
            f"Attempt {row.number} of job {row.id} is open since epoch {row.epoch}; it is epoch {newest} now."
        )
        yield _left(row.id, message)


def _left(job_id: str, message: str) -> Finding:
    return Finding(check="leftovers", subject=job_id, message=message, remedy=REPORT, repair=Repair.PARK)


def _recovered(conn: Connection, alive_at: datetime | None) -> int | None:
    """Return the newest epoch if it has recovered: if it lasted, or did any work."""
    newest = conn.execute(select(epochs).order_by(epochs.c.epoch.desc()).limit(1)).one_or_none()
    if newest is None:
        return None
    until_us = newest.ended_at_us if alive_at is None else to_microseconds(alive_at)
    lasted = until_us is not None and until_us - newest.started_at_us > RECOVERY_SECONDS_MAX * 1_000_000
    worked = conn.execute(select(attempts.c.job_id).where(attempts.c.epoch == newest.epoch).limit(1)).first()
    return int(newest.epoch) if lasted or worked is not None else None
