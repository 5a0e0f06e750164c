"""A few readers, each on its own thread, each unit on one snapshot of the database."""

import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
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


class Readers:
    """Read connections, lent to one unit at a time in the order of asking."""

    def __init__(self, connected: Sequence[Connected]) -> None:
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
                work = partial(_call, unit, args, kwargs)
                result: T = await reader.thread.run(
                    partial(run_in_snapshot, reader.bound, work), interrupt_on_cancel=True
                )
            except (sqlite3.Error, DBAPIError) as error:
                if code_of(error) == sqlite3.SQLITE_INTERRUPT:
                    await trio.lowlevel.checkpoint_if_cancelled()
                raise as_told(error) from error.__cause__
            finally:
                self._free.append(reader)
        return result


def _call(
    unit: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], connection: Connection
) -> Any:
    return unit(connection, *args, **kwargs)
