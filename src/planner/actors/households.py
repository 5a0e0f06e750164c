"""The one door to every household's mailbox: ask for work, wait for it, follow it, cancel it."""

import logging
import random
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import date
from typing import Final

import trio

from planner.actors import ledger
from planner.actors.accept import MAILBOX_MAX, Rules
from planner.actors.admission import After, Asked, Asking, Before, admit
from planner.actors.batch import cancel_children, is_spread
from planner.actors.fairness import Slots
from planner.actors.ids import Now, wall_clock
from planner.actors.kind import Kind, Kinds, Request
from planner.actors.recovery import recover
from planner.actors.statistics import SchedulerStatistics
from planner.actors.supervisor import Supervisor
from planner.actors.threads import Threads
from planner.actors.tracing import UNTRACED, Tracing
from planner.actors.turn import Compute, Turn
from planner.actors.views import Accepted, Explanation, HouseholdStatus, JobsPage, JobView, view_of
from planner.actors.waiters import TurnEnd
from planner.actors.watch import Event
from planner.actors.why import explain
from planner.domain.errors import Busy, Crowded, NotFound, Repeated, Reused
from planner.storage import attempts, batches, done_keys, history, jobs
from planner.storage.database import Store
from planner.storage.done_keys import DoneKey
from planner.storage.history import Wanted
from planner.storage.job_rows import AttemptRow, JobRow, JobState

log = logging.getLogger(__name__)

CANCEL_WAIT_SECONDS: Final = 5.0
STATUS_WAITING_MAX: Final = 20
DRAINING_RETRY_SECONDS: Final = 5.0


class Households:
    """All mailboxes. `supervise` makes it; it is of use until that task ends."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._desk = supervisor.desk
        self._store = supervisor.desk.store
        self._kinds = supervisor.desk.rules.kinds

    async def accept(
        self,
        request: Asking,
        before: Before | None = None,
        after: After | None = None,
        *,
        household_id: str | None = None,
    ) -> Accepted:
        """Accept a request, with what `before` changes, in one transaction; answer after the commit.

        `request` may be a function of what `before` returned; None from it: nothing is asked for. `after`
        runs last in the transaction, with what `before` returned and the job that will answer.
        `household_id` says for whom such a function asks: if that household sleeps, its turn begins in the
        same transaction, one commit earlier than otherwise.
        Raises Refused (and what `before` raises), or Busy; then nothing was stored.
        """
        if self._supervisor.draining:
            raise Busy(
                "Planner is stopping and takes nothing new.", retry_after_seconds=DRAINING_RETRY_SECONDS
            )
        asked = Asked(request, before, after, self._desk.stamp(), self._desk.rules, self._store.epoch)
        sleeper = request.household_id if isinstance(request, Request) else household_id
        try:
            with self._desk.tracing.accepting() as accepted:
                decided, result = await admit(self._supervisor, asked, sleeper)
                if decided is not None:
                    accepted(decided)
        except (Crowded, Repeated, Reused) as refusal:
            self._desk.statistics.refused[type(refusal).__name__.lower()] += 1
            raise
        if decided is None:
            return Accepted(job_id=None, household_id=None, joined=False, state=None, before=result)
        return Accepted(
            job_id=decided.job.id,
            household_id=decided.job.household_id,
            joined=decided.joined,
            state=decided.job.state,
            before=result,
            remembered=decided.remembered,
        )

    async def wait(self, job_id: str, timeout_seconds: float) -> JobView:
        """Return the job when it is final, following supersession, or as it is at the timeout.

        Giving up harms nothing. Raises NotFound or Gone.
        """
        with trio.move_on_after(timeout_seconds):
            while (job := await self._ended(job_id)).successor_id is not None:
                job_id = job.successor_id
            return self.view(job)
        return self.view(await self._known(job_id))

    async def _ended(self, job_id: str, *, or_spread: bool = False) -> JobRow:
        while True:
            waiter = self._supervisor.waiters.join(job_id)
            try:
                if or_spread or not self._supervisor.waiters.is_live(job_id):
                    job = await self._known(job_id)
                    if job.state.is_final or (or_spread and is_spread(job)):
                        return job
                await waiter.told.wait()
            finally:
                self._supervisor.waiters.leave(job_id, waiter)
            if waiter.job is not None:
                return waiter.job

    async def job(self, job_id: str) -> JobView:
        """Return one job; raises NotFound if it never existed, Gone past its retention."""
        return self.view(await self._known(job_id))

    async def attempts(self, job_id: str) -> list[AttemptRow]:
        """Return the runs of the job, first to last."""
        await self._known(job_id)
        return await self._store.read(attempts.of_job, job_id)

    async def jobs(
        self,
        household_id: str | None = None,
        states: Collection[JobState] | None = None,
        before_seq: int | None = None,
        limit: int = 50,
    ) -> list[JobView]:
        """Return jobs, the last accepted first; `before_seq` (a view's `seq`) goes on with the next page.

        A batch stands for its children.
        """
        found = await self._store.read(
            history.list_jobs, household_id=household_id, states=states, before_seq=before_seq, limit=limit
        )
        return [self.view(job) for job in found]

    async def jobs_page(self, wanted: Wanted, before_seq: int | None = None, limit: int = 50) -> JobsPage:
        """Return jobs of all households, the last accepted first, and where the next page begins."""
        found = await self._store.read(history.page_of_jobs, wanted, before_seq=before_seq, limit=limit)
        return JobsPage(jobs=tuple(map(self.view, found.jobs)), next_seq=found.next_seq)

    async def children(self, job_id: str, after_seq: int = 0, limit: int = 50) -> list[JobView]:
        """Return a batch's children in their order; `after_seq` (a view's `seq`) goes on with the next page.

        A job that is no batch has none. Raises NotFound or Gone.
        """
        await self._known(job_id)
        found = await self._store.read(batches.children_after, job_id, after_seq, limit)
        return [self.view(job) for job in found]

    async def cancel(self, job_id: str) -> JobView:
        """Cancel a job that waits or runs; a final one stays as it is. Returns the job as it is then.

        What a running one wanted to write is never written. A turn that ended just before keeps its outcome.
        Of a batch, every child that has not ended is cancelled; what the others have done stays.
        """
        while True:
            job = await self._cancel_if(job_id, JobState.PENDING)
            if job.state is not JobState.RUNNING:
                return self.view(job)
            if is_spread(job):
                return await self._cancel_batch(job_id)
            mailbox = self._supervisor.mailbox(job.household_id)
            if mailbox is not None and mailbox.cancel(job_id):
                with trio.move_on_after(CANCEL_WAIT_SECONDS):
                    job = await self._ended(job_id, or_spread=True)
                    if is_spread(job):
                        continue
                    return self.view(job)
                return self.view(await self._known(job_id))
            job = await self._cancel_if(job_id, JobState.RUNNING, attempt=job.attempts)
            if mailbox is not None:
                mailbox.rouse()

    async def _cancel_batch(self, batch_id: str) -> JobView:
        cancelling = await self._store.write(
            cancel_children, batch_id, self._desk.rules, at_us=self._desk.now_us()
        )
        self._supervisor.publish(cancelling.happenings)
        if cancelling.running_id is not None:
            await self.cancel(cancelling.running_id)
        return self.view(await self._known(batch_id))

    async def _cancel_if(self, job_id: str, state: JobState, attempt: int | None = None) -> JobRow:
        job, happenings = await self._store.write(
            ledger.cancel_unheld,
            job_id,
            self._desk.rules,
            state=state,
            attempt=attempt,
            at_us=self._desk.now_us(),
        )
        self._supervisor.publish(happenings)
        return job

    async def why(self, job_id: str) -> Explanation:
        """Say what the job waits for, what runs, what it was merged with and when it will likely start."""
        job = await self._known(job_id)
        turn = self._turn(job.household_id)
        return await explain(
            self._store,
            job,
            self._kinds,
            turn=turn,
            statistics=self.statistics(),
            set_aside_reason=self._supervisor.set_aside_reason(job.household_id),
            draining=self._supervisor.draining,
            now_us=self._desk.now_us(),
        )

    async def status(self, household_id: str) -> HouseholdStatus:
        """Return the household's mailbox, its running job with progress, its last error; raises NotFound."""
        seen = await self._store.read(
            history.look, household_id, shown=STATUS_WAITING_MAX, counted=self._desk.rules.mailbox_max
        )
        if seen is None:
            raise NotFound(f"There is no household {household_id}.")
        running = [job for job in seen.live if job.state is JobState.RUNNING]
        waiting = [job for job in seen.live if job.state is JobState.PENDING]
        return HouseholdStatus(
            household_id=household_id,
            revision=seen.door.revision,
            running=self.view(running[0]) if running else None,
            batch=None if seen.batch is None else self.view(seen.batch),
            waiting=tuple(map(self.view, waiting)),
            waiting_count=seen.waiting_count,
            last_error=None if seen.last_failure is None else self.view(seen.last_failure),
            set_aside_reason=self._supervisor.set_aside_reason(household_id) or seen.door.set_aside_reason,
        )

    async def done_keys(self, household_id: str, after_key: str = "", limit: int = 50) -> list[DoneKey]:
        """Return what the household remembers as done, by key; `after_key` goes on with the next page."""
        return await self._store.read(
            done_keys.keys_after, household_id, after_key, now_us=self._desk.now_us(), limit=limit
        )

    async def clear_key(self, household_id: str, key: str) -> None:
        """Forget that something was done, so that it can be done again; raises NotFound."""
        await self._store.write(done_keys.forget_key, household_id, key)

    def set_aside(self) -> Mapping[str, str]:
        """Return the households whose actors are set aside, each with its reason."""
        return self._supervisor.all_set_aside()

    def stuck(self) -> list[str]:
        """Return the households whose turn has given no sign of life for longer than its kind may."""
        return [each.household_id for each in self._supervisor.awake() if each.turn and each.turn.is_stuck]

    async def resume(self, household_id: str) -> None:
        """Let a household that was set aside go on; raises NotFound."""
        await self._supervisor.resume(household_id)

    def forget(self, household_id: str) -> None:
        """Stop what runs for a household whose rows were just removed; those who wait find nothing."""
        self._supervisor.forget(household_id)

    def refuse_watcher_if_full(self) -> None:
        """Raise Busy when as many follow events as may, before an answer to one more has begun."""
        self._supervisor.watchers.refuse_if_full()

    def watch(
        self,
        household_id: str | None = None,
        job_id: str | None = None,
        after_event_id: int | None = None,
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Follow events: `async with households.watch(...) as events: async for event in events`.

        From now on, or from after the event given; a job's from its beginning. Entering it raises Busy when
        as many follow as may.
        """
        return self._supervisor.watchers.watch(household_id, job_id, after_event_id)

    def turn_ended(self, household_id: str) -> TurnEnd:
        """Return the end of the household's present or next turn, to be awaited.

        Take it before you read what you hope the turn brings, and await it after: so no end is missed.
        """
        return self._supervisor.waiters.turn_end(household_id)

    def statistics(self) -> SchedulerStatistics:
        """Return the counters of this epoch, with the present depth and number of actors."""
        self._supervisor.count_awake()
        return self._desk.statistics

    async def drain(self, grace_seconds: float) -> bool:
        """Take nothing new, let turns end, and park what has not ended in time. Returns whether all ended.

        A parked job stays in its running slot; the next epoch runs it again, and this run does not count
        against it. Whatever waits stays waiting. Afterwards `supervise` ends.
        """
        all_ended = await self._supervisor.drain(grace_seconds)
        if not all_ended:
            try:
                await self._store.write(attempts.park_open, at_us=self._desk.now_us())
            except Busy as busy:
                log.warning("what is cut off counts as a crash, not as parked: %s", busy.message)
        return all_ended

    async def _known(self, job_id: str) -> JobRow:
        return await self._store.read(jobs.known_job, job_id, now_us=self._desk.now_us())

    def _turn(self, household_id: str) -> Turn | None:
        mailbox = self._supervisor.mailbox(household_id)
        return None if mailbox is None else mailbox.turn

    def view(self, job: JobRow) -> JobView:
        """Show a job that was read from the database, with how far it is."""
        turn = self._turn(job.household_id)
        mine = turn is not None and turn.job.id == job.id and not job.state.is_final
        return view_of(job, self._kinds, turn if mine else None, now_us=self._desk.now_us())


async def supervise(
    store: Store,
    kinds: Iterable[Kind],
    *,
    now: Now = wall_clock,
    today: Callable[[], date] | None = None,
    chance: random.Random | None = None,
    compute: Compute | None = None,
    slots: Slots | None = None,
    mailbox_max: int = MAILBOX_MAX,
    tracing: Tracing = UNTRACED,
    task_status: trio.TaskStatus[Households] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Recover what older epochs left, then hand over the door and run actors until cancelled or drained.

    `today` is the date where people are, that of `now` in UTC if none is given. `now`, `chance` and
    `compute` (where arithmetic runs) are for runs that must be repeatable.
    """
    async with trio.open_nursery() as nursery:
        supervisor = Supervisor(
            nursery,
            store=store,
            rules=Rules(kinds=Kinds(kinds), mailbox_max=mailbox_max),
            now=now,
            today=today or (lambda: now().date()),
            chance=chance or random.Random(),  # noqa: S311 -- jitter and the tails of ids, not secrets
            compute=compute or Threads(),
            slots=slots or Slots(),
            tracing=tracing,
        )
        try:
            await recover(supervisor)
            task_status.started(Households(supervisor))
            await trio.sleep_forever()
        finally:
            supervisor.draining = True  # what is answered from here on starts nothing any more
