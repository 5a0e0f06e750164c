"""1,000 equal requests while a job of 100 ms runs: how often it is run, and when all have their answer.

The first time facts change after the job began, so that it cannot answer and one more has to run, which
all of the requests share. The second time they do not, and the job that runs answers all of them.
"""

import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import trio
from sqlalchemy import Connection

from planner.actors import Households, Kind, Outcome, Request, Turn, supervise
from planner.storage import Store, open_store

REQUESTS = 1_000
JOB_SECONDS = 0.1
ROUNDS = 5
WAIT_SECONDS = 60.0
ADD_HOUSEHOLD = """
INSERT INTO households(id, name, revision, facts, created_at_us, updated_at_us)
VALUES ('h', 'bench', 1, '{}', 0, 0)
"""
CHANGE_FACTS = "UPDATE households SET revision = revision + 1"


def run() -> dict[str, object]:
    """Measure some storms of both sorts; times are medians, and the most runs that any storm caused."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        storms = trio.run(measure, Path(folder) / "planner.db")
    seconds = {
        changed: statistics.median(took for changes, took, _ in storms if changes == changed)
        for changed in (True, False)
    }
    runs = {changed: max(runs for changes, _, runs in storms if changes == changed) for changed in seconds}
    return {
        "ours": round(seconds[True], 3),
        "yardstick": 2 * JOB_SECONDS,
        "ratio": round(seconds[True] / (2 * JOB_SECONDS), 2),
        "unit": "seconds until 1,000 equal requests are answered; yardstick: the two runs by themselves",
        "details": {
            "runs, facts changed after the job began": runs[True],
            "runs, facts did not change": runs[False],
            "seconds, facts did not change (one run)": round(seconds[False], 3),
        },
    }


class Slow:
    """A kind of job that takes its time, and counts how often it was run."""

    def __init__(self) -> None:
        self.runs = 0
        self.began = trio.Event()

    async def handle(self, _turn: Turn) -> Outcome:
        """Take 100 ms."""
        self.runs += 1
        self.began.set()
        await trio.sleep(JOB_SECONDS)
        return Outcome()


def write(conn: Connection, sql: str) -> None:
    """Run one statement."""
    conn.exec_driver_sql(sql)


@asynccontextmanager
async def a_process(path: Path, slow: Slow) -> AsyncIterator[tuple[Store, Households]]:
    """Open a database with one household."""
    kind = Kind(name="slow", title="Slow", handle=slow.handle)
    async with trio.open_nursery() as nursery:
        store: Store = await nursery.start(open_store, path)
        households: Households = await nursery.start(partial(supervise, store, [kind]))
        await store.write(write, ADD_HOUSEHOLD)
        yield store, households
        nursery.cancel_scope.cancel()


async def measure(path: Path) -> list[tuple[bool, float, int]]:
    """Return of each storm whether facts changed, the seconds it took, and the runs of the job."""
    slow = Slow()
    storms = []
    async with a_process(path, slow) as (store, households):
        for number in range(2 * (ROUNDS + 1)):
            changes = number % 2 == 0
            storms.append((changes, *await storm(store, households, slow, changes=changes)))
    return storms[2:]  # the first of each were to warm up


async def storm(store: Store, households: Households, slow: Slow, *, changes: bool) -> tuple[float, int]:
    """Let one job begin, then ask for the same 1,000 times; return when all were answered, and the runs."""
    slow.runs, slow.began = 0, trio.Event()
    request = Request(household_id="h", kind="slow", requested_by="bench")
    await households.accept(request)
    await slow.began.wait()
    began = time.perf_counter()
    if changes:
        await store.write(write, CHANGE_FACTS)

    async def one() -> None:
        accepted = await households.accept(request)
        assert accepted.job_id is not None
        view = await households.wait(accepted.job_id, WAIT_SECONDS)
        assert view.state.value == "succeeded", view

    async with trio.open_nursery() as nursery:
        for _ in range(REQUESTS):
            nursery.start_soon(one)
    seconds = time.perf_counter() - began
    assert slow.runs == 1 + changes, slow.runs
    return seconds, slow.runs
