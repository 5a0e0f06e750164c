"""A process killed in the middle of many jobs: all it acknowledged is done later, and done once."""

import os
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import trio
from actors.working_process import KIND

import planner.domain
from planner.actors import Households, JobState, supervise
from planner.storage import Store, open_store

KILLS = 4
SOURCES = [str(Path(planner.domain.__file__).parents[2]), str(Path(__file__).parents[1])]


def acknowledged_until_killed(path: Path, run: int, lines: int) -> list[str]:
    """Run the process until it has acknowledged so many jobs, kill it, and return what it acknowledged."""
    program = [sys.executable, str(Path(__file__).with_name("working_process.py")), str(path), str(run)]
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
        households: Households = await nursery.start(partial(supervise, store, [KIND]))
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
        acknowledged += acknowledged_until_killed(path, run, instants.randrange(20, 150))
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
