"""Keeps the database small: history past its retention, keys past their time, pages that are free.

Each turn is one small batch and asks for the next, so that whatever else waits comes in between.
"""

from functools import partial
from typing import Final, cast

from sqlalchemy import Connection

from planner.actors.ids import microseconds
from planner.actors.kind import Kind, Outcome, Request
from planner.actors.turn import Turn
from planner.storage import housekeeping as stored
from planner.storage.done_keys import expire_keys
from planner.storage.housekeeping import Batch
from planner.storage.job_rows import JobRow, Priority
from planner.storage.tables import SYSTEM
from planner.work.names import EXPIRE_KEYS, PRUNE_HISTORY, VACUUM
from planner.work.system_jobs import for_planner_itself
from planner.work.world import Clock

JOBS_AT_ONCE: Final = 200
KEYS_AT_ONCE: Final = 500


def housekeeping_kinds(clock: Clock) -> tuple[Kind, ...]:
    """Return the kinds that keep the database small."""

    def past(conn: Connection, _job: JobRow) -> Batch:
        return stored.past_retention(conn, microseconds(clock.now()), JOBS_AT_ONCE)

    def expired(conn: Connection, _job: JobRow) -> int:
        return stored.expired_keys(conn, microseconds(clock.now()), KEYS_AT_ONCE)

    def pages(conn: Connection, _job: JobRow) -> tuple[int, int, bool]:
        return stored.free_pages(conn)

    return (
        Kind(
            name=PRUNE_HISTORY,
            title="Forget finished jobs that are past their retention",
            load=for_planner_itself(past),
            handle=_prune,
            priority=Priority.BULK,
        ),
        Kind(
            name=EXPIRE_KEYS,
            title="Forget idempotency keys that are past their time",
            load=for_planner_itself(expired),
            handle=partial(_expire, clock=clock),
            priority=Priority.BULK,
        ),
        Kind(
            name=VACUUM,
            title="Give back free pages and look again at how indexes are filled",
            load=for_planner_itself(pages),
            handle=_vacuum,
            priority=Priority.BULK,
        ),
    )


def _again(kind: str) -> Request:
    return Request(household_id=SYSTEM, kind=kind, requested_by=kind, priority=Priority.BULK)


async def _prune(turn: Turn) -> Outcome:
    batch = cast("Batch", turn.snapshot)
    more = batch.is_full(JOBS_AT_ONCE)
    return Outcome(
        result={**batch.counts, "more": more},
        unchanged=not any(batch.counts.values()),
        writes=(partial(stored.drop_batch, batch=batch),),
        follow=(_again(PRUNE_HISTORY),) if more else (),
    )


async def _expire(turn: Turn, clock: Clock) -> Outcome:
    count = cast("int", turn.snapshot)
    more = count >= KEYS_AT_ONCE

    def forget(conn: Connection) -> None:
        expire_keys(conn, microseconds(clock.now()), KEYS_AT_ONCE)

    return Outcome(
        result={"keys": count, "more": more},
        unchanged=not count,
        writes=(forget,) if count else (),
        follow=(_again(EXPIRE_KEYS),) if more else (),
    )


async def _vacuum(turn: Turn) -> Outcome:
    pages, free, can_shrink = cast("tuple[int, int, bool]", turn.snapshot)
    more = can_shrink and free > stored.FREE_PAGES_AT_ONCE
    give_back = (stored.give_back_pages,) if can_shrink and free else ()
    last = () if more else (stored.refresh_query_plans,)
    return Outcome(
        result={"pages": pages, "free": free, "more": more},
        writes=(*give_back, *last),
        follow=(_again(VACUUM),) if more else (),
    )
