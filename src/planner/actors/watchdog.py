"""Watches the event loop from a thread of its own: how late the loop is, and who holds it up."""

import logging
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import trio

from planner.actors.ids import Now, wall_clock
from planner.storage.durations import Durations

log = logging.getLogger(__name__)

WARN_SECONDS: Final = 0.25
"""A loop that has not come round for so long is blocked, and it is said by whom."""

EVERY_SECONDS: Final = 0.2
SAMPLES_KEPT: Final = 300
"""A minute's."""

REPORT_EVERY_SECONDS: Final = 60.0
STACK_FRAMES_MAX: Final = 25
QUANTILES: Final = (0.5, 0.99)
JOIN_SECONDS: Final = 1.0
NO_TASK: Final = "no task, so it waits for other threads or for the machine"


@dataclass(frozen=True, kw_only=True, slots=True)
class Blocked:
    """One time that the loop did not come round. `stack` is what its thread was doing, innermost last.

    `task` is the task that it was in, None when it was in none. Both are None where nobody could look: code
    that holds the interpreter holds up the watchdog as well.
    """

    at: datetime
    seconds: float
    task: str | None = None
    stack: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LoopStatistics:
    """How late the loop was in the last minute; `lag` and the count are of all time."""

    lag_last_seconds: float = 0.0
    lag_p50_seconds: float = 0.0
    lag_p99_seconds: float = 0.0
    lag_max_seconds: float = 0.0
    lag: Durations = field(default_factory=Durations)
    blocked_count: int = 0
    last_blocked: Blocked | None = None

    @property
    def samples(self) -> int:
        """How often the loop was asked to come round, and did."""
        return self.lag.count

    @property
    def late_seconds(self) -> float:
        """How long all of that took together."""
        return self.lag.seconds


@dataclass(slots=True)
class _Ping:
    """A question to the loop. `lag` is how long the answer took; `seen` is what held it up meanwhile."""

    sent: float
    lag: float | None = None
    seen: Blocked | None = None


class LoopWatch:
    """Asks the loop again and again to come round, from outside, and keeps how long that took.

    It knows nothing of virtual time: what it measures is the machine's. Where it is not started, as in the
    simulator, its figures stay at nothing.
    """

    def __init__(
        self,
        *,
        now: Now = wall_clock,
        warn_seconds: float = WARN_SECONDS,
        every_seconds: float = EVERY_SECONDS,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._now = now
        self._warn = warn_seconds
        self._every = every_seconds
        self._clock = clock
        self._lags: deque[float] = deque(maxlen=SAMPLES_KEPT)
        self._lag = Durations()
        self._blocked_count = 0
        self._last_blocked: Blocked | None = None
        self._reported_at = float("-inf")
        self._unreported = 0

    def statistics(self) -> LoopStatistics:
        """Return the figures as they are now."""
        lags = sorted(self._lags)
        p50, p99 = (lags[round(share * (len(lags) - 1))] if lags else 0.0 for share in QUANTILES)
        return LoopStatistics(
            lag_last_seconds=self._lags[-1] if lags else 0.0,
            lag_p50_seconds=p50,
            lag_p99_seconds=p99,
            lag_max_seconds=lags[-1] if lags else 0.0,
            lag=self._lag,
            blocked_count=self._blocked_count,
            last_blocked=self._last_blocked,
        )

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the loop that this is called in, until the block ends."""
        loop = _Loop(
            thread_id=threading.get_ident(),
            token=trio.lowlevel.current_trio_token(),
            root=trio.lowlevel.current_root_task(),
        )
        ended = threading.Event()
        thread = threading.Thread(target=self._watch, args=(loop, ended), name="loop watchdog", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(JOIN_SECONDS)

    def _watch(self, loop: "_Loop", ended: threading.Event) -> None:
        try:
            ping = self._ask(loop)
            while not ended.wait(self._pause(ping)):
                if ping.lag is not None:
                    ping = self._ask(loop)
                elif ping.seen is None and self._clock() - ping.sent >= self._warn:
                    self._look(loop, ping)
        except trio.RunFinishedError:
            return

    def _ask(self, loop: "_Loop") -> _Ping:
        ping = _Ping(self._clock())
        loop.token.run_sync_soon(self._come_round, ping)
        return ping

    def _pause(self, ping: _Ping) -> float:
        """Return how long to sleep: one that is not answered is looked at again just when it is overdue."""
        if ping.lag is not None or ping.seen is not None:
            return self._every
        return min(self._every, max(0.001, ping.sent + self._warn - self._clock()))

    def _come_round(self, ping: _Ping) -> None:
        """Answer, in the loop."""
        ping.lag = lag = self._clock() - ping.sent
        self._lags.append(lag)
        self._lag.add(lag)
        if lag >= self._warn:
            self._blocked_count += 1
            seen = ping.seen or Blocked(at=self._now(), seconds=lag)
            self._last_blocked = replace(seen, seconds=lag)

    def _look(self, loop: "_Loop", ping: _Ping) -> None:
        """See what the loop's thread is doing, keep it with the ping, and report it if that is due."""
        task, stack = loop.task_name(), loop.stack()
        since = self._clock() - ping.sent
        ping.seen = Blocked(at=self._now(), seconds=since, task=task, stack=stack)
        if ping.lag is None:
            self._last_blocked = ping.seen
        if self._clock() - self._reported_at < REPORT_EVERY_SECONDS:
            self._unreported += 1
            return
        more = f" ({self._unreported} more since the last report)" if self._unreported else ""
        self._reported_at, self._unreported = self._clock(), 0
        log.warning(
            "the event loop has not come round for %.2f seconds%s; it is in %s:\n%s",
            since, more, NO_TASK if task is None else f"the task {task!r}", stack,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Loop:
    """The loop as another thread sees it."""

    thread_id: int
    token: trio.lowlevel.TrioToken
    root: trio.lowlevel.Task | None

    def stack(self) -> str | None:
        """Return what the loop's thread is doing, innermost last."""
        frame = sys._current_frames().get(self.thread_id)  # noqa: SLF001 -- documented, for debuggers
        if frame is None:
            return None
        return "".join(traceback.format_list(traceback.extract_stack(frame, limit=STACK_FRAMES_MAX)))

    def task_name(self) -> str | None:
        """Return the name of the task that is running, if it can be told while others run on."""
        ahead = [] if self.root is None else [self.root]
        while ahead:
            task = ahead.pop()
            if getattr(task.coro, "cr_running", False):
                return task.name
            for nursery in tuple(task.child_nurseries):
                ahead.extend(tuple(nursery.child_tasks))
        return None
