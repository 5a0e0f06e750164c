"""Checks of what was worked out: from facts that are there, readable, of one generation, and followed up."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, case, func, select

from planner.domain.codec import from_stored
from planner.storage.finding import REFRESH, Finding, Findings, Repair
from planner.storage.known import Known
from planner.storage.tables import LIVE_STATES, SYSTEM, derived, households, jobs

FLOWS = "flows"
BASELINE = "baseline"


def _of(household_id: str, check: str, message: str) -> Finding:
    return Finding(check=check, subject=household_id, message=message, remedy=REFRESH, repair=Repair.DERIVED)


def derived_revisions(conn: Connection) -> Findings:
    """Nothing is derived from facts that are not there yet."""
    query = (
        select(derived.c.household_id, derived.c.subject, derived.c.revision, households.c.revision)
        .join_from(derived, households, derived.c.household_id == households.c.id)
        .where(derived.c.revision > households.c.revision)
    )
    for household_id, subject, revision, current in conn.execute(query):
        message = f"{subject} of household {household_id} is from revision {revision}; it is at {current}."
        yield _of(household_id, "derived_revisions", message)


def derived_bodies(conn: Connection, known: Known) -> Findings:
    """What this version derived can be read, is what was written, and follows from the facts of its revision.

    What older versions derived is theirs to read; it says so, and is worked out anew in time.
    """
    query = (
        select(derived, households.c.facts, households.c.revision.label("facts_revision"))
        .join_from(derived, households, derived.c.household_id == households.c.id)
        .where(derived.c.engine_version == known.engine_version, derived.c.law_version == known.law_version)
    )
    for row in conn.execute(query.execution_options(yield_per=20)):
        for wrong in _wrong_bodies(row, known):
            message = f"{row.subject} of household {row.household_id} {wrong}."
            yield _of(row.household_id, "derived_bodies", message)


def _wrong_bodies(row: Row[Any], known: Known) -> Iterator[str]:
    try:
        body = known.decode(row.subject, row.body)
    except ValueError as error:
        yield f"cannot be read ({error})"
        return
    if known.fingerprint(row.body) != row.output_fingerprint:
        yield "is not what its fingerprint is of"
        return
    if row.revision != row.facts_revision:
        return
    try:
        inputs = known.inputs(row.subject, from_stored(row.facts), body)
    except ValueError:  # `facts` names facts that cannot be read
        return
    if inputs is not None and inputs != row.inputs_fingerprint:
        yield f"says that it follows from the facts of revision {row.revision}, and does not"


def generations(conn: Connection) -> Findings:
    """Flows and baseline are one generation: the one never without the other, nor newer."""
    revision = case((derived.c.subject == FLOWS, derived.c.revision))
    baseline = case((derived.c.subject == BASELINE, derived.c.revision))
    query = (
        select(
            derived.c.household_id,
            func.coalesce(func.max(revision), 0).label("flows"),
            func.max(baseline).label("baseline"),
        )
        .where(derived.c.subject.in_((FLOWS, BASELINE)))
        .group_by(derived.c.household_id)
        .having(func.max(baseline) > func.coalesce(func.max(revision), 0))
    )
    for row in conn.execute(query):
        flows = f"from revision {row.flows}" if row.flows else "not there"
        message = (
            f"The baseline of household {row.household_id} is from revision {row.baseline}, its flows are "
        )
        yield _of(row.household_id, "generations", f"{message}{flows}.")


def unattended(conn: Connection, known: Known) -> Findings:
    """Where derived data is older than the facts, a job brings it up to date, or has failed to.

    That it failed is forgotten with the job, so this is asked only as long as the job is kept.
    """
    newest = (
        select(func.coalesce(func.max(derived.c.revision), 0))
        .where(derived.c.household_id == households.c.id, derived.c.subject == BASELINE)
        .scalar_subquery()
    )
    about = func.max(jobs.c.least_revision, func.coalesce(jobs.c.snapshot_revision, 0))
    attends = select(jobs.c.seq).where(
        jobs.c.household_id == households.c.id,
        jobs.c.kind == known.refresh,
        jobs.c.state.in_(LIVE_STATES)
        | (jobs.c.state.in_(("failed", "cancelled")) & (about >= households.c.revision)),
    )
    query = select(households.c.id, households.c.revision, newest.label("newest")).where(
        households.c.id != SYSTEM,
        households.c.updated_at_us + known.kept_us > known.at_us,
        households.c.revision > newest,
        ~attends.exists(),
    )
    for row in () if known.refresh is None else conn.execute(query):
        yield _of(
            row.id,
            "unattended",
            f"Household {row.id} is at revision {row.revision}, its baseline at {row.newest}, "
            "and no job brings the next.",
        )
