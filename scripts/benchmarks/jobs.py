"""No-op jobs over 500 households, submitted until done, against a raw loop that writes the same rows.

The yardstick commits each of the eight row writes of a job. What a loop does that groups them as the job's
own steps would be (three commits: accept, start, finish) or as few as answers allow (two) is in the details.
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

HOUSEHOLDS = 500
JOBS_EACH = 4
LOOP_JOBS = 1_000
ROUNDS = 5
WAIT_SECONDS = 120.0
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
    """Measure both in turn, round by round; figures are medians, and a ratio is of one round."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        rounds = trio.run(measure, Path(folder))

    def middle(way: str, of: str | None = None) -> float:
        return statistics.median(each[way] / each[of] if of else each[way] for each in rounds)

    return {
        "name": "jobs",
        "ours": round(middle("ours")),
        "yardstick": round(middle("8 commits")),
        "ratio": round(middle("ours", "8 commits"), 2),
        "unit": "no-op jobs a second; yardstick: a loop that writes the same rows, one commit each",
        "details": {
            "loop, 3 commits a job (accept, start, finish)": round(middle("3 commits")),
            "ratio to 3 commits a job": round(middle("ours", "3 commits"), 2),
            "loop, 2 commits a job (accept; start and finish)": round(middle("2 commits")),
            "ratio to 2 commits a job": round(middle("ours", "2 commits"), 2),
            "jobs a commit": round(middle("jobs a commit"), 1),
        },
    }


async def nothing(_turn: Turn) -> Outcome:
    """Do nothing."""
    return Outcome()


def any_number(arguments: object) -> dict[str, object]:
    """Take the number that makes each job another."""
    assert isinstance(arguments, dict)
    return arguments


def add_households(conn: Connection, prefix: str) -> None:
    """Insert the households of one round."""
    for number in range(HOUSEHOLDS):
        conn.exec_driver_sql(ADD_HOUSEHOLD, (f"{prefix}-{number}",))


async def measure(folder: Path) -> list[dict[str, float]]:
    """Return, for each round, the jobs a second of every way."""
    kind = Kind(name="nothing", title="Nothing", handle=nothing, check_arguments=any_number)
    rounds = []
    for number in range(ROUNDS + 1):
        async with trio.open_nursery() as nursery:
            path = folder / f"planner-{number}.db"
            store: Store = await nursery.start(open_store, path)
            households: Households = await nursery.start(partial(supervise, store, [kind]))
            await store.write(add_households, "h")
            ours, commits = await ours_once(store, households)
            nursery.cancel_scope.cancel()
        driver = open_driver(path, WRITER_PRAGMAS)
        figures = {"ours": ours, "jobs a commit": HOUSEHOLDS * JOBS_EACH / commits}
        for ways in (8, 3, 2):
            figures[f"{ways} commits"] = loop_once(driver, ways)
        driver.close()
        rounds.append(figures)
    return rounds[1:]  # the first one was to warm up


async def ours_once(store: Store, households: Households) -> tuple[float, int]:
    """Submit and finish the jobs of all households at once; return jobs a second and the commits it took."""

    async def one_household(household_id: str) -> None:
        accepted = [
            await households.accept(
                Request(household_id=household_id, kind="nothing", arguments={"n": n}, requested_by="bench")
            )
            for n in range(JOBS_EACH)
        ]
        for each in accepted:
            assert each.job_id is not None
            view = await households.wait(each.job_id, WAIT_SECONDS)
            assert view.state == "succeeded"

    commits = store.statistics.commits
    started = time.perf_counter()
    async with trio.open_nursery() as nursery:
        for number in range(HOUSEHOLDS):
            nursery.start_soon(one_household, f"h-{number}")
    return HOUSEHOLDS * JOBS_EACH / (time.perf_counter() - started), store.statistics.commits - commits


def loop_once(driver: sqlite3.Connection, commits: int) -> float:
    """Write the rows of job after job, each in so many transactions; return jobs a second."""
    started = time.perf_counter()
    for number in range(LOOP_JOBS):
        job, household = f"{commits}-{number}", f"h-{number % HOUSEHOLDS}"
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
