"""A turn: its effects and its outcome are one transaction, and whatever breaks in it is its outcome."""

import logging
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
import trio
from actors.stage import Script, Stage, a_kind, a_stage, write_effect
from sqlalchemy import Connection
from trio.testing import MockClock

from planner.actors import JobState, Outcome, Request, Turn
from planner.actors.kind import RESULT_BYTES_MAX
from planner.domain.errors import Gone, Refused
from planner.storage.job_rows import JobRow


async def effects(stage: Stage) -> int:
    """Count what turns wrote."""
    return int((await stage.query("SELECT count(*) FROM effects"))[0][0])


async def test_what_a_turn_writes_and_its_outcome_commit_together(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I3, R11: whoever sees the effect sees that the job succeeded, and the other way round."""
    seen: set[tuple[int, str]] = set()
    script.outcome = lambda _: Outcome(writes=(partial(write_effect, household_id="h"),))
    async with a_stage(database, a_kind(script)) as stage:

        async def look() -> None:
            while True:
                sql = "SELECT (SELECT count(*) FROM effects), state FROM jobs"
                seen.update(map(tuple, await stage.query(sql)))
                await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(look)
            await stage.done(await stage.ask())
            await stage.query("SELECT 1")
            nursery.cancel_scope.cancel()
        assert await effects(stage) == 1
    assert seen <= {(0, "pending"), (0, "running"), (1, "succeeded")}


async def test_a_write_that_fails_leaves_nothing_and_fails_the_job(
    database: Path, script: Script, clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """I3, R7: the writes before it are rolled back; the traceback is recorded and logged."""
    twice = partial(write_effect, household_id="h", times=2)
    script.outcome = lambda _: Outcome(writes=(partial(write_effect, household_id="h", note="a"), twice))
    async with a_stage(database, a_kind(script)) as stage:
        view = await stage.done(await stage.ask())
        assert await effects(stage) == 0
        (attempt,) = await stage.households.attempts(view.id)
    assert view.state is JobState.FAILED
    assert view.error is not None
    assert "UNIQUE" in str(view.error["message"])
    assert attempt.traceback is not None
    assert "write_effect" in attempt.traceback
    assert any(record.levelno == logging.ERROR for record in caplog.records)


async def test_a_refusal_is_an_answer_with_its_problems(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R15: errors of data are not tried again."""
    script.raises = [Refused.one("incomes[0].amount", "It must be above zero.")]
    async with a_stage(database, a_kind(script, retry_on=(OSError,))) as stage:
        view = await stage.done(await stage.ask())
        status = await stage.households.status("h")
    assert view.attempts == 1
    assert view.error == {
        "type": "refused",
        "message": "incomes[0].amount: It must be above zero.",
        "problems": [{"path": "incomes[0].amount", "message": "It must be above zero."}],
    }
    assert status.last_error is not None
    assert status.last_error.id == view.id


async def test_a_bug_in_a_handler_is_that_jobs_failure(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R7: the next job of the household runs; the error goes from the status when the kind succeeds again."""
    script.raises = [ZeroDivisionError("bug")]
    async with a_stage(database, a_kind(script)) as stage:
        failed = await stage.done(await stage.ask())
        assert (failed.state, failed.error) == (
            JobState.FAILED,
            {"type": "failed", "message": "ZeroDivisionError: bug"},
        )
        assert (await stage.done(await stage.ask())).state is JobState.SUCCEEDED
        assert (await stage.households.status("h")).last_error is None
        assert stage.households.statistics().restarts == 0


async def test_what_load_raises_fails_the_job(database: Path, script: Script, clock: MockClock) -> None:
    """R15: facts that cannot be read are an error of the job, not a crash of the actor."""

    def load(_conn: Connection, _job: JobRow) -> object:
        raise Refused("These facts cannot be read.")

    async def read_snapshot(turn: Turn) -> Outcome:
        return Outcome(result={"never": str(turn.snapshot)})

    async with a_stage(database, a_kind(script, load=load, handle=read_snapshot)) as stage:
        view = await stage.done(await stage.ask())
        assert stage.households.statistics().restarts == 0
    assert view.error is not None
    assert view.error["message"] == "These facts cannot be read."


async def test_passing_faults_are_tried_again_with_growing_pauses(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R15, I5: every attempt has its row (R22); the job keeps its running slot meanwhile."""
    script.raises = [OSError("once"), OSError("twice"), None]
    async with a_stage(database, a_kind(script, retry_on=(OSError,))) as stage:
        accepted = await stage.ask()
        view = await stage.done(accepted)
        attempts = await stage.households.attempts(view.id)
        types = [row[0] for row in await stage.query("SELECT type FROM events ORDER BY id")]
        assert stage.households.statistics().retries == {"refresh": 2}
    assert (view.state, view.attempts) == (JobState.SUCCEEDED, 3)
    assert [each.outcome for each in attempts] == ["failed", "failed", "succeeded"]
    assert types == ["accepted", "started", "retrying", "started", "retrying", "started", "succeeded"]
    pauses = [later.started_at_us - (earlier.ended_at_us or 0) for earlier, later in pairwise(attempts)]
    assert 0 < pauses[0] <= 500_000
    assert 0 < pauses[1] <= 1_000_000


async def test_after_as_many_attempts_as_allowed_the_job_fails(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R15: passing faults that do not pass."""
    script.raises = [OSError("always")] * 9
    async with a_stage(database, a_kind(script, retry_on=(OSError,), attempts_max=4)) as stage:
        view = await stage.done(await stage.ask())
    assert (view.state, view.attempts, len(script.runs)) == (JobState.FAILED, 4, 4)


@pytest.mark.parametrize("error", [OSError("passing"), ZeroDivisionError("a bug")], ids=type)
async def test_a_failed_turn_with_a_successor_hands_its_waiters_over(
    database: Path, script: Script, clock: MockClock, error: Exception
) -> None:
    """I5: it is superseded rather than failed, and not tried again; all who joined it move."""
    script.gate()
    script.raises = [error, None]
    async with a_stage(database, a_kind(script, retry_on=(OSError,))) as stage:
        first = await stage.ask()
        await script.began.wait()
        assert (await stage.ask()).job_id == first.job_id
        await stage.change()
        second = await stage.ask()
        script.open()
        view = await stage.done(first)
        assert view.id == second.job_id
        assert (await stage.states())[str(first.job_id)] == "superseded"
        assert trio.current_time() == 0
    assert (view.joined, view.covers_revision, len(script.runs)) == (2, 2, 2)


async def test_a_job_that_rests_before_its_retry_gives_way_to_its_successor(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I5: the rest ends at once, the newer facts are used, nobody is left waiting."""
    script.raises = [OSError("passing"), None]
    async with a_stage(database, a_kind(script, retry_on=(OSError,)), seed=5) as stage:
        async with stage.households.watch("h") as events:
            first = await stage.ask()
            async for event in events:
                if event.type == "retrying":
                    break
        before = trio.current_time()
        joined = await stage.ask()
        assert joined.job_id == first.job_id
        await stage.change()
        second = await stage.ask()
        assert second.job_id != first.job_id
        assert (await stage.done(first)).id == second.job_id
        assert trio.current_time() == before
    assert len(script.runs) == 2


async def test_a_result_over_its_limit_fails_the_job_with_that_reason(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R23: nothing is cut, and nothing of it is written."""
    script.outcome = lambda _: Outcome(
        result={"text": "x" * RESULT_BYTES_MAX}, writes=(partial(write_effect, household_id="h"),)
    )
    async with a_stage(database, a_kind(script)) as stage:
        view = await stage.done(await stage.ask())
        assert await effects(stage) == 0
    assert view.error is not None
    assert view.error["type"] == "result_too_large"


async def test_parts_that_failed_make_it_partial(database: Path, script: Script, clock: MockClock) -> None:
    """R7: not `succeeded`; the error stands beside the part that failed."""
    part = {"part": "drivers", "message": "no such scenario"}
    script.outcome = lambda _: Outcome(state=JobState.PARTIAL, result={"rest": 1}, errors=(part,))
    async with a_stage(database, a_kind(script)) as stage:
        view = await stage.done(await stage.ask())
    assert (view.state, view.result) == (JobState.PARTIAL, {"rest": 1})
    assert view.error is not None
    assert view.error["parts"] == [part]


async def test_what_follows_is_accepted_with_the_outcome(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I3: a follow-up exists exactly when the turn that asked for it is done."""

    def outcome(turn: Turn) -> Outcome:
        follow = Request(household_id=turn.arguments.get("to", "h"), kind="after", requested_by="refresh")  # type: ignore[arg-type]
        return Outcome(follow=(follow,) if turn.job.kind == "refresh" else ())

    script.outcome = outcome
    kinds = (a_kind(script), a_kind(script, "after"))
    async with a_stage(database, *kinds, households=("h", "other")) as stage:
        for household in ("h", "other"):
            turn = stage.households.turn_ended(household)
            await stage.done(await stage.ask(arguments={"to": household}))
            await turn
            (after,) = await stage.households.jobs(household_id=household, limit=1)
            assert (after.kind, after.requested_by) == ("after", "refresh")
            assert (await stage.households.wait(after.id, 10)).state is JobState.SUCCEEDED


async def test_what_follows_for_a_household_that_was_removed_meanwhile_is_left_out(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R15, I17: that is no failure of the turn that asked; found by the simulator, seed 2381."""
    asked = tuple(Request(household_id=each, kind="after", requested_by="refresh") for each in ("gone", "h"))
    script.outcome = lambda turn: Outcome(follow=asked if turn.job.kind == "refresh" else ())
    async with a_stage(database, a_kind(script), a_kind(script, "after")) as stage:
        assert (await stage.done(await stage.ask())).state is JobState.SUCCEEDED
        (after,) = await stage.households.jobs(household_id="h", limit=1)
    assert after.kind == "after"


async def test_at_its_deadline_a_job_ends_and_the_household_goes_on(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R24, I18: it fails with that reason; before, job, household and why say that it is stuck."""
    script.gate()
    kind = a_kind(script, deadline_seconds=30, stuck_after_seconds=10)
    async with a_stage(database, kind) as stage:
        accepted = await stage.ask()
        await script.began.wait()
        assert accepted.job_id is not None
        await trio.sleep(5)
        assert not (await stage.households.job(accepted.job_id)).stuck
        await trio.sleep(6)
        assert (await stage.households.job(accepted.job_id)).stuck
        status = await stage.households.status("h")
        assert status.running is not None
        assert status.running.stuck
        assert "no sign of life" in (await stage.households.why(accepted.job_id)).sentence
        script.turns[0].beat(0.5, "working")
        assert not (await stage.households.job(accepted.job_id)).stuck
        view = await stage.done(accepted)
        assert trio.current_time() == pytest.approx(30)
        script.open()
        assert (await stage.done(await stage.ask())).state is JobState.SUCCEEDED
    assert view.state is JobState.FAILED
    assert view.error is not None
    assert view.error["type"] == "deadline"


async def test_giving_up_the_wait_does_not_harm_the_job(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R8: waiting and not waiting are the same job."""
    script.gate()
    async with a_stage(database, a_kind(script)) as stage:
        accepted = await stage.ask()
        assert accepted.job_id is not None
        assert (await stage.households.wait(accepted.job_id, 3)).state is JobState.RUNNING
        assert trio.current_time() == pytest.approx(3)
        script.open()
        assert (await stage.done(accepted)).state is JobState.SUCCEEDED


async def test_a_result_is_kept_for_its_retention_from_when_it_finished(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R5: after that it is gone, which is not the same as never having been."""
    script.gate()
    day = 24 * 3600.0
    kind = a_kind(script, deadline_seconds=9 * day, retention_days=2)
    async with a_stage(database, kind) as stage:
        accepted = await stage.ask()
        assert accepted.job_id is not None
        await trio.sleep(5 * day)
        script.open()
        await stage.done(accepted)
        await trio.sleep(2 * day - 1)
        assert (await stage.households.job(accepted.job_id)).state is JobState.SUCCEEDED
        await trio.sleep(2)
        with pytest.raises(Gone, match="expired"):
            await stage.households.job(accepted.job_id)


async def test_jobs_faster_than_a_commit_end_in_their_right_state(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R29: and their events are in the order of their states."""
    async with a_stage(database, a_kind(script)) as stage:
        views = []

        async def one(number: int) -> None:
            views.append(await stage.done(await stage.ask(arguments={"n": number})))

        async with trio.open_nursery() as nursery:
            for number in range(50):
                nursery.start_soon(one, number)
        types = await stage.query("SELECT job_id, group_concat(type) FROM events GROUP BY job_id")
    assert {view.state for view in views} == {JobState.SUCCEEDED}
    assert {row[1] for row in types} == {"accepted,started,succeeded"}
