"""Checks of what batches are to each other and to their children; how they count is looked at with jobs."""

from sqlalchemy import Connection, func, select

from planner.storage.finding import REPORT, Finding, Findings
from planner.storage.tables import LIVE_STATES, jobs

_LIVE_BATCH = jobs.c.children.is_not(None) & jobs.c.state.in_(LIVE_STATES)


def batches(conn: Connection) -> Findings:
    """A household has one live batch at most, which has children left; children are of its household."""
    yield from _more_than_one(conn)
    for job_id in conn.execute(select(jobs.c.id).where(_LIVE_BATCH, jobs.c.children_left == 0)).scalars():
        yield _finding(job_id, f"All children of batch {job_id} have ended, and it has not.")
    parent = jobs.alias("parent")
    strangers = (
        select(jobs.c.id)
        .join_from(jobs, parent, parent.c.id == jobs.c.parent_id)
        .where(jobs.c.parent_id.is_not(None))
        .where((parent.c.household_id != jobs.c.household_id) | parent.c.children.is_(None))
    )
    for job_id in conn.execute(strangers).scalars():
        yield _finding(job_id, f"Job {job_id} is the child of what is no batch of its household.")


def _more_than_one(conn: Connection) -> Findings:
    many = func.count().label("many")
    query = select(jobs.c.household_id, many).where(_LIVE_BATCH).group_by(jobs.c.household_id)
    for row in conn.execute(query.having(func.count() > 1)):
        message = f"{row.many} batches of household {row.household_id} wait for their children at once."
        yield _finding(row.household_id, message)


def _finding(subject: str, message: str) -> Finding:
    return Finding(check="batches", subject=subject, message=message, remedy=REPORT)
