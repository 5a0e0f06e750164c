"""A new epoch decides what older ones left running, before it takes anything new, and runs all that waits."""

from functools import partial
from pathlib import Path

import pytest
import trio
from actors.stage import Script, a_kind, a_stage, add_household, write_effect
from trio.testing import MockClock

from planner.actors import JobState, Outcome, Turn
from planner.domain.errors import Busy


async def test_what_was_running_runs_again_and_what_waited_is_picked_up(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I10, R21, R27: each attempt has its row, its epoch and how it ended (R22); effects are there once."""
    script.outcome = lambda turn: Outcome(writes=(partial(write_effect, household_id="h", note=turn.job.id),))
    script.gate()
    async with a_stage(database, a_kind(script)) as stage:
        running = await stage.ask()
        await script.began.wait()
        waiting = await stage.ask(arguments={"n": 1})
        first_epoch = stage.store.epoch
    script.open()
    async with a_stage(database, a_kind(script)) as stage:
        view = await stage.done(running)
        assert (view.state, view.attempts) == (JobState.SUCCEEDED, 2)
        assert (await stage.done(waiting)).state is JobState.SUCCEEDED
        attempts = await stage.households.attempts(view.id)
        assert [each.outcome for each in attempts] == ["interrupted", "succeeded"]
        assert [each.epoch for each in attempts] == [first_epoch, stage.store.epoch]
        assert await stage.query("SELECT count(*) FROM effects") == [(2,)]


@pytest.mark.parametrize("after_crash", ["fail", "ask"])
async def test_kinds_that_must_not_run_twice_are_not_run_again(
    database: Path, script: Script, clock: MockClock, after_crash: str
) -> None:
    """I10: decided at once, by the kind."""
    script.gate()
    async with a_stage(database, a_kind(script, after_crash=after_crash)) as stage:
        accepted = await stage.ask()
        await script.began.wait()
    script.open()
    async with a_stage(database, a_kind(script, after_crash=after_crash)) as stage:
        view = await stage.households.job(str(accepted.job_id))
        assert view.state is JobState.FAILED
        assert view.error is not None
        assert (view.error["type"], view.error["ask"]) == ("interrupted", after_crash == "ask")
        assert (await stage.done(await stage.ask())).state is JobState.SUCCEEDED
    assert len(script.runs) == 2


async def test_a_job_that_kills_the_process_each_time_is_not_tried_for_ever(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I10: poison is set aside with its reason; the household goes on."""
    script.gate()
    kind = a_kind(script, attempts_max=2)
    async with a_stage(database, kind) as stage:
        accepted = await stage.ask()
        await script.began.wait()
    async with a_stage(database, kind) as stage:
        await trio.sleep(1)
        assert len(script.runs) == 2
    async with a_stage(database, kind) as stage:
        view = await stage.done(accepted)
        assert view.error is not None
        assert (view.state, view.error["type"]) == (JobState.FAILED, "poison")
        script.open()
        assert (await stage.done(await stage.ask())).state is JobState.SUCCEEDED


async def test_a_job_cut_off_with_a_successor_waiting_is_superseded(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I5: the same across a crash."""
    script.gate()
    async with a_stage(database, a_kind(script)) as stage:
        first = await stage.ask()
        await script.began.wait()
        await stage.change()
        second = await stage.ask()
    script.open()
    async with a_stage(database, a_kind(script)) as stage:
        view = await stage.done(first)
        assert (view.id, view.covers_revision, view.joined) == (second.job_id, 2, 1)
        assert len(script.runs) == 2


async def test_a_kind_that_is_gone_fails_its_jobs_with_that_reason(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R19: a row that nobody can run is not a ghost that waits for ever."""
    script.gate()
    async with a_stage(database, a_kind(script), a_kind(script, "newer")) as stage:
        running = await stage.ask(kind="newer")
        await script.began.wait()
        waiting = await stage.ask(kind="newer", arguments={"n": 1})
        other = await stage.ask()
    script.open()
    async with a_stage(database, a_kind(script)) as stage:
        for accepted in (running, waiting):
            view = await stage.done(accepted)
            assert view.error is not None
            assert (view.state, view.error["type"]) == (JobState.FAILED, "unknown_kind")
        assert (await stage.done(other)).state is JobState.SUCCEEDED


async def test_thousands_of_households_with_work_do_not_become_thousands_of_tasks(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R34: recovery queues households; a task exists only for those that have a slot."""
    names = [f"h{n}" for n in range(2000)]
    script.gate()
    async with a_stage(database, a_kind(script)) as stage:

        def fill(conn: object) -> None:
            for name in names:
                add_household(conn, name)  # type: ignore[arg-type]

        await stage.store.write(fill)
        async with trio.open_nursery() as nursery:
            for name in names:
                nursery.start_soon(stage.ask, name)
    async with a_stage(database, a_kind(script)) as stage:
        await trio.sleep(1)
        statistics = stage.households.statistics()
        assert (statistics.awake, statistics.running) == (2000, 64)
        assert statistics.waiting + statistics.running == 2000
        assert trio.lowlevel.current_statistics().tasks_living < 64 + 40
        script.open()
        last = (await stage.households.jobs(household_id=names[-1]))[0]
        assert (await stage.households.wait(last.id, 1000)).state is JobState.SUCCEEDED


async def test_draining_finishes_what_ends_in_time_and_parks_the_rest(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R35: bounded, and nothing is lost; a parked run does not count against the job."""
    script.gate()
    kind = a_kind(script, attempts_max=1)
    async with a_stage(database, kind) as stage:
        accepted = await stage.ask()
        await script.began.wait()
        waiting = await stage.ask(arguments={"n": 1})
        before = trio.current_time()
        assert not await stage.households.drain(5)
        assert trio.current_time() - before == pytest.approx(5)
        with pytest.raises(Busy, match="stopping"):
            await stage.ask(arguments={"n": 2})
        assert await stage.query("SELECT outcome FROM attempts") == [("parked",)]
    async with a_stage(database, kind) as stage:
        await trio.sleep(1)
        assert not await stage.households.drain(0)
    async with a_stage(database, kind) as stage:
        script.open()
        assert (await stage.done(accepted)).state is JobState.SUCCEEDED
        assert (await stage.done(waiting)).state is JobState.SUCCEEDED
        assert await stage.households.drain(5)


async def test_draining_lets_turns_end(database: Path, script: Script, clock: MockClock) -> None:
    """R35: what ends within the grace time is finished; what waits stays for the next start."""
    script.gate()
    async with a_stage(database, a_kind(script)) as stage:
        running = await stage.ask()
        await script.began.wait()
        waiting = await stage.ask(arguments={"n": 1})
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stage.households.drain, 50)
            await trio.sleep(1)
            script.open()
        assert (await stage.households.job(str(running.job_id))).state is JobState.SUCCEEDED
        assert (await stage.households.job(str(waiting.job_id))).state is JobState.PENDING


async def test_draining_starts_nothing_more_while_a_turn_still_runs(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R35: the grace time is for what runs, not for the backlog."""

    async def take_its_time(turn: Turn) -> Outcome:
        await trio.sleep(float(str(turn.arguments["seconds"])))
        return Outcome()

    kind = a_kind(script, handle=take_its_time)
    async with a_stage(database, kind, households=("slow", "quick")) as stage:
        slow = await stage.ask("slow", arguments={"seconds": 10})
        quick = await stage.ask("quick", arguments={"seconds": 1})
        waiting = await stage.ask("quick", arguments={"seconds": 2})
        await trio.sleep(0.5)
        assert await stage.households.drain(60)
        states = await stage.states()
        assert trio.current_time() == pytest.approx(10)
    assert [states[str(each.job_id)] for each in (slow, quick, waiting)] == [
        "succeeded",
        "succeeded",
        "pending",
    ]
