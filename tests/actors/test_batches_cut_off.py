"""Batches that are cancelled, cut off by crashes, drained, or left behind by their household."""

from functools import partial
from pathlib import Path

import pytest
import trio
from actors.batch_stage import Parts, many, parts_of, seen, states
from actors.stage import a_stage
from trio.testing import MockClock

from planner.actors import JobState
from planner.actors.accept import Rules
from planner.actors.kind import Kinds
from planner.actors.ledger import cancel_unheld
from planner.domain.errors import NotFound
from planner.storage.facts import delete_household


async def test_after_a_crash_only_the_items_that_had_not_ended_run(database: Path, clock: MockClock) -> None:
    """R2, R27, I10: what is finished stays; the one that was cut off runs again, the rest once."""
    parts = Parts(held={2})
    async with a_stage(database, *parts.kinds()) as stage:
        batch = await many(stage, 1, 2, 3)
        await parts.until_runs(2)
    parts.let_go()
    async with a_stage(database, *parts.kinds()) as stage:
        end = await stage.done(batch)
        items = await parts_of(stage, batch)
        assert await stage.query("SELECT count(*) FROM effects") == [(3,)]
    assert end.state is JobState.SUCCEEDED
    assert end.attempts == 1, "the batch itself was not run again"
    assert parts.ran == [1, 2, 2, 3]
    assert [item.attempts for item in items] == [1, 2, 1]


async def test_a_batch_between_two_items_is_not_taken_for_cut_off(database: Path, clock: MockClock) -> None:
    """I10: what runs at the crash is another job; the batch itself never runs again."""
    parts = Parts(held={1})
    async with a_stage(database, *parts.kinds()) as stage:
        batch = await many(stage, 1, 2)
        await parts.until_runs(1)
        parts.others.gate()
        await stage.ask(kind="other")
        parts.let_go()
        await parts.others.began.wait()
    for _ in range(2):
        parts.others.gate()
        async with a_stage(database, *parts.kinds()):
            await parts.others.began.wait()
    parts.others.open()
    async with a_stage(database, *parts.kinds()) as stage:
        assert (await stage.done(batch)).state is JobState.SUCCEEDED
        attempts = await stage.query("SELECT outcome FROM attempts WHERE job_id = ?", batch.job_id)
    assert attempts == [("succeeded",)]


async def test_an_item_that_is_cut_off_again_and_again_fails_alone(database: Path, clock: MockClock) -> None:
    """R2, I10: poison is set aside, also where it is the last item and recovery ends the batch."""
    parts = Parts(held={1})
    async with a_stage(database, *parts.kinds()) as stage:
        batch = await many(stage, 0, 1)
        behind = await many(stage, 2)
        await parts.until_runs(1)
    for _ in range(2):
        parts.ran.clear()
        async with a_stage(database, *parts.kinds()) as stage:
            await parts.until_runs(1)
    async with a_stage(database, *parts.kinds()) as stage:
        end = await stage.done(batch)
        assert (await stage.done(behind)).state is JobState.SUCCEEDED
    assert end.state is JobState.PARTIAL
    assert end.error is not None
    assert end.error["message"] == "Of 2 items: 1 succeeded, 1 failed."


async def test_cancelling_a_batch_cancels_what_has_not_ended_and_keeps_what_has(
    database: Path, clock: MockClock
) -> None:
    """R38: it ends partial, for what its finished items did stays; who joined it learns so."""
    parts = Parts(held={2})
    async with a_stage(database, *parts.kinds()) as stage:
        batch = await many(stage, 1, 2, 3)
        await parts.until_runs(2)
        behind = await many(stage, 4)
        end = await stage.households.cancel(str(batch.job_id))
        assert states(await parts_of(stage, batch)) == ["succeeded", "cancelled", "cancelled"]
        assert await stage.query("SELECT count(*) FROM effects") == [(1,)]
        assert (await stage.done(behind)).state is JobState.SUCCEEDED
        assert (await stage.households.cancel(str(batch.job_id))).state is JobState.PARTIAL
    assert end.state is JobState.PARTIAL
    assert end.error is not None
    assert end.error["message"] == "Of 3 items: 1 succeeded, 2 cancelled."
    assert parts.ran == [1, 2, 4]


async def test_a_batch_none_of_whose_items_has_ended_is_cancelled(database: Path, clock: MockClock) -> None:
    """R38: as any job, also between two turns; the batch behind it begins."""
    parts = Parts()
    async with a_stage(database, *parts.kinds()) as stage:
        parts.others.gate()
        batch = await many(stage, 1, 2)
        other = await stage.ask(kind="other")
        behind = await many(stage, 3)
        await parts.others.began.wait()
        assert (await seen(stage, batch)).children_left == 2
        assert (await stage.households.cancel(str(batch.job_id))).state is JobState.CANCELLED
        assert states(await parts_of(stage, batch)) == ["cancelled", "cancelled"]
        parts.others.open()
        assert (await stage.done(other)).state is JobState.SUCCEEDED
        assert (await stage.done(behind)).state is JobState.SUCCEEDED
    assert parts.ran == [3]


async def test_a_cancellation_that_meets_the_end_of_planning_is_not_lost(
    database: Path, clock: MockClock
) -> None:
    """R38: whichever comes first, nothing of the batch runs on after its cancellation is answered."""
    parts = Parts(held={1})
    async with a_stage(database, *parts.kinds()) as stage:
        for steps in range(40):
            batch = await many(stage, 1, 2)
            for _ in range(steps):
                await trio.lowlevel.checkpoint()
            started = trio.current_time()
            view = await stage.households.cancel(str(batch.job_id))
            assert view.state is JobState.CANCELLED
            assert trio.current_time() == started, "it waited for its patience to run out"
        live = await stage.query("SELECT id FROM jobs WHERE state IN ('pending', 'running')")
    assert live == []


async def test_a_batch_that_was_spread_meanwhile_is_not_ended_without_its_items(
    database: Path, clock: MockClock
) -> None:
    """R38, I11: who saw it in its planning turn asks too late; found by the simulator, seed 4722."""
    parts = Parts(held={1})
    async with a_stage(database, *parts.kinds()) as stage:
        batch = await many(stage, 1, 2)
        await parts.until_runs(1)
        kinds = Rules(kinds=Kinds(parts.kinds()))
        seen_then = partial(cancel_unheld, state=JobState.RUNNING, attempt=1, at_us=1)
        job, happenings = await stage.store.write(seen_then, str(batch.job_id), kinds)
        assert (job.state, job.children_left, happenings) == (JobState.RUNNING, 2, ())
        parts.let_go()
        assert (await stage.done(batch)).state is JobState.SUCCEEDED


async def test_cancelling_one_item_affects_it_alone(database: Path, clock: MockClock) -> None:
    """R2, R38: waiting or running."""
    parts = Parts(held={1})
    async with a_stage(database, *parts.kinds()) as stage:
        batch = await many(stage, 1, 2, 3)
        await parts.until_runs(1)
        running, waiting, _ = await parts_of(stage, batch)
        assert (await stage.households.cancel(waiting.id)).state is JobState.CANCELLED
        assert (await stage.households.cancel(running.id)).state is JobState.CANCELLED
        end = await stage.done(batch)
    assert end.result == {"planned": 3, "children": {"succeeded": 1, "cancelled": 2}}
    assert parts.ran == [1, 3]


async def test_the_deadline_is_of_each_item_and_not_of_the_batch(database: Path, clock: MockClock) -> None:
    """R24: a batch may last; an item may not."""
    parts = Parts(held={3})
    async with a_stage(database, *parts.kinds(deadline_seconds=60.0)) as stage:
        batch = await many(stage, 3, 4)
        await trio.sleep(59)
        parts.others.gate()
        await stage.ask(kind="other")
        await parts.others.began.wait()
        await trio.sleep(50)
        parts.others.open()
        end = await stage.done(batch)
        items = await parts_of(stage, batch)
    assert states(items) == ["failed", "succeeded"]
    assert items[0].error is not None
    assert items[0].error["type"] == "deadline"
    assert end.state is JobState.PARTIAL


async def test_draining_parks_the_item_that_runs(database: Path, clock: MockClock) -> None:
    """R35: the batch goes on after the next start."""
    parts = Parts(held={2})
    async with a_stage(database, *parts.kinds()) as stage:
        batch = await many(stage, 1, 2, 3)
        await parts.until_runs(2)
        assert not await stage.households.drain(1.0)
    parts.let_go()
    async with a_stage(database, *parts.kinds()) as stage:
        assert (await stage.done(batch)).state is JobState.SUCCEEDED
    assert parts.ran == [1, 2, 2, 3]


async def test_a_household_is_removed_with_its_batch(database: Path, clock: MockClock) -> None:
    """R33: nothing of it is left, and those who wait find nothing."""
    parts = Parts(held={2})
    async with a_stage(database, *parts.kinds()) as stage:
        batch = await many(stage, 1, 2, 3)
        await parts.until_runs(2)
        await stage.store.write(delete_household, "h")
        stage.households.forget("h")
        with pytest.raises(NotFound):
            await stage.done(batch)
        assert await stage.query("SELECT count(*) FROM jobs") == [(0,)]
        await trio.sleep(100)
        assert stage.households.statistics().awake == 0
