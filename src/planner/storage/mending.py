"""The repairs themselves: each puts right one sort of thing wherever it is wrong, and counts the rows."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, delete, func, select, text, update
from sqlalchemy.exc import IntegrityError

from planner.storage import attempts as attempt_rows
from planner.storage.events import record_event
from planner.storage.job_rows import JobRow
from planner.storage.jobs import job_by_id
from planner.storage.known import Known
from planner.storage.record_checks import CLOCK_SET_BACK_US
from planner.storage.schema_checks import declared_definitions, has_as_declared
from planner.storage.tables import (
    FINAL_STATES,
    LIVE_STATES,
    attempts,
    derived,
    done_keys,
    epochs,
    events,
    jobs,
    metadata,
    requests,
    timetable,
)

PASSES_MAX: Final = 1_000
"""How long a chain of jobs that superseded each other may be for its counts to be put right."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Means:
    """What repairing needs of the kinds of job. `refresh` has a household's derived data worked out.

    `ask_again` asks anew for what a job was asked for; it returns the id of the job that will answer, or None
    where that must not be done without being told to.
    """

    refresh: Callable[[Connection, str], None]
    ask_again: Callable[[Connection, JobRow], str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Patient:
    """A database under repair. `households` have derived data to throw away, `jobs` nothing answers for."""

    conn: Connection
    known: Known
    means: Means
    at_us: int
    households: frozenset[str]
    jobs: frozenset[str]

    @property
    def expires_at_us(self) -> int:
        """Until when a job that ends now is kept."""
        return self.at_us + self.known.kept_us


def was_refused(error: BaseException) -> bool:
    """Whether a rule of the tables forbids the repair, as a row that a unique index would not take."""
    return isinstance(error, IntegrityError | sqlite3.IntegrityError)


def reindex(patient: Patient) -> int:
    """Fill every index anew from its table."""
    patient.conn.exec_driver_sql("REINDEX").close()
    return 1


def make_indexes(patient: Patient) -> int:
    """Make the indexes that are missing, or are not as they are declared."""
    declared = [str(index.name) for table in metadata.sorted_tables for index in table.indexes]
    wanted = [name for name in declared if not has_as_declared(patient.conn, name)]
    for name in wanted:
        patient.conn.exec_driver_sql(f'DROP INDEX IF EXISTS "{name}"').close()
        patient.conn.exec_driver_sql(declared_definitions()[name]).close()
    return len(wanted)


def delete_orphans(patient: Patient) -> int:
    """Delete what belongs to a row that is not there, but no entry of a journal."""
    deleted = 0
    for table in metadata.sorted_tables:
        for key in table.foreign_keys if table.name != "changes" else ():
            parent = select(1).where(key.column == key.parent)
            orphans = delete(table).where(key.parent.is_not(None), ~parent.exists())
            deleted += patient.conn.execute(orphans).rowcount
    return deleted


def delete_events(patient: Patient) -> int:
    """Delete the events of jobs that are not there."""
    about = select(jobs.c.seq).where(jobs.c.id == events.c.job_id)
    return patient.conn.execute(delete(events).where(events.c.job_id.is_not(None), ~about.exists())).rowcount


def set_marks(patient: Patient) -> int:
    """Take the marks of an end from live jobs, give them to ended ones; no waiting one has marks of a run."""
    ended = select(func.max(attempts.c.ended_at_us)).where(attempts.c.job_id == jobs.c.id).scalar_subquery()
    ran = select(attempts.c.number).where(attempts.c.job_id == jobs.c.id).exists()
    live, final = jobs.c.state.in_(LIVE_STATES), jobs.c.state.in_(FINAL_STATES)
    none: dict[str, Any] = {"finished_at_us": None, "expires_at_us": None}
    never = {"attempts": 0, "epoch": None, "started_at_us": None, "snapshot_revision": None}
    marks = jobs.c.epoch, jobs.c.started_at_us, jobs.c.snapshot_revision
    finished = func.coalesce(ended, jobs.c.started_at_us, jobs.c.accepted_at_us)
    steps = (
        update(jobs).where(live, func.coalesce(jobs.c.finished_at_us, jobs.c.expires_at_us).is_not(None))
        .values(**none),
        update(jobs).where(final, jobs.c.finished_at_us.is_(None)).values(finished_at_us=finished),
        update(jobs).where(final, jobs.c.expires_at_us.is_(None))
        .values(expires_at_us=jobs.c.finished_at_us + patient.known.kept_us),
        update(jobs).where((jobs.c.state == "pending") | (jobs.c.attempts == 0), jobs.c.state != "running")
        .where(~ran, (jobs.c.attempts > 0) | func.coalesce(*marks).is_not(None))
        .values(**never),
    )  # fmt: skip
    # The rules look at a row whole, and one that breaks two of them is put right in two steps.
    patient.conn.exec_driver_sql("PRAGMA ignore_check_constraints = ON").close()
    try:
        return sum(patient.conn.execute(step).rowcount for step in steps)
    finally:
        patient.conn.exec_driver_sql("PRAGMA ignore_check_constraints = OFF").close()


def clear_slots(patient: Patient) -> int:
    """Where several jobs hold a slot, let the newest answer for those that were asked for the same."""
    twin = jobs.alias("twin")
    newest = (
        select(func.max(twin.c.seq))
        .where(
            twin.c.household_id == jobs.c.household_id,
            twin.c.merge_key == jobs.c.merge_key,
            twin.c.state == jobs.c.state,
            twin.c.arguments == jobs.c.arguments,
        )
        .scalar_subquery()
    )
    older = select(jobs.c.id, newest.label("newest")).where(
        jobs.c.state.in_(LIVE_STATES),
        jobs.c.parent_id.is_(None),
        jobs.c.children.is_(None),
        jobs.c.seq < newest,
    )
    cleared = patient.conn.execute(older.order_by(jobs.c.seq)).all()
    for job_id, seq in cleared:
        successor = patient.conn.execute(select(jobs.c.id).where(jobs.c.seq == seq)).scalar_one()
        _end(patient, job_id, "superseded", successor_id=successor)
        _take_over(patient, job_id, successor)
    return len(cleared)


def close_attempts(patient: Patient) -> int:
    """Close the attempts that can run no more, and let each job count those that are recorded."""
    later = attempts.alias("later")
    followed = select(later.c.number).where(
        later.c.job_id == attempts.c.job_id, later.c.number > attempts.c.number
    )
    ended = select(jobs.c.seq).where(jobs.c.id == attempts.c.job_id, jobs.c.state != "running")
    closed = patient.conn.execute(
        update(attempts)
        .where(attempts.c.outcome.is_(None), followed.exists() | ended.exists())
        .values(outcome=attempt_rows.CUT_OFF, ended_at_us=patient.at_us)
    ).rowcount
    of_job = attempts.c.job_id == jobs.c.id
    many = select(func.count()).where(of_job).scalar_subquery()
    last = select(func.max(attempts.c.number)).where(of_job).scalar_subquery()
    counted = update(jobs).where(jobs.c.attempts != many, many == last, jobs.c.state != "pending")
    return closed + patient.conn.execute(counted.values(attempts=many)).rowcount


def park(patient: Patient) -> int:
    """Leave what ran to the next start, as a planner that stops in order does."""
    newest = select(func.max(epochs.c.epoch)).scalar_subquery()
    taken = patient.conn.execute(
        update(jobs)
        .where(jobs.c.state == "running", jobs.c.epoch != newest, jobs.c.children.is_(None))
        .values(epoch=newest)
    ).rowcount
    return taken + attempt_rows.park_open(patient.conn, at_us=patient.at_us)


def cancel_strays(patient: Patient) -> int:
    """Cancel the live children of batches that have ended or are not there."""
    batch = jobs.alias("batch")
    goes_on = select(batch.c.seq).where(batch.c.id == jobs.c.parent_id, batch.c.state.in_(LIVE_STATES))
    stray = select(jobs.c.id).where(
        jobs.c.parent_id.is_not(None), jobs.c.state.in_(LIVE_STATES), ~goes_on.exists()
    )
    found = patient.conn.execute(stray).scalars().all()
    for job_id in found:
        _end(patient, job_id, "cancelled", error={"type": "cancelled", "message": "Its batch had ended."})
    return len(found)


def ask_again(patient: Patient) -> int:
    """Ask anew for what superseded jobs were asked for that nothing answers, and let that answer for them."""
    asked = 0
    for job_id in sorted(patient.jobs):
        job = job_by_id(patient.conn, job_id)
        successor = None if job is None else patient.means.ask_again(patient.conn, job)
        if successor is not None:
            patient.conn.execute(update(jobs).where(jobs.c.id == job_id).values(successor_id=successor))
            _take_over(patient, job_id, successor)
            asked += 1
    return asked


def count_joined(patient: Patient) -> int:
    """Count again who joined, from the first of each chain of jobs to its last."""
    own = select(func.count()).where(requests.c.job_id == jobs.c.id).scalar_subquery()
    before = jobs.alias("before")
    taken = (
        select(func.coalesce(func.sum(1 + before.c.joined), 0))
        .where(before.c.successor_id == jobs.c.id, before.c.state == "superseded")
        .scalar_subquery()
    )
    within = (jobs.c.accepted_at_us + patient.known.kept_us > patient.known.at_us) & (
        jobs.c.joined <= patient.known.joins_recorded
    )
    wrong = (jobs.c.joined < own + taken) | ((jobs.c.joined != own + taken) & within)
    counted = 0
    for _ in range(PASSES_MAX):
        changed = patient.conn.execute(update(jobs).where(wrong).values(joined=own + taken)).rowcount
        counted += changed
        if not changed:
            break
    return counted


def count_children(patient: Patient) -> int:
    """Count again the children of batches that go on."""
    child = jobs.alias("child")
    of_batch = child.c.parent_id == jobs.c.id
    many = select(func.count()).where(of_batch).scalar_subquery()
    left = select(func.count()).where(of_batch, child.c.state.in_(LIVE_STATES)).scalar_subquery()
    wrong = (jobs.c.children_left != left) | (jobs.c.children != many)
    batches = update(jobs).where(jobs.c.children.is_not(None), jobs.c.state.in_(LIVE_STATES), left > 0, wrong)
    return patient.conn.execute(batches.values(children=many, children_left=left)).rowcount


def work_out_anew(patient: Patient) -> int:
    """Throw away what was derived for the households, whole generations, and ask for it anew."""
    for household_id in sorted(patient.households):
        patient.conn.execute(delete(derived).where(derived.c.household_id == household_id))
        patient.means.refresh(patient.conn, household_id)
    return len(patient.households)


def forget_keys(patient: Patient) -> int:
    """Forget the keys whose jobs are there and did not do what the key says."""
    did = select(jobs.c.seq).where(
        jobs.c.id == done_keys.c.job_id,
        jobs.c.state == "succeeded",
        jobs.c.household_id == done_keys.c.household_id,
        jobs.c.kind == done_keys.c.kind,
        jobs.c.idempotency_key == done_keys.c.key,
    )
    there = select(jobs.c.seq).where(jobs.c.id == done_keys.c.job_id)
    return patient.conn.execute(delete(done_keys).where(there.exists(), ~did.exists())).rowcount


def forget_entries(patient: Patient) -> int:
    """Forget the entries of the timetable that this planner has not."""
    others = timetable.c.name.not_in(sorted(patient.known.entries))
    return patient.conn.execute(delete(timetable).where(others)).rowcount


def end_epochs(patient: Patient) -> int:
    """Let an epoch that seems to have gone on after the next began end where that one began."""
    later = epochs.alias("later")
    began = select(func.min(later.c.started_at_us)).where(later.c.epoch > epochs.c.epoch).scalar_subquery()
    backwards = epochs.c.ended_at_us < epochs.c.started_at_us - CLOCK_SET_BACK_US
    ended = patient.conn.execute(
        update(epochs).where(backwards).values(ended_at_us=epochs.c.started_at_us)
    ).rowcount
    over = epochs.c.ended_at_us > began + CLOCK_SET_BACK_US
    return ended + patient.conn.execute(update(epochs).where(over).values(ended_at_us=began)).rowcount


def _end(
    patient: Patient,
    job_id: str,
    state: str,
    *,
    successor_id: str | None = None,
    error: dict[str, str] | None = None,
) -> None:
    """End a live job and its open attempt, and say so among its events."""
    conn, at_us = patient.conn, patient.at_us
    is_open = attempts.c.job_id == job_id, attempts.c.outcome.is_(None)
    conn.execute(update(attempts).where(*is_open).values(outcome=attempt_rows.CUT_OFF, ended_at_us=at_us))
    ended = update(jobs).where(jobs.c.id == job_id, jobs.c.state.in_(LIVE_STATES))
    household_id = conn.execute(
        ended.values(
            state=state, finished_at_us=at_us, expires_at_us=patient.expires_at_us,
            successor_id=successor_id, error=None if error is None else json.dumps(error),
        ).returning(jobs.c.household_id)
    ).scalar_one()  # fmt: skip
    data = {"state": state, "by": "doctor"} | ({} if successor_id is None else {"successor_id": successor_id})
    record_event(conn, household_id=household_id, job_id=job_id, at_us=at_us, event_type=state, data=data)


def _take_over(patient: Patient, job_id: str, successor_id: str) -> None:
    """Count whoever waited for the job among those who wait for its successor."""
    taken = text("""
        UPDATE jobs SET
            joined = joined + 1 + (SELECT joined FROM jobs WHERE id = :job),
            priority = min(priority, (SELECT priority FROM jobs WHERE id = :job)),
            least_revision = max(least_revision, (SELECT least_revision FROM jobs WHERE id = :job))
        WHERE id = :successor
    """)
    patient.conn.execute(taken, {"job": job_id, "successor": successor_id})
