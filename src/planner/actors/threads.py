"""Worker threads for arithmetic, shared out fairly; and those that are lost to work that does not end."""

import logging
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar, TypeVarTuple, Unpack, cast

import trio

from planner.actors.rounds import QUANTUM_SECONDS, Hold, Line
from planner.domain.errors import Busy
from planner.storage.job_rows import Priority

log = logging.getLogger(__name__)

T = TypeVar("T")
Args = TypeVarTuple("Args")

THREADS: Final = 2
ENDS_WITHIN_SECONDS: Final = 1.0
"""Arithmetic that was cancelled has ended by then, at its next beat; if not, its thread counts as lost."""

LOST_MAX: Final = 4
"""So many lost threads are replaced. They cannot be stopped, and each may go on taking processor time."""

RETRY_AFTER_SECONDS: Final = 60.0
STACK_FRAMES_MAX: Final = 10


class NoThread(Busy):
    """Every thread is held by arithmetic that was cancelled and does not end."""


@dataclass(frozen=True, slots=True)
class Claim:
    """For whom a thread is asked for, and for work of which class."""

    household_id: str
    priority: Priority


@dataclass(slots=True, eq=False)
class _Call:
    claim: Claim
    given: trio.Event = field(default_factory=trio.Event)
    hold: Hold | None = None


class Threads:
    """Runs arithmetic in a few worker threads, the most urgent first, and household after household.

    A household is charged for the seconds that its arithmetic holds a thread, even when its turn has been
    cancelled and the arithmetic has yet to notice. Arithmetic that does not notice at all loses its thread:
    another takes its place, up to a limit; beyond it the thread is missing, and without any thread work is
    refused with the reason.
    """

    def __init__(
        self,
        count: int = THREADS,
        *,
        quantum_seconds: float = QUANTUM_SECONDS,
        ends_within_seconds: float = ENDS_WITHIN_SECONDS,
        lost_max: int = LOST_MAX,
    ) -> None:
        self.count = count
        self._ends_within = ends_within_seconds
        self._lost_max = lost_max
        self._free = count
        self._line = Line(trio.current_time, quantum_seconds)
        self._calls: dict[str, deque[_Call]] = {}
        self._missing: list[_Share] = []
        self.lost = 0

    @property
    def remembered(self) -> int:
        """Of how many households anything is kept."""
        return len(self._calls) + self._line.accounts

    async def __call__(self, claim: Claim, fn: Callable[[Unpack[Args]], T], /, *args: *Args) -> T:
        """Return what `fn(*args)` returns. Cancelled, the thread is left to end by itself.

        Raises NoThread where there is none left to wait for.
        """
        share = _Share(self, claim)
        # trio asks no more of a limiter than its two methods, but its annotation names the class.
        limiter = cast("trio.CapacityLimiter", share)
        try:
            return await trio.to_thread.run_sync(
                share.run, fn, *args, limiter=limiter, abandon_on_cancel=True
            )
        except trio.Cancelled:
            if share.is_held:
                trio.lowlevel.spawn_system_task(self._see_it_end, share, name="a thread left behind")
            raise

    @property
    def in_use(self) -> int:
        """How many threads work now; one that was left behind by a cancellation counts until it ends."""
        return self.count - self._free

    async def acquire(self, claim: Claim) -> Hold:
        """Wait for a thread; raises NoThread."""
        if len(self._missing) == self.count:
            raise self._hopeless()
        call = _Call(claim)
        self._calls.setdefault(claim.household_id, deque()).append(call)
        self._line.push(claim.household_id, claim.priority)
        self._hand_out()
        if call.hold is None:
            try:
                await call.given.wait()
            except trio.Cancelled:
                self._leave(call)
                raise
        if call.hold is None:
            raise self._hopeless()
        return call.hold

    def release(self, hold: Hold) -> None:
        """Hand the thread to whose turn it is."""
        self._line.give_back(hold)
        self._free += 1
        self._hand_out()

    async def _see_it_end(self, share: "_Share") -> None:
        """Give the thread of a cancelled call up for lost if it does not end; others get another."""
        with trio.move_on_after(self._ends_within):
            await share.ended.wait()
        if share.ended.is_set():
            return
        share.is_lost = True
        self.lost += 1
        log.error(
            "arithmetic of household %s was cancelled and does not end: it gives no beat. "
            "Its thread is lost (%d by now, %d are replaced). It is at:\n%s",
            share.claim.household_id, self.lost, self._lost_max, share.stack(),
        )  # fmt: skip
        self._missing.append(share)
        self._replace_some()
        if len(self._missing) == self.count:
            self._refuse_all()

    def _replace_some(self) -> None:
        while self._missing and self.lost - len(self._missing) < self._lost_max:
            self.release(self._missing.pop(0).hold)

    def _found(self, share: "_Share") -> None:
        """A lost thread has ended after all."""
        log.warning("arithmetic of household %s ended after all", share.claim.household_id)
        self.lost -= 1
        if share in self._missing:
            self._missing.remove(share)
            self.release(share.hold)
        else:
            self._replace_some()

    def ended(self, share: "_Share") -> None:
        """Take a thread back from a call that is over."""
        share.ended.set()
        if share.is_lost:
            self._found(share)
        else:
            self.release(share.hold)

    def _hopeless(self) -> NoThread:
        return NoThread(
            f"The arithmetic of {self.lost} jobs that were cancelled does not end, and no thread is left for "
            "other work. Restart planner; its log says what they were at.",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )

    def _refuse_all(self) -> None:
        """Wake everybody who waits for a thread: none will come."""
        for call in [call for calls in self._calls.values() for call in calls]:
            self._give_up(call)
            call.given.set()

    def _hand_out(self) -> None:
        while self._free and (priority := self._line.next_class()) is not None:
            hold = self._line.take(priority)
            calls = self._calls[hold.household_id]
            call = min(calls, key=lambda each: each.claim.priority)
            self._remove(call)
            self._free -= 1
            call.hold = hold
            call.given.set()

    def _leave(self, call: _Call) -> None:
        """Take back what a call was given after it had been cancelled and before it knew."""
        if call.hold is not None:
            self.release(call.hold)
        elif not call.given.is_set():
            self._give_up(call)

    def _give_up(self, call: _Call) -> None:
        self._line.withdraw(call.claim.household_id)
        self._remove(call)

    def _remove(self, call: _Call) -> None:
        """Take the call out; the household waits on for its other calls."""
        household_id = call.claim.household_id
        calls = self._calls[household_id]
        calls.remove(call)
        if calls:
            self._line.push(household_id, min(each.claim.priority for each in calls))
        else:
            del self._calls[household_id]


class _Share:
    """One call of a thread, as trio's limiter of a single borrower."""

    def __init__(self, threads: Threads, claim: Claim) -> None:
        self._threads = threads
        self._hold: Hold | None = None
        self._thread_id: int | None = None
        self.claim = claim
        self.ended = trio.Event()
        self.is_lost = False

    @property
    def hold(self) -> Hold:
        """The thread it was given."""
        assert self._hold is not None
        return self._hold

    @property
    def is_held(self) -> bool:
        """Whether it was given a thread that has not ended."""
        return self._hold is not None and not self.ended.is_set()

    def run(self, fn: Callable[[Unpack[Args]], T], *args: *Args) -> T:
        """Do the work, in the thread."""
        self._thread_id = threading.get_ident()
        return fn(*args)

    def stack(self) -> str:
        """Return what the thread is doing, innermost last."""
        frame = sys._current_frames().get(self._thread_id or 0)  # noqa: SLF001 -- documented, for debuggers
        if frame is None:
            return "(it cannot be seen)"
        return "".join(traceback.format_list(traceback.extract_stack(frame, limit=STACK_FRAMES_MAX)))

    async def acquire_on_behalf_of(self, _borrower: object) -> None:
        self._hold = await self._threads.acquire(self.claim)

    def release_on_behalf_of(self, _borrower: object) -> None:
        self._threads.ended(self)
