"""The actor: one loop that takes a household's jobs one at a time, each in its turn."""

import logging
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, repeat
from typing import Final

import trio

from planner.actors.accept import Rules, Stamp
from planner.actors.happening import Happening
from planner.actors.ids import Ids, Now, microseconds
from planner.actors.ledger import Next, Settled, Started, settle, start_next
from planner.actors.mailbox import Mailbox
from planner.actors.statistics import SchedulerStatistics
from planner.actors.tracing import UNTRACED, Tracing
from planner.actors.turn import Compute, Ended, Turn, put_down
from planner.domain.errors import Busy
from planner.storage.database import Store
from planner.storage.job_rows import Priority

log = logging.getLogger(__name__)

RETRY_FIRST_SECONDS: Final = 0.5
RETRY_MOST_SECONDS: Final = 30.0
COMMIT_AGAIN_SECONDS: Final = (0.05, 0.2, 1.0, 5.0)
"""After the last of them: that one again, for as long as it takes."""

REST_MOST_SECONDS: Final = 60.0
"""A household that waits for a job that is put off looks again after this: wall clocks are set."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """What every actor works with. `publish` spreads news that is durable.

    `may_begin` and `may_go_on` say of a household in its slot how urgent its next job must be.
    """

    store: Store
    rules: Rules
    ids: Ids
    now: Now
    today: Callable[[], date]
    chance: random.Random
    compute: Compute
    statistics: SchedulerStatistics
    publish: Callable[[Sequence[Happening]], None]
    on_progress: Callable[[Turn], None]
    may_begin: Callable[[str], Priority]
    may_go_on: Callable[[str], Priority | None]
    go_on: Callable[[str, Priority], None]
    tracing: Tracing = UNTRACED

    def now_us(self) -> int:
        """Return the time as it is stored."""
        return microseconds(self.now())

    def stamp(self) -> Stamp:
        """Return what one decision needs: a new id, the time and the date."""
        return Stamp(job_id=self.ids.new(), at_us=self.now_us(), on=self.today())


async def run_household(desk: Desk, mailbox: Mailbox, upcoming: Next | None = None) -> float | None:
    """Run the household's turns, until nothing waits or it is others' turn to have the slot.

    `upcoming` is what the actor found if it has looked already. Returns the seconds to rest, or None: before
    the job that just failed is tried again, or until one that is put off is due.
    """
    upcoming = upcoming or await _begin(desk, mailbox)
    while (started := upcoming.started) is not None:
        desk.go_on(mailbox.household_id, started.job.priority)
        settled = await _take_turn(desk, mailbox, started)
        mailbox.let_go()
        desk.publish(settled.happenings)
        if settled.retry:
            mailbox.leftovers = True
            mailbox.retrying_key = settled.job.merge_key
            mailbox.expect(settled.job.priority)
            return retry_delay(settled.job.attempts, desk.chance)
        upcoming = settled.upcoming
    mailbox.let_go()
    return _until(upcoming, desk, mailbox)


async def _take_turn(desk: Desk, mailbox: Mailbox, started: Started) -> Settled:
    turn = Turn(
        started.job, started.kind, started.snapshot, compute=desk.compute, on_progress=desk.on_progress
    )
    mailbox.hold(turn)
    with desk.tracing.turn(started.job) as turned:
        ended = await turn.run()
        with desk.tracing.committing() as committed:
            settled = await _settle(desk, mailbox, started, ended)
            committed(settled)
        turned(ended, settled)
    return settled


def _until(upcoming: Next, desk: Desk, mailbox: Mailbox) -> float | None:
    mailbox.due_us = upcoming.due_us
    if upcoming.waits is not None:
        mailbox.expect(upcoming.waits)
    if upcoming.due_us is None:
        mailbox.heard = mailbox.heard or upcoming.waits is not None
        return None
    return min(max(0.0, (upcoming.due_us - desk.now_us()) / 1e6), REST_MOST_SECONDS)


async def _begin(desk: Desk, mailbox: Mailbox) -> Next:
    mailbox.look()
    upcoming = await desk.store.write(
        start_next,
        mailbox.household_id,
        desk.rules,
        epoch=desk.store.epoch,
        at_us=desk.now_us(),
        leftovers=mailbox.leftovers,
        least=desk.may_begin(mailbox.household_id),
    )
    mailbox.leftovers = False
    mailbox.retrying_key = None
    desk.publish(upcoming.happenings)
    return upcoming


async def _settle(desk: Desk, mailbox: Mailbox, started: Started, ended: Ended) -> Settled:
    """Commit how the turn ended; for a passing fault the outcome is kept and sent again."""
    came_to = ended.outcome
    stamps = [] if came_to is None else [desk.stamp() for _ in (*came_to.follow, *came_to.children)]

    async def commit(ended: Ended, *, then_start: bool) -> Settled:
        mailbox.look()
        if not then_start:
            mailbox.hear(Priority.INTERACTIVE)  # nobody looks; it shows at the beginning of the next turn
        return await desk.store.write(
            settle,
            started.job,
            ended,
            started.kind,
            desk.rules,
            stamps=stamps if ended.outcome is not None else [],
            at_us=desk.now_us(),
            then_start=then_start,
            least=desk.may_go_on(mailbox.household_id),
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
