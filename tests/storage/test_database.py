"""Opening a database: in order, alone, and never half."""

import json
import os
import socket
import sqlite3
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import notes
import pytest
import trio
import trio.testing

from planner.domain.errors import Busy
from planner.storage import (
    DatabaseLocked,
    DatabaseUnavailable,
    NotADatabase,
    Store,
    database,
    open_store,
)

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


async def open_and_close(path: Path) -> int:
    """Open `path`, close it in order, and return the epoch it had."""
    async with trio.open_nursery() as nursery:
        store: Store = await nursery.start(partial(open_store, path, now=lambda: AT))
        nursery.cancel_scope.cancel()
    return store.epoch


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    found = connection.execute(query).fetchall()
    connection.close()
    return found


async def test_every_life_of_the_process_is_an_epoch(tmp_path: Path) -> None:
    """R21: what an older epoch left behind can be told from what this one does."""
    path = tmp_path / "planner.db"
    assert [await open_and_close(path) for _ in range(3)] == [1, 2, 3]
    at_us = 1767323045678901
    found = rows(path, "SELECT started_at_us, ended_at_us, pid, host FROM epochs")
    assert found == [(at_us, at_us, os.getpid(), socket.gethostname())] * 3


async def test_closing_in_order_leaves_one_whole_file(tmp_path: Path) -> None:
    """R35: after a stop there is nothing to recover."""
    await open_and_close(tmp_path / "planner.db")
    assert names_in(tmp_path) == {"planner.db", "planner.db.lock", "planner.db.reserve"}


async def test_what_waits_when_planner_stops_is_told_so(tmp_path: Path) -> None:
    """R35: nobody hangs, and what was not written is said not to be."""
    answers: list[object] = []
    async with trio.open_nursery() as nursery:
        stopping = trio.CancelScope()

        async def serve(*, task_status: trio.TaskStatus[Store]) -> None:
            with stopping:
                await open_store(tmp_path / "planner.db", task_status=task_status)

        store: Store = await nursery.start(serve)

        async def write() -> None:
            try:
                answers.append(await store.write(lambda _: "written"))
            except Busy as busy:
                answers.append(busy)

        async with trio.open_nursery() as writing, notes.writer_held(store):
            writing.start_soon(write)
            await trio.testing.wait_all_tasks_blocked()
            stopping.cancel()
        await write()
    assert [type(answer) for answer in answers] == [Busy, Busy]


@pytest.mark.parametrize("second", ["planner.db", "link.db"])
async def test_a_second_store_on_the_same_file_is_refused(store: Store, second: str) -> None:
    """R21: by whatever name the file is opened, and the message names who has it."""
    if second == "link.db":
        try:
            (store.path.parent / second).symlink_to(store.path)
        except OSError:
            pytest.skip("this file system or user cannot make links")
    with (
        trio.fail_after(10),
        pytest.raises(DatabaseLocked, match=f"process {os.getpid()} on {socket.gethostname()}, started 20"),
    ):
        await open_store(store.path.parent / second)
    assert await store.write(lambda _: "still served") == "still served"


async def test_the_lock_file_names_the_owner(store: Store) -> None:
    """R21: pid, host and start, as text that anyone can read."""
    owner = json.loads(store.path.with_name("planner.db.lock").read_text(encoding="utf-8"))
    assert owner["pid"] == os.getpid()
    assert datetime.fromisoformat(owner["started"]).tzinfo is not None


async def test_a_folder_that_comes_later_is_waited_for(
    tmp_path: Path, autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """R25: planner waits for a disk that is mounted late, and says so."""
    folder = tmp_path / "late"

    async def mount() -> None:
        await trio.sleep(3)
        folder.mkdir()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(mount)
        store: Store = await nursery.start(open_store, folder / "planner.db")
        assert await store.write(lambda _: "written") == "written"
        nursery.cancel_scope.cancel()
    assert 3 <= trio.current_time() < 6
    assert f"{folder} is not there, trying again in" in caplog.text


async def test_a_folder_that_never_comes_is_a_clear_error(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    """R25: the wait is bounded, and nothing was made in its place."""
    with pytest.raises(DatabaseUnavailable, match=r"late is not there; waited 59 s\. Make it"):
        await open_store(tmp_path / "late" / "planner.db")
    assert trio.current_time() == pytest.approx(sum(database.FOLDER_RETRY_SECONDS))
    assert not (tmp_path / "late").exists()


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """R25: and it is left as it was."""
    path = tmp_path / "letter.txt"
    path.write_text("Dear planner, this is not a database. " * 100, encoding="utf-8")
    with pytest.raises(NotADatabase, match=r"letter\.txt is not a database"):
        await open_store(path)
    assert path.read_text(encoding="utf-8").startswith("Dear planner")


async def test_the_database_of_another_program_is_left_as_it_was(tmp_path: Path) -> None:
    """R25: no migration, no mark, no journal mode."""
    path = tmp_path / "bookmarks.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE bookmarks (address)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(NotADatabase, match="another program"):
        await open_store(path)
    assert path.read_bytes() == before


async def test_a_folder_in_the_place_of_the_file_is_a_clear_error(tmp_path: Path) -> None:
    """R25: a wrong path is told, not raised as a bug."""
    (tmp_path / "planner.db").mkdir()
    with pytest.raises(DatabaseUnavailable, match="cannot be opened"):
        await open_store(tmp_path / "planner.db")
