"""Projecting every scenario as one batch."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from worlds import a_settled_household, a_world

from planner.actors import JobView
from planner.domain.changes import Remove
from planner.storage.derived import derived_head, drop_derived_but
from planner.storage.job_rows import JobState
from planner.work.accept import change_household, request_job
from planner.work.names import PROJECT_SCENARIO, PROJECT_SCENARIOS
from planner.work.subjects import SCENARIO_PREFIX, scenario_subject
from planner.work.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as world:
        yield world


async def projected(world: World, household_id: str, **arguments: object) -> JobView:
    """Ask for a batch and wait for it."""
    accepted = await request_job(world, household_id, PROJECT_SCENARIOS, arguments, author="owner")
    assert accepted.job_id is not None
    return await world.households.wait(accepted.job_id, 30)


async def test_every_scenario_is_an_item_and_only_what_is_missing_is_worked_out(world: World) -> None:
    """R2, I9: early cut-off is of each item."""
    house = (await a_settled_household(world)).household_id
    same = await projected(world, house)
    assert (same.state, same.unchanged) == (JobState.SUCCEEDED, True)
    missing = scenario_subject("lean-markets")
    await world.store.write(drop_derived_but, house, SCENARIO_PREFIX, [scenario_subject("high-inflation")])
    batch = await projected(world, house)
    items = await world.households.children(batch.id)
    assert [(item.kind, item.unchanged) for item in items] == [
        (PROJECT_SCENARIO, True),
        (PROJECT_SCENARIO, False),
    ]
    assert (batch.state, batch.unchanged, batch.covers_revision) == (JobState.SUCCEEDED, False, 1)
    head = await world.store.read(derived_head, house, missing)
    assert head is not None
    assert head.job_id == items[1].id


async def test_a_list_chooses(world: World) -> None:
    """R2: some scenarios, each once."""
    house = (await a_settled_household(world)).household_id
    batch = await projected(world, house, scenarios=["lean-markets", "lean-markets"])
    items = await world.households.children(batch.id)
    assert [item.arguments for item in items] == [{"scenario": "lean-markets"}]


async def test_a_household_without_scenarios_has_nothing_to_project(world: World) -> None:
    """I9: and says so."""
    house = (await a_settled_household(world)).household_id
    for scenario in ("high-inflation", "lean-markets"):
        await change_household(world, house, Remove(of="scenarios", id=scenario), author="owner")
    batch = await projected(world, house)
    assert (batch.state, batch.unchanged, batch.children) == (JobState.SUCCEEDED, True, None)
