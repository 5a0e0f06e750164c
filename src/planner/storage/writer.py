"""The one writer: takes all that queued while the last commit ran, commits it together, then answers."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, Final, NoReturn, ParamSpec, TypeVar

import outcome
import trio
from sqlalchemy import Connection

from planner.domain.errors import Busy, Crashed
from planner.storage.connection import Bound, Connected
from planner.storage.durations import Durations
from planner.storage.faults import DiskFull
from planner.storage.group import Outcome, Work, commit_group, crash_in
from planner.storage.reserve import FREE_BYTES_MIN, Reserve

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

GROUP_MAX: Final = 256
WAITING_MAX: Final = 20_000
SPACE_CHECK_SECONDS: Final = 5.0
assert GROUP_MAX < WAITING_MAX


@dataclass(slots=True)
class WriterStatistics:
    """What the writer has done since it was opened."""

    commits: int = 0
    units: int = 0
    failed_units: int = 0
    last_group: int = 0
    latency: Durations = field(default_factory=Durations)

    @property
    def mean_group(self) -> float:
        """Units for each commit."""
        return self.units / self.commits if self.commits else 0.0


@dataclass(eq=False, slots=True)
class Request:
    """One unit that waits for the writer, and the task that waits for it."""

    work: Work
    task: trio.lowlevel.Task


class Writer:
    """The queue in front of the one connection that writes.

    `serve` owns the connection until it is cancelled or the store is lost; `write` may be called by any task.
    """

    def __init__(self, connected: Connected, reserve: Reserve) -> None:
        self._connected = connected
        self._reserve = reserve
        self._waiting: OrderedDict[Request, None] = OrderedDict()
        self._taken: list[Request] = []
        self._arrived = trio.Event()
        self._closed: str | None = None
        self.read_only_reason: str | None = None
        self.statistics = WriterStatistics()

    async def write(
        self, unit: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `unit` in the writer's transaction and return its result once that is durable.

        Cancelled while it waits, the unit never runs. Once the writer has taken it, the true outcome is
        returned and the cancellation shows at the caller's next checkpoint. Raises what the unit raised
        (it alone is rolled back), Busy (nothing written), or Crashed (unknown).
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        self._refuse_if_shut()
        request = Request(partial(_call, unit, args, kwargs), trio.lowlevel.current_task())
        self._waiting[request] = None
        self._arrived.set()

        def leave(_: object) -> trio.lowlevel.Abort:
            if request not in self._waiting:
                return trio.lowlevel.Abort.FAILED
            del self._waiting[request]
            return trio.lowlevel.Abort.SUCCEEDED

        result: T = await trio.lowlevel.wait_task_rescheduled(leave)
        return result

    async def serve(self) -> NoReturn:
        """Commit group after group until cancelled; raises Crashed when the store is lost."""
        try:
            while True:
                if self.read_only_reason:
                    await self._wait_for_space()
                await self._arrived.wait()
                self._arrived = trio.Event()
                while self._waiting:
                    self._taken = self._take()
                    await self._commit(self._taken)
                    await trio.lowlevel.checkpoint_if_cancelled()
        finally:
            self._closed = self._closed or "Planner is stopping; nothing was written."
            self._refuse_waiting(self._closed)
            for request in self._taken:  # a bug of the writer itself: nobody may wait for ever
                trio.lowlevel.reschedule(request.task, outcome.Error(Crashed("The writer failed.")))

    async def open_reserve(self) -> None:
        """Hold disk space in reserve; without room for it the store starts read-only."""
        if not await self._connected.thread.run(self._reserve.fill):
            self._become_read_only()

    def _refuse_if_shut(self) -> None:
        if self._closed:
            raise Busy(self._closed, retry_after_seconds=2)
        if self.read_only_reason:
            raise DiskFull(self.read_only_reason, retry_after_seconds=30)
        if len(self._waiting) >= WAITING_MAX:
            raise Busy("Too many writes are waiting; nothing was written.", retry_after_seconds=1)

    def _take(self) -> list[Request]:
        count = min(GROUP_MAX, len(self._waiting))
        return [self._waiting.popitem(last=False)[0] for _ in range(count)]

    async def _commit(self, group: list[Request]) -> None:
        works = [request.work for request in group]
        started = time.perf_counter()
        outcomes, full = await self._connected.thread.run(
            partial(commit_or_make_room, self._connected.bound, works, self._reserve)
        )
        crash = crash_in(outcomes)
        if crash:
            self._closed = "The database was lost; nothing was written. Planner has to be started again."
        self._count(outcomes, time.perf_counter() - started)
        self._taken = []
        for request, result in zip(group, outcomes, strict=True):
            trio.lowlevel.reschedule(request.task, result)
        if crash:
            raise Crashed(str(crash)) from crash.__cause__
        if full:
            self._become_read_only()

    def _count(self, outcomes: list[Outcome], seconds: float) -> None:
        statistics = self.statistics
        statistics.commits += 1
        statistics.units += len(outcomes)
        statistics.failed_units += sum(isinstance(each, outcome.Error) for each in outcomes)
        statistics.last_group = len(outcomes)
        statistics.latency.add(seconds)

    def _become_read_only(self) -> None:
        folder: Path = self._reserve.path.parent
        self.read_only_reason = (
            f"The disk that holds {folder} is full: planner can show everything and change nothing. "
            f"Free at least {FREE_BYTES_MIN // 1024 // 1024} MB there; planner then goes on by itself."
        )
        log.error(self.read_only_reason)
        self._refuse_waiting(self.read_only_reason)

    def _refuse_waiting(self, reason: str) -> None:
        while self._waiting:
            request, _ = self._waiting.popitem(last=False)
            trio.lowlevel.reschedule(request.task, outcome.Error(Busy(reason, retry_after_seconds=5)))

    async def _wait_for_space(self) -> None:
        while self.read_only_reason:
            await trio.sleep(SPACE_CHECK_SECONDS)
            if await self._connected.thread.run(self._reserve.fill):
                log.warning("there is room on the disk again: planner writes")
                self.read_only_reason = None


def commit_or_make_room(bound: Bound, works: list[Work], reserve: Reserve) -> tuple[list[Outcome], bool]:
    """Commit `works`; when the disk is full, let the reserve go and try again those that found no room.

    The second value says that there is no room for a new reserve: what is in hand was still written (if
    it fits at all), and nothing more should be.
    """
    outcomes = commit_group(bound, works)
    without_room = [index for index, result in enumerate(outcomes) if _found_no_room(result)]
    if not without_room:
        return outcomes, False
    reserve.release()
    again = commit_group(bound, [works[index] for index in without_room])
    for index, result in zip(without_room, again, strict=True):
        outcomes[index] = result
    return outcomes, not reserve.fill()


def _found_no_room(result: Outcome) -> bool:
    return isinstance(result, outcome.Error) and isinstance(result.error, DiskFull)


def _call(
    unit: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], connection: Connection
) -> Any:
    return unit(connection, *args, **kwargs)
