"""What a long history costs: the same questions to a database with 1,000 finished jobs and with 1,000,000.

Both are open in one process and are asked in turn, so that whatever else the machine does hits both alike.
"""

import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import trio
from benchmarks._history_rows import DAY_US, HOUSEHOLDS, fill
from sqlalchemy import Connection

from planner.actors import Households, JobState, Kind, Outcome, Request, Turn, supervise
from planner.storage import Store, open_store
from planner.storage.housekeeping import drop_batch, past_retention

FEW: Final = 1_000
MANY: Final = 1_000_000
ROUNDS: Final = 200
STARTS: Final = 9
PRUNED_AT_ONCE: Final = 200
PRUNINGS: Final = 5
WAIT_SECONDS: Final = 60.0
AIM: Final = 1.3
SHOWN: Final = 20
SHOWN_OF_FAILED: Final = 10
"""As many as there are in the smaller file, too: pages of unlike length cannot be compared."""


def run() -> dict[str, object]:
    """Measure both; `ours` is the worst of the ratios."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".history-") as folder:
        files = {jobs: Path(folder) / f"{jobs}" / "planner.db" for jobs in (FEW, MANY)}
        began = time.perf_counter()
        for jobs, file in files.items():
            file.parent.mkdir()
            trio.run(_make, file, jobs)
        filled = time.perf_counter() - began
        measured = trio.run(_measure, files)
        size = files[MANY].stat().st_size
    ratios = {name: round(many / few, 2) for name, (few, many) in measured.items()}
    return {
        "ours": max(ratios.values()),
        "yardstick": AIM,
        "ratio": round(max(ratios.values()) / AIM, 2),
        "unit": f"times what it costs with {FEW:,} finished jobs, the worst of all; yardstick: the aim",
        "ratios": ratios,
        "ms": {name: [round(each, 3) for each in pair] for name, pair in measured.items()},
        "jobs": [FEW, MANY],
        "file_mb": round(size / 1e6),
        "filled_in_seconds": round(filled),
    }


async def _make(file: Path, jobs: int) -> None:
    """Make the tables, and fill them."""
    async with trio.open_nursery() as nursery:
        await nursery.start(open_store, file)
        nursery.cancel_scope.cancel()
    await trio.to_thread.run_sync(partial(fill, file, jobs, now_us=time.time_ns() // 1000))


async def _nothing(_turn: Turn) -> Outcome:
    """Do nothing."""
    return Outcome()


def _any_number(arguments: object) -> dict[str, object]:
    assert isinstance(arguments, dict)
    return arguments


KIND: Final = Kind(name="nothing", title="Nothing", handle=_nothing, check_arguments=_any_number)


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A database, its actors, and one of its finished jobs from the middle."""

    store: Store
    households: Households
    job_id: str
    seq: int


@asynccontextmanager
async def _opened(file: Path) -> AsyncIterator[Opened]:
    async with trio.open_nursery() as nursery:
        store = await nursery.start(open_store, file)
        households = await nursery.start(partial(supervise, store, [KIND]))
        seq, job_id = await store.read(_from_the_middle)
        yield Opened(store=store, households=households, job_id=job_id, seq=seq)
        nursery.cancel_scope.cancel()


def _from_the_middle(conn: Connection) -> tuple[int, str]:
    row = conn.exec_driver_sql(
        "SELECT seq, id FROM jobs WHERE seq >= (SELECT max(seq) / 2 FROM jobs) AND state = 'succeeded' "
        "ORDER BY seq LIMIT 1"
    ).one()
    return row.seq, row.id


async def _measure(files: dict[int, Path]) -> dict[str, tuple[float, float]]:
    """Return the median ms of each question, with few and with many."""
    measured: dict[str, tuple[float, float]] = {"start and recover": await _starts(files)}
    async with _opened(files[FEW]) as few, _opened(files[MANY]) as many:
        for name, question in QUESTIONS.items():
            measured[name] = await _in_turn(question, few, many, ROUNDS)
        measured["prune a batch"] = await _in_turn(_prune, few, many, PRUNINGS - 1)
    return measured


async def _in_turn(
    question: Callable[[Opened, int], Awaitable[object]], few: Opened, many: Opened, rounds: int
) -> tuple[float, float]:
    took: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        for which, opened in enumerate((few, many)):
            began = time.perf_counter()
            await question(opened, number)
            took[which].append(1000 * (time.perf_counter() - began))
    return statistics.median(took[0]), statistics.median(took[1])


async def _starts(files: dict[int, Path]) -> tuple[float, float]:
    """Return the ms from opening the file until its actors take requests, with a few jobs cut off."""
    took: dict[int, list[float]] = {jobs: [] for jobs in files}
    for _ in range(STARTS):
        for jobs, file in files.items():
            began = time.perf_counter()
            async with _opened(file) as opened:
                took[jobs].append(1000 * (time.perf_counter() - began))
                for number in range(HOUSEHOLDS):
                    await _accept(opened, number)
    return statistics.median(took[FEW]), statistics.median(took[MANY])


async def _accept(opened: Opened, number: int) -> str:
    request = Request(household_id=_household(number), kind="nothing", arguments={}, requested_by="bench")
    accepted = await opened.households.accept(request)
    assert accepted.job_id is not None
    return accepted.job_id


async def _to_the_end(opened: Opened, number: int) -> None:
    job = await opened.households.wait(await _accept(opened, number), WAIT_SECONDS)
    assert job.state is JobState.SUCCEEDED, job


def _household(number: int) -> str:
    return f"household-{number % HOUSEHOLDS:04d}"


async def _list_page(opened: Opened, number: int, **wanted: Any) -> None:
    del number
    assert len(await opened.households.jobs(**{"limit": SHOWN, **wanted})) > 0


async def _list_of_household(opened: Opened, number: int) -> None:
    found = await opened.households.jobs(_household(number), before_seq=opened.seq, limit=SHOWN)
    assert len(found) == SHOWN


async def _why(opened: Opened, number: int) -> None:
    del number
    assert (await opened.households.why(opened.job_id)).sentence


async def _status(opened: Opened, number: int) -> None:
    assert (await opened.households.status(_household(number))).revision == 1


async def _prune(opened: Opened, number: int) -> None:
    """Drop one batch as if it were the day after tomorrow."""
    del number
    later = time.time_ns() // 1000 + 9 * DAY_US

    def prune(conn: Connection) -> int:
        batch = past_retention(conn, later, PRUNED_AT_ONCE)
        drop_batch(conn, batch)
        return len(batch.jobs)

    assert await opened.store.write(prune) == PRUNED_AT_ONCE


QUESTIONS: Final[dict[str, Callable[[Opened, int], Awaitable[object]]]] = {
    "accept": _accept,
    "accept, run and record": _to_the_end,
    "list all": _list_page,
    "list the failed": partial(_list_page, states=[JobState.FAILED], limit=SHOWN_OF_FAILED),
    "list a household's": _list_of_household,
    "list a household's failed": partial(
        _list_page, household_id=_household(1), states=[JobState.FAILED], limit=1
    ),
    "why": _why,
    "status": _status,
}
