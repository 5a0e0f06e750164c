"""An open planner on a real file, at a fixed date, for tests above the actors."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path

from planner.actors.tracing import UNTRACED, Tracing
from planner.domain.files import HouseholdFile, read_household
from planner.process import open_world
from planner.settings import Settings
from planner.work.accept import Changed, create_household
from planner.work.world import Clock, World

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FIXED_CLOCK = Clock(now=lambda: NOON, today=lambda: TODAY)


def example(name: str = "family") -> HouseholdFile:
    """Return an example household as its file has it."""
    content = resources.files("planner.examples").joinpath(f"{name}.toml").read_bytes()
    return read_household(content, "toml")


@asynccontextmanager
async def a_world(
    folder: Path, *, clock: Clock = FIXED_CLOCK, tracing: Tracing = UNTRACED
) -> AsyncIterator[World]:
    """Open a planner without the web on a file in `folder`."""
    async with open_world(Settings(database=folder / "planner.db"), clock=clock, tracing=tracing) as world:
        yield world


async def a_settled_household(world: World, name: str = "family") -> Changed:
    """Store an example and wait until its baseline and its scenarios are there."""
    created = await create_household(world, example(name), author="owner")
    await settled(world, created)
    await quiet(world, created.household_id)
    return created


async def quiet(world: World, household_id: str) -> None:
    """Wait until the household has nothing to do."""
    while True:
        status = await world.households.status(household_id)
        live = [*status.waiting, *([status.running] if status.running else [])]
        if not live:
            return
        await world.households.wait(live[0].id, 30)


async def settled(world: World, changed: Changed) -> None:
    """Wait until the job that a change caused has ended well."""
    assert changed.job_id is not None
    job = await world.households.wait(changed.job_id, 30)
    assert job.state.value == "succeeded", job.error
