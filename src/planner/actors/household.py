"""The actor: one loop that takes a household's jobs one at a time, each in its turn."""

import logging
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Final

import trio

from planner.actors.accept import Rules, Stamp
from planner.actors.happening import Happening
from planner.actors.ids import Ids, Now, microseconds
from planner.actors.ledger import Settled, Started, settle, start_next
from planner.actors.mailbox import Mailbox
from planner.actors.statistics import SchedulerStatistics
from planner.actors.turn import Compute, Ended, Turn, put_down
from planner.domain.errors import Busy
from planner.storage.database import Store

log = logging.getLogger(__name__)

RETRY_FIRST_SECONDS: Final = 0.5
RETRY_MOST_SECONDS: Final = 30.0
COMMIT_AGAIN_SECONDS: Final = (0.05, 0.2, 1.0, 5.0)
"""After the last of them: that one again, for as long as it takes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """What every actor works with. `publish` spreads news that is durable; `contended` says others wait."""

    store: Store
    rules: Rules
    ids: Ids
    now: Now
    chance: random.Random
    compute: Compute
    statistics: SchedulerStatistics
    publish: Callable[[Sequence[Happening]], None]
    on_progress: Callable[[Turn], None]
    contended: Callable[[], bool]

    def now_us(self) -> int:
        """Return the time as it is stored."""
        return microseconds(self.now())


async def run_household(desk: Desk, mailbox: Mailbox) -> float | None:
    """Run the household's turns, until nothing waits or others wait for the slot.

    Returns the seconds to rest before the job that just failed is tried again, or None.
    """
    started = await _begin(desk, mailbox)
    while started is not None:
        turn = Turn(
            started.job, started.kind, started.snapshot, compute=desk.compute, on_progress=desk.on_progress
        )
        mailbox.hold(turn)
        ended = await turn.run()
        settled = await _settle(desk, mailbox, started, ended)
        mailbox.let_go()
        desk.publish(settled.happenings)
        if settled.retry:
            mailbox.leftovers = True
            mailbox.retrying_key = settled.job.merge_key
            return retry_delay(settled.job.attempts, desk.chance)
        started = settled.started
    mailbox.let_go()
    return None


async def _begin(desk: Desk, mailbox: Mailbox) -> Started | None:
    mailbox.look()
    upcoming = await desk.store.write(
        start_next,
        mailbox.household_id,
        desk.rules,
        epoch=desk.store.epoch,
        at_us=desk.now_us(),
        leftovers=mailbox.leftovers,
    )
    mailbox.leftovers = False
    mailbox.retrying_key = None
    desk.publish(upcoming.happenings)
    return upcoming.started


async def _settle(desk: Desk, mailbox: Mailbox, started: Started, ended: Ended) -> Settled:
    """Commit how the turn ended; for a passing fault the outcome is kept and sent again."""
    follow = () if ended.outcome is None else ended.outcome.follow
    stamps = [Stamp(job_id=desk.ids.new(), at_us=desk.now_us()) for _ in follow]

    async def commit(ended: Ended) -> Settled:
        then_start = not desk.contended()
        if then_start:
            mailbox.look()
        else:
            mailbox.heard = True
        return await desk.store.write(
            settle,
            started.job,
            ended,
            started.kind,
            desk.rules,
            stamps=stamps if ended.outcome is not None else [],
            at_us=desk.now_us(),
            then_start=then_start,
        )

    for delay in _commit_delays():
        try:
            return await put_down(commit, ended, started.job, started.kind)
        except Busy as busy:
            desk.statistics.commits_put_off += 1
            log.warning("the outcome of job %s is kept and written again: %s", started.job.id, busy.message)
        await trio.sleep(delay)
    raise AssertionError("the delays never end")


def _commit_delays() -> Iterator[float]:
    return chain(COMMIT_AGAIN_SECONDS, repeat(COMMIT_AGAIN_SECONDS[-1]))


def retry_delay(attempt: int, chance: random.Random) -> float:
    """Return how long to wait after the failed `attempt`: exponential, with full jitter."""
    most = min(RETRY_MOST_SECONDS, RETRY_FIRST_SECONDS * 2 ** (attempt - 1))
    return chance.uniform(0, most)
