"""Threads that are lost: arithmetic that was cancelled and gives no beat holds up nobody else for long."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio
from actors.stage import Script, a_kind, a_stage
from trio.testing import wait_all_tasks_blocked

from planner.actors import JobState, Outcome, Priority, Turn
from planner.actors.threads import Claim, NoThread, Threads

CLAIM = Claim("h", Priority.INTERACTIVE)
WAIT_SECONDS = 30.0


class Deaf:
    """Arithmetic that hears no cancellation, until the test lets it end."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.working = threading.Semaphore(0)

    def never_beats(self) -> None:
        """Work, in a thread."""
        self.working.release()
        self.release.wait(WAIT_SECONDS)


@pytest.fixture
def deaf() -> Iterator[Deaf]:
    arithmetic = Deaf()
    yield arithmetic
    arithmetic.release.set()


async def lose_one(threads: Threads, deaf: Deaf) -> None:
    """Cancel a call that does not hear it, and wait until its thread is known to be lost."""
    before = threads.lost
    async with trio.open_nursery() as nursery:
        nursery.start_soon(threads, CLAIM, deaf.never_beats)
        await trio.to_thread.run_sync(deaf.working.acquire)
        nursery.cancel_scope.cancel()
    with trio.fail_after(WAIT_SECONDS):
        while threads.lost == before:
            await trio.lowlevel.checkpoint()


async def found(threads: Threads, deaf: Deaf) -> None:
    """Let all of it end."""
    deaf.release.set()
    with trio.fail_after(WAIT_SECONDS):
        while threads.lost:
            await trio.lowlevel.checkpoint()


async def test_a_lost_thread_is_replaced_counted_and_told_with_its_stack(
    deaf: Deaf, caplog: pytest.LogCaptureFixture
) -> None:
    """R24, I12: the only thread hangs for ever; the next work runs in another one."""
    threads = Threads(1, ends_within_seconds=0.01)
    await lose_one(threads, deaf)
    assert (threads.lost, threads.in_use) == (1, 0)
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "never_beats" in record.getMessage()
    assert "household h" in record.getMessage()
    assert await threads(CLAIM, int, "7") == 7
    await found(threads, deaf)
    assert (threads.lost, threads.in_use) == (0, 0)
    assert "ended after all" in caplog.text


async def test_over_the_limit_work_is_refused_with_what_to_do_until_one_ends(deaf: Deaf) -> None:
    """I12: lost threads are bounded; who waits learns it as well as who comes; nothing hangs in silence."""
    threads = Threads(2, ends_within_seconds=0.01, lost_max=1)
    for _ in range(2):
        await lose_one(threads, deaf)
    assert (threads.lost, threads.in_use) == (2, 1)
    assert await threads(CLAIM, int, "7") == 7
    refused: list[str] = []

    async def wait_for_a_thread() -> None:
        with pytest.raises(NoThread, match="Restart planner") as raised:
            await threads(CLAIM, int, "7")
        refused.append(raised.value.message)

    async with trio.open_nursery() as nursery, trio.open_nursery() as holding:
        holding.start_soon(threads, CLAIM, deaf.never_beats)
        await trio.to_thread.run_sync(deaf.working.acquire)
        nursery.start_soon(wait_for_a_thread)
        await wait_all_tasks_blocked()
        holding.cancel_scope.cancel()
    await wait_for_a_thread()
    assert len(refused) == 2
    await found(threads, deaf)
    assert threads.in_use == 0
    assert await threads(CLAIM, int, "7") == 7


async def test_when_a_lost_thread_ends_a_missing_one_is_replaced(deaf: Deaf) -> None:
    """I12: whichever ends first."""
    threads, first = Threads(1, ends_within_seconds=0.01, lost_max=1), Deaf()
    await lose_one(threads, first)
    await lose_one(threads, deaf)
    assert (threads.lost, threads.in_use) == (2, 1)
    first.release.set()
    with trio.fail_after(WAIT_SECONDS):
        while threads.in_use:
            await trio.lowlevel.checkpoint()
    assert threads.lost == 1
    assert await threads(CLAIM, int, "7") == 7


async def test_arithmetic_that_ends_at_its_next_beat_is_not_lost(caplog: pytest.LogCaptureFixture) -> None:
    """I14: the thread is held until then, so that cancelling often does not make threads without end."""
    threads = Threads(1)
    working, release = threading.Event(), threading.Event()

    def until_the_next_beat() -> None:
        working.set()
        release.wait(WAIT_SECONDS)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(threads, CLAIM, until_the_next_beat)
        await trio.to_thread.run_sync(working.wait)
        nursery.cancel_scope.cancel()
    assert (threads.lost, threads.in_use) == (0, 1)
    release.set()
    assert await threads(CLAIM, int, "7") == 7
    await wait_all_tasks_blocked()
    assert (threads.lost, threads.in_use) == (0, 0)
    assert caplog.records == []


async def test_at_its_deadline_arithmetic_that_hears_nothing_ends_for_everybody_else(
    tmp_path: Path, deaf: Deaf
) -> None:
    """R24: the job fails, its household and the others go on, and the figures tell of the thread."""

    async def handle(turn: Turn) -> Outcome:
        await turn.compute(deaf.never_beats if turn.job.kind == "hang" else int)
        return Outcome()

    kinds = (
        a_kind(Script(), handle=handle),
        a_kind(Script(), "hang", handle=handle, deadline_seconds=0.05, stuck_after_seconds=0.05),
    )
    threads = Threads(1, ends_within_seconds=0.01)
    async with a_stage(tmp_path / "p.db", *kinds, households=("h", "other"), compute=threads) as stage:
        hung = await stage.done(await stage.ask(kind="hang"))
        assert hung.state is JobState.FAILED
        assert hung.error is not None
        assert hung.error["type"] == "deadline"
        with trio.fail_after(WAIT_SECONDS):
            while not stage.households.statistics().threads_lost:
                await trio.lowlevel.checkpoint()
            for household_id in ("h", "other"):
                assert (await stage.done(await stage.ask(household_id))).state is JobState.SUCCEEDED
