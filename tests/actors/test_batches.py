"""Batches: a turn plans children, each is a job of its own, and the last to end decides what it came to."""

from pathlib import Path
from typing import Any

import pytest
import trio
from actors.batch_stage import Parts, Passing, many, parts_of, seen, states
from actors.stage import Script, a_kind, a_stage, virtual_now
from trio.testing import MockClock

from planner.actors import Debounce, JobState, Kind, Once, Priority
from planner.actors.ids import microseconds
from planner.actors.kind import CHILDREN_MAX, Kinds
from planner.domain.errors import Crowded
from planner.storage import housekeeping


async def test_each_item_is_a_job_of_its_own_and_the_batch_ends_with_the_last(
    database: Path, clock: MockClock
) -> None:
    """R2, I11: what finished items came to can be read while the rest wait; equal items are one."""
    parts = Parts(held={2})
    async with a_stage(database, *parts.kinds()) as stage:
        batch = await many(stage, 1, 2, 2, 3)
        await parts.until_runs(2)
        shown = await seen(stage, batch)
        assert (shown.state, shown.children, shown.children_left) == (JobState.RUNNING, 3, 2)
        items = await parts_of(stage, batch)
        assert states(items) == ["succeeded", "running", "pending"]
        assert items[0].result == {"n": 1}
        assert {item.parent_id for item in items} == {batch.job_id}
        assert {item.priority for item in items} == {Priority.BULK}
        parts.let_go()
        end = await stage.done(batch)
        items = await parts_of(stage, batch)
        assert [job.id for job in await stage.households.jobs("h")] == [batch.job_id]
    assert end.state is JobState.SUCCEEDED
    assert end.result == {"planned": 4, "children": {"succeeded": 3}}
    assert (end.covers_revision, end.children_left, end.error, end.unchanged) == (1, 0, None, False)
    assert [item.result for item in items] == [{"n": 1}, {"n": 2}, {"n": 3}]


async def test_a_batch_blocks_nothing(database: Path, clock: MockClock) -> None:
    """R2, R28, I11: an interactive request goes before the next item, and the batch holds no turn."""
    parts = Parts(held={1})
    async with a_stage(database, *parts.kinds()) as stage:
        batch = await many(stage, 1, 2, 3)
        await parts.until_runs(1)
        other = await stage.ask(kind="other")
        parts.held.add(2)
        parts.let_go(1)
        assert (await stage.done(other)).state is JobState.SUCCEEDED
        await parts.until_runs(2)
        assert (await seen(stage, batch)).children_left == 2
        status = await stage.households.status("h")
        assert status.running is not None
        assert status.running.arguments == {"n": 2}
        assert status.batch is not None
        assert status.batch.id == batch.job_id
        parts.let_go()
        assert (await stage.done(batch)).state is JobState.SUCCEEDED
    assert parts.ran == [1, 2, 3]


async def test_an_item_that_fails_fails_no_other(database: Path, clock: MockClock) -> None:
    """R2, R7: the batch ends partial, and says in a form for programs what is wrong with which item."""
    parts = Parts(raises={1: [ZeroDivisionError("a bug")], 2: [Passing("it passes")] * 2})
    async with a_stage(database, *parts.kinds()) as stage:
        batch = await many(stage, 1, 2, 3)
        end = await stage.done(batch)
        items = await parts_of(stage, batch)
    assert end.state is JobState.PARTIAL
    assert states(items) == ["failed", "succeeded", "succeeded"]
    assert end.result == {"planned": 3, "children": {"succeeded": 2, "failed": 1}}
    assert end.error == {
        "type": "partial",
        "message": "Of 3 items: 2 succeeded, 1 failed.",
        "parts": [
            {
                "job_id": items[0].id,
                "state": "failed",
                "type": "failed",
                "message": "ZeroDivisionError: a bug",
            }
        ],
    }
    assert parts.ran == [1, 2, 2, 2, 3], "a passing fault of one item is tried again before the next one"
    assert end.covers_revision == 1


async def test_a_batch_of_which_every_item_failed_has_failed(database: Path, clock: MockClock) -> None:
    """R2, R7: nothing of it is done."""
    parts = Parts(raises={1: [ZeroDivisionError()], 2: [ZeroDivisionError()]})
    async with a_stage(database, *parts.kinds()) as stage:
        end = await stage.done(await many(stage, 1, 2))
    assert end.state is JobState.FAILED
    assert end.error is not None
    assert (end.error["type"], end.error["message"]) == ("failed", "Of 2 items: 2 failed.")
    assert end.covers_revision is None


async def test_a_batch_without_items_and_one_without_change(database: Path, clock: MockClock) -> None:
    """I9: nothing planned is done at once; where no item had anything to do, neither had the batch."""
    parts = Parts(unchanged=True)
    async with a_stage(database, *parts.kinds()) as stage:
        empty = await stage.done(await many(stage))
        same = await stage.done(await many(stage, 1, 2))
    assert (empty.state, empty.children, empty.result) == (JobState.SUCCEEDED, None, {"planned": 0})
    assert (same.state, same.unchanged) == (JobState.SUCCEEDED, True)


async def test_who_insists_on_a_batch_insists_on_its_items(database: Path, clock: MockClock) -> None:
    """R13: they do their work even where its inputs are those of the last time."""
    parts = Parts()
    async with a_stage(database, *parts.kinds()) as stage:
        for force in (False, True):
            batch = await many(stage, 1, 2, force=force)
            await stage.done(batch)
            assert [item.forced for item in await parts_of(stage, batch)] == [force] * 2


async def test_an_equal_request_joins_a_live_batch_and_after_a_change_waits_for_the_next(
    database: Path, clock: MockClock
) -> None:
    """I4, R12: it joins while no fact has changed; the next one begins when the first has ended."""
    parts = Parts(held={1})
    async with a_stage(database, *parts.kinds()) as stage:
        first = await many(stage, 1, 2)
        await parts.until_runs(1)
        joined = await many(stage, 1, 2)
        assert (joined.job_id, joined.joined) == (first.job_id, True)
        await stage.change()
        second = await many(stage, 1, 2)
        third = await many(stage, 1, 2)
        assert second.job_id == third.job_id != first.job_id
        assert (await seen(stage, second)).state is JobState.PENDING
        why = await stage.households.why(str(second.job_id))
        assert why.sentence == "It waits for another batch of this household, which has 2 of 2 items left."
        parts.let_go()
        assert (await stage.done(second)).covers_revision == 2
        assert (await seen(stage, first)).joined == 1
    assert parts.ran == [1, 2, 1, 2]


async def test_the_next_batch_keeps_nothing_else_waiting(database: Path, clock: MockClock) -> None:
    """I12, R2: one batch of a household is spread at a time, and what is no batch goes on meanwhile."""
    parts = Parts(held={1})
    async with a_stage(database, *parts.kinds(), parts.batch("more")) as stage:
        await many(stage, 1)
        await parts.until_runs(1)
        behind = await many(stage, 2, kind="more")
        other = await stage.ask(kind="other")
        last = await many(stage, 3)
        parts.held.add(2)
        parts.let_go(1)
        await stage.done(other)
        await parts.until_runs(2)
        assert (await seen(stage, behind)).children_left == 1
        assert (await seen(stage, last)).state is JobState.PENDING
        parts.let_go()
        assert (await stage.done(last)).state is JobState.SUCCEEDED
    assert parts.ran == [1, 2, 3]


async def test_an_item_belongs_to_its_batch_alone(database: Path, clock: MockClock) -> None:
    """I4, I7: it is not joined, absorbed or superseded; an equal request is a job of its own."""
    parts = Parts(held={1}, raises={1: [ZeroDivisionError()]})
    covering = a_kind(Script(), "covering", absorbs=frozenset({"part"}))
    async with a_stage(database, *parts.kinds(), covering) as stage:
        batch = await many(stage, 1, 2)
        await parts.until_runs(1)
        running = await stage.ask(kind="part", arguments={"n": 1})
        waiting = await stage.ask(kind="part", arguments={"n": 2})
        assert [running.joined, waiting.joined] == [False, False]
        absorber = await stage.ask(kind="covering")
        assert states([await seen(stage, each) for each in (running, waiting)]) == ["superseded"] * 2
        parts.let_go()
        assert (await stage.done(absorber)).state is JobState.SUCCEEDED
        assert (await stage.done(batch)).state is JobState.PARTIAL
        assert states(await parts_of(stage, batch)) == ["failed", "succeeded"]


async def test_an_item_answers_for_nobody_else(database: Path, clock: MockClock) -> None:
    """I5, I7: a request whose work its kind includes does not join it, and is not superseded by it."""
    parts = Parts(held={1}, others=Script(raises=[ZeroDivisionError()]))
    async with a_stage(database, *parts.kinds(absorbs=frozenset({"other"}))) as stage:
        batch = await many(stage, 1, 2)
        await parts.until_runs(1)
        other = await stage.ask(kind="other")
        assert not other.joined
        parts.let_go()
        assert (await stage.done(other)).state is JobState.FAILED
        assert (await stage.done(batch)).state is JobState.SUCCEEDED


async def test_too_many_items_are_refused_in_a_sentence(database: Path, clock: MockClock) -> None:
    """I12, R23: none of them is stored; arguments that no item takes are an answer, too."""

    def odd_only(arguments: Any) -> Any:
        return {"n": arguments["n"]} if "n" in arguments else {}

    parts = Parts()
    async with a_stage(database, *parts.kinds(check_arguments=odd_only)) as stage:
        end = await stage.done(await many(stage, *range(CHILDREN_MAX + 1)))
        assert await stage.query("SELECT count(*) FROM jobs") == [(1,)]
        most = await stage.done(await many(stage, *range(CHILDREN_MAX)))
    assert end.error == {
        "type": "too_many_children",
        "message": "A batch may have 200 items; this one would have 201. Ask for fewer of them at a time.",
    }
    assert most.result == {"planned": 200, "children": {"succeeded": 200}}


async def test_items_take_no_room_in_the_mailbox(database: Path, clock: MockClock) -> None:
    """R32, I12: the mailbox is full by what was asked for, not by what a batch plans."""
    parts = Parts(held={0})
    async with a_stage(database, *parts.kinds(), mailbox_max=3) as stage:
        batch = await many(stage, *range(20))
        await parts.until_runs(0)
        for number in range(3):
            await stage.ask(kind="other", arguments={"n": number})
        with pytest.raises(Crowded):
            await stage.ask(kind="other", arguments={"n": 3})
        parts.let_go()
        assert (await stage.done(batch)).state is JobState.SUCCEEDED


async def test_a_batch_is_remembered_when_it_has_succeeded(database: Path, clock: MockClock) -> None:
    """R16: by its last item, not by its planning; a batch that is partial is not remembered as done."""
    parts = Parts(raises={1: [ZeroDivisionError()]})
    once = parts.batch("once", idempotency=Once(3600.0))
    async with a_stage(database, *parts.kinds(), once) as stage:
        partial = await many(stage, 1, 2, kind="once")
        assert (await stage.done(partial)).state is JobState.PARTIAL
        parts.held.add(1)
        again = await many(stage, 1, 2, kind="once")
        await trio.testing.wait_all_tasks_blocked()
        assert await stage.query("SELECT count(*) FROM done_keys") == [(0,)]
        parts.let_go()
        assert (await stage.done(again)).state is JobState.SUCCEEDED
        third = await many(stage, 1, 2, kind="once")
    assert (third.job_id, third.remembered) == (again.job_id, True)
    assert again.job_id != partial.job_id


async def test_items_are_kept_for_as_long_as_their_batch(database: Path, clock: MockClock) -> None:
    """R5: they ended before it, and are neither forgotten while it lives nor before it is."""
    parts = Parts(held={2})
    async with a_stage(database, *parts.kinds(deadline_seconds=9e6, retention_days=1)) as stage:
        batch = await many(stage, 1, 2)
        await parts.until_runs(2)
        await trio.sleep(3 * 86_400)

        async def past() -> set[str]:
            batch = await stage.store.read(housekeeping.past_retention, microseconds(virtual_now()), 10)
            return set(batch.jobs)

        assert await past() == set()
        parts.let_go()
        end = await stage.done(batch)
        items = await parts_of(stage, batch)
        assert {item.expires_at for item in items} == {end.expires_at}
        await trio.sleep(7 * 86_400 + 1)
        assert await past() == {str(batch.job_id), *(item.id for item in items)}


async def test_the_stream_of_a_batch_tells_of_every_item_that_ends(database: Path, clock: MockClock) -> None:
    """R37, R6: a page or a program that follows the batch sees each item, and how long it still takes."""
    parts = Parts(held={1, 2})
    async with a_stage(database, *parts.kinds()) as stage:
        batch = await many(stage, 1, 2, 3)
        await parts.until_runs(1)
        await trio.sleep(10)
        parts.let_go(1)
        await parts.until_runs(2)
        shown = await seen(stage, batch)
        assert shown.progress == {
            "fraction": 0.3333,
            "doing": "1 of 3 items have ended",
            "seconds_left": pytest.approx(20, abs=0.5),
        }
        why = await stage.households.why(str(batch.job_id))
        assert why.sentence.startswith("2 of its 3 items are left; one of them runs, for 0.0 seconds: ")
        assert why.likely_end_seconds == pytest.approx(20, abs=0.5)
        parts.let_go()
        await stage.done(batch)
        told = []
        async with stage.households.watch(job_id=batch.job_id) as events:
            async for event in events:
                told.append((event.type, event.data.get("children_left"), event.data["state"]))
                if event.type == "succeeded":
                    break
    assert told == [
        ("accepted", None, "pending"),
        ("started", None, "running"),
        ("spread", None, "running"),
        ("child_ended", 2, "running"),
        ("child_ended", 1, "running"),
        ("child_ended", 0, "running"),
        ("succeeded", None, "succeeded"),
    ]


@pytest.mark.parametrize(
    "part",
    [
        a_kind(Script(), "other"),
        a_kind(Script(), "part", merge=Debounce(1, 2)),
        a_kind(Script(), "part", idempotency=Once(60.0)),
        a_kind(Script(), "part", children=frozenset({"part"})),
    ],
    ids=["unknown", "merged", "remembered", "a batch"],
)
def test_a_kind_of_batch_has_parts_that_can_be_its_own(part: Kind) -> None:
    with pytest.raises(AssertionError, match="many has children"):
        Kinds([Parts().batch("many"), part])
