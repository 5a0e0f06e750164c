"""How soon planner is there after a crash: a file with 10,000 jobs that were cut off, against one with none.

A real server is started on each: seconds until it serves, and until all that was cut off has been done.
"""

import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import trio
from sqlalchemy import Connection

from planner.domain.codec import facts_from_plain, stored
from planner.storage import open_store

INTERRUPTED: Final = 10_000
WAITING: Final = 2_000
ROUNDS: Final = 1
DONE_SECONDS_MAX: Final = 900.0
LOOK_SECONDS: Final = 0.1
FACTS: Final = {
    "name": "Household",
    "filing_status": "single",
    "members": [{"id": "ann", "name": "Ann", "birth_date": "1985-05-05", "role": "head"}],
    "accounts": [
        {
            "id": "checking",
            "name": "Checking",
            "kind": "checking",
            "balances": [{"date": "2026-10-31", "value": "10000"}],
        }
    ],
}
ADD_HOUSEHOLD: Final = """
INSERT INTO households(id, name, revision, facts, created_at_us, updated_at_us)
VALUES (:household, 'Household', 1, :facts, :at, :at)
"""
ADD_RUNNING: Final = """
INSERT INTO jobs(id, household_id, kind, merge_key, arguments, state, priority, requested_by, least_revision,
    snapshot_revision, attempts, epoch, accepted_at_us, started_at_us, deadline_seconds)
VALUES (:job, :household, 'regenerate_flows', 'regenerate_flows:{}', '{}', 'running', 0, 'owner', 1,
    1, 1, :epoch, :at, :at, 60)
"""
ADD_ATTEMPT: Final = (
    "INSERT INTO attempts(job_id, number, epoch, started_at_us) VALUES (:job, 1, :epoch, :at)"
)
ADD_WAITING: Final = """
INSERT INTO jobs(id, household_id, kind, merge_key, arguments, state, priority, requested_by, least_revision,
    accepted_at_us, deadline_seconds)
VALUES (:job || '-2', :household, 'recalculate_withholding', 'recalculate_withholding:{}', '{}', 'pending', 0,
    'owner', 1, :at, 60)
"""


def run() -> dict[str, object]:
    """Measure both; the ratio is of the seconds until it serves."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".recovery-") as folder:
        calm, hurt = Path(folder) / "calm.db", Path(folder) / "hurt.db"
        trio.run(_make, calm, 0)
        trio.run(_make, hurt, INTERRUPTED)
        rounds = [(_started(calm, Path(folder)), _started(hurt, Path(folder))) for _ in range(ROUNDS)]
    ready = statistics.median(each.ready for _, each in rounds)
    yardstick = statistics.median(each.ready for each, _ in rounds)
    return {
        "ours": round(ready, 2),
        "yardstick": round(yardstick, 2),
        "ratio": round(ready / yardstick, 2),
        "unit": f"seconds until the server serves, with {INTERRUPTED:,} jobs cut off; yardstick: with none",
        "seconds_until_all_is_done": round(statistics.median(each.done for _, each in rounds), 1),
        "interrupted": INTERRUPTED,
        "waiting": WAITING,
        "peak_mb": {"none": rounds[0][0].peak_mb, "interrupted": rounds[0][1].peak_mb},
    }


async def _make(file: Path, interrupted: int) -> None:
    """Leave a file as a crash does: jobs in their turns, of an epoch that is over, and some that wait."""
    async with trio.open_nursery() as nursery:
        store = await nursery.start(open_store, file)
        for first in range(0, INTERRUPTED, 1_000):
            numbers = range(first, first + 1_000)
            await store.write(partial(_leave, numbers=numbers, epoch=store.epoch, cut_off=bool(interrupted)))
        nursery.cancel_scope.cancel()


def _leave(conn: Connection, numbers: range, epoch: int, *, cut_off: bool) -> None:
    driver = conn.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    at = time.time_ns() // 1000
    facts = stored(facts_from_plain({"revision": 1, **FACTS}))
    rows = [
        {
            "household": f"household-{number:05d}",
            "job": f"01930000-0000-7000-8000-{number:012x}",
            "epoch": epoch,
            "at": at,
            "facts": facts,
        }
        for number in numbers
    ]
    driver.executemany(ADD_HOUSEHOLD, rows)
    if cut_off:
        driver.executemany(ADD_RUNNING, rows)
        driver.executemany(ADD_ATTEMPT, rows)
        driver.executemany(ADD_WAITING, rows[: len(rows) * WAITING // INTERRUPTED])


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """How one start went: seconds until it served and until all was done, and the most memory it held."""

    ready: float
    done: float
    peak_mb: float


def _started(source: Path, folder: Path) -> Start:
    """Start a server on a copy of the file and let it finish what there is."""
    file = folder / "copy" / "planner.db"
    file.parent.mkdir()
    shutil.copy(source, file)
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "planner", "serve", "--data", str(file), "--port", "0", "--empty"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as server:  # fmt: skip
        try:
            assert server.stdout is not None
            assert server.stdout.readline().startswith("planner is ready")
            ready = time.perf_counter() - began
            while _left(file):
                assert time.perf_counter() - began < DONE_SECONDS_MAX
                time.sleep(LOOK_SECONDS)
            done = time.perf_counter() - began
            peak = _peak_mb(server.pid)
        finally:
            server.terminate()
    shutil.rmtree(file.parent)
    return Start(ready=ready, done=done, peak_mb=peak)


def _left(file: Path) -> int:
    """Count what a crash left and is not done yet; not what the new month asks for by itself."""
    query = "SELECT count(*) FROM jobs WHERE state = ? AND id LIKE '01930000-%'"
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=10)) as driver:
        return sum(driver.execute(query, [state]).fetchone()[0] for state in ("running", "pending"))


def _peak_mb(pid: int) -> float:
    """Return the most memory the process ever held, 0 where that cannot be told."""
    told = Path(f"/proc/{pid}/status")
    if not told.exists():
        return 0.0
    line = next(line for line in told.read_text().splitlines() if line.startswith("VmHWM:"))
    return round(int(line.split()[1]) / 1000, 1)
