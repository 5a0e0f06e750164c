"""Decides, before an epoch accepts anything, what becomes of what older ones left behind."""

import logging
from collections.abc import Sequence
from typing import Final

import trio
from sqlalchemy import Connection

from planner.actors.accept import Rules
from planner.actors.happening import Happening
from planner.actors.household import COMMIT_AGAIN_SECONDS, Desk
from planner.actors.ledger import settle_leftover
from planner.actors.supervisor import Supervisor
from planner.domain.errors import Busy
from planner.storage import recovery
from planner.storage.history import backlogs, set_aside_reasons
from planner.storage.job_rows import JobRow

log = logging.getLogger(__name__)

DECIDED_AT_ONCE: Final = 200


async def recover(supervisor: Supervisor) -> None:
    """Decide each job that was cut off, then wake every household that has work.

    Households are queued by their ids; a task exists only for those that have a slot.
    """
    desk = supervisor.desk
    decided = rerun = 0
    last: JobRow | None = None
    while True:
        left, again, happenings = await _decide_in_time(desk, last)
        supervisor.publish(happenings)
        decided += len(left)
        rerun += again
        if len(left) < DECIDED_AT_ONCE:
            break
        last = left[-1]
    if decided:
        log.warning("%d jobs were cut off when planner last stopped; %d of them run again", decided, rerun)
    supervisor.keep_aside(await desk.store.read(set_aside_reasons))
    for backlog in await desk.store.read(backlogs):
        desk.statistics.expect(backlog.household_id, backlog.waiting)
        supervisor.wake(backlog.household_id, backlog.priority, leftovers=backlog.left_running)


async def _decide_in_time(
    desk: Desk, last: JobRow | None
) -> tuple[Sequence[JobRow], int, tuple[Happening, ...]]:
    """Decide some that come after `last`; return them, and how many of them run again.

    As long as the disk is full or locked nothing can be decided, and nothing begins.
    """
    while True:
        try:
            return await desk.store.write(
                _decide_some, last, desk.rules, epoch=desk.store.epoch, at_us=desk.now_us()
            )
        except Busy as busy:
            log.warning("what was cut off cannot be decided yet: %s", busy.message)
        await trio.sleep(COMMIT_AGAIN_SECONDS[-1])


def _decide_some(
    conn: Connection, last: JobRow | None, rules: Rules, *, epoch: int, at_us: int
) -> tuple[Sequence[JobRow], int, tuple[Happening, ...]]:
    happenings: list[Happening] = []
    again = 0
    after = ("", "") if last is None else (last.household_id, last.merge_key)
    left = recovery.left_by_older_epochs(conn, epoch, after=after, limit=DECIDED_AT_ONCE)
    for job in left:
        settled = settle_leftover(conn, job, rules, at_us=at_us)
        happenings.extend(settled)
        if not settled:
            recovery.take_into_epoch(conn, job, epoch)
            again += 1
    return left, again, tuple(happenings)
