"""What goes with every end of a job: how long it is kept, and whether it is remembered as done."""

from sqlalchemy import Connection

from planner.actors.accept import DAY_US
from planner.actors.idempotency import kept_seconds
from planner.actors.kind import Kind
from planner.storage.done_keys import DoneKey, remember_done
from planner.storage.job_rows import JobRow

UNKNOWN_KIND_RETENTION_DAYS = 7


def expiry(kind: Kind | None, at_us: int) -> int:
    """Return when a result that is there now has been kept long enough."""
    days = UNKNOWN_KIND_RETENTION_DAYS if kind is None else kind.retention_days
    return at_us + round(days * DAY_US)


def remember(conn: Connection, job: JobRow, kind: Kind, *, at_us: int) -> None:
    """Remember a whole success; what failed, or failed in part, must be free to be asked for again."""
    if kind.idempotency is not None and job.idempotency_key is not None:
        remember_done(
            conn,
            DoneKey(
                household_id=job.household_id,
                key=job.idempotency_key,
                kind=job.kind,
                job_id=job.id,
                at_us=at_us,
                expires_at_us=at_us + round(kept_seconds(kind.idempotency) * 1e6),
            ),
        )
