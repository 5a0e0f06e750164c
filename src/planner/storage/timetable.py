"""When each entry of the timetable was due and ran last: a row each, moved on with the job it asks for."""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.sqlite import insert

from planner.storage import jobs
from planner.storage.job_rows import JobRow, JobState
from planner.storage.tables import timetable

SUCCESSORS_MAX = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class TimetableRow:
    """What is recorded of an entry. `next_due_us` is the first moment that is not dealt with yet.

    `last_outcome` is the state that the job of the last run ended in, or why there was none.
    """

    name: str
    last_due_us: int | None = None
    last_started_us: int | None = None
    last_finished_us: int | None = None
    last_outcome: str | None = None
    next_due_us: int | None = None
    last_job_id: str | None = None


def timetable_rows(conn: Connection) -> dict[str, TimetableRow]:
    """Return what is recorded, by the names of entries."""
    found = conn.execute(select(*(timetable.c[name] for name in TimetableRow.__dataclass_fields__)))
    return {row.name: TimetableRow(**row._mapping) for row in found}  # noqa: SLF001 -- the documented way


def expect_next(conn: Connection, name: str, next_due_us: int) -> None:
    """Record when an entry is due next, without a run."""
    put = insert(timetable).values(name=name, next_due_us=next_due_us)
    conn.execute(put.on_conflict_do_update(index_elements=["name"], set_={"next_due_us": next_due_us}))


def take_moment(
    conn: Connection, name: str, *, expected_us: int, due_us: int, next_due_us: int, at_us: int
) -> bool:
    """Move the entry past the moment `due_us`; False if somebody did that before: `expected_us` is gone."""
    taken = conn.execute(
        update(timetable)
        .where(timetable.c.name == name, timetable.c.next_due_us == expected_us)
        .values(
            last_due_us=due_us,
            last_started_us=at_us,
            last_finished_us=None,
            last_outcome=None,
            last_job_id=None,
            next_due_us=next_due_us,
        )
    )
    return taken.rowcount == 1


def note_job(conn: Connection, name: str, job_id: str) -> None:
    """Record which job the run of an entry became."""
    conn.execute(update(timetable).where(timetable.c.name == name).values(last_job_id=job_id))


def note_outcome(conn: Connection, name: str, outcome: str, finished_us: int) -> None:
    """Record how the last run of an entry ended."""
    conn.execute(
        update(timetable)
        .where(timetable.c.name == name, timetable.c.last_outcome.is_(None))
        .values(last_outcome=outcome, last_finished_us=finished_us)
    )


def job_of_run(conn: Connection, row: TimetableRow) -> JobRow | None:
    """Return the job that answers, or answered, for the entry's last run; None if its record is gone."""
    job = None if row.last_job_id is None else jobs.job_by_id(conn, row.last_job_id)
    for _ in range(SUCCESSORS_MAX):
        if job is None or job.state is not JobState.SUPERSEDED or job.successor_id is None:
            break
        job = jobs.job_by_id(conn, job.successor_id)
    return job
