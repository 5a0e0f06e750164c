"""What is past its time: found in one transaction, deleted in another, a small batch at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, func, literal_column, select

from planner.storage.done_keys import ANSWERS_KEPT_US
from planner.storage.tables import done_keys, events, households, idempotency_keys, jobs, outbox

DAY_US: Final = 86_400_000_000
EVENTS_KEPT_US: Final = 30 * DAY_US
"""Of events that belong to no job; those of a job go with it."""

MESSAGES_KEPT_US: Final = 400 * DAY_US
"""How long a key of the outbox keeps a second message with it from being sent."""

FREE_PAGES_AT_ONCE: Final = 256


@dataclass(frozen=True, slots=True)
class Batch:
    """What is deleted together: ids of jobs, of events without a job, and of messages that are done with."""

    jobs: Sequence[str]
    events: Sequence[int]
    messages: Sequence[int]

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each."""
        return {each.name: len(getattr(self, each.name)) for each in fields(self)}

    def is_full(self, limit: int) -> bool:
        """Whether there may be more."""
        return max(self.counts.values()) >= limit


def past_retention(conn: Connection, now_us: int, limit: int) -> Batch:
    """Return up to `limit` of each sort that are past their retention, the oldest first."""
    batch = jobs.alias("batch")
    live_batch = select(batch.c.seq).where(batch.c.id == jobs.c.parent_id, batch.c.finished_at_us.is_(None))
    expired = (
        select(jobs.c.id)
        .where(jobs.c.expires_at_us.is_not(None), jobs.c.expires_at_us <= now_us)
        .where(jobs.c.parent_id.is_(None) | ~live_batch.exists())
    )
    loose = select(events.c.id).where(events.c.job_id.is_(None), events.c.at_us <= now_us - EVENTS_KEPT_US)
    done = outbox.c.state.in_(("sent", "failed"))
    old = select(outbox.c.id).where(outbox.c.created_at_us <= now_us - MESSAGES_KEPT_US, done)
    return Batch(
        jobs=conn.execute(expired.order_by(jobs.c.expires_at_us).limit(limit)).scalars().all(),
        events=conn.execute(loose.order_by(events.c.id).limit(limit)).scalars().all(),
        messages=conn.execute(old.order_by(outbox.c.created_at_us).limit(limit)).scalars().all(),
    )


def drop_batch(conn: Connection, batch: Batch) -> None:
    """Delete the batch; jobs go with their attempts, requests and events."""
    conn.execute(delete(events).where(events.c.job_id.in_(batch.jobs)))
    conn.execute(delete(jobs).where(jobs.c.id.in_(batch.jobs), jobs.c.finished_at_us.is_not(None)))
    conn.execute(delete(events).where(events.c.id.in_(batch.events)))
    conn.execute(delete(outbox).where(outbox.c.id.in_(batch.messages)))


def expired_keys(conn: Connection, now_us: int, limit: int) -> int:
    """Count the keys that are past their time, of both sorts, up to `limit` of each."""
    return _count(conn, done_keys, done_keys.c.expires_at_us <= now_us, limit) + _count(
        conn, idempotency_keys, idempotency_keys.c.at_us <= now_us - ANSWERS_KEPT_US, limit
    )


def _count(conn: Connection, table: Table, condition: Any, limit: int) -> int:
    some = select(table.c.at_us).where(condition).limit(limit).subquery()
    count: int = conn.execute(select(func.count()).select_from(some)).scalar_one()
    return count


def free_pages(conn: Connection) -> tuple[int, int, bool]:
    """Return how many pages the file has, how many of them are free, and whether it can shrink as it is."""
    pages, free, mode = (
        int(conn.exec_driver_sql(f"PRAGMA {name}").scalar_one())
        for name in ("page_count", "freelist_count", "auto_vacuum")
    )
    return pages, free, mode == 2  # noqa: PLR2004 -- SQLite's number for incremental


def give_back_pages(conn: Connection) -> None:
    """Give some free pages back to the file system."""
    for _ in range(FREE_PAGES_AT_ONCE):
        # Python's driver takes one step of the statement, which is one page, whatever number is given.
        conn.exec_driver_sql("PRAGMA incremental_vacuum(1)").close()


def refresh_query_plans(conn: Connection) -> None:
    """Let SQLite look again at how its indexes are filled, where that may have changed."""
    conn.exec_driver_sql("PRAGMA optimize").fetchall()


def bulk_waiting(conn: Connection, kind: str, priority: int, limit: int) -> int:
    """Count the waiting jobs of a kind and priority, up to `limit`; not those of households set aside."""
    some = (
        select(jobs.c.seq)
        .join(households, households.c.id == jobs.c.household_id)
        .where(jobs.c.state == literal_column("'pending'"), jobs.c.kind == kind, jobs.c.priority == priority)
        .where(households.c.set_aside_reason.is_(None))
        .limit(limit)
        .subquery()
    )
    count: int = conn.execute(select(func.count()).select_from(some)).scalar_one()
    return count
