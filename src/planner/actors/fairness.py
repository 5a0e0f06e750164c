"""Who runs next: slots for turns and threads for arithmetic, shared out fairly between households."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar, TypeVarTuple, Unpack, cast

import trio

from planner.actors.rounds import QUANTUM_SECONDS, Hold, Line
from planner.storage.job_rows import Priority

T = TypeVar("T")
Args = TypeVarTuple("Args")

TURNS_MAX: Final = 64
INTERACTIVE_RESERVE: Final = 8
THREADS: Final = 2
assert 0 < INTERACTIVE_RESERVE < TURNS_MAX


class Slots:
    """How many households may be in a turn at once, and the households that wait for that.

    The last few slots are for interactive work only, so that no amount of bulk work delays it. A household
    stands in the queue once, and is charged for the seconds that it holds its slot: what a slot hands
    out is time, whether the turn calculates, waits for a thread, or is being recorded.
    """

    def __init__(
        self,
        turns_max: int = TURNS_MAX,
        interactive_reserve: int = INTERACTIVE_RESERVE,
        *,
        clock: Callable[[], float] = trio.current_time,
        quantum_seconds: float = QUANTUM_SECONDS,
    ) -> None:
        assert 0 <= interactive_reserve < turns_max
        self._turns_max = turns_max
        self._for_all = turns_max - interactive_reserve
        self._line = Line(clock, quantum_seconds)
        self._holds: dict[str, Hold] = {}

    @property
    def taken(self) -> int:
        """How many slots are held."""
        return len(self._holds)

    @property
    def ready(self) -> int:
        """How many households wait for a slot."""
        return len(self._line)

    @property
    def remembered(self) -> int:
        """Of how many households anything is kept: those that wait, run, or owe."""
        return self.ready + self.taken + self._line.accounts

    def push(self, household_id: str, priority: Priority) -> None:
        """Queue the household; one that waits already moves up when it has become more urgent."""
        self._line.push(household_id, priority)

    def withdraw(self, household_id: str) -> None:
        """Take the household out of the queue, if it is in it."""
        self._line.withdraw(household_id)

    def take(self) -> str | None:
        """Take a slot for the household whose turn it is, or return None: no slot, or nobody waits."""
        if self.taken >= self._turns_max:
            return None
        priority = self._line.next_class(self._least(self.taken))
        if priority is None:
            return None
        hold = self._line.take(priority)
        self._holds[hold.household_id] = hold
        return hold.household_id

    def may_begin(self, household_id: str) -> Priority:
        """Return the least urgent job that the household may begin in the slot it has just been given."""
        held, least = self._holds[household_id].priority, self._least(self.taken - 1)
        return held if self._line.next_class(least) is not None else max(held, least)

    def may_go_on(self, household_id: str) -> Priority | None:
        """Return the least urgent job with which the household may keep its slot, None: with no job.

        Whoever waits for interactive work gets the slot at the end of the turn. In the other classes the
        household may go on until its quantum is used up, unless somebody more urgent waits.
        """
        hold, least = self._holds[household_id], self._least(self.taken - 1)
        rival = self._line.next_class(least)
        if rival is None:
            return least
        if rival is Priority.INTERACTIVE or self._line.owed_class() is not None:
            return None
        if hold.priority is rival and self._line.left(hold) > 0:
            return rival
        return Priority(rival - 1)

    def go_on(self, household_id: str, priority: Priority) -> None:
        """The household keeps its slot for a job of `priority`."""
        self._holds[household_id] = self._line.go_on(self._holds[household_id], priority)

    def give_back(self, household_id: str) -> None:
        """Free the household's slot."""
        self._line.give_back(self._holds.pop(household_id))

    def _least(self, taken: int) -> Priority:
        """Return the least urgent work that may have one more slot when so many are held."""
        return Priority.BULK if taken < self._for_all else Priority.INTERACTIVE


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
    cancelled and the arithmetic has yet to notice.
    """

    def __init__(self, count: int = THREADS, *, quantum_seconds: float = QUANTUM_SECONDS) -> None:
        self.count = count
        self._free = count
        self._line = Line(trio.current_time, quantum_seconds)
        self._calls: dict[str, deque[_Call]] = {}

    @property
    def remembered(self) -> int:
        """Of how many households anything is kept."""
        return len(self._calls) + self._line.accounts

    async def __call__(self, claim: Claim, fn: Callable[[Unpack[Args]], T], /, *args: *Args) -> T:
        """Return what `fn(*args)` returns. Cancelled, the thread is left to end by itself."""
        # trio asks no more of a limiter than these two methods, but its annotation names the class.
        share = cast("trio.CapacityLimiter", _Share(self, claim))
        return await trio.to_thread.run_sync(fn, *args, limiter=share, abandon_on_cancel=True)

    @property
    def in_use(self) -> int:
        """How many threads work now; one that was left behind by a cancellation counts until it ends."""
        return self.count - self._free

    async def acquire(self, claim: Claim) -> Hold:
        """Wait for a thread."""
        call = _Call(claim)
        self._calls.setdefault(claim.household_id, deque()).append(call)
        self._line.push(claim.household_id, claim.priority)
        self._hand_out()
        if call.hold is None:
            try:
                await call.given.wait()
            except trio.Cancelled:
                self._give_up(call)
                raise
        assert call.hold is not None
        return call.hold

    def release(self, hold: Hold) -> None:
        """Hand the thread to whose turn it is."""
        self._line.give_back(hold)
        self._free += 1
        self._hand_out()

    def _hand_out(self) -> None:
        while self._free and (priority := self._line.next_class()) is not None:
            hold = self._line.take(priority)
            calls = self._calls[hold.household_id]
            call = min(calls, key=lambda each: each.claim.priority)
            self._remove(call)
            self._free -= 1
            call.hold = hold
            call.given.set()

    def _give_up(self, call: _Call) -> None:
        assert call.hold is None, "who is given a thread is not cancelled before it learns so"
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
    """The threads as one borrower with its claim sees them."""

    def __init__(self, threads: Threads, claim: Claim) -> None:
        self._threads = threads
        self._claim = claim
        self._hold: Hold | None = None

    async def acquire_on_behalf_of(self, _borrower: object) -> None:
        self._hold = await self._threads.acquire(self._claim)

    def release_on_behalf_of(self, _borrower: object) -> None:
        assert self._hold is not None
        self._threads.release(self._hold)
