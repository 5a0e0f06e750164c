"""Interactive jobs of one household while another has 10,000 bulk jobs waiting, against an idle process.

Every job sorts the same numbers in a worker thread; the household that asks interactively submits one job
after the other. A mailbox holds 100 jobs, which 10,000 would not fit in, so it is opened wider here. In the
details, the same 10,000 spread over 500 households, with mailboxes as they are: then every slot that bulk
work may have is taken, and both threads.
"""

import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import numpy as np
import trio
from sqlalchemy import Connection

from planner.actors import Households, Kind, Outcome, Priority, Request, Turn, supervise
from planner.storage import Store, open_store

BULK_JOBS = 10_000
SPREAD_OVER = 500
ASKED = 300
WARM = 50
WAIT_SECONDS = 60.0
PAUSE_SECONDS = 0.005
NUMBERS = np.random.default_rng(7).random(100_000)
ADD_HOUSEHOLD = """
INSERT INTO households(id, name, revision, facts, created_at_us, updated_at_us)
VALUES (?, 'bench', 1, '{}', 0, 0)
"""


def run() -> dict[str, object]:
    """Measure the idle process, then the busy one, in the same process."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        one = trio.run(measure, Path(folder) / "one.db", 1)
        many = trio.run(measure, Path(folder) / "many.db", SPREAD_OVER)
    return {
        "ours": round(one["p99 ms"], 2),
        "yardstick": round(one["p99 ms, idle"], 2),
        "ratio": round(one["p99 ms"] / one["p99 ms, idle"], 2),
        "unit": "ms from submitting an interactive job until it is done, p99; yardstick: in an idle process",
        "details": {
            "one household with 10,000 bulk jobs": rounded(one),
            f"{SPREAD_OVER} households with {BULK_JOBS // SPREAD_OVER} bulk jobs each": rounded(many),
        },
    }


def rounded(figures: Mapping[str, float]) -> dict[str, float]:
    """Return the figures with as many digits as say something."""
    return {name: round(value, 2) for name, value in figures.items()}


async def sort(turn: Turn) -> Outcome:
    """Do what every job of this measurement does: some milliseconds of arithmetic in a thread."""
    await turn.compute(np.sort, NUMBERS)
    return Outcome()


def any_number(arguments: Mapping[str, object]) -> Mapping[str, object]:
    """Take the number that makes each job another."""
    return dict(arguments)


def add_households(conn: Connection, names: list[str]) -> None:
    """Insert the households."""
    for name in names:
        conn.exec_driver_sql(ADD_HOUSEHOLD, (name,))


@asynccontextmanager
async def a_process(path: Path, names: list[str], mailbox_max: int) -> AsyncIterator[Households]:
    """Open a database and the actors of some households."""
    kind = Kind(name="sort", title="Sort", handle=sort, check_arguments=any_number)
    async with trio.open_nursery() as nursery:
        store: Store = await nursery.start(open_store, path)
        households: Households = await nursery.start(
            partial(supervise, store, [kind], mailbox_max=mailbox_max)
        )
        await store.write(add_households, names)
        yield households
        nursery.cancel_scope.cancel()


async def measure(path: Path, over: int) -> dict[str, float]:
    """Return the times of interactive jobs without and with the bulk jobs of `over` households."""
    bulky = [f"bulky-{number}" for number in range(over)]
    each = BULK_JOBS // over
    async with a_process(path, ["user", *bulky], max(100, each)) as households:
        await ask(households, WARM)
        idle = await ask(households, ASKED)
        async with trio.open_nursery() as nursery:
            for household_id in bulky:
                nursery.start_soon(fill, households, household_id, each)
        before = households.statistics()
        waiting, finished, began = before.waiting, sum(before.finished.values()), time.perf_counter()
        busy = await ask(households, ASKED)
        after, seconds = households.statistics(), time.perf_counter() - began
        assert after.waiting > 0, "the bulk jobs came to an end before the measurement"
        return {
            "p50 ms, idle": statistics.median(idle),
            "p99 ms, idle": percentile(idle),
            "p50 ms": statistics.median(busy),
            "p99 ms": percentile(busy),
            "longest ms": max(busy),
            "bulk jobs waiting at the start": waiting,
            "bulk jobs a second meanwhile": (sum(after.finished.values()) - finished - ASKED) / seconds,
        }


async def fill(households: Households, household_id: str, jobs: int) -> None:
    """Ask for bulk jobs, as many at once as are accepted together."""
    limit = trio.CapacityLimiter(64)

    async def one(number: int) -> None:
        async with limit:
            await households.accept(a_request(household_id, number, Priority.BULK))

    async with trio.open_nursery() as nursery:
        for number in range(jobs):
            nursery.start_soon(one, number)


async def ask(households: Households, times: int) -> list[float]:
    """Ask for interactive jobs, one after the other; return how many milliseconds each took."""
    took = []
    for number in range(times):
        began = time.perf_counter()
        accepted = await households.accept(a_request("user", number, Priority.INTERACTIVE))
        assert accepted.job_id is not None
        view = await households.wait(accepted.job_id, WAIT_SECONDS)
        assert view.state.value == "succeeded", view
        took.append((time.perf_counter() - began) * 1000)
        await trio.sleep(PAUSE_SECONDS)
    return took


def a_request(household_id: str, number: int, priority: Priority) -> Request:
    """Ask for one sort."""
    return Request(
        household_id=household_id,
        kind="sort",
        arguments={"n": number},
        requested_by="bench",
        priority=priority,
    )


def percentile(values: list[float]) -> float:
    """Return the 99th percentile."""
    return statistics.quantiles(values, n=100)[98]
