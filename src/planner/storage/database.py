"""The one door to the database: opens a file in order, serves it, and closes it in reverse."""

import logging
import os
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeAlias, TypeVar

import sqlalchemy
import trio
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from planner.domain.errors import Busy, Crashed
from planner.storage.connection import READER_PRAGMAS, WRITER_PRAGMAS, Connected, clock_held, connect
from planner.storage.faults import DatabaseUnavailable
from planner.storage.group import Work
from planner.storage.lock import exclusive_lock
from planner.storage.migrations import bring_up_to_date
from planner.storage.readers import READERS, Readers, ReaderStatistics
from planner.storage.reserve import Reserve
from planner.storage.tables import epochs
from planner.storage.writer import Writer, WriterStatistics, commit_or_make_room

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

Unit: TypeAlias = Callable[Concatenate[Connection, P], T]
"""A unit of work: synchronous, re-runnable, changes nothing but through its connection, and lets database
errors pass."""

FOLDER_RETRY_SECONDS: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 5.0, 5.0, 10.0, 10.0, 20.0)

wall_clock: Final = partial(datetime.now, UTC)
"""The clock of a store that is given no other; it dates epochs, copies and the lock."""

_EPOCH_ZERO: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Store:
    """An open database. `open_store` makes it; it is of use until that task ends."""

    def __init__(self, path: Path, epoch: int, writer: Writer, readers: Readers) -> None:
        self.path = path
        self.epoch = epoch
        self._writer = writer
        self._readers = readers

    async def write(self, unit: Unit[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `unit` in a transaction and return its result once that is durable (see `Writer.write`)."""
        return await self._writer.write(unit, *args, **kwargs)

    async def read(self, unit: Unit[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `unit` on one snapshot and return its result (see `Readers.read`)."""
        return await self._readers.read(unit, *args, **kwargs)

    @property
    def statistics(self) -> WriterStatistics:
        """What the writer has done in this epoch."""
        return self._writer.statistics

    @property
    def reading(self) -> ReaderStatistics:
        """How busy the readers are now."""
        return self._readers.statistics

    @property
    def read_only_reason(self) -> str | None:
        """Why nothing can be changed now, as a sentence for people, or None."""
        return self._writer.read_only_reason


async def open_store(
    path: Path,
    *,
    now: Callable[[], datetime] = wall_clock,
    task_status: trio.TaskStatus[Store] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Open the database at `path`, hand over its Store, and serve it until cancelled.

    In this order: wait for the folder, lock, copy and migrate, begin an epoch. Raises
    DatabaseUnavailable (or its kinds) when that cannot be, Crashed when the store is lost later.
    """
    await wait_for_folder(path.parent)
    path = _one_name(path)
    with exclusive_lock(path, now()):
        await _prepare(path, now())
        async with AsyncExitStack() as opened:
            writing = await opened.enter_async_context(_connected(path, WRITER_PRAGMAS))
            reading = [
                await opened.enter_async_context(_connected(path, READER_PRAGMAS)) for _ in range(READERS)
            ]
            reserve = Reserve(path.with_name(path.name + ".reserve"))
            epoch = await opened.enter_async_context(_epoch(writing, reserve, now))
            writer = Writer(writing, reserve)
            await writer.open_reserve()
            task_status.started(Store(path, epoch, writer, Readers(reading)))
            await writer.serve()


def _one_name(path: Path) -> Path:
    """Return the name by which the file is locked, whatever links lead to it."""
    return path.resolve()


async def wait_for_folder(folder: Path) -> None:
    """Wait until `folder` can be used, saying so; raises DatabaseUnavailable after about a minute.

    The folder is not made here: a disk that is not mounted yet must not be mistaken for an empty one.
    """
    for seconds in FOLDER_RETRY_SECONDS:
        obstacle = _obstacle(folder)
        if obstacle is None:
            return
        log.warning("the database's folder %s, trying again in %s s", obstacle, seconds)
        await trio.sleep(seconds)
    obstacle = _obstacle(folder)
    if obstacle is not None:
        waited = round(sum(FOLDER_RETRY_SECONDS))
        message = (
            f"The database's folder {obstacle}; waited {waited} s. Make it, or choose another with --data."
        )
        raise DatabaseUnavailable(message)


def _obstacle(folder: Path) -> str | None:
    try:
        if not folder.is_dir():
            return f"{folder} is not there"
    except OSError as error:
        return f"{folder} cannot be read ({error.strerror})"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"{folder} cannot be written to"
    return None


async def _prepare(path: Path, now: datetime) -> None:
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    with clock_held():
        copy = await trio.to_thread.run_sync(partial(bring_up_to_date, path, stamp=stamp))
    if copy:
        log.info("the database was migrated; %s is the copy made before", copy)


@asynccontextmanager
async def _connected(path: Path, pragmas: tuple[str, ...]) -> AsyncIterator[Connected]:
    try:
        connected = await connect(path, pragmas)
    except sqlite3.Error as error:
        raise DatabaseUnavailable(f"{path} cannot be opened ({error}).") from error
    try:
        yield connected
    finally:
        await connected.aclose()


@asynccontextmanager
async def _epoch(writing: Connected, reserve: Reserve, now: Callable[[], datetime]) -> AsyncIterator[int]:
    """Begin an epoch, and write its end when the process stops in order; after a crash it has none."""

    async def write(work: Work) -> Any:
        outcomes, _ = await writing.thread.run(partial(commit_or_make_room, writing.bound, [work], reserve))
        return outcomes[0].unwrap()

    try:
        epoch: int = await write(partial(_begin_epoch, at=now()))
    except (Busy, Crashed, DBAPIError) as error:
        raise DatabaseUnavailable(f"The database cannot be written: {error}") from error
    try:
        yield epoch
    except trio.Cancelled:
        with trio.CancelScope(shield=True):
            try:
                await write(partial(_end_epoch, epoch=epoch, at=now()))
            except (Busy, Crashed, DBAPIError) as error:
                log.warning("the end of epoch %s could not be written (%s)", epoch, error)
        raise


def _begin_epoch(connection: Connection, *, at: datetime) -> int:
    row = {"started_at_us": _microseconds(at), "pid": os.getpid(), "host": socket.gethostname()}
    insert = sqlalchemy.insert(epochs).values(row).returning(epochs.c.epoch)
    return int(connection.execute(insert).scalar_one())


def _end_epoch(connection: Connection, *, epoch: int, at: datetime) -> None:
    this = sqlalchemy.update(epochs).where(epochs.c.epoch == epoch)
    connection.execute(this.values(ended_at_us=_microseconds(at)))


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH_ZERO) // timedelta(microseconds=1)
