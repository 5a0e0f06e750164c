"""Decides, before an epoch accepts anything, what becomes of what older ones left behind."""

import logging
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

log = logging.getLogger(__name__)

DECIDED_AT_ONCE: Final = 200


async def recover(supervisor: Supervisor) -> None:
    """Decide each job that was cut off, then wake every household that has work.

    Households are queued by their ids; a task exists only for those that have a slot.
    """
    desk = supervisor.desk
    decided = rerun = 0
    while True:
        count, again, happenings = await _decide_in_time(desk)
        supervisor.publish(happenings)
        decided += count
        rerun += again
        if count < DECIDED_AT_ONCE:
            break
    if decided:
        log.warning("%d jobs were cut off when planner last stopped; %d of them run again", decided, rerun)
    supervisor.keep_aside(await desk.store.read(set_aside_reasons))
    for backlog in await desk.store.read(backlogs):
        desk.statistics.expect(backlog.household_id, backlog.waiting)
        supervisor.wake(backlog.household_id, backlog.priority, leftovers=backlog.left_running)


async def _decide_in_time(desk: Desk) -> tuple[int, int, tuple[Happening, ...]]:
    """Decide some, and return how many, and how many of them run again.

    As long as the disk is full or locked nothing can be decided, and nothing begins.
    """
    while True:
        try:
            return await desk.store.write(
                _decide_some, desk.rules, epoch=desk.store.epoch, at_us=desk.now_us()
            )
        except Busy as busy:
            log.warning("what was cut off cannot be decided yet: %s", busy.message)
        await trio.sleep(COMMIT_AGAIN_SECONDS[-1])


def _decide_some(
    conn: Connection, rules: Rules, *, epoch: int, at_us: int
) -> tuple[int, int, tuple[Happening, ...]]:
    happenings: list[Happening] = []
    again = 0
    left = recovery.left_by_older_epochs(conn, epoch, limit=DECIDED_AT_ONCE)
    for job in left:
        settled = settle_leftover(conn, job, rules, at_us=at_us)
        happenings.extend(settled)
        if not settled:
            recovery.take_into_epoch(conn, job, epoch)
            again += 1
    return len(left), again, tuple(happenings)
