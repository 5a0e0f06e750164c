"""A few readers, each on its own thread, each unit on one snapshot of the database."""

import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import trio
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from planner.storage.connection import Connected
from planner.storage.faults import as_told, code_of
from planner.storage.group import run_in_snapshot

P = ParamSpec("P")
T = TypeVar("T")

READERS: Final = 2  # the interpreter lock is the limit; a second keeps a slow query from blocking the rest

STEPS_BETWEEN_LOOKS: Final = 20_000
"""Of SQLite's virtual machine: well under a millisecond."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReaderStatistics:
    """How many read connections there are, how many are lent out now, and how many units wait for one."""

    connections: int
    in_use: int
    waiting: int


class Readers:
    """Read connections, lent to one unit at a time in the order of asking."""

    def __init__(self, connected: Sequence[Connected]) -> None:
        self._connections = len(connected)
        self._free = deque(connected)
        self._turns = trio.Semaphore(len(connected), max_value=len(connected))

    async def read(
        self, unit: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `unit` on one snapshot and return its result. Cancelling breaks off the statement that runs.

        Raises what the unit raised, or Busy when the database could not be read just now.
        """
        async with self._turns:
            reader = self._free.popleft()
            try:
                work = partial(run_in_snapshot, reader.bound, partial(_call, unit, args, kwargs))
                stop = _Stop(reader.bound.driver)
                result: T = await reader.thread.run(partial(stop.guard, work), on_cancel=stop.ask)
            except (sqlite3.Error, DBAPIError) as error:
                if code_of(error) == sqlite3.SQLITE_INTERRUPT:
                    await trio.lowlevel.checkpoint_if_cancelled()
                raise as_told(error) from error.__cause__
            finally:
                self._free.append(reader)
        return result

    @property
    def statistics(self) -> ReaderStatistics:
        """How busy the readers are now."""
        return ReaderStatistics(
            connections=self._connections,
            in_use=self._connections - len(self._free),
            waiting=self._turns.statistics().tasks_waiting,
        )


class _Stop:
    """Breaks off what a cancelled reader runs, even if its statement has yet to begin.

    SQLite forgets an interruption that comes between two statements; the mark that is looked at while a
    statement runs does not go away.
    """

    def __init__(self, driver: sqlite3.Connection) -> None:
        self._driver = driver
        self._asked = False

    def ask(self) -> None:
        """Ask for the end; from any thread."""
        self._asked = True
        self._driver.interrupt()

    def guard(self, work: Callable[[], T]) -> T:
        """Do the work in the connection's thread; once asked to stop, SQLite raises in it."""
        self._driver.set_progress_handler(lambda: self._asked, STEPS_BETWEEN_LOOKS)
        try:
            return work()
        finally:
            self._driver.set_progress_handler(None, 0)


def _call(
    unit: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], connection: Connection
) -> Any:
    return unit(connection, *args, **kwargs)
