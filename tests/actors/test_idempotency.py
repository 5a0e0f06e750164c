"""What a kind remembers of what it has done: only successes, only for a while, and until it is cleared."""

from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
import trio
from actors.stage import Script, a_kind, a_stage, rows, virtual_now, write_effect
from trio.testing import MockClock

from planner.actors import Daily, JobState, Once, Outcome, Strict, Turn
from planner.actors.ids import microseconds
from planner.domain.errors import Conflict, Gone, NotFound
from planner.storage.done_keys import ANSWERS_KEPT_US, DoneKey, expire_keys, remember_done

HOUR = 3_600.0


async def test_a_repeat_within_the_time_is_answered_with_what_was_done(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R16: once(ttl): the first job is the answer, whatever changed since; after the time it is done anew."""
    async with a_stage(database, a_kind(script, idempotency=Once(HOUR))) as stage:
        first = await stage.ask(arguments={"n": 1})
        done = await stage.done(first)
        await stage.change()
        await trio.sleep(HOUR - 1)
        again = await stage.ask(arguments={"n": 1})
        assert (again.job_id, again.joined, again.remembered) == (first.job_id, True, True)
        assert (await stage.done(again)).result == done.result
        other = await stage.ask(arguments={"n": 2})
        assert not other.remembered
        await stage.done(other)
        await trio.sleep(2)
        late = await stage.ask(arguments={"n": 1})
        assert not late.remembered
        assert (await stage.done(late)).covers_revision == 2
    assert [run.arguments["n"] for run in script.runs] == [1, 2, 1]


async def test_what_is_remembered_does_not_answer_for_newer_facts_that_are_asked_for(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R16, R14: a stored answer knows which revision it covers."""
    async with a_stage(database, a_kind(script, idempotency=Once(HOUR))) as stage:
        await stage.done(await stage.ask())
        revision = await stage.change()
        newer = await stage.ask(least_revision=revision)
        assert (await stage.done(newer)).covers_revision == revision
        assert (await stage.ask(least_revision=revision)).job_id == newer.job_id
    assert len(script.runs) == 2


async def test_a_repeat_joins_the_turn_that_will_be_the_answer(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R16: it is not done a second time because facts changed while it ran."""
    script.gate()
    async with a_stage(database, a_kind(script, idempotency=Once(HOUR))) as stage:
        first = await stage.ask()
        await script.began.wait()
        await stage.change()
        assert (await stage.ask()).job_id == first.job_id
        assert (await stage.ask(least_revision=2)).job_id != first.job_id
        script.open()


async def test_failures_and_half_successes_are_never_remembered(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R16: what failed, was cancelled or failed in part can be asked for again."""
    script.raises = [OSError("no")]
    parts = ({"part": 1, "message": "no"},)
    script.outcome = lambda turn: (
        Outcome(state=JobState.PARTIAL, errors=parts) if len(script.runs) == 2 else Outcome()
    )
    async with a_stage(database, a_kind(script, idempotency=Once(HOUR))) as stage:
        states = []
        for _ in range(2):
            states.append((await stage.done(await stage.ask())).state)
            assert await stage.households.done_keys("h") == []
        script.gate()
        cancelled = await stage.ask()
        await script.began.wait()
        assert cancelled.job_id is not None
        states.append((await stage.households.cancel(cancelled.job_id)).state)
        script.open()
        states.append((await stage.done(await stage.ask())).state)
        assert (await stage.ask()).remembered
    assert states == [JobState.FAILED, JobState.PARTIAL, JobState.CANCELLED, JobState.SUCCEEDED]


async def test_a_key_is_written_with_the_outcome_or_not_at_all(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R16, I3: an outcome that could not be committed is not remembered as done."""

    def outcome(_: Turn) -> Outcome:
        return Outcome(writes=(partial(write_effect, household_id="h", times=len(script.runs) % 2 + 1),))

    script.outcome = outcome
    async with a_stage(database, a_kind(script, idempotency=Once(HOUR))) as stage:
        failed = await stage.done(await stage.ask())
        assert failed.state is JobState.FAILED
        assert await stage.households.done_keys("h") == []
        assert (await stage.done(await stage.ask())).state is JobState.SUCCEEDED
        assert len(await stage.households.done_keys("h")) == 1


async def test_once_a_day_goes_by_the_date_of_whoever_asks(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R16: the date is handed in, so the day ends where people are, not in Greenwich."""
    days = [date(2026, 3, 7)]
    kind = a_kind(script, idempotency=Daily())
    async with a_stage(database, kind, today=lambda: days[-1]) as stage:
        first = await stage.ask()
        await stage.done(first)
        await trio.sleep(30 * HOUR)
        assert (await stage.ask()).job_id == first.job_id
        days.append(days[-1] + timedelta(days=1))
        second = await stage.ask()
        assert not second.remembered
        await stage.done(second)
        assert (await stage.ask()).job_id == second.job_id
        keys = [each.key for each in await stage.households.done_keys("h")]
    assert [key.rsplit(":", 1)[1] for key in keys] == ["2026-03-07", "2026-03-08"]


async def test_what_waits_over_midnight_is_done_for_the_day_it_was_last_asked_for(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R16: one run, not one for yesterday and one for today."""
    days = [date(2026, 3, 7)]
    script.gate()
    kinds = (a_kind(script, "blocker"), a_kind(script, idempotency=Daily()))
    async with a_stage(database, *kinds, today=lambda: days[-1]) as stage:
        await stage.ask(kind="blocker")
        await script.began.wait()
        first = await stage.ask()
        days.append(date(2026, 3, 8))
        assert (await stage.ask()).job_id == first.job_id
        script.open()
        await stage.done(first)
        assert (await stage.ask()).remembered
    assert [run.kind for run in script.runs] == ["blocker", "refresh"]


async def test_a_strict_kind_refuses_a_repeat_and_names_the_first(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R16: strict: while it waits, while it runs and after it was done; a failure frees it."""
    script.raises = [OSError("no")]
    script.gate()
    async with a_stage(database, a_kind(script, idempotency=Strict())) as stage:
        failing = await stage.ask()
        with pytest.raises(Conflict, match=str(failing.job_id)):
            await stage.ask()
        await script.began.wait()
        with pytest.raises(Conflict, match=str(failing.job_id)):
            await stage.ask()
        script.open()
        assert (await stage.done(failing)).state is JobState.FAILED
        first = await stage.ask()
        await stage.done(first)
        await trio.sleep(20 * 24 * HOUR)
        with pytest.raises(Conflict, match=str(first.job_id)):
            await stage.ask()
        assert (await stage.ask(arguments={"n": 2})).job_id != first.job_id


async def test_force_does_again_what_was_done_and_is_remembered_in_its_place(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R13, R16."""
    kinds = (a_kind(script, idempotency=Once(HOUR)), a_kind(script, "strict", idempotency=Strict()))
    async with a_stage(database, *kinds) as stage:
        forced = {}
        for kind in ("refresh", "strict"):
            first = await stage.ask(kind=kind)
            await stage.done(first)
            forced[kind] = await stage.ask(kind=kind, force=True)
            assert forced[kind].job_id != first.job_id
            await stage.done(forced[kind])
        assert (await stage.ask()).job_id == forced["refresh"].job_id
        by_kind = {each.kind: each.job_id for each in await stage.households.done_keys("h")}
        assert by_kind == {kind: each.job_id for kind, each in forced.items()}
    assert len(script.runs) == 4


async def test_keys_can_be_looked_up_and_cleared(database: Path, script: Script, clock: MockClock) -> None:
    """R16: they are deterministic, of the household that asked, listed in pages, and gone when cleared."""
    kind = a_kind(script, idempotency=Once(HOUR))
    async with a_stage(database, kind, households=("h", "other")) as stage:
        jobs = [await stage.ask(arguments={"n": n}) for n in range(3)]
        for each in jobs:
            await stage.done(each)
        await stage.done(await stage.ask("other", arguments={"n": 0}))
        keys = await stage.households.done_keys("h")
        assert {each.job_id for each in keys} == {each.job_id for each in jobs}
        page = await stage.households.done_keys("h", after_key=keys[0].key, limit=1)
        assert page == keys[1:2]
        (of_other,) = await stage.households.done_keys("other")
        assert of_other.key in {each.key for each in keys}
        await stage.households.clear_key("h", of_other.key)
        with pytest.raises(NotFound):
            await stage.households.clear_key("h", of_other.key)
        assert not (await stage.ask(arguments={"n": 0})).remembered
        assert (await stage.ask("other", arguments={"n": 0})).remembered


async def test_a_key_whose_job_is_gone_says_so(database: Path, script: Script, clock: MockClock) -> None:
    """R16, R11: what was done is not done twice because its record was pruned."""
    async with a_stage(database, a_kind(script, idempotency=Once(HOUR))) as stage:
        await stage.done(await stage.ask())
        await stage.store.write(rows, "DELETE FROM jobs")
        with pytest.raises(Gone, match="Clear its key"):
            await stage.ask()


async def test_keys_expire_in_small_batches(database: Path, script: Script, clock: MockClock) -> None:
    """R16, I12: what is past its time is deleted, so many at a time, and nothing else."""
    now_us = microseconds(virtual_now())
    async with a_stage(database, a_kind(script)) as stage:
        for number in range(7):
            done = DoneKey(
                household_id="h", key=f"k{number}", kind="refresh", job_id="j", at_us=0,
                expires_at_us=now_us + (number > 4),
            )  # fmt: skip
            await stage.store.write(remember_done, done)
        for number in range(3):
            answered = (f"k{number}", now_us - ANSWERS_KEPT_US + (number > 1))
            sql = "INSERT INTO idempotency_keys VALUES ('local', ?, '', '{}', ?)"
            await stage.store.write(rows, sql, answered)
        counts = [await stage.store.write(expire_keys, now_us, 3) for _ in range(3)]
        assert counts == [3 + 2, 2, 0]
        assert await stage.query("SELECT key FROM done_keys ORDER BY key") == [("k5",), ("k6",)]
        assert await stage.query("SELECT key FROM idempotency_keys") == [("k2",)]


def test_a_kind_whose_answers_go_before_its_keys_is_refused(script: Script) -> None:
    """R16: a remembered answer can be shown as long as it is remembered."""
    with pytest.raises(AssertionError, match="too soon"):
        a_kind(script, idempotency=Once(8 * 24 * HOUR))
