"""A process killed in the middle of many jobs: all it acknowledged is done later, and done once."""

import os
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import trio
from actors.working_process import ITEMS, KINDS

import planner.domain
from planner.actors import Households, JobState, supervise
from planner.storage import Store, open_store

KILLS = 4
SOURCES = [str(Path(planner.domain.__file__).parents[2]), str(Path(__file__).parents[1])]


def acknowledged_until_killed(path: Path, kind: str, run: int, lines: int) -> list[str]:
    """Run the process until it has acknowledged so many jobs, kill it, and return what it acknowledged."""
    program = [sys.executable, str(Path(__file__).with_name("working_process.py")), str(path), kind, str(run)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(SOURCES)}
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        read = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        read += process.stdout.readlines()
    return [line.strip() for line in read if line.endswith("\n")]


async def all_done(path: Path, acknowledged: list[str]) -> None:
    """Open the database and wait until every acknowledged job has succeeded."""
    async with trio.open_nursery() as nursery:
        store: Store = await nursery.start(open_store, path)
        households: Households = await nursery.start(partial(supervise, store, KINDS))
        with trio.fail_after(60):
            for job_id in acknowledged:
                assert (await households.wait(job_id, 60)).state is JobState.SUCCEEDED
        nursery.cancel_scope.cancel()


def test_after_kill_9_every_acknowledged_job_is_done_exactly_once(tmp_path: Path) -> None:
    """R27, R11, I2, I10: killed several times, at instants that vary; two runs never share an effect."""
    path = tmp_path / "planner.db"
    instants = random.Random(27)
    acknowledged: list[str] = []
    for run in range(KILLS):
        acknowledged += acknowledged_until_killed(path, "work", run, instants.randrange(20, 150))
    assert len(set(acknowledged)) == len(acknowledged)
    trio.run(all_done, path, acknowledged)
    with closing(sqlite3.connect(path)) as database:
        done = {row[0] for row in database.execute("SELECT id FROM jobs WHERE state = 'succeeded'")}
        effects = [row[0] for row in database.execute("SELECT note FROM effects")]
        cut_off = database.execute("SELECT count(*) FROM attempts WHERE outcome = 'interrupted'").fetchone()
        states = {row[0] for row in database.execute("SELECT DISTINCT state FROM jobs")}
    assert set(acknowledged) <= done
    assert sorted(effects) == sorted(done)
    assert states <= {"succeeded", "pending", "running"}
    assert cut_off[0] > 0, "no turn was cut off: the test proved nothing"


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Look into the database that nobody has open."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql).fetchall()


def test_after_kill_9_a_batch_goes_on_with_the_items_that_had_not_ended(tmp_path: Path) -> None:
    """R2, R27: killed in the middle of batches; no item is lost, and none that had ended runs again."""
    path = tmp_path / "planner.db"
    instants = random.Random(2)
    acknowledged: list[str] = []
    cut_off = 0
    for run in range(KILLS):
        acknowledged += acknowledged_until_killed(path, "many", run, instants.randrange(20, 60))
        cut_off += len(rows(path, "SELECT 1 FROM jobs WHERE state = 'running' AND children_left > 0"))
    assert cut_off > 0, "no batch was cut off: the test proved nothing"
    trio.run(all_done, path, acknowledged)
    done = "FROM jobs WHERE kind = 'work' AND state = 'succeeded'"
    items = dict(rows(path, f"SELECT parent_id, count(*) {done} GROUP BY parent_id"))
    assert {batch: items.get(batch) for batch in acknowledged} == dict.fromkeys(acknowledged, ITEMS)
    assert sorted(rows(path, "SELECT note FROM effects")) == sorted(rows(path, f"SELECT id {done}"))
    twice = "SELECT job_id FROM attempts WHERE outcome = 'succeeded' GROUP BY job_id HAVING count(*) > 1"
    assert rows(path, twice) == []
