"""From a change of salary to the new baseline, for the family example over 120 months."""

import statistics
import tempfile
import time
from datetime import date
from importlib import resources
from pathlib import Path

import trio

from planner.domain.changes import Edit, EditHousehold
from planner.domain.files import HouseholdFile, read_household
from planner.engine.flows import generate_flows
from planner.engine.project import Plan, project
from planner.process import open_world
from planner.settings import Settings
from planner.work import read
from planner.work.accept import change_household, create_household
from planner.work.world import World

MONTHS = 120
ROUNDS = 200
START = date(2026, 11, 23)


def run() -> dict[str, object]:
    """Measure the whole path, its parts alone, and what the path adds to the arithmetic."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        paths = trio.run(_paths, Path(folder))
    arithmetic = _arithmetic()
    whole = statistics.median(path[1] for path in paths)
    alone = statistics.median(flows + projection for flows, projection in arithmetic)
    return {
        "ours": round(whole, 2),
        "yardstick": round(alone, 2),
        "ratio": round(whole / alone, 2),
        "unit": "ms from sending a change of salary to reading the new baseline; yardstick: arithmetic alone",
        "whole_path_ms": _spread([path[1] for path in paths]),
        "after_acknowledgement_ms": _spread([path[1] - path[0] for path in paths]),
        "projection_ms": _spread([projection for _, projection in arithmetic]),
        "flows_ms": _spread([flows for flows, _ in arithmetic]),
    }


def _spread(milliseconds: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(milliseconds), 2),
        "p99": round(statistics.quantiles(milliseconds, n=100)[98], 2),
    }


def _family() -> HouseholdFile:
    return read_household(resources.files("planner.examples").joinpath("family.toml").read_bytes(), "toml")


async def _paths(folder: Path) -> list[tuple[float, float]]:
    """Return, for each change, the ms until it was acknowledged and until its baseline was read."""
    async with open_world(Settings(database=folder / "planner.db")) as world:
        created = await create_household(world, _family(), author="bench")
        house = created.household_id
        horizon = EditHousehold(set={"assumptions": {"horizon_months": MONTHS}})
        await change_household(world, house, horizon, author="bench")
        found = []
        for place in range(ROUNDS):
            await _rest(world, house)
            change = Edit(of="incomes", id="ada-salary", set={"amount": 110_000 + place})
            began = time.perf_counter()
            done = await change_household(world, house, change, author="bench")
            acknowledged = time.perf_counter()
            shown = await read.projection(world, house, at_least=done.revision, wait_seconds=30)
            ended = time.perf_counter()
            assert shown.freshness.fresh
            found.append((1000 * (acknowledged - began), 1000 * (ended - began)))
        return found


async def _rest(world: World, house: str) -> None:
    """Let the scenarios that follow a baseline end, so that each change meets an idle household."""
    while True:
        status = await world.households.status(house)
        live = [*status.waiting, *([status.running] if status.running else [])]
        if not live:
            return
        await world.households.wait(live[0].id, 30)


def _arithmetic() -> list[tuple[float, float]]:
    facts = _family().facts
    plan = Plan(facts=facts, start=START, assumptions=facts.assumptions, months=MONTHS)
    found = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        generate_flows(facts, START)
        between = time.perf_counter()
        project(plan)
        found.append((1000 * (between - began), 1000 * (time.perf_counter() - between)))
    return found
