"""No-op jobs, accepted, run and recorded, at 1, 64 and 512 households at once, against a raw loop.

Every household submits its jobs and waits for them. The yardstick is a loop that writes the same eight rows
of a job and commits each. What a loop does that groups them as the job's own steps would be (three commits:
accept, start, finish) or as few as answers allow (two) is in the details, and so are the times from
submitting a job until it is done: idle (one household, one job after the other) and under load (512
households, each with one job after the other).
"""

import sqlite3
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path

import trio
from sqlalchemy import Connection

from planner.actors import Households, Kind, Outcome, Request, Turn, supervise
from planner.storage import Store, open_store
from planner.storage.connection import WRITER_PRAGMAS, open_driver

AT_ONCE = (1, 64, 512)
HEADLINE = 64
JOBS = {1: 600, 64: 2_048, 512: 2_048}
"""How many jobs in all, by the households at once."""

TIMED = {1: 300, 512: 2_048}
LOOP_JOBS = 500
ROUNDS = 5
WAIT_SECONDS = 120.0
MAILBOX = 50
"""How many jobs a household has waiting at most."""

ENDS = {2: {2, 8}, 3: {2, 5, 8}, 8: set(range(1, 9))}
"""After which of a job's eight row writes the loop commits, by how many commits it makes."""

ADD_HOUSEHOLD = """
INSERT INTO households(id, name, revision, facts, created_at_us, updated_at_us)
VALUES (?, 'bench', 1, '{}', 0, 0)
"""
ADD_EVENT = """
INSERT INTO events(household_id, job_id, at_us, type, data)
VALUES (?, ?, 1767225600000000, ?, '{"kind":"nothing","state":"running"}')
"""
ADD_JOB = """
INSERT INTO jobs(id, household_id, kind, merge_key, arguments, state, priority, requested_by, least_revision,
    joined, accepted_at_us, deadline_seconds)
VALUES (?, ?, 'nothing', ?, '{"n":1}', 'pending', 0, 'bench', 0, 0, 1767225600000000, 60)
"""
START_JOB = """
UPDATE jobs SET state = 'running', attempts = 1, epoch = 1, started_at_us = 1767225600000000,
    snapshot_revision = (SELECT revision FROM households WHERE households.id = jobs.household_id)
WHERE id = ?
"""
ADD_ATTEMPT = "INSERT INTO attempts(job_id, number, epoch, started_at_us) VALUES (?, 1, 1, 1767225600000000)"
END_ATTEMPT = """
UPDATE attempts SET ended_at_us = 1767225600000000, outcome = 'succeeded' WHERE job_id = ? AND number = 1
"""
END_JOB = """
UPDATE jobs SET state = 'succeeded', finished_at_us = 1767225600000000, expires_at_us = 1767830400000000,
    covers_revision = 1, result = '{}'
WHERE id = ?
"""


def run() -> dict[str, object]:
    """Measure all ways in turn, round by round; figures are medians, and a ratio is of one round."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        rounds = trio.run(measure, Path(folder))

    def middle(way: str, of: str | None = None) -> float:
        return statistics.median(each[way] / each[of] if of else each[way] for each in rounds)

    details: dict[str, object] = {}
    for count in AT_ONCE:
        details[f"{count} at once"] = round(middle(f"at {count}"))
        details[f"{count} at once, ratio"] = round(middle(f"at {count}", "8 commits"), 2)
    for ways, steps in ((3, "accept, start, finish"), (2, "accept; start and finish")):
        details[f"loop, {ways} commits a job ({steps})"] = round(middle(f"{ways} commits"))
        details[f"64 at once, ratio to {ways} commits a job"] = round(middle("at 64", f"{ways} commits"), 2)
    for count, how in ((1, "idle"), (512, "under load")):
        for share in ("p50", "p99"):
            details[f"submit to done, {how}, {share}, ms"] = round(middle(f"{share} at {count}"), 2)
    details["jobs a commit at 64"] = round(middle("jobs a commit"), 1)
    return {
        "name": "jobs",
        "ours": round(middle("at 64")),
        "yardstick": round(middle("8 commits")),
        "ratio": round(middle("at 64", "8 commits"), 2),
        "unit": "no-op jobs a second, 64 households at once; "
        "yardstick: a loop that writes the same rows, one commit each",
        "details": details,
    }


async def nothing(_turn: Turn) -> Outcome:
    """Do nothing."""
    return Outcome()


def any_number(arguments: object) -> dict[str, object]:
    """Take the number that makes each job another."""
    assert isinstance(arguments, dict)
    return arguments


def add_households(conn: Connection) -> None:
    """Insert as many households as are ever at work at once."""
    for number in range(max(AT_ONCE)):
        conn.exec_driver_sql(ADD_HOUSEHOLD, (f"h-{number}",))


async def measure(folder: Path) -> list[dict[str, float]]:
    """Return the figures of each round."""
    rounds = []
    for number in range(ROUNDS + 1):
        figures = await ours(folder / f"ours-{number}.db")
        for ways in (8, 3, 2):
            path = folder / f"loop-{number}-{ways}.db"
            await made_ready(path)
            driver = open_driver(path, WRITER_PRAGMAS)
            figures[f"{ways} commits"] = loop_once(driver, ways)
            driver.close()
        rounds.append(figures)
    return rounds[1:]  # the first one was to warm up


async def made_ready(path: Path) -> None:
    """Make a file with the households in it."""
    async with trio.open_nursery() as nursery:
        store: Store = await nursery.start(open_store, path)
        await store.write(add_households)
        nursery.cancel_scope.cancel()


async def ours(path: Path) -> dict[str, float]:
    """Open a store at `path` and measure everything of ours on it once."""
    kind = Kind(name="nothing", title="Nothing", handle=nothing, check_arguments=any_number)
    figures: dict[str, float] = {}
    async with trio.open_nursery() as nursery:
        store: Store = await nursery.start(open_store, path)
        households: Households = await nursery.start(partial(supervise, store, [kind]))
        await store.write(add_households)
        for count in AT_ONCE:
            commits = store.statistics.commits
            figures[f"at {count}"] = await throughput(households, count)
            if count == HEADLINE:
                figures["jobs a commit"] = JOBS[count] / (store.statistics.commits - commits)
        for count in TIMED:
            seconds = sorted(await latencies(households, count))
            figures[f"p50 at {count}"] = 1_000 * seconds[len(seconds) // 2]
            figures[f"p99 at {count}"] = 1_000 * seconds[len(seconds) * 99 // 100]
        nursery.cancel_scope.cancel()
    return figures


async def submit(households: Households, household_id: str, number: int) -> str:
    """Ask for one job; return its id."""
    accepted = await households.accept(
        Request(household_id=household_id, kind="nothing", arguments={"n": number}, requested_by="bench")
    )
    assert accepted.job_id is not None
    return accepted.job_id


async def finish(households: Households, job_id: str) -> None:
    """Wait until the job is done."""
    view = await households.wait(job_id, WAIT_SECONDS)
    assert view.state == "succeeded"


async def throughput(households: Households, count: int) -> float:
    """Let so many households submit their jobs and wait for them, all at once; return jobs a second."""

    async def one_household(household_id: str) -> None:
        left = JOBS[count] // count
        for first in range(0, left, MAILBOX):
            jobs = [
                await submit(households, household_id, number)
                for number in range(first, min(left, first + MAILBOX))
            ]
            for job_id in jobs:
                await finish(households, job_id)

    started = time.perf_counter()
    async with trio.open_nursery() as nursery:
        for number in range(count):
            nursery.start_soon(one_household, f"h-{number}")
    return JOBS[count] / (time.perf_counter() - started)


async def latencies(households: Households, count: int) -> list[float]:
    """Let so many households do one job after the other; return the seconds of each job until it was done."""
    seconds: list[float] = []

    async def one_household(household_id: str) -> None:
        for number in range(TIMED[count] // count):
            started = time.perf_counter()
            await finish(households, await submit(households, household_id, number))
            seconds.append(time.perf_counter() - started)

    async with trio.open_nursery() as nursery:
        for number in range(count):
            nursery.start_soon(one_household, f"h-{number}")
    return seconds


def loop_once(driver: sqlite3.Connection, commits: int) -> float:
    """Write the rows of job after job, each in so many transactions; return jobs a second."""
    started = time.perf_counter()
    for number in range(LOOP_JOBS):
        job, household = f"{commits}-{number}", f"h-{number % max(AT_ONCE)}"
        steps: list[tuple[str, tuple[str, ...]]] = [
            (ADD_JOB, (job, household, job)),
            (ADD_EVENT, (household, job, "accepted")),
            (START_JOB, (job,)),
            (ADD_ATTEMPT, (job,)),
            (ADD_EVENT, (household, job, "started")),
            (END_JOB, (job,)),
            (END_ATTEMPT, (job,)),
            (ADD_EVENT, (household, job, "succeeded")),
        ]
        ends = ENDS[commits]
        for place, (sql, values) in enumerate(steps, 1):
            if place == 1 or place - 1 in ends:
                driver.execute("BEGIN IMMEDIATE")
            driver.execute(sql, values)
            if place in ends:
                driver.execute("COMMIT")
    return LOOP_JOBS / (time.perf_counter() - started)
