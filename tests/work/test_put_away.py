"""What is left in memory of households that were woken and have nothing to do any more: nothing."""

import gc
import tracemalloc
import weakref
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import trio
import trio.testing
from households import a_household
from worlds import a_world, quiet, settled

from planner.domain.files import HouseholdFile
from planner.work.accept import create_household
from planner.work.world import World

WARM = 20
WOKEN = 40
ROUNDS = 4
BYTES_MAX = 1024


@dataclass(frozen=True)
class Held:
    """What the process holds: tasks, objects that may hold others, and bytes that Python allocated."""

    tasks: int
    objects: Counter[str]
    size: int


async def wake(world: World, households: int) -> None:
    """Store so many new households, and wait until all that follows from that is done."""
    file = HouseholdFile(facts=a_household())
    for _ in range(households):
        created = await create_household(world, file, author="owner")
        await settled(world, created)
        await quiet(world, created.household_id)
    while world.households.statistics().awake:
        await trio.testing.wait_all_tasks_blocked(0.01)


def held() -> Held:
    """Look at the whole process, but not at the weak references by which sqlite3 counts its old cursors."""
    gc.collect()
    return Held(
        tasks=trio.lowlevel.current_statistics().tasks_living,
        objects=Counter(
            type(each).__name__ for each in gc.get_objects() if not isinstance(each, weakref.ref)
        ),
        size=tracemalloc.get_traced_memory()[0],
    )


async def test_a_household_that_was_woken_once_leaves_no_task_and_next_to_no_memory(tmp_path: Path) -> None:
    """R34, I16: at most 1 KiB and not one object each, with the real kinds, threads and file."""
    async with a_world(tmp_path) as world:
        tracemalloc.start()
        try:
            await wake(world, WARM)
            looks = [held()]
            for _ in range(ROUNDS):
                await wake(world, WOKEN)
                looks.append(held())
        finally:
            tracemalloc.stop()
    steps = list(pairwise(looks))
    assert {each.tasks for each in looks} == {looks[0].tasks}
    # What is done for the first time, by the clock, falls into some of them; what households keep is in all.
    kept = set.intersection(*(grown(before, after) for before, after in steps))
    assert not kept, "something is kept of every household"
    assert min(after.size - before.size for before, after in steps) / WOKEN < BYTES_MAX


def grown(before: Held, after: Held) -> set[str]:
    """Return of which types there are more by about as many as households were woken."""
    more = after.objects - before.objects
    return {each for each, count in more.items() if count >= WOKEN / 2}
