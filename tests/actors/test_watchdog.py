"""The watchdog of the event loop: it measures from outside, and names whoever holds the loop up."""

import logging
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import trio
from trio.testing import MockClock

from planner.actors.watchdog import REPORT_EVERY_SECONDS, LoopWatch, _Ping

SPIN_SECONDS_MAX = 20.0


class Heard(logging.Handler):
    """Hears reports in the thread that makes them."""

    def __init__(self) -> None:
        super().__init__()
        self.reports: list[str] = []
        self.any = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the report."""
        self.reports.append(record.getMessage())
        self.any.set()


@pytest.fixture
def heard() -> Iterator[Heard]:
    handler, logger = Heard(), logging.getLogger("planner.actors.watchdog")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


def a_greedy_computation(until: Callable[[], bool]) -> None:
    """Compute on the event loop, which nobody should, until somebody has noticed."""
    limit = time.monotonic() + SPIN_SECONDS_MAX
    while not until() and time.monotonic() < limit:
        sum(range(1_000))


async def test_a_task_that_blocks_the_loop_is_named_with_its_stack(heard: Heard) -> None:
    """I14: one report, while it still blocks, from another thread; then how long it was in all."""
    watch = LoopWatch(warn_seconds=0.05, every_seconds=0.01)
    with watch.watching():
        async with trio.open_nursery() as nursery:

            async def blocking() -> None:
                await trio.lowlevel.checkpoint()
                a_greedy_computation(heard.any.is_set)

            nursery.start_soon(blocking, name="household h")
        while not watch.statistics().blocked_count:
            await trio.lowlevel.checkpoint()
    (report,) = heard.reports
    assert "a_greedy_computation" in report
    assert "'household h'" in report
    last = watch.statistics().last_blocked
    assert last is not None
    assert last.task == "household h"
    assert "a_greedy_computation" in str(last.stack)
    assert last.seconds >= 0.05
    assert watch.statistics().lag_max_seconds == last.seconds


async def test_reports_are_few_but_every_time_is_counted_and_shown(heard: Heard) -> None:
    """I12, R36: the log is not flooded; the figures and the last culprit are there all the same."""
    seconds = time.perf_counter()
    watch = LoopWatch(warn_seconds=0.02, every_seconds=0.01, clock=lambda: time.perf_counter() + moved)
    moved = 0.0

    async def block_once() -> None:
        before = watch.statistics()
        a_greedy_computation(lambda: watch.statistics().last_blocked is not before.last_blocked)
        while watch.statistics().blocked_count == before.blocked_count:
            await trio.lowlevel.checkpoint()

    with watch.watching():
        for _ in range(3):
            await block_once()
        assert len(heard.reports) == 1
        moved = REPORT_EVERY_SECONDS + time.perf_counter() - seconds
        await block_once()
        await block_once()
    assert len(heard.reports) == 2
    assert "(2 more since the last report)" in heard.reports[1] or "(3 more" in heard.reports[1]
    assert watch.statistics().blocked_count >= 5


async def test_it_knows_nothing_of_virtual_time_and_does_not_hold_it_up(autojump_clock: MockClock) -> None:
    """I14: the lag is the machine's; a test that sleeps for a year sees none of it."""
    watch = LoopWatch(every_seconds=0.001)
    with watch.watching():
        while watch.statistics().samples < 3:  # noqa: ASYNC110 -- virtual seconds, until real answers
            await trio.sleep(3_600)
        await trio.sleep(365 * 86_400)
    assert 0 < watch.statistics().lag_max_seconds < 60


async def test_its_thread_ends_with_it() -> None:
    """R35: nothing is left behind, and nothing is asked of a loop that is over."""
    with LoopWatch().watching():
        (thread,) = [each for each in threading.enumerate() if each.name == "loop watchdog"]
    assert not thread.is_alive()


def test_a_loop_that_ends_under_it_ends_it() -> None:
    """R35: whatever way the loop ends."""
    watch, left = LoopWatch(every_seconds=0.001), []

    async def run() -> None:
        context = watch.watching()
        context.__enter__()
        left.append(context)
        while not watch.statistics().samples:
            await trio.lowlevel.checkpoint()

    trio.run(run)
    for thread in threading.enumerate():
        if thread.name == "loop watchdog":
            thread.join(10)
    assert "loop watchdog" not in [each.name for each in threading.enumerate()]


def test_the_figures_are_of_the_last_minute_and_the_totals_of_all() -> None:
    """R36: p50, p99 and the longest in a window that moves; counters that only grow."""
    at = 0.0
    watch = LoopWatch(clock=lambda: at)

    def answered_after(seconds: float) -> None:
        nonlocal at
        ping = _Ping(at)
        at += seconds
        watch._come_round(ping)

    assert watch.statistics().lag_max_seconds == 0
    answered_after(9.0)
    for number in range(300):
        answered_after((number + 1) / 1_000 / 2)
    figures = watch.statistics()
    assert figures.lag_max_seconds == pytest.approx(0.150)
    assert figures.lag_last_seconds == pytest.approx(0.150)
    assert figures.lag_p50_seconds == pytest.approx(0.075, abs=0.001)
    assert figures.lag_p99_seconds == pytest.approx(0.1485, abs=0.001)
    assert (figures.samples, figures.blocked_count) == (301, 1)
    assert figures.late_seconds == pytest.approx(9 + sum(range(1, 301)) / 2_000)
    assert figures.last_blocked is not None
    assert figures.last_blocked.stack is None
