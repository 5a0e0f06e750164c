"""The adapter between aiosqlite's thread and trio, and the private names of aiosqlite that it leans on."""

import inspect
import re
import sqlite3
import threading
from functools import partial
from pathlib import Path

import aiosqlite.core
import pytest
import trio
import trio.testing
from sqlalchemy import text

from planner.storage.connection import (
    READER_PRAGMAS,
    WRITER_PRAGMAS,
    Answer,
    Bound,
    Connected,
    TrioConnection,
    connect,
    open_driver,
)

SOURCE = inspect.getsource(aiosqlite.core)


def test_aiosqlite_asks_of_its_futures_what_an_answer_gives() -> None:
    asked = set(re.findall(r"\bfut(?:ure)?\.(\w+)\(", SOURCE))
    assert asked == {"get_loop", "done", "set_result", "set_exception"}
    assert set(re.findall(r"get_loop\(\)\.(\w+)", SOURCE)) == {"call_soon_threadsafe"}
    assert all(hasattr(Answer, name) for name in asked | {"call_soon_threadsafe", "__await__"})


def test_only_the_three_overridden_methods_of_aiosqlite_make_futures() -> None:
    makers = {
        name
        for name, method in inspect.getmembers(aiosqlite.Connection, inspect.isfunction)
        if "asyncio.get_event_loop()" in inspect.getsource(method)
    }
    assert makers == {"_execute", "_connect", "stop"}
    assert makers <= TrioConnection.__dict__.keys()


def test_aiosqlite_has_the_private_names_that_the_adapter_uses(tmp_path: Path) -> None:
    connection = TrioConnection(partial(open_driver, tmp_path / "x.db", ()))
    assert {"_tx", "_thread", "_connector", "_connection", "_running"} <= vars(connection).keys()
    assert hasattr(aiosqlite.core, "_STOP_RUNNING_SENTINEL")


async def test_statement_by_statement_works_from_trio(tmp_path: Path) -> None:
    async with TrioConnection(partial(open_driver, tmp_path / "x.db", WRITER_PRAGMAS)) as connection:
        await connection.execute("CREATE TABLE t (x)")
        await connection.executemany("INSERT INTO t VALUES (?)", [(1,), (2,)])
        async with connection.execute("SELECT x FROM t ORDER BY x") as cursor:
            assert [row async for row in cursor] == [(1,), (2,)]
        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            await connection.execute("SELECT * FROM nowhere")
        copy = sqlite3.connect(tmp_path / "copy.db", check_same_thread=False)
        await connection.backup(copy)
        assert copy.execute("SELECT count(*) FROM t").fetchone() == (2,)
        copy.close()
    with pytest.raises(ValueError, match="no active connection"):
        await connection.execute("SELECT 1")


async def test_a_connection_that_cannot_be_made_leaves_no_thread(tmp_path: Path) -> None:
    threads = threading.active_count()
    with pytest.raises(sqlite3.OperationalError):
        await connect(tmp_path / "nowhere" / "x.db", WRITER_PRAGMAS)
    while threading.active_count() > threads:
        await trio.lowlevel.checkpoint()


def test_a_thread_outlives_a_trio_run_that_forgot_it_and_still_ends(tmp_path: Path) -> None:
    release = threading.Event()
    connection = TrioConnection(partial(open_driver, tmp_path / "x.db", ()))

    async def forget() -> None:
        await connection
        connection._send(release.wait)  # its answer comes after the run has ended

    trio.run(forget)
    release.set()
    connection.stop()
    assert connection._thread.daemon  # had it not been told to stop, the program would end all the same
    connection._thread.join(10)
    assert not connection._thread.is_alive()


async def test_a_cancelled_call_ends_with_its_true_outcome(tmp_path: Path) -> None:
    """R27: what was sent is not abandoned."""
    connected = await connect(tmp_path / "x.db", WRITER_PRAGMAS)
    reached = []
    with trio.CancelScope() as scope:
        scope.cancel()
        reached.append(await connected.thread.run(lambda: "the outcome"))
        await trio.lowlevel.checkpoint()
        reached.append("not cancelled")
    assert reached == ["the outcome"]
    assert scope.cancelled_caught
    await connected.aclose()


async def test_the_pragmas_are_those_of_the_design(tmp_path: Path) -> None:
    """I2: a commit is on the disk (synchronous FULL) before it is answered."""
    writing = await connect(tmp_path / "x.db", WRITER_PRAGMAS)
    reading = await connect(tmp_path / "x.db", READER_PRAGMAS)
    assert await pragmas(writing) == ("wal", 2, 2000, 1, 0, 64 * 1024 * 1024)
    assert (await pragmas(reading))[:5] == ("wal", 2, 2000, 1, 1)
    await reading.aclose()
    await writing.aclose()


async def pragmas(connected: Connected) -> tuple[object, ...]:
    names = (
        "journal_mode",
        "synchronous",
        "busy_timeout",
        "foreign_keys",
        "query_only",
        "journal_size_limit",
    )

    def ask() -> tuple[object, ...]:
        return tuple(connected.bound.connection.execute(text(f"PRAGMA {name}")).scalar() for name in names)

    return await connected.thread.run(ask)


async def test_the_virtual_clock_waits_for_calls_in_flight(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    connected = await connect(tmp_path / "x.db", WRITER_PRAGMAS)
    started = trio.current_time()
    with trio.move_on_after(1000) as scope:
        await connected.thread.run(partial(threading.Event().wait, 0.05))
    assert not scope.cancelled_caught
    assert trio.current_time() == started
    assert autojump_clock.autojump_threshold == 0
    await trio.sleep(1000)
    assert trio.current_time() == started + 1000
    await connected.aclose()


def test_a_unit_that_would_end_the_transaction_is_refused_and_mended(tmp_path: Path) -> None:
    bound = Bound(open_driver(tmp_path / "x.db", WRITER_PRAGMAS))
    with pytest.raises(RuntimeError, match="neither commits"):
        bound.connection.commit()
    astray = not bound.intact
    bound.renew()
    assert (astray, bound.intact) == (True, True)
    assert bound.connection.execute(text("SELECT 1")).scalar() == 1
    bound.close()
