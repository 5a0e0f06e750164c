"""Supervision: actors come and go with work; a crash is one household's business."""

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
import trio
from actors.stage import Script, a_kind, a_stage, rows
from sqlalchemy import Connection
from trio.testing import MockClock

from planner.actors import JobState, Kind, Outcome, Priority, Turn
from planner.actors.fairness import Slots
from planner.actors.ledger import settle, start_next
from planner.actors.supervisor import RESTART_DELAY_SECONDS, RESTARTS_MAX
from planner.domain.errors import Busy, NotFound
from planner.storage import Store
from planner.storage.recovery import set_aside as record_set_aside


class FaultyStore:
    """The real store, to be given faults."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def write(self, unit: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Write, as the real store does."""
        return await self._store.write(unit, *args, **kwargs)


async def test_a_crashing_actor_is_restarted_then_set_aside_then_resumed(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R33, I17: with backoff, up to a limit; its mailbox is kept, the reason shown, nobody else notices."""
    crashes: list[float] = []

    class Crashing(FaultyStore):
        broken = True

        async def write(self, unit: Any, /, *args: Any, **kwargs: Any) -> Any:
            if self.broken and unit is start_next and args[0] == "bad":
                crashes.append(trio.current_time())
                raise RuntimeError("a bug in the runtime")
            return await super().write(unit, *args, **kwargs)

    store: list[Crashing] = []

    def wrap(real: Store) -> Store:
        store.append(Crashing(real))
        return cast("Store", store[0])

    async with a_stage(database, a_kind(script), households=("bad", "good"), wrap=wrap) as stage:
        bad = await stage.ask_apart("bad")
        assert (await stage.done(await stage.ask("good"))).state is JobState.SUCCEEDED
        await trio.sleep(1000)
        pauses = [round(b - a, 6) for a, b in pairwise(crashes)]
        assert pauses == list(RESTART_DELAY_SECONDS)
        status = await stage.households.status("bad")
        assert status.set_aside_reason is not None
        assert "a bug in the runtime" in status.set_aside_reason
        assert "set aside" in (await stage.households.why(str(bad.job_id))).sentence
        assert status.waiting_count == 1
        statistics = stage.households.statistics()
        assert (statistics.restarts, statistics.set_aside, statistics.awake) == (RESTARTS_MAX, 1, 0)

        more = await stage.ask_apart("bad", arguments={"n": 1})
        await trio.sleep(1000)
        assert len(crashes) == RESTARTS_MAX + 1
        store[0].broken = False
        await stage.households.resume("bad")
        assert (await stage.done(bad)).state is JobState.SUCCEEDED
        assert (await stage.done(more)).state is JobState.SUCCEEDED
        assert (await stage.households.status("bad")).set_aside_reason is None
        types = [row[0] for row in await stage.query("SELECT type FROM events WHERE job_id IS NULL")]
    assert types == ["set_aside", "resumed"]


async def test_a_household_that_was_set_aside_stays_so_after_a_restart(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R33: until somebody resumes it."""
    async with a_stage(database, a_kind(script)) as stage:
        await stage.store.write(rows, "UPDATE households SET set_aside_reason = 'why'")
    async with a_stage(database, a_kind(script)) as stage:
        accepted = await stage.ask()
        await trio.sleep(100)
        assert (await stage.households.job(str(accepted.job_id))).state is JobState.PENDING
        await stage.households.resume("h")
        assert (await stage.done(accepted)).state is JobState.SUCCEEDED


async def test_a_household_that_is_resumed_while_it_is_set_aside_goes_on(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R33, I17: it has given its slot back by then; found by the simulator, seed 7159."""

    class Resuming(FaultyStore):
        broken = True

        async def write(self, unit: Any, /, *args: Any, **kwargs: Any) -> Any:
            if self.broken and unit is start_next:
                raise RuntimeError("a bug in the runtime")
            if self.broken and unit is record_set_aside and args[1] is not None:
                self.broken = False
                await stage.households.resume("h")
            return await super().write(unit, *args, **kwargs)

    async with a_stage(database, a_kind(script), wrap=lambda real: cast("Store", Resuming(real))) as stage:
        assert (await stage.done(await stage.ask_apart())).state is JobState.SUCCEEDED
        await trio.sleep(1)
        assert (await stage.households.status("h")).set_aside_reason is None
        assert await stage.query("SELECT set_aside_reason FROM households WHERE id = 'h'") == [(None,)]
        statistics = stage.households.statistics()
        assert (statistics.awake, statistics.running) == (0, 0)


async def test_a_crash_between_commit_and_answer_runs_the_next_job_anyway(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I17: what the crashed actor left running is decided by its successor, at once; attempts are counted."""

    class Crashing(FaultyStore):
        times = 1

        async def write(self, unit: Any, /, *args: Any, **kwargs: Any) -> Any:
            result = await super().write(unit, *args, **kwargs)
            if unit is start_next and self.times:
                self.times -= 1
                raise RuntimeError("crashed after the commit")
            return result

    async with a_stage(database, a_kind(script), wrap=lambda real: cast("Store", Crashing(real))) as stage:
        view = await stage.done(await stage.ask_apart())
        attempts = await stage.households.attempts(view.id)
    assert (view.state, view.attempts, len(script.runs)) == (JobState.SUCCEEDED, 2, 1)
    assert [each.outcome for each in attempts] == ["interrupted", "succeeded"]


async def test_an_outcome_that_cannot_be_committed_is_kept_and_written_later(
    database: Path, script: Script, clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """R26: neither lost nor worked out twice; the operator is told."""

    class Refusing(FaultyStore):
        times = 6

        async def write(self, unit: Any, /, *args: Any, **kwargs: Any) -> Any:
            if unit is settle and self.times:
                self.times -= 1
                raise Busy("The disk is full; nothing was written.")
            return await super().write(unit, *args, **kwargs)

    async with a_stage(database, a_kind(script), wrap=lambda real: cast("Store", Refusing(real))) as stage:
        view = await stage.done(await stage.ask())
        assert stage.households.statistics().commits_put_off == 6
    assert (view.state, view.attempts, len(script.runs)) == (JobState.SUCCEEDED, 1, 1)
    assert "The disk is full" in caplog.text


async def test_idle_households_cost_no_task(database: Path, script: Script, clock: MockClock) -> None:
    """R34, I16: the first message wakes one, and it is put away when nothing waits."""
    names = [f"h{n}" for n in range(200)]
    async with a_stage(database, a_kind(script), households=names) as stage:
        script.gate()
        before = trio.lowlevel.current_statistics().tasks_living
        accepted = [await stage.ask(name) for name in names]
        await trio.sleep(1)
        awake = trio.lowlevel.current_statistics().tasks_living
        assert 0 < awake - before <= 64
        script.open()
        for each in accepted:
            await stage.done(each)
        await trio.sleep(1)
        assert trio.lowlevel.current_statistics().tasks_living == before
        assert stage.households.statistics().awake == 0
        assert (await stage.done(await stage.ask(names[7]))).state is JobState.SUCCEEDED


async def test_a_message_that_comes_while_the_actor_is_put_away_is_not_lost(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I16: at whatever step of putting it away the message comes."""
    async with a_stage(database, a_kind(script)) as stage:
        for steps in range(60):
            first = await stage.ask(arguments={"n": 2 * steps})
            await stage.done(first)
            for _ in range(steps % 15):
                await trio.lowlevel.checkpoint()
            with trio.fail_after(50):
                await stage.done(await stage.ask(arguments={"n": 2 * steps + 1}))
        await trio.sleep(1)
        assert stage.households.statistics().awake == 0
    assert len(script.runs) == 120


async def test_interactive_work_of_one_household_waits_one_turn_behind_anothers_backlog(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R28, I13: even with a single slot; then scheduled work, then bulk; round robin within one."""
    kinds = (a_kind(script),)
    slots = Slots(turns_max=1, interactive_reserve=0)
    names = ("greedy", "bulky", "clock", "user")
    async with a_stage(database, *kinds, households=names, slots=slots) as stage:
        script.gate()
        for n in range(20):
            await stage.ask("greedy", arguments={"n": n}, priority=2)
        await script.began.wait()
        await stage.ask("bulky", priority=2)
        await stage.ask("clock", priority=1)
        await stage.ask("user", priority=0)
        script.open()
        for job in await stage.households.jobs(limit=50):
            await stage.households.wait(job.id, 100)
    assert [run.household_id for run in script.runs[:5]] == ["greedy", "user", "clock", "bulky", "greedy"]
    assert script.most_active == 1


async def test_a_backlog_of_interactive_jobs_stays_before_bulk(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R28: also when its household has to give up its slot and queue again."""
    slots = Slots(turns_max=1, interactive_reserve=0)
    async with a_stage(database, a_kind(script), households=("one", "two", "bulky"), slots=slots) as stage:
        script.gate()
        for n in range(3):
            await stage.ask("one", arguments={"n": n})
        await script.began.wait()
        await stage.ask("bulky", priority=2)
        for n in range(3):
            await stage.ask("two", arguments={"n": n})
        script.open()
        for job in await stage.households.jobs(limit=50):
            await stage.households.wait(job.id, 100)
    order = [run.household_id for run in script.runs]
    assert order == ["one", "two"] * 3 + ["bulky"]


async def test_turns_are_charged_by_their_time(database: Path, clock: MockClock) -> None:
    """I13, R28: a household whose turns are long has as much time as one whose turns are short, not more."""
    worked = Counter[str]()

    async def handle(turn: Turn) -> Outcome:
        seconds = {"long": 10.0, "short": 1.0}[turn.job.household_id]
        await trio.sleep(seconds)
        worked[turn.job.household_id] += round(seconds)
        return Outcome()

    kind = a_kind(Script(), handle=handle, priority=Priority.BULK)
    slots = Slots(turns_max=1, interactive_reserve=0)
    async with a_stage(database, kind, households=("long", "short"), slots=slots) as stage:
        for n in range(80):
            await stage.ask("short", arguments={"n": n})
            if n < 20:
                await stage.ask("long", arguments={"n": n})
        await trio.sleep(120)
    assert abs(worked["long"] - worked["short"]) <= 11, worked


async def test_what_is_kept_of_households_that_were_awake_is_nothing(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R34, I16: however many had their turn, in whatever class, and had to queue for it."""
    names = [f"h{n}" for n in range(150)]
    slots = Slots(turns_max=4, interactive_reserve=1)
    async with a_stage(database, a_kind(script), households=names, slots=slots) as stage:
        accepted = [await stage.ask(name, priority=n % 3) for n, name in enumerate(names)]
        for each in accepted:
            await stage.done(each)
        await trio.sleep(1)
        assert slots.remembered == 0


async def test_bulk_work_leaves_slots_for_interactive_work(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I12, I13: turns are bounded, and the last slots are not for bulk."""
    names = [f"h{n}" for n in range(10)]
    slots = Slots(turns_max=4, interactive_reserve=1)
    async with a_stage(database, a_kind(script), households=names, slots=slots) as stage:
        script.gate()
        for name in names[:9]:
            await stage.ask(name, priority=2)
        await trio.sleep(1)
        assert len(script.runs) == 3
        await stage.ask(names[9], priority=0)
        await trio.sleep(1)
        assert [run.household_id for run in script.runs[3:]] == ["h9"]
        statistics = stage.households.statistics()
        assert (statistics.running, statistics.ready, statistics.waiting) == (4, 6, 6)
        script.open()


async def test_a_household_that_is_removed_takes_its_work_with_it(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R7: those who wait learn that it is gone; nothing crashes."""
    script.gate()
    async with a_stage(database, a_kind(script)) as stage:
        running = await stage.ask()
        await script.began.wait()
        waiting = await stage.ask(arguments={"n": 1})
        learnt: list[str] = []

        async def learn(job_id: str | None) -> None:
            with pytest.raises(NotFound):
                await stage.households.wait(str(job_id), 500)
            learnt.append(str(job_id))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(learn, running.job_id)
            nursery.start_soon(learn, waiting.job_id)
            await trio.sleep(1)
            await stage.store.write(rows, "DELETE FROM households")
            stage.households.forget("h")
        assert sorted(learnt) == sorted([str(running.job_id), str(waiting.job_id)])
        assert trio.current_time() < 10
        await trio.sleep(10)
        statistics = stage.households.statistics()
        assert (statistics.waiting, statistics.awake, statistics.restarts) == (0, 0, 0)


async def test_a_turn_that_ends_after_its_household_was_removed_writes_nothing_and_fails_nothing(
    database: Path, clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """I3, R7: the removal may come between the end of the work and its commit."""
    began, gate = trio.Event(), trio.Event()

    def write(conn: Connection) -> None:
        rows(conn, "INSERT INTO events(household_id, at_us, type, data) VALUES ('h', 0, 'x', '{}')")

    async def handle(_turn: Turn) -> Outcome:
        began.set()
        await gate.wait()
        return Outcome(writes=(write,))

    async with a_stage(database, Kind(name="refresh", title="Refresh", handle=handle)) as stage:
        await stage.ask()
        await began.wait()
        await stage.store.write(rows, "DELETE FROM households")
        gate.set()
        await trio.sleep(10)
        statistics = stage.households.statistics()
        assert (statistics.awake, statistics.restarts) == (0, 0)
        assert await stage.query("SELECT * FROM events") == []
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
