"""A request to a household that sleeps starts its turn in the transaction that accepts it."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from actors.stage import Script, a_kind, a_stage
from actors.test_misfortunes import Write, meddling
from sqlalchemy import Connection
from trio.testing import MockClock

from planner.actors import JobState, Request
from planner.actors.fairness import Slots
from planner.domain.errors import Busy, NotFound, Refused
from planner.storage.job_rows import JobRow


async def test_a_job_of_a_sleeping_household_takes_two_transactions(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R34, I2, I3: one accepts and starts it, one ends it and finds nothing more to do."""
    async with a_stage(database, a_kind(script)) as stage:
        for _ in range(2):
            before = stage.store.statistics.units
            view = await stage.done(await stage.ask())
            assert (view.state, view.attempts) == (JobState.SUCCEEDED, 1)
            await trio.testing.wait_all_tasks_blocked()
            assert stage.store.statistics.units - before == 2
        types = [row[0] for row in await stage.query("SELECT type FROM events ORDER BY id")]
        assert stage.households.statistics().awake == 0
    assert types == ["accepted", "started", "succeeded"] * 2


async def test_a_request_that_is_refused_leaves_the_household_asleep_and_the_slot_free(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R34, I12: a slot that was taken for a job that never came is given back."""

    def refuse(_conn: Connection) -> None:
        raise Refused("no")

    async with a_stage(database, a_kind(script), slots=Slots(1, 0)) as stage:
        for _ in range(3):
            with pytest.raises(Refused):
                await stage.households.accept(
                    Request(household_id="h", kind="refresh", requested_by="test"), refuse
                )
            with pytest.raises(NotFound):
                await stage.ask("nobody")
        await trio.testing.wait_all_tasks_blocked()
        statistics = stage.households.statistics()
        assert (statistics.awake, statistics.running) == (0, 0)
        assert (await stage.done(await stage.ask())).state is JobState.SUCCEEDED


async def test_a_crash_after_the_commit_leaves_no_turn_without_an_actor(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I17, R27: whoever asked is told of a failure, and the job that was started runs all the same."""
    crashes = [RuntimeError("crashed after the commit")]

    async def crash(write: Write, unit: Any, *args: Any, **kwargs: Any) -> Any:
        result = await write(unit, *args, **kwargs)
        if crashes and unit.__name__ == "_accept_unit":
            raise crashes.pop()
        return result

    async with a_stage(database, a_kind(script), wrap=meddling(crash)) as stage:
        with pytest.raises(RuntimeError, match="crashed after"):
            await stage.ask()
        (job_id,) = await stage.states()
        view = await stage.households.wait(job_id, 60)
        attempts = await stage.households.attempts(job_id)
    assert (view.state, len(script.runs)) == (JobState.SUCCEEDED, 1)
    assert [each.outcome for each in attempts] == ["interrupted", "succeeded"]


async def test_who_asks_does_not_suffer_from_what_the_turn_cannot_read(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R15, I17: the request is accepted; that its snapshot cannot be read is the turn's misfortune."""
    broken = [sqlite3.OperationalError("no such table") for _ in range(2)]

    def load(_conn: Connection, _job: JobRow) -> object:
        if broken:
            raise broken.pop()
        return None

    async with a_stage(database, a_kind(script, load=load)) as stage:
        accepted = await stage.ask()
        assert not accepted.joined
        assert (await stage.done(accepted)).state is JobState.SUCCEEDED
        assert stage.households.statistics().restarts == 1
    assert not broken


async def test_a_request_given_up_before_it_was_written_starts_nothing(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R8, R19: what was not accepted does not run, and the household can be asked again."""

    async def refuse_once(write: Write, unit: Any, *args: Any, **kwargs: Any) -> Any:
        await trio.lowlevel.checkpoint_if_cancelled()
        if busy and unit.__name__ == "_accept_unit":
            raise busy.pop()
        return await write(unit, *args, **kwargs)

    busy = [Busy("The disk is full.")]
    async with a_stage(database, a_kind(script), wrap=meddling(refuse_once)) as stage:
        with trio.CancelScope() as scope:
            scope.cancel()
            await stage.ask()
        assert scope.cancelled_caught
        with pytest.raises(Busy):
            await stage.ask()
        await trio.testing.wait_all_tasks_blocked()
        assert (await stage.states(), script.runs) == ({}, [])
        assert (await stage.done(await stage.ask())).state is JobState.SUCCEEDED
