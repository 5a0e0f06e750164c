"""What becomes of a request: it joins a job that covers it, or it becomes one."""

from pathlib import Path

import pytest
import trio
from actors.stage import Script, a_kind, a_stage, change_facts, rows
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from trio.testing import MockClock

from planner.actors import JobState, Priority, Request
from planner.actors.kind import ARGUMENTS_BYTES_MAX
from planner.domain.errors import Busy, NotFound, Refused, TooLarge


async def test_a_job_is_accepted_done_and_remembered(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R1: the household is a column of the job from the moment it is accepted."""
    async with a_stage(database, a_kind(script)) as stage:
        accepted = await stage.ask(arguments={"b": 1, "a": "x"})
        assert (await stage.query("SELECT household_id, arguments FROM jobs"))[0] == ("h", '{"a":"x","b":1}')
        view = await stage.done(accepted)
    assert (view.state, view.result, view.covers_revision) == (JobState.SUCCEEDED, {"revision": 1}, 1)
    assert (view.household_id, view.joined, view.attempts) == ("h", 0, 1)


async def test_a_thousand_equal_requests_while_one_runs_cost_one_more_run(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R12: a storm is one run, and one more because facts changed; all are answered with what covers them."""
    script.gate()
    views = []
    async with a_stage(database, a_kind(script)) as stage:
        await stage.ask()
        await script.began.wait()
        await stage.change()

        async def one() -> None:
            views.append(await stage.done(await stage.ask(requested_by="storm", least_revision=2)))

        async with trio.open_nursery() as nursery:
            for _ in range(1000):
                nursery.start_soon(one)
            await trio.sleep(1)
            script.open()
        assert len(script.runs) == 2
        assert {view.covers_revision for view in views} == {2}
        assert len({view.id for view in views}) == 1
        assert [view.joined for view in views[:1]] == [999]
        assert (await stage.query("SELECT count(*) FROM requests"))[0][0] == 999


async def test_a_request_joins_the_running_turn_while_no_fact_has_changed(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I4, I6: it joins `running`, and gets the one outcome with its provenance."""
    script.gate()
    async with a_stage(database, a_kind(script)) as stage:
        first = await stage.ask()
        await script.began.wait()
        second = await stage.ask()
        assert (second.joined, second.job_id, second.state) == (True, first.job_id, JobState.RUNNING)
        script.open()
        view = await stage.done(second)
    assert (view.joined, view.covers_revision, len(script.runs)) == (1, 1, 1)


async def test_a_request_after_a_change_never_joins_the_turn_that_began_before_it(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I4, R14: it becomes pending, and its turn reads the facts as they are then."""
    script.gate()
    async with a_stage(database, a_kind(script)) as stage:
        first = await stage.ask()
        await script.began.wait()
        await stage.change()
        second = await stage.ask()
        assert (second.joined, second.state) == (False, JobState.PENDING)
        script.open()
        assert (await stage.done(first)).covers_revision == 1
        assert (await stage.done(second)).covers_revision == 2


async def test_force_runs_again_but_joins_what_has_not_begun(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R13: `force` exists."""
    script.gate()
    async with a_stage(database, a_kind(script)) as stage:
        first = await stage.ask()
        await script.began.wait()
        forced = await stage.ask(force=True)
        again = await stage.ask(force=True)
        assert forced.job_id != first.job_id
        assert (again.job_id, again.joined) == (forced.job_id, True)
        script.open()
        await stage.done(again)
    assert [run.forced for run in script.runs] == [False, True]


async def test_what_waits_becomes_forced_by_who_insists_and_hands_that_on(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R13, I5, I7: joined, absorbed, superseded or tried again, the work that was insisted on is done."""
    whole = a_kind(script, "whole", absorbs=frozenset({"refresh"}))
    async with a_stage(database, a_kind(script, retry_on=(OSError,)), whole) as stage:
        script.gate()
        first = await stage.ask(force=True)
        await script.began.wait()
        script.raises = [OSError("passing"), None, None, None, OSError("passing")]
        await stage.change()
        taken_over = await stage.ask()
        script.open()
        assert (await stage.done(first)).id == taken_over.job_id
        assert (await stage.households.job(str(taken_over.job_id))).forced

        script.gate()
        await stage.ask(arguments={"n": 1})
        await script.began.wait()
        await stage.ask()
        assert not (await stage.households.job(str((await stage.ask()).job_id))).forced
        await stage.ask(force=True)
        absorber = await stage.ask(kind="whole")
        script.open()
        assert (await stage.done(absorber)).forced
        await stage.done(await stage.ask(force=True))
    assert [(run.kind, run.forced, run.attempts) for run in script.runs] == [
        ("refresh", True, 1),
        ("refresh", True, 1),
        ("refresh", False, 1),
        ("whole", True, 1),
        ("refresh", True, 1),
        ("refresh", True, 2),
    ]


async def test_requests_with_other_arguments_are_other_jobs(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I7: the merge key is the kind and its canonical arguments."""
    script.gate()
    async with a_stage(database, a_kind(script)) as stage:
        await stage.ask(arguments={"blocks": True})
        one = await stage.ask(arguments={"months": 1, "from": 2})
        same = await stage.ask(arguments={"from": 2, "months": 1})
        other = await stage.ask(arguments={"months": 2, "from": 2})
        assert (one.job_id, True) == (same.job_id, same.joined)
        assert other.job_id != one.job_id
        script.open()


async def test_a_full_regeneration_takes_what_waits_and_what_comes(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I7, I5: absorb supersedes waiting jobs, whose waiters move; absorption reaches through other kinds."""
    kinds = (
        a_kind(script, "blocker"),
        a_kind(script, "withholding"),
        a_kind(script, "flows", absorbs=frozenset({"withholding"})),
        a_kind(script, "baseline", absorbs=frozenset({"flows"})),
    )
    script.gate()
    async with a_stage(database, *kinds) as stage:
        await stage.ask(kind="blocker")
        await script.began.wait()
        waiting = [await stage.ask(kind="withholding"), await stage.ask(kind="flows")]
        assert [each.joined for each in waiting] == [False, False]
        baseline = await stage.ask(kind="baseline")
        later = await stage.ask(kind="withholding")
        assert (later.job_id, later.joined) == (baseline.job_id, True)
        script.open()
        views = [await stage.done(each) for each in (*waiting, baseline, later)]
        superseded = await stage.query("SELECT id, successor_id FROM jobs WHERE state = 'superseded'")
    assert {view.id for view in views} == {baseline.job_id}
    # The withholding was absorbed by the flows, and with them by the baseline: three requests beside its own.
    assert views[0].joined == 3
    assert [run.kind for run in script.runs] == ["blocker", "baseline"]
    assert len(superseded) == 2


async def test_a_more_urgent_request_makes_the_waiting_job_more_urgent(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I13: who joins does not wait longer than who asks first."""
    script.gate()
    async with a_stage(database, a_kind(script, priority=Priority.BULK)) as stage:
        await stage.ask(arguments={"n": 0})
        await script.began.wait()
        first = await stage.ask(arguments={"n": 1})
        last = await stage.ask(arguments={"n": 2})
        joined = await stage.ask(arguments={"n": 2}, priority=Priority.INTERACTIVE)
        assert joined.job_id == last.job_id
        script.open()
        await stage.done(joined)
        await stage.done(first)
    assert [run.arguments["n"] for run in script.runs] == [0, 2, 1]


async def test_a_change_and_its_job_are_one_transaction(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R19, R14: a job that could not be recorded leaves no change, and a refused change no job."""
    async with a_stage(database, a_kind(script)) as stage:

        def change(conn: Connection) -> int:
            return change_facts(conn, "h")

        def asking(revision: object) -> Request:
            assert isinstance(revision, int)
            return Request(household_id="h", kind="refresh", requested_by="t", least_revision=revision)

        accepted = await stage.households.accept(asking, change)
        assert accepted.before == 2
        assert (await stage.done(accepted)).covers_revision == 2

        def asking_for_nonsense(_: object) -> Request:
            return Request(household_id="h", kind="nonsense", requested_by="t")

        with pytest.raises(Refused, match="no kind of job"):
            await stage.households.accept(asking_for_nonsense, change)
        nothing = await stage.households.accept(lambda _: None, change)
        assert (nothing.job_id, nothing.before) == (None, 3)
        assert await stage.query("SELECT revision FROM households WHERE id = 'h'") == [(3,)]
        assert await stage.query("SELECT count(*) FROM jobs") == [(1,)]


async def test_a_full_mailbox_refuses_and_drops_nothing(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R32, I12: backpressure is explicit, with the seconds after which to try again."""
    script.gate()
    async with a_stage(database, a_kind(script), mailbox_max=3) as stage:
        accepted = [await stage.ask(arguments={"n": 0})]
        await script.began.wait()
        accepted += [await stage.ask(arguments={"n": n}) for n in (1, 2, 3)]
        with pytest.raises(Busy, match="waiting") as refusal:
            await stage.ask(arguments={"n": 4})
        assert refusal.value.retry_after_seconds > 0
        assert (await stage.ask(arguments={"n": 3})).joined
        script.open()
        assert [(await stage.done(each)).state for each in accepted] == [JobState.SUCCEEDED] * 4
        await stage.done(await stage.ask(arguments={"n": 4}))


async def test_what_is_recorded_of_those_who_join_is_bounded(
    database: Path, script: Script, clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I12, R12: the first are recorded by name and with an event, all are counted and answered."""
    monkeypatch.setattr("planner.actors.accept.JOINS_RECORDED_MAX", 3)
    script.gate()
    async with a_stage(database, a_kind(script)) as stage:
        accepted = [await stage.ask(requested_by=f"client {n}") for n in range(6)]
        script.open()
        views = [await stage.done(each) for each in accepted]
        assert {(view.id, view.joined) for view in views} == {(accepted[0].job_id, 5)}
        assert stage.households.statistics().joined["refresh"] == 5
        names = await stage.query("SELECT requested_by FROM requests ORDER BY id")
        events = await stage.query("SELECT count(*) FROM events WHERE type = 'joined'")
    assert [row[0] for row in names] == ["client 1", "client 2", "client 3"]
    assert events == [(3,)]


async def test_what_is_over_a_limit_or_unknown_is_refused(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R23, R1: nothing is cut silently; ids that never existed are 404."""
    async with a_stage(database, a_kind(script)) as stage:
        await stage.done(await stage.ask(arguments={"text": "x" * (ARGUMENTS_BYTES_MAX - 11)}))
        with pytest.raises(TooLarge, match="65,536"):
            await stage.ask(arguments={"text": "x" * (ARGUMENTS_BYTES_MAX - 10)})
        with pytest.raises(NotFound):
            await stage.ask(household_id="nobody")
        with pytest.raises(NotFound):
            await stage.households.job("nothing")
        with pytest.raises(Refused, match="Revision 9 does not exist"):
            await stage.ask(least_revision=9)


async def test_the_database_itself_refuses_a_second_job_in_a_slot(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I4: the partial unique indexes are a second wall; I15: so are the checks on states."""
    script.gate()
    async with a_stage(database, a_kind(script)) as stage:
        await stage.ask()
        await script.began.wait()
        await stage.ask(force=True)

        async def attempt(sql: str) -> None:
            await stage.store.write(rows, sql)

        running = (
            "UPDATE jobs SET state = 'running', attempts = 1, epoch = 1, started_at_us = 1 "
            "WHERE state = 'pending'"
        )
        with pytest.raises(IntegrityError, match="UNIQUE"):
            await attempt(running)
        with pytest.raises(IntegrityError, match="CHECK"):
            await attempt("UPDATE jobs SET state = 'pending' WHERE state = 'running'")
        with pytest.raises(IntegrityError, match="CHECK"):
            await attempt("UPDATE jobs SET state = 'succeeded' WHERE state = 'running'")
        script.open()
