"""Checks of what is remembered beside jobs: keys and answers, messages, the timetable, the epochs."""

import json
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, Row, case, func, select

from planner.storage.finding import CLEAR, CLOCK, REPORT, WAIT, Finding, Findings, Repair
from planner.storage.known import Known
from planner.storage.tables import done_keys, epochs, households, idempotency_keys, jobs, outbox, timetable

CLOCK_SET_BACK_US: Final = 3_600_000_000
"""By how much a clock may be set back between two epochs without their seeming to overlap."""


def keys_of_done_jobs(conn: Connection, known: Known) -> Findings:
    """What is remembered as done was done: by a job of that kind and key, which succeeded."""
    query = select(
        done_keys, jobs.c.id.label("there"), jobs.c.kind.label("job_kind"), jobs.c.state,
        jobs.c.household_id.label("job_household"), jobs.c.idempotency_key,
    ).join_from(done_keys, jobs, jobs.c.id == done_keys.c.job_id, isouter=True)  # fmt: skip
    for row in conn.execute(query.execution_options(yield_per=500)):
        repair: Repair | None = Repair.DONE_KEYS
        if row.there is None:
            if known.kept_until(row.kind, row.at_us) <= known.at_us:
                continue
            wrong, repair = "which is not there", None
        elif row.state != "succeeded":
            wrong = f"which is {row.state}"
        elif (row.job_household, row.job_kind, row.idempotency_key) != (row.household_id, row.kind, row.key):
            wrong = "which did something else"
        else:
            continue
        yield Finding(
            check="keys_of_done_jobs",
            subject=row.household_id,
            message=f"Household {row.household_id} has the key {row.key} done by job {row.job_id}, {wrong}.",
            remedy=CLEAR,
            repair=repair,
        )


def answers(conn: Connection, known: Known) -> Findings:
    """What a request with an Idempotency-Key was answered can be answered again, and its job was not lost."""
    for row in conn.execute(select(idempotency_keys).execution_options(yield_per=500)):
        for wrong in _wrong_answers(conn, row, known):
            yield Finding(
                check="answers",
                subject=row.key,
                message=f"The answer to the request with the key {row.key} {wrong}.",
                remedy=WAIT,
            )


def _wrong_answers(conn: Connection, row: Row[Any], known: Known) -> Iterator[str]:
    try:
        answer = json.loads(row.answer)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        yield "cannot be read"
        return
    wanted = select(households.c.revision).where(households.c.id == answer.get("household_id"))
    revision = conn.execute(wanted).scalar_one_or_none()
    if revision is None:  # the household was removed, and all its jobs with it
        return
    if answer.get("revision", 0) > revision:
        yield f"names revision {answer['revision']}, and the household is at {revision}"
    # A job that the request only joined, or found done, may have ended long before.
    job_id = None if answer.get("joined", True) else answer.get("job_id")
    if job_id is None or row.at_us + known.kept_us <= known.at_us:
        return
    if conn.execute(select(jobs.c.seq).where(jobs.c.id == job_id)).first() is None:
        yield f"names job {job_id}, which is not there"


def messages(conn: Connection) -> Findings:
    """A message that was sent, or given up, was tried; and one that was given up says why."""
    wrong = case(
        ((outbox.c.state != "waiting") & (outbox.c.attempts == 0), "and yet was never tried"),
        ((outbox.c.state == "failed") & outbox.c.error.is_(None), "and does not say why"),
    )
    query = select(outbox.c.id, outbox.c.key, outbox.c.state, wrong.label("wrong"))
    for row in conn.execute(query.where(wrong.is_not(None))):
        yield Finding(
            check="messages",
            subject=str(row.id),
            message=f"The message {row.key} is {row.state}, {row.wrong}.",
            remedy=REPORT,
        )


def timetable_entries(conn: Connection, known: Known) -> Findings:
    """The timetable has the entries that planner has; each run of one began, and ended with an outcome."""
    for row in conn.execute(select(timetable)):
        repair: Repair | None = None
        if row.name not in known.entries:
            wrong, repair = "is not one that this planner has", Repair.TIMETABLE
        elif (row.last_outcome is None) != (row.last_finished_us is None):
            wrong = "ended without an outcome, or has one without an end"
        elif (row.last_started_us is None) and (row.last_outcome or row.last_job_id):
            wrong = "has an outcome, or a job, of a run that never began"
        else:
            continue
        yield Finding(
            check="timetable_entries",
            subject=row.name,
            message=f"The entry {row.name} of the timetable {wrong}.",
            remedy=REPORT,
            repair=repair,
        )


def epochs_apart(conn: Connection) -> Findings:
    """Two planners never had the file at once: each epoch ended before the next began.

    Clocks are set back, so what overlaps by less than an hour is not named.
    """
    later = epochs.alias("later")
    next_began = (
        select(func.min(later.c.started_at_us)).where(later.c.epoch > epochs.c.epoch).scalar_subquery()
    )
    query = select(epochs.c.epoch, epochs.c.host, epochs.c.pid).where(
        (epochs.c.ended_at_us > next_began + CLOCK_SET_BACK_US)
        | (epochs.c.ended_at_us < epochs.c.started_at_us - CLOCK_SET_BACK_US)
    )
    for row in conn.execute(query):
        yield Finding(
            check="epochs_apart",
            subject=str(row.epoch),
            message=f"Epoch {row.epoch} (process {row.pid} on {row.host}) ended after a later one began, "
            "or before it began itself.",
            remedy=CLOCK,
            repair=Repair.EPOCHS,
        )
