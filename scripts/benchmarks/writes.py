"""Acknowledged single-row writes a second, against a raw sqlite3 loop that commits each of them."""

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import trio
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, insert

from planner.storage import Store, open_store
from planner.storage.connection import WRITER_PRAGMAS, open_driver

TASKS = (1, 8, 64, 512)
SHOWN = 64
ROUNDS = 5
SECONDS = 0.4
ROW = {"text": "a row"}

rows = Table("rows", MetaData(), Column("id", Integer, primary_key=True), Column("text", Text))
CORE = insert(rows)
READY_MADE = "INSERT INTO rows (text) VALUES (:text)"

Unit = Callable[[Connection], object]
Rates = dict[str, float]


def run() -> dict[str, object]:
    """Measure all in turn, round by round; figures are medians, and a ratio is of one round."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        rounds = trio.run(measure, Path(folder))
    shown = f"ready-made SQL, {SHOWN} tasks"
    return {
        "name": "writes",
        "ours": round(middle(rounds, shown)),
        "yardstick": round(middle(rounds, "loop")),
        "ratio": round(middle(rounds, shown, of="loop"), 2),
        "unit": f"acknowledged writes a second at {SHOWN} tasks; yardstick: one thread, one commit each",
        "details": {
            way: {"per_second": round(middle(rounds, way)), "ratio": round(middle(rounds, way, of="loop"), 2)}
            for way in rounds[0]
        },
    }


def middle(rounds: list[Rates], way: str, *, of: str | None = None) -> float:
    """Return the median over the rounds of `way`, or of its ratio to another way in the same round."""
    return statistics.median(each[way] / each[of] if of else each[way] for each in rounds)


async def measure(folder: Path) -> list[Rates]:
    """Return, for each round, the writes a second of every way."""
    loop = open_driver(folder / "loop.db", WRITER_PRAGMAS)
    loop.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)")
    async with trio.open_nursery() as nursery:
        store: Store = await nursery.start(open_store, folder / "planner.db")
        await store.write(rows.create)
        await one_round(loop, store)  # everything is warm before it counts
        rounds = [await one_round(loop, store) for _ in range(ROUNDS)]
        nursery.cancel_scope.cancel()
    loop.close()
    return rounds


async def one_round(loop: sqlite3.Connection, store: Store) -> Rates:
    """Run every way once."""
    rates = {"loop": commit_each(loop)}
    for tasks in TASKS:
        rates[f"ready-made SQL, {tasks} tasks"] = await write_with(store, add_by_sql, tasks)
        rates[f"SQLAlchemy Core, {tasks} tasks"] = await write_with(store, add_by_core, tasks)
    return rates


def add_by_sql(conn: Connection) -> None:
    """Insert a row as the loop does."""
    conn.exec_driver_sql(READY_MADE, ROW)


def add_by_core(conn: Connection) -> None:
    """Insert a row with a Core statement that was built once, as planner's own units do."""
    conn.execute(CORE, ROW)


def commit_each(loop: sqlite3.Connection) -> float:
    """Insert row after row, each in a transaction of its own; return rows a second."""
    count = 0
    started = time.perf_counter()
    while time.perf_counter() - started < SECONDS:
        loop.execute("BEGIN IMMEDIATE")
        loop.execute(READY_MADE, ROW)
        loop.execute("COMMIT")
        count += 1
    return count / (time.perf_counter() - started)


async def write_with(store: Store, unit: Unit, tasks: int) -> float:
    """Let `tasks` tasks write again and again, each waiting for its answer; return answers a second."""
    count = 0
    started = time.perf_counter()

    async def write_on() -> None:
        nonlocal count
        while time.perf_counter() - started < SECONDS:
            await store.write(unit)
            count += 1

    async with trio.open_nursery() as nursery:
        for _ in range(tasks):
            nursery.start_soon(write_on)
    return count / (time.perf_counter() - started)
