"""Checks of what the rows say together: slots, attempts, the journal, facts, and what was derived."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeAlias

from sqlalchemy import Connection, func, literal_column, select

from planner.domain.instants import to_microseconds
from planner.storage.finding import CANCEL, REFRESH, REPORT, Finding, Findings
from planner.storage.tables import LIVE_STATES, attempts, derived, epochs, households, jobs

RECOVERY_SECONDS_MAX: Final = 60
"""How long after a start recovery may take; by then nothing runs in the name of an older epoch."""

Decode: TypeAlias = Callable[[str, bytes], object]
"""Reads a derived body of a subject; raises ValueError (or a kind of it) when it cannot."""


def slots(conn: Connection) -> Findings:
    """At most one job of a household and key is pending, and at most one is running."""
    query = (
        select(jobs.c.household_id, jobs.c.kind, jobs.c.state, func.count().label("many"))
        .where(jobs.c.state.in_(LIVE_STATES))
        .group_by(jobs.c.household_id, jobs.c.merge_key, jobs.c.state)
        .having(func.count() > 1)
    )
    for row in conn.execute(query):
        yield Finding(
            check="slots",
            subject=row.household_id,
            message=f"{row.many} jobs {row.kind} of household {row.household_id} are {row.state} at once.",
            remedy=CANCEL,
        )


def leftovers(conn: Connection, *, alive_at: datetime | None) -> Findings:
    """No job runs in the name of an older epoch, once the newest one has recovered.

    Before that it is as it should be: what ran when planner crashed waits in the file for the next start.
    """
    newest = conn.execute(select(epochs).order_by(epochs.c.epoch.desc()).limit(1)).one_or_none()
    if newest is None:
        return
    until_us = newest.ended_at_us if alive_at is None else to_microseconds(alive_at)
    lasted = until_us is not None and until_us - newest.started_at_us > RECOVERY_SECONDS_MAX * 1_000_000
    worked = conn.execute(select(attempts.c.job_id).where(attempts.c.epoch == newest.epoch).limit(1)).first()
    if not lasted and worked is None:
        return
    left = select(jobs.c.id, jobs.c.kind, jobs.c.epoch).where(
        jobs.c.state == literal_column("'running'"), jobs.c.epoch != newest.epoch, jobs.c.children.is_(None)
    )
    for row in conn.execute(left):
        yield Finding(
            check="leftovers",
            subject=row.id,
            message=f"Job {row.id} ({row.kind}) runs in epoch {row.epoch}; it is epoch {newest.epoch} now.",
            remedy=REPORT,
        )


def attempt_counts(conn: Connection) -> Findings:
    """Every job has as many attempts as it says, and none is open once it is final."""
    query = (
        select(
            jobs.c.id,
            jobs.c.state,
            jobs.c.attempts,
            func.count(attempts.c.number).label("rows"),
            func.count(attempts.c.number).filter(attempts.c.outcome.is_(None)).label("open"),
        )
        .join_from(jobs, attempts, attempts.c.job_id == jobs.c.id, isouter=True)
        .group_by(jobs.c.id)
    )
    for row in conn.execute(query):
        if row.rows != row.attempts:
            wrong = f"says it was tried {row.attempts} times; {row.rows} attempts are recorded"
        elif row.open > (row.state == "running"):
            wrong = f"is {row.state} and {row.open} of its attempts never ended"
        else:
            continue
        yield Finding(check="attempt_counts", subject=row.id, message=f"Job {row.id} {wrong}.", remedy=REPORT)


def derived_revisions(conn: Connection) -> Findings:
    """Nothing is derived from facts that are not there yet."""
    query = (
        select(derived.c.household_id, derived.c.subject, derived.c.revision, households.c.revision)
        .join_from(derived, households, derived.c.household_id == households.c.id)
        .where(derived.c.revision > households.c.revision)
    )
    for household_id, subject, revision, current in conn.execute(query):
        yield Finding(
            check="derived_revisions",
            subject=household_id,
            message=f"{subject} of household {household_id} is from revision {revision}; it is at {current}.",
            remedy=REFRESH,
        )


def derived_bodies(conn: Connection, *, decode: Decode) -> Findings:
    """What was derived can be read, if it was written by this version."""
    columns = (derived.c.household_id, derived.c.subject, derived.c.body)
    for row in conn.execute(select(*columns).execution_options(yield_per=20)):
        try:
            decode(row.subject, row.body)
        except ValueError as error:
            yield Finding(
                check="derived_bodies",
                subject=row.household_id,
                message=f"{row.subject} of household {row.household_id} cannot be read ({error}).",
                remedy=REFRESH,
            )
