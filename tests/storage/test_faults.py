"""Faults of the disk: what is acknowledged stays, what is not is said, and the store goes on when it can."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import notes
import pytest
import trio
import trio.testing
from sqlalchemy import Connection

from planner.domain.errors import Busy, Crashed
from planner.storage import DiskFull, Store, open_store


def reason(store: Store) -> str:
    return store.read_only_reason or ""


async def test_a_full_disk_makes_the_store_read_only_until_there_is_room(
    store: Store, autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R26: what is in hand fails clearly, reading goes on, and writing resumes by itself."""
    await store.write(notes.create)
    usage = shutil.disk_usage(store.path.parent)
    no_room = usage._replace(free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: no_room)
    await store.write(lambda conn: conn.exec_driver_sql("PRAGMA max_page_count = 1").all())
    with pytest.raises(DiskFull):
        await store.write(notes.add, 1, "x" * 1_000_000)
    assert "Free at least 8 MB" in reason(store)
    with pytest.raises(Busy, match="Free at least"):
        await store.write(notes.add, 2)
    assert await store.read(notes.count) == 0
    monkeypatch.undo()
    await trio.sleep(6)
    assert reason(store) == ""
    assert await store.write(notes.add, 3) == 3


async def test_a_unit_too_large_for_the_file_does_not_stop_the_others(store: Store) -> None:
    """R26: while the disk has room the store stays open for everyone else."""
    await store.write(notes.create)
    await store.write(lambda conn: conn.exec_driver_sql("PRAGMA max_page_count = 1").all())
    huge = partial(notes.add, number=1, text="x" * 1_000_000)
    answers = await notes.write_together(store, huge, partial(notes.add, number=2))
    assert isinstance(answers[0], DiskFull)
    assert answers[1] == 2
    assert store.read_only_reason is None


@pytest.fixture
def limit_file_sizes() -> Iterator[Callable[[int], None]]:
    """Writing beyond the limit is then an I/O error to SQLite."""
    resource = pytest.importorskip("resource", reason="needs a limit on file sizes")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_an_io_error_at_commit_ends_the_store(
    tmp_path: Path, limit_file_sizes: Callable[[int], None]
) -> None:
    """R26, R27: unknown is said to be unknown, nothing more is written, and the next start knows."""
    path = tmp_path / "planner.db"
    told: list[object] = []

    def add_to_a_dying_disk(conn: Connection) -> None:
        notes.add(conn, 2, "x" * 10_000)
        limit_file_sizes(path.with_name("planner.db-wal").stat().st_size)

    async def live() -> None:
        async with trio.open_nursery() as nursery:
            store: Store = await nursery.start(open_store, path)
            await store.write(notes.create)
            await store.write(notes.add, 1)
            with trio.CancelScope(shield=True):
                told.extend(
                    await notes.write_together(store, add_to_a_dying_disk, partial(notes.add, number=3))
                )
                told.append(await notes.answer_of(store, partial(notes.add, number=4)))

    with pytest.raises(ExceptionGroup) as caught:
        await live()
    assert caught.group_contains(Crashed)
    assert [type(answer) for answer in told] == [Crashed, Crashed, Busy]
    limit_file_sizes(-1)
    async with trio.open_nursery() as nursery:
        store: Store = await nursery.start(open_store, path)
        assert await store.read(notes.numbers) in ({1}, {1, 2, 3})
        assert store.epoch == 2
        nursery.cancel_scope.cancel()


SMALL_DISK_BYTES = 24 * 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system that can be filled up; only where the tests may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK_BYTES}", "tmpfs", str(place)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("may not mount a file system here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


async def test_on_a_disk_that_fills_up_everything_acknowledged_stays(
    small_disk: Path, autojump_clock: trio.testing.MockClock
) -> None:
    """R26: FULL at COMMIT; the reserve takes what is in hand, then read-only, then on by itself."""
    async with trio.open_nursery() as nursery:
        store: Store = await nursery.start(open_store, small_disk / "planner.db")
        await store.write(notes.create)
        hog = small_disk / "hog"
        hog.write_bytes(b"x" * (shutil.disk_usage(small_disk).free - 64 * 1024))
        acknowledged: set[int] = set()
        while not reason(store):
            await store.write(notes.add, len(acknowledged), "x" * 2000)  # the last is kept by the reserve
            acknowledged.add(len(acknowledged))
        with pytest.raises(Busy, match="is full"):
            await store.write(notes.add, -1)
        assert await store.read(notes.numbers) == acknowledged
        hog.unlink()
        await trio.sleep(6)
        assert reason(store) == ""
        assert await store.write(notes.add, -2) == -2
        nursery.cancel_scope.cancel()


async def test_without_room_for_a_reserve_the_store_starts_read_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R26: what is there can be read, and the reason says what to do."""
    no_room = shutil.disk_usage(tmp_path)._replace(free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: no_room)
    async with trio.open_nursery() as nursery:
        store: Store = await nursery.start(open_store, tmp_path / "planner.db")
        assert reason(store)
        with pytest.raises(DiskFull):
            await store.write(notes.create)
        assert await store.read(lambda _: "read") == "read"
        nursery.cancel_scope.cancel()
