"""Threads for arithmetic: few, and the most urgent first."""

import threading

import pytest
import trio
import trio.testing

from planner.actors.fairness import Slots, Threads
from planner.storage.job_rows import Priority


async def test_urgent_arithmetic_overtakes_what_waits_for_a_thread() -> None:
    """I13, I14: interactive work waits for one piece of bulk work, not for all of it."""
    threads = Threads(1)
    release = threading.Event()
    order: list[Priority] = []

    async def compute(priority: Priority) -> None:
        await threads(priority, order.append, priority)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(threads, Priority.BULK, release.wait, 10)
        await trio.testing.wait_all_tasks_blocked()
        for priority in (Priority.BULK, Priority.SCHEDULED, Priority.BULK, Priority.INTERACTIVE):
            nursery.start_soon(compute, priority)
            await trio.testing.wait_all_tasks_blocked()
        release.set()
    assert order == [Priority.INTERACTIVE, Priority.SCHEDULED, Priority.BULK, Priority.BULK]


async def test_who_gives_up_waiting_for_a_thread_takes_none() -> None:
    """R24: a cancelled turn leaves the queue, and the threads stay as many as they are."""
    threads = Threads(1)
    release = threading.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(threads, Priority.BULK, release.wait, 10)
        await trio.testing.wait_all_tasks_blocked()
        with trio.move_on_after(0.01) as waiting:
            await threads(Priority.INTERACTIVE, release.set)
        assert waiting.cancelled_caught
        assert not release.is_set()
        release.set()
    with trio.fail_after(5):
        assert await threads(Priority.BULK, int, "7") == 7


def test_a_household_stands_in_the_queue_once_and_moves_up_when_it_becomes_urgent() -> None:
    """I13: by priority, and within one in turn."""
    slots = Slots(turns_max=9, interactive_reserve=0)
    for household in ("a", "b", "a", "c"):
        slots.push(household, Priority.BULK)
    slots.push("c", Priority.INTERACTIVE)
    slots.push("c", Priority.SCHEDULED)
    slots.push("gone", Priority.BULK)
    slots.withdraw("gone")
    assert [slots.take() for _ in range(4)] == ["c", "a", "b", None]
    assert slots.taken == 3
    for _ in range(3):
        slots.give_back()
    with pytest.raises(AssertionError):
        slots.give_back()
