"""Merge policies at work: what waits takes in what comes, and starts when it may."""

from pathlib import Path

import pytest
import trio
from actors.sample_kinds import both, months
from actors.stage import Script, Stage, a_kind, a_stage, virtual_now
from sqlalchemy import Connection
from trio.testing import MockClock

from planner.actors import REPLACE, Accepted, Debounce, JobState, Merge
from planner.actors.ids import microseconds
from planner.actors.kind import ARGUMENTS_BYTES_MAX
from planner.domain.errors import TooLarge
from planner.storage.queue import DELAY_SECONDS_MAX

DEBOUNCE = Debounce(window_seconds=2, at_most_seconds=6)


async def blocked(stage: Stage, script: Script) -> None:
    """Keep the household busy until the script opens."""
    script.gate()
    await stage.ask(kind="blocker")
    await script.began.wait()


async def started_at(stage: Stage, accepted: Accepted) -> float:
    """Return when the job started, in seconds of the test."""
    view = await stage.done(accepted)
    assert view.started_at is not None
    return trio.current_time() - (virtual_now() - view.started_at).total_seconds()


async def test_the_newest_arguments_replace_those_that_wait(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I7, I6: one run with the newest arguments answers all, and says how often it was changed."""
    async with a_stage(database, a_kind(script, "blocker"), a_kind(script, merge=REPLACE)) as stage:
        await blocked(stage, script)
        first = await stage.ask(arguments={"n": 1}, requested_by="ann")
        second = await stage.ask(arguments={"n": 2}, requested_by="bob")
        third = await stage.ask(arguments={"n": 2}, requested_by="cid")
        assert first.job_id == second.job_id == third.job_id
        assert first.job_id is not None
        why = await stage.households.why(first.job_id)
        assert [(each["requested_by"], each.get("arguments")) for each in why.asked_by] == [
            ("ann", None),
            ("bob", {"n": 2}),
            ("cid", None),
        ]
        script.open()
        view = await stage.done(first)
    assert [run.arguments for run in script.runs[1:]] == [{"n": 2}]
    assert (view.arguments, view.joined, view.merged) == ({"n": 2}, 2, 1)


async def test_combined_arguments_cover_all_that_was_asked(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I7: merge(f)."""
    kind = a_kind(script, merge=Merge(both), check_arguments=months)
    async with a_stage(database, a_kind(script, "blocker"), kind) as stage:
        await blocked(stage, script)
        asked = [await stage.ask(arguments={"months": [month]}) for month in (3, 1, 2, 1)]
        assert len({each.job_id for each in asked}) == 1
        script.open()
        view = await stage.done(asked[0])
    assert (view.arguments, view.merged, len(script.runs)) == ({"months": [1, 2, 3]}, 2, 2)


async def test_a_running_turn_is_joined_only_with_equal_arguments(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I4, I7: what runs cannot be given other arguments any more."""
    script.gate()
    kind = a_kind(script, merge=Merge(both), check_arguments=months)
    async with a_stage(database, kind) as stage:
        first = await stage.ask(arguments={"months": [1, 2]})
        await script.began.wait()
        same = await stage.ask(arguments={"months": [2, 1]})
        assert (same.job_id, same.state) == (first.job_id, JobState.RUNNING)
        part = await stage.ask(arguments={"months": [1]})
        assert (part.joined, part.state) == (False, JobState.PENDING)
        script.open()
        await stage.done(part)
    assert [run.arguments["months"] for run in script.runs] == [[1, 2], [1]]


async def test_what_a_failed_turn_was_to_do_goes_to_the_one_that_waits(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I5, I7: the successor covers the arguments of the turn it answers for."""
    script.gate()
    script.raises = [OSError("no")]
    kind = a_kind(script, merge=Merge(both), check_arguments=months)
    async with a_stage(database, kind) as stage:
        first = await stage.ask(arguments={"months": [1]})
        await script.began.wait()
        second = await stage.ask(arguments={"months": [2]})
        script.open()
        view = await stage.done(first)
        assert (view.id, view.state) == (second.job_id, JobState.SUCCEEDED)
    assert (view.arguments, view.merged) == ({"months": [1, 2]}, 1)


async def test_arguments_that_grow_over_their_limit_are_refused(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R23, I12: by merging, too; what waits stays as it was."""
    kind = a_kind(script, merge=Merge(both), check_arguments=months)
    half = ARGUMENTS_BYTES_MAX // 2 // len("100000,")
    async with a_stage(database, a_kind(script, "blocker"), kind) as stage:
        await blocked(stage, script)
        first = await stage.ask(arguments={"months": list(range(100_000, 100_000 + half))})
        with pytest.raises(TooLarge):
            await stage.ask(arguments={"months": list(range(200_000, 200_000 + half))})
        script.open()
        view = await stage.done(first)
    assert (view.joined, view.merged) == (0, 0)


async def test_a_debounced_job_starts_when_no_more_requests_come(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I7: each request puts it off by the window; they are one run."""
    async with a_stage(database, a_kind(script, merge=DEBOUNCE)) as stage:
        asked = []
        for _ in range(3):
            asked.append(await stage.ask())
            await trio.sleep(1.5)
        assert script.runs == []
        assert await started_at(stage, asked[0]) == pytest.approx(3 + 2, abs=0.01)
    assert len({each.job_id for each in asked}) == len(script.runs) == 1


async def test_a_stream_of_requests_cannot_put_a_job_off_for_ever(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I7: at most so long after the first."""
    async with a_stage(database, a_kind(script, merge=DEBOUNCE)) as stage:
        first = await stage.ask()
        for _ in range(5):
            await trio.sleep(1.1)
            await stage.ask()
        assert await started_at(stage, first) == pytest.approx(6, abs=0.01)


async def test_a_job_that_is_put_off_holds_up_no_other(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I7, I13: the household's other jobs run meanwhile, those that came before and those that come after."""
    async with a_stage(database, a_kind(script), a_kind(script, "slow", merge=DEBOUNCE)) as stage:
        waiting = await stage.ask(kind="slow")
        await trio.sleep(1)
        assert await started_at(stage, await stage.ask()) == pytest.approx(1, abs=0.01)
        assert await started_at(stage, waiting) == pytest.approx(2, abs=0.01)
    assert [run.kind for run in script.runs] == ["refresh", "slow"]


async def test_a_job_that_is_due_earlier_is_not_slept_over(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I7: timers of several jobs."""
    kinds = (a_kind(script, "late", merge=Debounce(50, 60)), a_kind(script, "soon", merge=Debounce(2, 6)))
    async with a_stage(database, *kinds) as stage:
        late = await stage.ask(kind="late")
        await trio.sleep(1)
        assert await started_at(stage, await stage.ask(kind="soon")) == pytest.approx(3, abs=0.01)
        assert await started_at(stage, late) == pytest.approx(50, abs=0.01)


async def test_a_forced_request_ends_the_waiting(database: Path, script: Script, clock: MockClock) -> None:
    """R13: `force` waits for no more requests."""
    async with a_stage(database, a_kind(script, merge=DEBOUNCE)) as stage:
        first = await stage.ask()
        await trio.sleep(1)
        forced = await stage.ask(force=True)
        assert forced.job_id == first.job_id
        assert await started_at(stage, forced) == pytest.approx(1, abs=0.01)


async def test_why_says_until_when_a_job_is_put_off(database: Path, script: Script, clock: MockClock) -> None:
    """I18: what it waits for, and when it will likely start."""
    async with a_stage(database, a_kind(script, merge=DEBOUNCE)) as stage:
        accepted = await stage.ask()
        assert accepted.job_id is not None
        await trio.sleep(0.5)
        why = await stage.households.why(accepted.job_id)
        assert why.sentence == "It waits 1.5 more seconds, so that requests like it become one run."
        assert why.likely_start_seconds == pytest.approx(1.5, abs=0.01)
        assert why.job.not_before is not None
        assert microseconds(why.job.not_before) == microseconds(why.job.accepted_at) + 2_000_000


async def test_after_a_restart_a_job_is_put_off_as_long_as_it_was(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I7, R27: the time is in the row, so a crash neither loses the job nor starts it early."""
    kind = a_kind(script, merge=Debounce(20, 60))
    async with a_stage(database, kind) as stage:
        accepted = await stage.ask()
        await trio.sleep(5)
    async with a_stage(database, kind) as stage:
        assert await started_at(stage, accepted) == pytest.approx(20, abs=0.01)


async def test_a_clock_that_is_set_back_puts_nothing_off(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I7, I12: a job that seems to wait longer than any may is due."""
    kind = a_kind(script, merge=Debounce(20, 60))
    async with a_stage(database, kind) as stage:
        accepted = await stage.ask()
        later_us = microseconds(virtual_now()) + (DELAY_SECONDS_MAX + 30) * 1_000_000
        await stage.store.write(lambda conn: _put_off(conn, later_us))
    async with a_stage(database, kind) as stage:
        assert await started_at(stage, accepted) < 1


def _put_off(conn: Connection, until_us: int) -> None:
    conn.exec_driver_sql("UPDATE jobs SET not_before_us = ?", (until_us,))
