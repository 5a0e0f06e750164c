"""What goes wrong at an awkward moment; each of these was found by the simulator."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import trio
import trio.testing
from actors.stage import Script, a_kind, a_stage
from sqlalchemy import Connection
from trio.testing import MockClock

from planner.actors import JobState, Priority
from planner.actors.ledger import start_next
from planner.domain.errors import Busy
from planner.storage import Store
from planner.storage.attempts import park_open
from planner.storage.facts import delete_household
from planner.storage.job_checks import attempt_counts
from planner.storage.job_rows import JobRow

Write = Callable[..., Any]


class Meddled:
    """A store whose every write goes through `meddle(write, unit, *args, **kwargs)`."""

    def __init__(self, store: Store, meddle: Callable[..., Any]) -> None:
        self._store = store
        self._meddle = meddle

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def write(self, unit: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Write, or what the test does instead."""
        return await self._meddle(self._store.write, unit, *args, **kwargs)


def meddling(meddle: Callable[..., Any]) -> Callable[[Store], Store]:
    """Return what wraps the store of a stage."""
    return lambda store: cast("Store", Meddled(store, meddle))


async def test_a_start_on_a_full_disk_waits_and_then_recovers(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R25, R26: what was cut off cannot be decided without room; the process does not give up."""
    refusals = [Busy("The disk is full."), Busy("The disk is full.")]

    async def refuse(write: Write, unit: Any, *args: Any, **kwargs: Any) -> Any:
        if refusals and unit.__name__ == "_decide_some":
            raise refusals.pop()
        return await write(unit, *args, **kwargs)

    script.gate()
    async with a_stage(database, a_kind(script)) as stage:
        accepted = await stage.ask()
        await script.began.wait()
    script.open()
    async with a_stage(database, a_kind(script), wrap=meddling(refuse)) as stage:
        assert (await stage.done(accepted)).state is JobState.SUCCEEDED
    assert not refusals


async def test_a_job_cancelled_while_its_actor_is_down_has_no_attempt_left_open(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R38, R22: the actor crashed after it had started the job, and rests before its restart."""
    crashes = [RuntimeError("crashed after the commit")]

    async def crash(write: Write, unit: Any, *args: Any, **kwargs: Any) -> Any:
        result = await write(unit, *args, **kwargs)
        if unit is start_next and crashes:
            raise crashes.pop()
        return result

    async with a_stage(database, a_kind(script), wrap=meddling(crash)) as stage:
        accepted = await stage.ask_apart()
        await trio.testing.wait_all_tasks_blocked()
        assert (await stage.households.cancel(str(accepted.job_id))).state is JobState.CANCELLED
        assert await stage.store.read(lambda conn: list(attempt_counts(conn))) == []
        attempts = await stage.households.attempts(str(accepted.job_id))
    assert [each.outcome for each in attempts] == ["interrupted"]


async def test_a_job_whose_snapshot_cannot_be_read_does_not_fail_the_one_before(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I3, I17: the turn that ended keeps its outcome; the next one is started by itself, and is the crash."""
    broken = [sqlite3.OperationalError("no such table")]

    def load(_conn: Connection, _job: JobRow) -> object:
        if broken:
            raise broken.pop()
        return None

    script.gate()
    async with a_stage(database, a_kind(script), a_kind(script, "broken", load=load)) as stage:
        first = await stage.ask()
        await script.began.wait()
        second = await stage.ask(kind="broken")
        script.open()
        view = await stage.done(first)
        assert (view.state, view.attempts) == (JobState.SUCCEEDED, 1)
        assert (await stage.done(second)).state is JobState.SUCCEEDED
        assert stage.households.statistics().restarts == 0


async def test_what_is_answered_while_the_actors_end_starts_nothing(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I2: the answer is the truth about what was written, not an error of a process that ends."""
    async with a_stage(database, a_kind(script)) as stage:

        async def end(write: Write, unit: Any, *args: Any, **kwargs: Any) -> Any:
            result = await write(unit, *args, **kwargs)
            stage.nursery.cancel_scope.cancel()
            with trio.CancelScope(shield=True):
                await trio.testing.wait_all_tasks_blocked()
            return result

        stage.households._store = cast("Store", Meddled(stage.store, end))
        assert (await stage.ask()).state is JobState.PENDING


async def test_all_who_joined_a_turn_are_counted_by_the_job_that_takes_over(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I5, I6: those too who joined after the turn began that failed; and their urgency counts."""
    script.raises = [OSError("passing")]
    script.gate()
    async with a_stage(database, a_kind(script, priority=Priority.BULK)) as stage:
        failing = await stage.ask()
        await script.began.wait()
        for _ in range(3):
            assert (await stage.ask()).job_id == failing.job_id
        await stage.ask(priority=Priority.INTERACTIVE)
        await stage.change()
        successor = await stage.ask()
        script.open()
        view = await stage.done(failing)
    assert (view.id, view.joined, view.priority) == (successor.job_id, 5, Priority.INTERACTIVE)


async def test_stopping_on_a_full_disk_ends_in_order(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R35, R26: that a turn was parked cannot be written; it runs again all the same."""

    async def refuse(write: Write, unit: Any, *args: Any, **kwargs: Any) -> Any:
        if unit is park_open:
            raise Busy("The disk is full.")
        return await write(unit, *args, **kwargs)

    script.gate()
    async with a_stage(database, a_kind(script), wrap=meddling(refuse)) as stage:
        accepted = await stage.ask()
        await script.began.wait()
        assert not await stage.households.drain(1)
    script.open()
    async with a_stage(database, a_kind(script)) as stage:
        assert (await stage.done(accepted)).state is JobState.SUCCEEDED


async def test_a_household_that_is_removed_while_it_is_asked_leaves_nothing_in_the_figures(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R36: what waits is counted, in whatever order the news of it comes."""

    async def remove_first(write: Write, unit: Any, *args: Any, **kwargs: Any) -> Any:
        result = await write(unit, *args, **kwargs)
        if unit.__name__ == "_accept_unit":
            await write(delete_household, "h")
            stage.households.forget("h")
        return result

    async with a_stage(database, a_kind(script), wrap=meddling(remove_first)) as stage:
        await stage.ask()
        await trio.sleep(1)
        statistics = stage.households.statistics()
        assert (statistics.waiting, statistics.awake) == (0, 0)
