"""Wakes actors, gives them slots, puts them away, restarts those that crash, sets hopeless ones aside."""

import logging
import random
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

import trio

from planner.actors.accept import Rules
from planner.actors.fairness import Slots
from planner.actors.happening import Happening
from planner.actors.household import COMMIT_AGAIN_SECONDS, Desk, run_household
from planner.actors.ids import Ids, Now
from planner.actors.ledger import Next
from planner.actors.mailbox import Mailbox
from planner.actors.statistics import SchedulerStatistics
from planner.actors.threads import Threads
from planner.actors.tracing import Tracing
from planner.actors.turn import Compute
from planner.actors.waiters import Waiters
from planner.actors.watch import Watchers
from planner.domain.errors import Busy, Crashed, NotFound
from planner.storage import recovery
from planner.storage.database import Store
from planner.storage.job_rows import JobState, Priority
from planner.storage.jobs import Vanished

log = logging.getLogger(__name__)

RESTARTS_MAX: Final = 5
RESTART_DELAY_SECONDS: Final = (0.1, 0.5, 2.0, 10.0, 60.0)
RESTART_WINDOW_SECONDS: Final = 600.0
assert len(RESTART_DELAY_SECONDS) == RESTARTS_MAX
assert sum(RESTART_DELAY_SECONDS) < RESTART_WINDOW_SECONDS


class Supervisor:
    """Every household that is awake, and the nursery in which the actors of those with a slot run."""

    def __init__(
        self,
        nursery: trio.Nursery,
        *,
        store: Store,
        rules: Rules,
        now: Now,
        today: Callable[[], date],
        chance: random.Random,
        compute: Compute,
        slots: Slots,
        tracing: Tracing,
    ) -> None:
        self._nursery = nursery
        self._slots = slots
        self.waiters = Waiters()
        self.watchers = Watchers(store, now)
        self._awake: dict[str, Mailbox] = {}
        self._set_aside: dict[str, str] = {}
        self._running: set[str] = set()
        self._quiet = trio.Event()
        self.draining = False
        self.desk = Desk(
            store=store,
            rules=rules,
            ids=Ids(now, chance),
            now=now,
            today=today,
            chance=chance,
            compute=compute,
            statistics=SchedulerStatistics(),
            publish=self.publish,
            on_progress=self.watchers.tell_progress,
            may_begin=slots.may_begin,
            may_go_on=self.may_go_on,
            go_on=slots.go_on,
            tracing=tracing,
        )

    def keep_aside(self, reasons: Mapping[str, str]) -> None:
        """Leave alone the households that an earlier epoch set aside."""
        self._set_aside.update(reasons)

    def mailbox(self, household_id: str) -> Mailbox | None:
        """Return the household's mailbox if it is awake."""
        return self._awake.get(household_id)

    def set_aside_reason(self, household_id: str) -> str | None:
        """Return why the household's actor was set aside, or None."""
        return self._set_aside.get(household_id)

    def all_set_aside(self) -> Mapping[str, str]:
        """Return every household that is set aside, with its reason."""
        return dict(self._set_aside)

    def awake(self) -> list[Mailbox]:
        """Return the mailboxes of the households that are awake."""
        return list(self._awake.values())

    def may_go_on(self, household_id: str) -> Priority | None:
        """Return how urgent the next job must be with which the household may keep its slot, if any may."""
        return None if self.draining else self._slots.may_go_on(household_id)

    def publish(self, happenings: Sequence[Happening]) -> None:
        """Spread what is durable now: count it, tell those who wait and watch, wake those who have work."""
        for happening in happenings:
            job = happening.job
            self.desk.statistics.count(happening)
            self.watchers.stir(job.household_id, job.id)
            if job.state.is_final:
                self.waiters.tell(job)
            elif happening.before is None:
                self.waiters.accepted(job)
            if happening.type == "spread":
                self.waiters.release(job.id)  # who cancels it must know
            if happening.before is JobState.RUNNING and happening.type not in ("joined", "started"):
                self.waiters.turn_ended(job.household_id)
            if job.state is JobState.PENDING:
                self.wake(
                    job.household_id,
                    job.priority,
                    merge_key=job.merge_key,
                    not_before_us=job.not_before_us,
                )

    def wake(
        self,
        household_id: str,
        priority: Priority,
        *,
        merge_key: str | None = None,
        not_before_us: int | None = None,
        leftovers: bool = False,
    ) -> None:
        """See to it that the household's actor looks into the database."""
        if household_id in self._set_aside:
            return
        mailbox = self._awake.get(household_id)
        if mailbox is None:
            self._awake[household_id] = Mailbox(household_id, priority, leftovers=leftovers)
            self._slots.push(household_id, priority)
        else:
            mailbox.hear(priority, merge_key, not_before_us)
            if not (mailbox.is_resting or household_id in self._running):
                self._slots.push(household_id, mailbox.priority)
        self._fill_slots()

    def seat(self, household_id: str) -> Mailbox | None:
        """Give a sleeping household a slot before its job is there, so that both can be written together.

        None: it is awake or set aside, or others wait. A seat has to be filled with `fill`.
        """
        awake = household_id in self._awake or household_id in self._set_aside
        if self.draining or awake or not self._slots.take_at_once(household_id):
            return None
        mailbox = self._awake[household_id] = Mailbox(household_id, Priority.INTERACTIVE)
        mailbox.look()
        self._running.add(household_id)
        return mailbox

    def fill(self, mailbox: Mailbox, upcoming: Next | None) -> None:
        """Run what began when its job was accepted, if anything did; None: nobody has looked yet."""
        if self._nursery.cancel_scope.cancel_called:
            return  # too late: the next epoch decides, as about all that was cut off
        self._nursery.start_soon(self._tend, mailbox, upcoming, name=f"household {mailbox.household_id}")

    def _fill_slots(self) -> None:
        while not self.draining and (household_id := self._slots.take()) is not None:
            self._running.add(household_id)
            self._nursery.start_soon(self._tend, self._awake[household_id], name=f"household {household_id}")

    async def _tend(self, mailbox: Mailbox, upcoming: Next | None = None) -> None:
        """Run the actor in its slot; afterwards let it rest, queue again, or be put away."""
        household_id = mailbox.household_id
        rest: float | None = None
        hopeless: str | None = None
        try:
            rest = await run_household(self.desk, mailbox, upcoming)
            mailbox.crashes.clear()
        except (Busy, Vanished) as obstacle:
            rest = self._put_off(mailbox, obstacle)
        except Crashed:
            raise
        except Exception as crash:  # noqa: BLE001 -- one household's crash is that household's business
            rest, hopeless = self._crashed(mailbox, crash)
        finally:
            mailbox.let_go()
            self._running.discard(household_id)
            self._slots.give_back(household_id)
            self._tell_if_quiet()
        if hopeless is not None:
            # Only now, without the slot: it may be resumed, and get another, while this is being recorded.
            await self.set_aside(household_id, hopeless)
        if rest is not None and not self.draining:
            self._fill_slots()
            await mailbox.rest(rest)
        if self._awake.get(household_id) is mailbox:
            if mailbox.heard or rest is not None:
                self._slots.push(household_id, mailbox.priority)
            else:
                del self._awake[household_id]
        self._fill_slots()

    def _put_off(self, mailbox: Mailbox, obstacle: Busy | Vanished) -> float | None:
        """Try again later for a passing fault; nothing is left to do for a household that is gone."""
        mailbox.not_found_out()
        if isinstance(obstacle, Vanished):
            self.waiters.release(str(obstacle))
            return 0.0
        log.warning("household %s rests: %s", mailbox.household_id, obstacle.message)
        return COMMIT_AGAIN_SECONDS[-1]

    def _crashed(self, mailbox: Mailbox, crash: Exception) -> tuple[float | None, str | None]:
        """Return how long the actor rests before it is started anew, or why it is to be set aside."""
        now = trio.current_time()
        log.error("the actor of household %s crashed", mailbox.household_id, exc_info=crash)
        mailbox.not_found_out()
        mailbox.crashes = [at for at in mailbox.crashes if now - at < RESTART_WINDOW_SECONDS] + [now]
        if len(mailbox.crashes) <= RESTARTS_MAX:
            self.desk.statistics.restarts += 1
            return RESTART_DELAY_SECONDS[len(mailbox.crashes) - 1], None
        last_line = traceback.format_exception_only(crash)[-1].strip()
        return (
            None,
            f"Its work crashed {len(mailbox.crashes)} times in a row; the last time with: {last_line}",
        )

    async def set_aside(self, household_id: str, reason: str) -> None:
        """Run nothing more for the household until it is resumed. Its jobs wait, and more may come."""
        self._set_aside[household_id] = reason
        self._awake.pop(household_id, None)
        self._slots.withdraw(household_id)
        log.error("household %s is set aside: %s", household_id, reason)
        try:
            await self.desk.store.write(recovery.set_aside, household_id, reason, at_us=self.desk.now_us())
            if household_id not in self._set_aside:  # resumed meanwhile, perhaps recorded before this was
                await self.desk.store.write(recovery.set_aside, household_id, None, at_us=self.desk.now_us())
        except (Busy, NotFound) as obstacle:
            log.warning("that household %s is set aside is not recorded: %s", household_id, obstacle)
        self.watchers.stir(household_id, None)

    async def resume(self, household_id: str) -> None:
        """Let a household that was set aside go on."""
        await self.desk.store.write(recovery.set_aside, household_id, None, at_us=self.desk.now_us())
        if self._set_aside.pop(household_id, None) is not None:
            self.watchers.stir(household_id, None)
            self.wake(household_id, Priority.INTERACTIVE, leftovers=True)

    def forget(self, household_id: str) -> None:
        """Stop what runs for a household that was removed, and wake those who wait for it."""
        self._set_aside.pop(household_id, None)
        self._slots.withdraw(household_id)
        self.desk.statistics.forget(household_id)
        self.waiters.forget(household_id)
        for job_id in self.waiters.waited_for():
            self.waiters.release(job_id)
        mailbox = self._awake.get(household_id)
        if mailbox is None:
            return
        if mailbox.turn is not None:
            mailbox.turn.cancel()
        elif household_id not in self._running and not mailbox.is_resting:
            del self._awake[household_id]

    async def drain(self, grace_seconds: float) -> bool:
        """Start nothing more; wait for turns to end, then cut off the rest. Returns whether all ended."""
        self.draining = True
        self._quiet = trio.Event()
        self._tell_if_quiet()
        with trio.move_on_after(grace_seconds):
            await self._quiet.wait()
        all_ended = not self._running
        self._nursery.cancel_scope.cancel()
        return all_ended

    def _tell_if_quiet(self) -> None:
        if not self._running:
            self._quiet.set()

    def count_awake(self) -> None:
        """Bring the figures that are as of now up to date."""
        statistics = self.desk.statistics
        statistics.awake = len(self._awake)
        statistics.running = len(self._running)
        statistics.ready = self._slots.ready
        statistics.set_aside = len(self._set_aside)
        compute = self.desk.compute
        if isinstance(compute, Threads):
            statistics.threads, statistics.threads_in_use = compute.count, compute.in_use
            statistics.threads_lost = compute.lost
