"""What a transaction made happen to a job: an event in the log, and the news to spread once it is durable."""

from dataclasses import dataclass

from sqlalchemy import Connection

from planner.storage.events import record_event
from planner.storage.job_rows import JobRow, JobState


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """One event of a job: the job as it is after it, and the state it was in before (None: it is new)."""

    type: str
    job: JobRow
    before: JobState | None


def note(
    conn: Connection, event_type: str, job: JobRow, before: JobState | None, *, at_us: int, **data: object
) -> Happening:
    """Log what happened to `job` in the caller's transaction."""
    record_event(
        conn,
        household_id=job.household_id,
        job_id=job.id,
        at_us=at_us,
        event_type=event_type,
        data={"kind": job.kind, "state": job.state.value, **data},
    )
    return Happening(type=event_type, job=job, before=before)
