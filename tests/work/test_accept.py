"""Changes and their jobs: one transaction, one journal entry, one answer to a key."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select
from worlds import TODAY, a_settled_household, a_world, example, settled

from planner.domain.changes import Add, Edit, EditHousehold, RecordBalance, Remove
from planner.domain.errors import Conflict, NotFound, Refused, Reused
from planner.domain.files import HouseholdFile
from planner.storage.facts import household_count
from planner.storage.keys import Once
from planner.storage.tables import changes, derived, jobs
from planner.work import read
from planner.work.accept import (
    change_household,
    create_household,
    import_examples,
    remove_examples,
    remove_household,
    request_job,
    undo_change,
)
from planner.work.names import PROJECT_SCENARIO, REFRESH_BASELINE
from planner.work.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as world:
        yield world


def rows(conn: Connection) -> tuple[int, ...]:
    """Count everything a change could have left behind."""
    counts = (select(func.count()).select_from(table) for table in (changes, jobs, derived))
    return (household_count(conn), *(conn.execute(count).scalar_one() for count in counts))


def raise_salary(amount: object = 125_000) -> Edit:
    return Edit(of="incomes", id="ada-salary", set={"amount": amount})


async def test_a_new_household_has_a_journal_and_soon_a_baseline(world: World) -> None:
    """R1: the job that a new household starts can be followed like any other. P9: it brings the baseline."""
    created = await create_household(world, example(), author="owner")
    job = await world.households.job(str(created.job_id))
    assert job.household_id == created.household_id
    await settled(world, created)
    shown = await read.projection(world, created.household_id)
    assert shown.freshness.fresh
    assert shown.freshness.revision == 1
    (entry,) = await read.journal(world, created.household_id)
    assert (entry.revision, entry.author, entry.before) == (1, "owner", None)


async def test_a_change_raises_the_revision_and_the_journal_has_both_sides(world: World) -> None:
    """P21: who, when, before and after."""
    created = await a_settled_household(world)
    done = await change_household(world, created.household_id, raise_salary(), author="owner")
    assert done.revision == 2
    entry = (await read.journal(world, created.household_id))[0]
    assert entry.before is not None
    assert entry.after is not None
    assert entry.before["value"]["amount"] == "118000.00"
    assert entry.after["value"]["amount"] == "125000.00"
    assert entry.change["set"] == {"amount": 125_000}


async def test_a_refused_change_stores_nothing(world: World) -> None:
    created = await a_settled_household(world)
    before = await world.store.read(rows)
    for change in (
        raise_salary(-5),
        Remove(of="accounts", id="checking"),
        Edit(of="incomes", id="nobody", set={"amount": 1}),
        Add(to="expenses", item={"id": "x"}),
        EditHousehold(set={"filing_status": "king"}),
    ):
        with pytest.raises(Refused):
            await change_household(world, created.household_id, change, author="owner")
    assert await world.store.read(rows) == before
    assert (await read.household(world, created.household_id)).revision == 1


async def test_a_change_against_an_older_revision_is_refused(world: World) -> None:
    created = await a_settled_household(world)
    await change_household(world, created.household_id, raise_salary(), author="owner", if_revision=1)
    with pytest.raises(Conflict, match="revision 2 by now"):
        await change_household(world, created.household_id, raise_salary(1), author="owner", if_revision=1)


async def test_undo_brings_back_what_was(world: World) -> None:
    """P21: undo is a change of its own, and later changes stay."""
    created = await a_settled_household(world)
    house = created.household_id
    facts = (await read.household(world, house)).facts
    await change_household(world, house, raise_salary(), author="owner")
    await change_household(world, house, Remove(of="expenses", id="giving"), author="owner")
    done = await undo_change(world, house, 2, author="owner")
    assert done.revision == 4
    undone = (await read.household(world, house)).facts
    assert undone.incomes == facts.incomes
    assert len(undone.expenses) == len(facts.expenses) - 1
    await undo_change(world, house, 3, author="owner")
    assert replace((await read.household(world, house)).facts, revision=1) == facts


async def test_how_it_began_cannot_be_undone(world: World) -> None:
    created = await a_settled_household(world)
    with pytest.raises(Refused, match="remove the household"):
        await undo_change(world, created.household_id, 1, author="owner")
    with pytest.raises(NotFound):
        await undo_change(world, created.household_id, 99, author="owner")


async def test_a_repeated_key_has_one_effect_and_one_answer(world: World) -> None:
    """R16: the same key with the same request gets the first answer; with another it is refused."""
    created = await a_settled_household(world)
    house = created.household_id
    once = Once(owner="local", key="k-1", fingerprint="a")
    first = await change_household(world, house, raise_salary(), author="owner", once=once)
    again = await change_household(world, house, raise_salary(), author="owner", once=once)
    assert again == replace(first, repeated=True)
    assert (await read.household(world, house)).revision == 2
    other = replace(once, fingerprint="b")
    with pytest.raises(Reused):
        await change_household(world, house, raise_salary(7), author="owner", once=other)


async def test_a_refused_request_does_not_use_up_its_key(world: World) -> None:
    """R16: failures are never remembered as done."""
    created = await a_settled_household(world)
    once = Once(owner="local", key="k-2", fingerprint="a")
    with pytest.raises(Refused):
        await change_household(world, created.household_id, raise_salary(-1), author="owner", once=once)
    done = await change_household(world, created.household_id, raise_salary(), author="owner", once=once)
    assert not done.repeated


async def test_balances_and_births_in_the_future_are_refused(world: World) -> None:
    """P1: a dated balance is something known."""
    created = await a_settled_household(world)
    tomorrow = TODAY + timedelta(days=1)
    change = RecordBalance(of="accounts", id="checking", date=tomorrow, value=100)
    with pytest.raises(Refused, match="in the future"):
        await change_household(world, created.household_id, change, author="owner")
    child = Add(to="members", item={"id": "baby", "name": "B", "birth_date": str(tomorrow), "role": "child"})
    with pytest.raises(Refused, match=r"members\[4\].birth_date"):
        await change_household(world, created.household_id, child, author="owner")


async def test_examples_come_and_go(world: World) -> None:
    mine = HouseholdFile(facts=example().facts, example=False)
    kept = await create_household(world, mine, author="owner")
    assert len(await import_examples(world)) == 3
    assert len(await read.list_households(world)) == 4
    assert await remove_examples(world) == 3
    assert [each.id for each in await read.list_households(world)] == [kept.household_id]


async def test_removing_a_household_leaves_no_row_of_it(world: World) -> None:
    created = await a_settled_household(world)
    await remove_household(world, created.household_id)
    assert await world.store.read(rows) == (0, 0, 0, 0)
    with pytest.raises(NotFound):
        await remove_household(world, created.household_id)


async def test_a_job_for_a_scenario_that_is_not_there_is_refused(world: World) -> None:
    created = await a_settled_household(world)
    with pytest.raises(NotFound, match="lean-markets"):
        await request_job(world, created.household_id, PROJECT_SCENARIO, {"scenario": "none"}, author="owner")
    with pytest.raises(Refused, match="is missing"):
        await request_job(world, created.household_id, PROJECT_SCENARIO, {}, author="owner")
    with pytest.raises(Refused, match="no kind of job"):
        await request_job(world, created.household_id, "make_rich", {}, author="owner")
    with pytest.raises(NotFound):
        await request_job(world, "nobody", REFRESH_BASELINE, {}, author="owner")
