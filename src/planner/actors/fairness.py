"""Who runs next: interactive before scheduled before bulk, and then household after household."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final, TypeVar, TypeVarTuple, Unpack, cast

import trio

from planner.storage.job_rows import Priority

T = TypeVar("T")
Args = TypeVarTuple("Args")

TURNS_MAX: Final = 64
INTERACTIVE_RESERVE: Final = 8
THREADS: Final = 2
assert 0 < INTERACTIVE_RESERVE < TURNS_MAX


class Slots:
    """How many households may be in a turn at once, and the households that wait for that.

    The last few slots are for interactive work only, so that no amount of bulk work delays it. A
    household stands in the queue once, and goes to its end after a turn: round robin.
    """

    def __init__(self, turns_max: int = TURNS_MAX, interactive_reserve: int = INTERACTIVE_RESERVE) -> None:
        assert 0 <= interactive_reserve < turns_max
        self._turns_max = turns_max
        self._reserve = interactive_reserve
        self._ready: dict[Priority, OrderedDict[str, None]] = {each: OrderedDict() for each in Priority}
        self.taken = 0

    @property
    def ready(self) -> int:
        """How many households wait for a slot."""
        return sum(map(len, self._ready.values()))

    def push(self, household_id: str, priority: Priority) -> None:
        """Queue the household; one that waits already moves up when it has become more urgent."""
        for each, queue in self._ready.items():
            if household_id in queue:
                if each <= priority:
                    return
                del queue[household_id]
        self._ready[priority][household_id] = None

    def withdraw(self, household_id: str) -> None:
        """Take the household out of the queue, if it is in it."""
        for queue in self._ready.values():
            queue.pop(household_id, None)

    def take(self) -> str | None:
        """Take a slot for the household whose turn it is, or return None: no slot, or nobody waits."""
        for priority, queue in self._ready.items():
            limit = self._turns_max - (0 if priority is Priority.INTERACTIVE else self._reserve)
            if queue and self.taken < limit:
                household_id, _ = queue.popitem(last=False)
                self.taken += 1
                return household_id
        return None

    def give_back(self) -> None:
        """Free a slot."""
        assert self.taken > 0
        self.taken -= 1


class Threads:
    """Runs arithmetic in a few worker threads, the most urgent first."""

    def __init__(self, count: int = THREADS) -> None:
        self.count = count
        self._free = count
        self._waiting = {each: trio.lowlevel.ParkingLot() for each in Priority}

    async def __call__(self, priority: Priority, fn: Callable[[Unpack[Args]], T], /, *args: *Args) -> T:
        """Return what `fn(*args)` returns. Cancelled, the thread is left to end by itself."""
        # trio asks no more of a limiter than these two methods, but its annotation names the class.
        share = cast("trio.CapacityLimiter", _Share(self, priority))
        return await trio.to_thread.run_sync(fn, *args, limiter=share, abandon_on_cancel=True)

    @property
    def in_use(self) -> int:
        """How many threads work now; one that was left behind by a cancellation counts until it ends."""
        return self.count - self._free

    async def acquire(self, priority: Priority) -> None:
        """Wait for a thread."""
        if self._free:
            self._free -= 1
        else:
            await self._waiting[priority].park()

    def release(self) -> None:
        """Hand the thread to the most urgent who waits."""
        for lot in self._waiting.values():
            if lot:
                lot.unpark()
                return
        self._free += 1


class _Share:
    """The threads as one borrower with its priority sees them."""

    def __init__(self, threads: Threads, priority: Priority) -> None:
        self._threads = threads
        self._priority = priority

    async def acquire_on_behalf_of(self, _borrower: object) -> None:
        await self._threads.acquire(self._priority)

    def release_on_behalf_of(self, _borrower: object) -> None:
        self._threads.release()
