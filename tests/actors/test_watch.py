"""Following events, asking why, and what makes runs repeatable."""

import random
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
import trio
from actors.stage import Script, a_kind, a_stage, rows
from trio.testing import MockClock

from planner.actors import Event, Outcome, Turn
from planner.actors.ids import Ids
from planner.actors.watch import PROGRESS_KEPT_MAX, READ_AT_ONCE, Watcher
from planner.domain.errors import Busy


async def test_events_are_replayed_after_the_last_one_seen(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R37: durable ones come in the order of their commits, none twice, none missed, across a restart."""
    seen: list[Event] = []
    async with a_stage(database, a_kind(script)) as stage:
        async with stage.households.watch("h") as events:
            await stage.done(await stage.ask())
            async for event in events:
                seen.append(event)
                if event.type == "started":
                    break
        await stage.done(await stage.ask())
    async with (
        a_stage(database, a_kind(script)) as stage,
        stage.households.watch("h", after_event_id=seen[-1].id) as events,
    ):
        await stage.done(await stage.ask())
        async for event in events:
            seen.append(event)
            if sum(each.type == "succeeded" for each in seen) == 3:
                break
    assert [event.type for event in seen] == ["accepted", "started", "succeeded"] * 3
    assert [event.id for event in seen] == list(range(1, 10))


async def test_a_watcher_hears_of_its_job_only_and_from_its_beginning(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R6: a job's events are at the job's own place, also after it has ended."""
    async with a_stage(database, a_kind(script), households=("h", "other")) as stage:
        await stage.done(await stage.ask("other"))
        accepted = await stage.ask()
        await stage.done(accepted)
        async with stage.households.watch(job_id=accepted.job_id) as events:
            types = [(await anext(events)).type for _ in range(3)]
            await stage.done(await stage.ask("other"))
            with trio.move_on_after(10) as waiting:
                await anext(events)
    assert types == ["accepted", "started", "succeeded"]
    assert waiting.cancelled_caught


async def test_events_that_were_pruned_leave_a_gap_that_is_told(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I12: events are bounded, and a watcher that comes back too late knows it."""
    async with a_stage(database, a_kind(script)) as stage:
        await stage.done(await stage.ask())
        await stage.store.write(rows, "DELETE FROM events WHERE id < 3")
        async with stage.households.watch("h", after_event_id=1) as events:
            assert [(await anext(events)).type for _ in range(2)] == ["gap", "succeeded"]


async def test_progress_is_live_and_a_slow_watcher_gets_the_last(database: Path, clock: MockClock) -> None:
    """R37: how far, doing what, how long still; bounded whatever the handler does."""

    async def handle(turn: Turn) -> Outcome:
        for step in range(1, 101):
            turn.beat(step / 100, f"step {step}")
            await trio.sleep(1)
        return Outcome()

    async with a_stage(database, a_kind(Script(), handle=handle, deadline_seconds=1000)) as stage:
        async with stage.households.watch("h") as events:
            accepted = await stage.ask()
            seen = [await anext(events) for _ in range(3)]
            await trio.sleep(50)
            late = await anext(events)
        view = await stage.households.job(str(accepted.job_id))
        why = await stage.households.why(str(accepted.job_id))
    assert [event.type for event in seen] == ["accepted", "started", "progress"]
    assert seen[2].id is None
    assert late.data["doing"] != "step 2"
    assert view.progress is not None
    assert view.progress["seconds_left"] == 49.0 or abs(float(str(view.progress["seconds_left"])) - 49) < 3
    assert why.likely_end_seconds == view.progress["seconds_left"]
    assert why.sentence.startswith("It has been running for")


async def test_what_is_kept_for_a_watcher_that_does_not_read_is_bounded(
    database: Path, clock: MockClock
) -> None:
    """I12: at most one reading of the log and the last progress of some jobs; no event is lost by it."""
    kind = a_kind(Script(), handle=beat_once)
    names = [f"h{number}" for number in range(PROGRESS_KEPT_MAX + 20)]
    async with a_stage(database, kind, households=names) as stage, stage.households.watch() as events:
        watcher = cast("Watcher", events)
        first = await stage.ask(names[0])
        for each in [first, *[await stage.ask(name) for name in names[1:]]]:
            await stage.done(each)
        assert watcher.held == PROGRESS_KEPT_MAX
        seen = [await anext(events)]
        assert 0 < watcher.held <= PROGRESS_KEPT_MAX + READ_AT_ONCE
        most = 0
        while watcher.held:
            seen.append(await anext(events))
            most = max(most, watcher.held)
        types = Counter(event.type for event in seen)
    assert most <= PROGRESS_KEPT_MAX + READ_AT_ONCE
    assert types == {
        "accepted": len(names), "started": len(names), "succeeded": len(names), "progress": PROGRESS_KEPT_MAX,
    }  # fmt: skip


async def beat_once(turn: Turn) -> Outcome:
    """Say where the turn is, and end."""
    turn.beat(0.5, "half")
    await trio.sleep(1)
    return Outcome()


async def test_those_who_follow_are_bounded(
    database: Path, script: Script, clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I12, R32: one more is refused with when to try again, and taken when another has left."""
    monkeypatch.setattr("planner.actors.watch.WATCHERS_MAX", 2)
    async with a_stage(database, a_kind(script)) as stage, stage.households.watch("h"):
        async with stage.households.watch("h"):
            with pytest.raises(Busy, match="2 streams") as refusal:
                async with stage.households.watch("h"):
                    pass
            assert refusal.value.retry_after_seconds > 0
        async with stage.households.watch("h"):
            pass


async def test_why_says_what_a_job_waits_for(database: Path, script: Script, clock: MockClock) -> None:
    """I18: what it waits for, what runs, what it was merged with, when it will likely start."""
    async with a_stage(database, a_kind(script)) as stage:
        script.gate()
        first = await stage.ask(arguments={"n": 0})
        await script.began.wait()
        await trio.sleep(10)
        script.open()
        await stage.done(first)

        script.gate()
        await stage.ask(arguments={"n": 1})
        await script.began.wait()
        await stage.ask(arguments={"n": 2})
        last = await stage.ask(arguments={"n": 3}, requested_by="page")
        await stage.ask(arguments={"n": 3}, requested_by="api")
        await trio.sleep(4)
        why = await stage.households.why(str(last.job_id))
        script.open()
    assert why.running is not None
    assert (why.ahead, why.running.arguments, why.running_for_seconds) == (1, {"n": 1}, 4)
    assert why.likely_start_seconds == 16
    assert [each["requested_by"] for each in why.asked_by] == ["page", "api"]
    assert why.sentence.startswith("It waits for another job of this household (Refresh, running for 4.0")
    assert why.to_plain()["job"]["id"] == last.job_id


def test_ids_are_version_7_in_order_and_repeatable() -> None:
    """R22, I15: in order even when the clock stands still or steps back."""
    instants = iter(
        [datetime(2026, 1, 1, tzinfo=UTC) - timedelta(milliseconds=n // 3) for n in range(10_000)]
    )
    ids = Ids(lambda: next(instants), random.Random(7))
    made = [ids.new() for _ in range(10_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {(uuid.UUID(each).version, uuid.UUID(each).variant) for each in made} == {(7, uuid.RFC_4122)}
    milliseconds = int(made[0].replace("-", "")[:12], 16)
    assert milliseconds == datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000
    again = Ids(lambda: datetime(2026, 1, 1, tzinfo=UTC), random.Random(7))
    assert again.new() == made[0]
