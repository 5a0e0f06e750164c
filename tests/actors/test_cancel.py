"""Cancelling: what waits ends at once, what runs is stopped, and nothing of it is written."""

import threading
from functools import partial
from pathlib import Path

import pytest
import trio
from actors.stage import Script, Stage, a_kind, a_stage, write_effect
from trio.testing import MockClock

from planner.actors import JobState, Outcome, Turn
from planner.actors.threads import Threads
from planner.domain.errors import NotFound


async def cancelled(stage: Stage, job_id: str | None) -> JobState:
    """Cancel, and return the state after it."""
    assert job_id is not None
    return (await stage.households.cancel(job_id)).state


async def test_a_waiting_job_is_cancelled_at_once(database: Path, script: Script, clock: MockClock) -> None:
    """R38: those who joined it learn so, and it never runs."""
    script.gate()
    async with a_stage(database, a_kind(script)) as stage:
        await stage.ask(arguments={"n": 0})
        await script.began.wait()
        waiting = await stage.ask(arguments={"n": 1})
        joined = await stage.ask(arguments={"n": 1})
        learnt: list[JobState] = []

        async def learn() -> None:
            learnt.append((await stage.done(joined)).state)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(learn)
            await trio.sleep(1)
            assert await cancelled(stage, waiting.job_id) is JobState.CANCELLED
        script.open()
        last = await stage.done(await stage.ask(arguments={"n": 2}))
        assert stage.households.statistics().waiting == 0
    assert learnt == [JobState.CANCELLED]
    assert last.state is JobState.SUCCEEDED
    assert [run.arguments["n"] for run in script.runs] == [0, 2]


async def test_a_running_job_is_cancelled_and_what_it_wanted_to_write_is_not_written(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R38: the household goes on with its next job."""
    script.gate()
    script.outcome = lambda _: Outcome(writes=(partial(write_effect, household_id="h"),))
    async with a_stage(database, a_kind(script)) as stage:
        running = await stage.ask()
        await script.began.wait()
        following = await stage.ask(arguments={"n": 1})
        assert await cancelled(stage, running.job_id) is JobState.CANCELLED
        assert await stage.query("SELECT count(*) FROM effects") == [(0,)]
        script.open()
        assert (await stage.done(following)).state is JobState.SUCCEEDED
        assert await cancelled(stage, following.job_id) is JobState.SUCCEEDED
        with pytest.raises(NotFound):
            await stage.households.cancel("nothing")


async def test_a_cancellation_that_meets_the_start_of_the_turn_is_not_lost(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R38: whichever comes first, the job ends cancelled and its handler does not go on."""
    script.gate()
    async with a_stage(database, a_kind(script)) as stage:
        for steps in range(20):
            accepted = await stage.ask()
            for _ in range(steps):
                await trio.lowlevel.checkpoint()
            assert await cancelled(stage, accepted.job_id) is JobState.CANCELLED
        script.open()
        assert (await stage.done(await stage.ask())).state is JobState.SUCCEEDED


async def test_a_job_that_rests_before_its_retry_can_be_cancelled(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R38: no turn holds it, so it ends at once and is not tried again."""
    script.raises = [OSError("passing")]
    async with (
        a_stage(database, a_kind(script, retry_on=(OSError,)), seed=5) as stage,
        stage.households.watch("h") as events,
    ):
        accepted = await stage.ask()
        async for event in events:
            if event.type == "retrying":
                break
        assert accepted.job_id is not None
        assert (await stage.households.why(accepted.job_id)).sentence.startswith("It waits to be tried again")
        before = trio.current_time()
        assert await cancelled(stage, accepted.job_id) is JobState.CANCELLED
        assert trio.current_time() == before
        await trio.sleep(100)
        assert len(script.runs) == 1
        assert stage.households.statistics().awake == 0


async def test_cancelling_reaches_arithmetic_in_its_thread(database: Path) -> None:
    """R38, I14: the code that works learns it from its next beat, within 100 ms; nobody waits for it."""
    working, ended = threading.Event(), threading.Event()

    def grind(turn: Turn) -> None:
        try:
            while True:
                turn.beat(0.25, "grinding")
                working.set()
        finally:
            ended.set()

    async def handle(turn: Turn) -> Outcome:
        await turn.compute(grind, turn)
        return Outcome()

    kind = a_kind(Script(), handle=handle)
    async with a_stage(database, kind, compute=Threads()) as stage:
        accepted = await stage.ask()
        await trio.to_thread.run_sync(working.wait, 10)
        view = await stage.households.job(str(accepted.job_id))
        assert view.progress is not None
        assert (view.progress["fraction"], view.progress["doing"]) == (0.25, "grinding")
        with trio.fail_after(5):
            assert await cancelled(stage, accepted.job_id) is JobState.CANCELLED
        assert await trio.to_thread.run_sync(ended.wait, 0.1)


async def test_arithmetic_without_a_beat_does_not_hold_the_household(database: Path) -> None:
    """R24: its thread is left to itself, the household goes on in another."""
    release = threading.Event()

    async def handle(turn: Turn) -> Outcome:
        if turn.arguments["hang"]:
            await turn.compute(release.wait, 30.0)
        return Outcome()

    kind = a_kind(Script(), handle=handle)
    async with a_stage(database, kind, compute=Threads()) as stage:
        hanging = await stage.ask(arguments={"hang": True})
        await stage.households.wait(str(hanging.job_id), 0.05)
        assert await cancelled(stage, hanging.job_id) is JobState.CANCELLED
        assert (await stage.done(await stage.ask(arguments={"hang": False}))).state is JobState.SUCCEEDED
        release.set()
