"""Paychecks are created and worked out anew by jobs, and doing it twice changes nothing."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import trio
from worlds import FIXED_CLOCK, TODAY, a_settled_household, a_world, settled

from planner.domain.changes import Change, Edit, Remove
from planner.domain.errors import Refused
from planner.engine.payroll import PayrollYear
from planner.storage.derived import DerivedRecord, derived_record
from planner.storage.job_rows import JobState, Priority
from planner.work import read
from planner.work.accept import change_household, request_job
from planner.work.names import GENERATE_MISSING_PAYCHECKS, RECALCULATE_MONTH, RECALCULATE_PAYCHECKS
from planner.work.subjects import paychecks_subject
from planner.work.world import World

RAISE = Edit(of="incomes", id="ada-salary", set={"amount": "140000"})
KINDS = (GENERATE_MISSING_PAYCHECKS, RECALCULATE_MONTH, RECALCULATE_PAYCHECKS)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as world:
        yield world


async def done(
    world: World, house: str, kind: str, *, force: bool = False, **arguments: Any
) -> tuple[bool, dict[str, object]]:
    """Ask for a job, wait for it; return whether it changed nothing, and its result."""
    asked = await request_job(world, house, kind, arguments, author="owner", force=force)
    assert asked.job_id is not None
    job = await world.households.wait(asked.job_id, 30)
    assert job.state is JobState.SUCCEEDED, job.error
    return job.unchanged, dict(job.result or {})


async def kept(world: World, house: str, year: int = 2026) -> DerivedRecord:
    record = await world.store.read(derived_record, house, paychecks_subject(year))
    assert record is not None
    return record


async def payroll(world: World, house: str, year: int = 2026) -> PayrollYear:
    shown = await read.paychecks(world, house, year)
    assert shown.value is not None
    return shown.value


async def changed(world: World, house: str, change: Change) -> None:
    await settled(world, await change_household(world, house, change, author="owner"))


async def test_the_missing_paychecks_are_created_once(world: World) -> None:
    """R18: create the missing ones; a second time there are none, and nothing is written anew."""
    house = (await a_settled_household(world)).household_id
    assert (await read.paychecks(world, house, 2026)).value is None
    unchanged, result = await done(world, house, GENERATE_MISSING_PAYCHECKS)
    before = await kept(world, house)
    assert not unchanged
    assert result["created"] == result["paychecks"] == (await payroll(world, house)).count
    assert (await done(world, house, GENERATE_MISSING_PAYCHECKS))[0]
    assert await kept(world, house) == before


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("force", [False, True])
async def test_running_any_of_them_twice_changes_nothing_the_second_time(
    world: World, kind: str, *, force: bool
) -> None:
    """R18, I9: after a raise, whatever the first run made of it, the second run leaves to the last byte."""
    house = (await a_settled_household(world)).household_id
    await done(world, house, GENERATE_MISSING_PAYCHECKS)
    await changed(world, house, RAISE)
    arguments: dict[str, Any] = {"month": 3} if kind == RECALCULATE_MONTH else {}
    first, _ = await done(world, house, kind, **arguments)
    assert first == (kind == GENERATE_MISSING_PAYCHECKS)  # nothing was missing
    once = await kept(world, house)
    second, result = await done(world, house, kind, force=force, **arguments)
    assert second
    assert {result.get("created", 0), result.get("changed", 0), result.get("removed", 0)} == {0}
    again = await kept(world, house)
    assert (again.body, again.revision, again.inputs_fingerprint) == (
        once.body, once.revision, once.inputs_fingerprint,
    )  # fmt: skip


async def test_a_month_is_worked_out_anew_and_the_others_stand(world: World) -> None:
    """R18: recalculate a month; a generation that holds older paychecks does not call itself fresh."""
    house = (await a_settled_household(world)).household_id
    await done(world, house, GENERATE_MISSING_PAYCHECKS)
    before = await payroll(world, house)
    await changed(world, house, RAISE)
    _, result = await done(world, house, RECALCULATE_MONTH, month=12)
    shown = await read.paychecks(world, house, 2026)
    assert not shown.freshness.fresh
    assert shown.freshness.revision == 1
    assert shown.value is not None
    differ = {
        new.payment.day.month
        for old_year, new_year in zip(before.incomes, shown.value.incomes, strict=True)
        for old, new in zip(old_year.stubs, new_year.stubs, strict=True)
        if old != new
    }
    assert differ == {12}
    assert result["changed"] == sum(
        each.payment.day.month == 12 for each in shown.value.of("ada-salary").stubs
    )


async def test_all_are_worked_out_anew_behind_everything_else(world: World) -> None:
    """R18: recalculate in bulk: lowest priority; then the year is of the present facts."""
    house = (await a_settled_household(world)).household_id
    await done(world, house, GENERATE_MISSING_PAYCHECKS)
    await changed(world, house, RAISE)
    asked = await request_job(world, house, RECALCULATE_PAYCHECKS, {}, author="owner")
    assert asked.job_id is not None
    job = await world.households.wait(asked.job_id, 30)
    assert job.priority is Priority.BULK
    shown = await read.paychecks(world, house, 2026)
    assert shown.freshness.fresh
    assert shown.freshness.revision == shown.freshness.current_revision == 2
    assert shown.value is not None
    gross = [each.stub.paid.gross for each in shown.value.of("ada-salary").stubs]
    assert set(gross) == {round(140_000_00 / 26)} or len(set(gross)) == 1


async def test_what_does_not_concern_paychecks_leaves_them_fresh(world: World) -> None:
    """I9: renaming an income, or another household's spending, makes no paycheck stale."""
    house = (await a_settled_household(world)).household_id
    await done(world, house, GENERATE_MISSING_PAYCHECKS)
    await changed(world, house, Edit(of="incomes", id="ada-salary", set={"name": "Ada's new name"}))
    assert (await read.paychecks(world, house, 2026)).freshness.fresh
    assert (await done(world, house, RECALCULATE_PAYCHECKS))[0]


async def test_paychecks_of_an_income_that_is_gone_go_with_the_next_creation(world: World) -> None:
    """R18: what is there is what is expected; a month alone leaves the other months of a former job."""
    house = (await a_settled_household(world)).household_id
    await done(world, house, GENERATE_MISSING_PAYCHECKS)
    count = (await payroll(world, house)).count
    theirs = len((await payroll(world, house)).of("ada-salary").stubs)
    assert theirs
    await changed(world, house, Remove(of="incomes", id="ada-salary"))
    await done(world, house, RECALCULATE_MONTH, month=1)
    assert {each.payment.day.month for each in (await payroll(world, house)).of("ada-salary").stubs} == {
        *range(2, 13)
    }
    _, result = await done(world, house, GENERATE_MISSING_PAYCHECKS)
    assert (await payroll(world, house)).count == count - theirs
    assert result["removed"]


async def test_each_year_is_a_generation_of_its_own(world: World) -> None:
    """R3, R18: next year's paychecks have the law and the raise of next year."""
    house = (await a_settled_household(world)).household_id
    await done(world, house, GENERATE_MISSING_PAYCHECKS)
    await done(world, house, GENERATE_MISSING_PAYCHECKS, year=2027)
    years = [await payroll(world, house, year) for year in (2026, 2027)]
    assert [each.year for each in years] == [2026, 2027]
    assert all(one.payment.day.year == each.year for each in years for of in each.incomes for one in of.stubs)


async def test_a_reader_sees_one_generation_or_the_other(world: World) -> None:
    """R3: replaced whole: while jobs run, whoever reads sees a complete year, never a part of one."""
    house = (await a_settled_household(world)).household_id
    await done(world, house, GENERATE_MISSING_PAYCHECKS)
    counts = set()
    async with trio.open_nursery() as nursery:

        async def look() -> None:
            for _ in range(40):
                counts.add((await payroll(world, house)).count)

        nursery.start_soon(look)
        for _ in range(3):
            await done(world, house, RECALCULATE_PAYCHECKS, force=True)
    assert len(counts) == 1


@pytest.mark.parametrize(
    "kind,arguments,path",
    [
        (GENERATE_MISSING_PAYCHECKS, {"year": 1999}, "arguments.year"),
        (RECALCULATE_PAYCHECKS, {"year": 2999}, "arguments.year"),
        (RECALCULATE_PAYCHECKS, {"year": "2026"}, "arguments.year"),
        (RECALCULATE_PAYCHECKS, {"year": True}, "arguments.year"),
        (RECALCULATE_PAYCHECKS, {"month": 3}, "arguments.month"),
        (RECALCULATE_MONTH, {"month": 13}, "arguments.month"),
        (RECALCULATE_MONTH, {"day": 1}, "arguments.day"),
    ],
)
async def test_an_unknown_year_or_month_is_refused(
    world: World, kind: str, arguments: dict[str, object], path: str
) -> None:
    """Issue 4, bad input: unknown year; nothing is accepted."""
    house = (await a_settled_household(world)).household_id
    with pytest.raises(Refused) as refused:
        await request_job(world, house, kind, arguments, author="owner")
    assert [problem.path for problem in refused.value.problems] == [path]


async def test_days_of_a_month_are_alike_and_the_next_month_is_looked_at_anew(tmp_path: Path) -> None:
    """R18: created on the 23rd or the 30th is the same; in the next month it is asked again."""
    day = [TODAY]
    async with a_world(tmp_path, clock=replace(FIXED_CLOCK, today=lambda: day[0])) as world:
        house = (await a_settled_household(world)).household_id
        await done(world, house, GENERATE_MISSING_PAYCHECKS, year=2027)
        day[0] = date(2026, 11, 30)
        assert (await read.paychecks(world, house, 2027)).freshness.fresh
        day[0] = date(2026, 12, 1)
        assert not (await read.paychecks(world, house, 2027)).freshness.fresh
