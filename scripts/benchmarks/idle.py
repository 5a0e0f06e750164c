"""What an idle household costs in memory: 10,000 in the database, then thousands of them woken once.

Measured in a process of its own, whose resident memory is compared with and without the households. The
first to be woken are not counted: what they cost is code that is loaded and caches that fill, once. In
another process Python counts itself what it has allocated and not freed.
"""

import gc
import json
import subprocess
import sys
import tempfile
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import trio
from sqlalchemy import Connection

from planner.actors import Request
from planner.domain.codec import stored
from planner.domain.files import read_household
from planner.domain.household import Facts
from planner.domain.journal import beginning
from planner.process import open_world
from planner.settings import Settings
from planner.storage.facts import entry_of, insert_entry, insert_household
from planner.work.names import REGENERATE_FLOWS
from planner.work.world import World

HOUSEHOLDS = 10_000
WARM = 4_000
"""Woken before anything is measured; enough to fill the page caches of the three connections."""

WOKEN = 4_000
TRACED = 500
AT_ONCE = 50
STORED_AT_ONCE = 500
WAIT_SECONDS = 120.0
SETTLE_SECONDS = 1.0
"""After which what ran has ended, and what it left is put away."""


def run() -> dict[str, object]:
    """Measure bytes per idle household; the yardstick is what its facts take as text."""
    empty, full = (_measured(households, "look") for households in (0, HOUSEHOLDS))
    traced = _measured(HOUSEHOLDS, "trace")
    idle = max(full["open"] - empty["open"], 0) / HOUSEHOLDS  # below zero is the measure's own noise
    facts = len(stored(_facts()).encode())
    return {
        "ours": round(idle),
        "yardstick": facts,
        "ratio": round(idle / facts, 4),
        "unit": "bytes of resident memory per idle household; yardstick: its facts as text",
        "households": HOUSEHOLDS,
        "process_mb": {name: round(full[name] / 1e6, 1) for name in ("open", "warm", "woken")},
        "process_without_households_mb": round(empty["open"] / 1e6, 1),
        "bytes_per_household_woken_once": round((full["woken"] - full["warm"]) / WOKEN),
        "bytes_of_python_per_household_woken_once": round((traced["woken"] - traced["warm"]) / TRACED),
        "tasks_more_than_before": full["tasks"],
        "woken": WOKEN,
    }


def _facts() -> Facts:
    content = resources.files("planner.examples").joinpath("family.toml").read_bytes()
    return replace(read_household(content, "toml").facts, revision=1)


def _measured(households: int, step: str) -> dict[str, int]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, folder, str(households)]
        subprocess.run([*command, "fill"], check=True)
        looked = subprocess.run([*command, step], check=True, capture_output=True, text=True)
    measured: dict[str, int] = json.loads(looked.stdout)
    return measured


async def _fill(database: Path, households: int) -> None:
    async with open_world(Settings(database=database)) as world:
        for first in range(0, households, STORED_AT_ONCE):
            await world.store.write(_store, range(first, min(first + STORED_AT_ONCE, households)))


def _store(conn: Connection, numbers: range) -> None:
    facts, at = _facts(), datetime(2026, 11, 23, tzinfo=UTC)
    for number in numbers:
        insert_household(conn, _id(number), facts, example=False, at=at)
        entry = entry_of(beginning(facts), before=None, after=facts, at=at, author="bench")
        insert_entry(conn, _id(number), entry)


def _id(number: int) -> str:
    return f"house-{number:06d}"


async def _look(database: Path, households: int) -> dict[str, int]:
    """Return the resident memory with the database open, warm, and after households were woken."""
    async with open_world(Settings(database=database)) as world:
        await trio.sleep(SETTLE_SECONDS)
        tasks, found = _tasks(), {"open": resident_bytes()}
        if households:
            await _wake_all(world, range(WARM))
            found["warm"] = resident_bytes()
            await _wake_all(world, range(WARM, WARM + WOKEN))
            found["woken"] = resident_bytes()
            found["tasks"] = _tasks() - tasks
    return found


async def _trace(database: Path, _households: int) -> dict[str, int]:
    """Return what Python has allocated, before and after households were woken."""
    async with open_world(Settings(database=database)) as world:
        await _wake_all(world, range(TRACED))
        tracemalloc.start()
        await _wake_all(world, range(TRACED, 2 * TRACED))
        warm = _traced_bytes()
        await _wake_all(world, range(2 * TRACED, 3 * TRACED))
        return {"warm": warm, "woken": _traced_bytes()}


def _traced_bytes() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def _tasks() -> int:
    return trio.lowlevel.current_statistics().tasks_living


async def _wake_all(world: World, numbers: range) -> None:
    limit = trio.CapacityLimiter(AT_ONCE)
    async with trio.open_nursery() as nursery:
        for number in numbers:
            nursery.start_soon(_wake, world, _id(number), limit)
    await trio.sleep(SETTLE_SECONDS)


async def _wake(world: World, household_id: str, limit: trio.CapacityLimiter) -> None:
    async with limit:
        request = Request(household_id=household_id, kind=REGENERATE_FLOWS, requested_by="bench")
        accepted = await world.households.accept(request)
        assert accepted.job_id is not None
        job = await world.households.wait(accepted.job_id, WAIT_SECONDS)
        assert job.state.value == "succeeded", job.error


def resident_bytes() -> int:
    """Return what the process holds in memory now; where that cannot be told, the most it ever held."""
    gc.collect()
    told = Path("/proc/self/status")
    if told.exists():
        line = next(line for line in told.read_text().splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024
    import resource  # noqa: PLC0415 -- not on Windows

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


if __name__ == "__main__":
    where, count, step = Path(sys.argv[1]) / "planner.db", int(sys.argv[2]), sys.argv[3]
    if step == "fill":
        trio.run(_fill, where, count)
    else:
        print(json.dumps(trio.run(_trace if step == "trace" else _look, where, count)))
