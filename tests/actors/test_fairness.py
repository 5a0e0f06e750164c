"""Slots and threads: few, the most urgent first, and household after household."""

import threading
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
import trio
import trio.testing
from actors.stage import Script, a_kind, a_stage, rows

from planner.actors import Outcome, Turn
from planner.actors.fairness import Slots
from planner.actors.rounds import QUANTUM_SECONDS, Hold
from planner.actors.threads import Claim, Threads
from planner.storage.job_rows import Priority

BULK = Claim("h", Priority.BULK)
INTERACTIVE = Claim("h", Priority.INTERACTIVE)


async def test_urgent_arithmetic_overtakes_what_waits_for_a_thread() -> None:
    """I13, I14: interactive work waits for one piece of bulk work, not for all of it."""
    threads = Threads(1)
    release = threading.Event()
    order: list[Priority] = []

    async def compute(priority: Priority) -> None:
        await threads(Claim(priority.name, priority), order.append, priority)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(threads, BULK, release.wait, 10)
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
        nursery.start_soon(threads, BULK, release.wait, 10)
        await trio.testing.wait_all_tasks_blocked()
        with trio.move_on_after(0.01) as waiting:
            await threads(INTERACTIVE, release.set)
        assert waiting.cancelled_caught
        assert not release.is_set()
        release.set()
    with trio.fail_after(5):
        assert await threads(BULK, int, "7") == 7


def test_a_household_stands_in_the_queue_once_and_moves_up_when_it_becomes_urgent() -> None:
    """I13: by priority, and within one in turn."""
    slots = Slots(turns_max=9, interactive_reserve=0, clock=lambda: 0.0)
    for household in ("a", "b", "a", "c"):
        slots.push(household, Priority.BULK)
    slots.push("c", Priority.INTERACTIVE)
    slots.push("c", Priority.SCHEDULED)
    slots.push("gone", Priority.BULK)
    slots.withdraw("gone")
    assert [slots.take() for _ in range(4)] == ["c", "a", "b", None]
    assert slots.taken == 3
    for household in "abc":
        slots.give_back(household)
    with pytest.raises(KeyError):
        slots.give_back("c")


def test_a_slot_is_kept_while_the_quantum_lasts_and_nobody_more_urgent_waits() -> None:
    """I13, R28: for interactive work it is given up after one turn; the reserve stays free of bulk."""
    now = [0.0]
    slots = Slots(turns_max=2, interactive_reserve=1, clock=lambda: now[0])
    slots.push("bulky", Priority.BULK)
    assert slots.take() == "bulky"
    assert slots.may_go_on("bulky") is Priority.BULK
    slots.push("other", Priority.BULK)
    assert slots.take() is None
    assert slots.may_go_on("bulky") is Priority.BULK
    now[0] += QUANTUM_SECONDS
    assert slots.may_go_on("bulky") is Priority.SCHEDULED
    slots.push("user", Priority.INTERACTIVE)
    assert slots.may_go_on("bulky") is None
    assert slots.take() == "user"
    assert slots.may_go_on("user") is Priority.INTERACTIVE  # `other` waits, but this slot is not for bulk
    assert slots.may_begin("user") is Priority.INTERACTIVE
    slots.give_back("bulky")
    assert slots.may_go_on("user") is Priority.SCHEDULED
    slots.give_back("user")
    assert slots.take() == "other"


async def test_threads_are_shared_by_the_time_that_each_household_holds_them(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """I13, I14: one whose arithmetic takes long waits accordingly, however many calls it makes."""
    threads = Threads(2)
    held = Counter[str]()

    async def calculate(household_id: str, seconds: float) -> None:
        while True:
            hold = await threads.acquire(Claim(household_id, Priority.BULK))
            held[household_id] += 1
            await trio.sleep(seconds)
            threads.release(hold)

    with trio.move_on_after(1000):
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(calculate, "long", 3.0)
                for short in ("one", "two", "three"):
                    nursery.start_soon(calculate, short, 0.5)
    seconds = {each: calls * (3.0 if each == "long" else 0.5) for each, calls in held.items()}
    assert sum(seconds.values()) == pytest.approx(2000, abs=5)
    assert max(seconds.values()) - min(seconds.values()) <= 10


async def test_a_household_that_gives_up_one_of_its_calls_waits_on_for_the_others(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """R24, R34: and when all are through, nothing is kept of it."""
    threads = Threads(1)
    first = await threads.acquire(BULK)
    with trio.move_on_after(1):
        await threads.acquire(INTERACTIVE)
    later: list[Hold] = []

    async def wait_on() -> None:
        later.append(await threads.acquire(BULK))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait_on)
        with trio.move_on_after(1):
            await threads.acquire(INTERACTIVE)
        threads.release(first)
    threads.release(later[0])
    assert threads.remembered == 0


async def test_a_thread_that_comes_while_the_cancellation_is_on_its_way_is_passed_on() -> None:
    """R24: cancelled and given a thread in the same moment; the thread is not lost."""
    threads = Threads(1)
    first = await threads.acquire(BULK)
    scope = trio.CancelScope()

    async def wait() -> None:
        with scope:
            await threads.acquire(INTERACTIVE)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        await trio.testing.wait_all_tasks_blocked()
        scope.cancel()
        threads.release(first)
    assert scope.cancelled_caught
    assert (threads.in_use, threads.remembered) == (0, 0)


BACKLOG = """
INSERT INTO jobs(id, household_id, kind, merge_key, arguments, state, priority, requested_by, least_revision,
    joined, accepted_at_us, deadline_seconds)
WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 10000)
SELECT 'job-' || n, 'greedy', 'refresh', 'refresh:' || n, '{"n":' || n || '}', 'pending', ?, 'test',
    0, 0, 0, 60
FROM n
"""


@pytest.mark.parametrize("priority", Priority)
async def test_ten_thousand_queued_jobs_delay_anothers_interactive_request_by_one_job(
    tmp_path: Path, autojump_clock: trio.testing.MockClock, priority: Priority
) -> None:
    """R28, I13: with a single slot, and even if those that are queued are interactive too."""
    began: list[tuple[str, float]] = []

    async def handle(turn: Turn) -> Outcome:
        began.append((turn.job.household_id, trio.current_time()))
        await trio.sleep(7)
        return Outcome()

    database = tmp_path / "planner.db"
    kind, names = a_kind(Script(), handle=handle), ("greedy", "user")
    async with a_stage(database, kind, households=names) as stage:
        await stage.store.write(rows, BACKLOG, (int(priority),))
    async with a_stage(database, kind, slots=Slots(1, 0)) as stage:
        await trio.sleep(7 * 3 + 2)
        asked = trio.current_time()
        for n in range(3):
            accepted = await stage.ask("user", arguments={"n": n})
            await stage.done(accepted)
        assert stage.households.statistics().waiting > 9_900
    waits = [at for household, at in began if household == "user"]
    assert waits[0] - asked <= 7
    assert [round(b - a) for a, b in pairwise(waits)] == [14, 14]
