"""A process killed at any instant: its lock is gone, and everything it acknowledged is there."""

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import notes
import pytest
import trio

from planner import storage
from planner.storage import DatabaseLocked, Store, open_store

ROUNDS = 5
SOURCES = [str(Path(storage.__file__).parents[2]), str(Path(notes.__file__).parent)]


@contextmanager
def writing_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that writes to `path`; it is killed at the end."""
    program = [sys.executable, str(Path(__file__).with_name("writing_process.py")), str(path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(SOURCES)}
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.endswith("\n")
    return line.strip()


def open_once(path: Path) -> Store:
    """Open `path`, make the table, and close."""

    async def opened() -> Store:
        async with trio.open_nursery() as nursery:
            store: Store = await nursery.start(open_store, path)
            await store.write(partial(notes.notes.create, checkfirst=True))
            nursery.cancel_scope.cancel()
        return store

    return trio.run(opened)


def test_after_kill_9_every_acknowledged_write_is_there(tmp_path: Path) -> None:
    """R27, I2, R21: at any instant, several times over, and the dead process keeps no lock."""
    path = tmp_path / "planner.db"
    open_once(path)
    acknowledged: set[int] = set()
    chance = random.Random(9)
    for round_number in range(1, ROUNDS + 1):
        with writing_process(path) as process:
            assert line_of(process) == f"open {round_number + 1}"
            acknowledged |= {int(line_of(process)) for _ in range(chance.randrange(1, 3000))}
            process.kill()
            assert process.stdout is not None
            rest = process.stdout.read().split("\n")  # said before it died, the last line perhaps torn
            acknowledged |= {int(line) for line in rest[:-1]}
        connection = sqlite3.connect(path)
        written = {number for (number,) in connection.execute("SELECT id FROM notes")}
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()
        assert acknowledged <= written
        assert len(written - acknowledged) <= 32 * round_number  # at most one unanswered unit a task
    assert open_once(path).epoch == ROUNDS + 2


def test_a_second_process_is_refused_until_the_first_is_dead(tmp_path: Path) -> None:
    """R21: the refusal names the first process; a killed one keeps nothing."""
    path = tmp_path / "planner.db"
    open_once(path)
    with writing_process(path) as process:
        line_of(process)
        with pytest.raises(ExceptionGroup) as caught:
            open_once(path)
        assert caught.group_contains(DatabaseLocked, match=f"is open in process {process.pid} on ")
    assert open_once(path).epoch == 3
