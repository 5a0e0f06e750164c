"""SQLite connections driven from trio, each in a thread of its own (aiosqlite), with SQLAlchemy inside."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from sqlite3 import Connection as Driver
from typing import Any, Final, NoReturn, TypeVar

import aiosqlite
import outcome
import sqlalchemy
import trio
from aiosqlite.core import _STOP_RUNNING_SENTINEL
from sqlalchemy.pool import StaticPool

T = TypeVar("T")

BUSY_TIMEOUT_MS: Final = 2000
JOURNAL_SIZE_LIMIT_BYTES: Final = 64 * 1024 * 1024
CACHE_KIB: Final = 16 * 1024
"""As much as a group of units changes; with less, SQLite writes pages out before their commit, and again."""

WRITER_PRAGMAS: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",
    f"busy_timeout = {BUSY_TIMEOUT_MS}",
    "foreign_keys = ON",
    f"journal_size_limit = {JOURNAL_SIZE_LIMIT_BYTES}",
    "temp_store = MEMORY",  # where a savepoint keeps what it may have to put back
    f"cache_size = -{CACHE_KIB}",
)
READER_PRAGMAS: Final = (
    f"busy_timeout = {BUSY_TIMEOUT_MS}",
    "foreign_keys = ON",
    "query_only = ON",
)

_calls_in_flight: trio.lowlevel.RunVar[int] = trio.lowlevel.RunVar("planner_calls_in_flight", 0)
_threshold_outside: trio.lowlevel.RunVar[float] = trio.lowlevel.RunVar("planner_threshold_outside")


@contextmanager
def clock_held() -> Iterator[None]:
    """Keep trio's virtual clock from jumping while a thread works; a real clock is left alone."""
    clock = trio.lowlevel.current_clock()
    threshold = getattr(clock, "autojump_threshold", None)
    if threshold is None:
        yield
        return
    if _calls_in_flight.get() == 0:
        _threshold_outside.set(threshold)
        clock.autojump_threshold = float("inf")  # type: ignore[attr-defined]
    _calls_in_flight.set(_calls_in_flight.get() + 1)
    try:
        yield
    finally:
        _calls_in_flight.set(_calls_in_flight.get() - 1)
        if _calls_in_flight.get() == 0:
            clock.autojump_threshold = _threshold_outside.get()  # type: ignore[attr-defined]


class Answer:
    """What aiosqlite's thread expects of an asyncio future and its loop, kept by trio."""

    def __init__(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
        self._waiting: trio.lowlevel.Task | None = None
        self._outcome: outcome.Outcome[Any] | None = None

    def get_loop(self) -> "Answer":
        """Return what `call_soon_threadsafe` is asked of: this answer itself."""
        return self

    def call_soon_threadsafe(self, function: Callable[..., object], *args: object) -> None:
        """Run `function` in trio's thread; after the run has ended nobody is left to be told."""
        with suppress(trio.RunFinishedError):
            self._token.run_sync_soon(function, *args)

    def done(self) -> bool:
        """Say whether the call has ended."""
        return self._outcome is not None

    def set_result(self, result: object) -> None:
        """End the call with a result."""
        self._settle(outcome.Value(result))

    def set_exception(self, error: BaseException) -> None:
        """End the call with an error."""
        self._settle(outcome.Error(error))

    def _settle(self, settled: outcome.Outcome[Any]) -> None:
        self._outcome = settled
        if self._waiting is not None:
            trio.lowlevel.reschedule(self._waiting, settled)

    async def wait(self, on_cancel: Callable[[], None] | None = None) -> Any:
        """Wait for the true outcome. A cancellation calls `on_cancel` and shows at the next checkpoint."""
        if self._outcome is not None:
            return self._outcome.unwrap()

        def stay(_: object) -> trio.lowlevel.Abort:
            if on_cancel is not None:
                on_cancel()
            return trio.lowlevel.Abort.FAILED

        self._waiting = trio.lowlevel.current_task()
        with clock_held():
            return await trio.lowlevel.wait_task_rescheduled(stay)

    def __await__(self) -> Generator[Any, Any, Any]:
        return self.wait().__await__()


class TrioConnection(aiosqlite.Connection):
    """An aiosqlite connection whose calls are awaited in trio. A call that was sent is never abandoned."""

    def __init__(self, connector: Callable[[], Driver], iter_chunk_size: int = 64) -> None:
        super().__init__(connector, iter_chunk_size)
        self._thread.daemon = True  # a program that fails without closing ends all the same

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return await self._send(partial(fn, *args, **kwargs)).wait()

    async def _connect(self) -> "TrioConnection":
        if self._connection is None:
            answer = Answer()
            self._tx.put_nowait((answer, self._connector))  # type: ignore[arg-type]  # trio's, not asyncio's
            try:
                self._connection = await answer.wait()
            except BaseException:
                self.stop()
                raise
        return self

    def stop(self) -> Answer | None:  # type: ignore[override]  # trio's, not asyncio's
        """End the thread after everything that was sent; awaiting the answer is optional."""
        self._running = False

        def close_and_stop() -> object:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            return _STOP_RUNNING_SENTINEL

        answer = Answer() if trio.lowlevel.in_trio_run() else None
        self._tx.put_nowait((answer, close_and_stop))  # type: ignore[arg-type]  # trio's, not asyncio's
        return answer

    async def run(self, function: Callable[[], T], *, on_cancel: Callable[[], None] | None = None) -> T:
        """Call `function` in the connection's thread and return what it returned.

        A cancellation waits for the true outcome; `on_cancel` (readers only) may bring it sooner.
        """
        result: T = await self._send(function).wait(on_cancel)
        return result

    def _send(self, function: Callable[[], Any]) -> Answer:
        if not self._running or not self._connection:
            raise ValueError("Connection closed")
        answer = Answer()
        self._tx.put_nowait((answer, function))  # type: ignore[arg-type]  # trio's, not asyncio's
        return answer


def _refuse_to_end(_: sqlalchemy.Connection) -> NoReturn:
    raise RuntimeError("a unit of work neither commits nor rolls back: its caller does")


class Bound:
    """SQLAlchemy bound to one driver connection, and what SQLite itself is asked beside it.

    Transactions are begun and ended through `driver`; SQLAlchemy believes it is in one for life, so
    that a unit which calls `commit()` or `rollback()` is refused. Only the connection's thread may
    touch a bound connection.
    """

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self._engine = sqlalchemy.create_engine(
            "sqlite://",
            creator=lambda: driver,
            poolclass=StaticPool,
            pool_reset_on_return=None,
            # An error's text goes to logs and job rows; what people own does not belong there.
            hide_parameters=True,
        )
        self._join()

    @property
    def intact(self) -> bool:
        """Whether SQLAlchemy is where it began: no unit tried to end its transaction, or left one open."""
        return self._transaction.is_active and not self.connection.in_nested_transaction()

    def renew(self) -> None:
        """Begin anew after a unit that left SQLAlchemy astray; what it had open is rolled back."""
        self._part()
        self._join()

    def close(self) -> None:
        """Let go of the driver connection and close it."""
        self._part()
        self._engine.dispose()

    def _join(self) -> None:
        self.connection = self._engine.connect()
        self._transaction = self.connection.begin()
        for ending in ("commit", "rollback"):
            sqlalchemy.event.listen(self._engine, ending, _refuse_to_end)

    def _part(self) -> None:
        for ending in ("commit", "rollback"):
            sqlalchemy.event.remove(self._engine, ending, _refuse_to_end)
        self.connection.close()


def open_driver(path: Path, pragmas: tuple[str, ...]) -> Driver:
    """Open `path` in the calling thread, with SQLite's own transactions and our pragmas."""
    driver = Driver(str(path), isolation_level=None, timeout=BUSY_TIMEOUT_MS / 1000)
    for pragma in pragmas:
        driver.execute(f"PRAGMA {pragma}").close()
    return driver


class Connected:
    """One open connection: its thread, and SQLAlchemy bound inside it."""

    def __init__(self, thread: TrioConnection, bound: Bound) -> None:
        self.thread = thread
        self.bound = bound

    async def aclose(self) -> None:
        """Close in the thread that opened, even when cancelled."""
        with trio.CancelScope(shield=True):
            await self.thread.run(self.bound.close)
            await self.thread.close()


async def connect(path: Path, pragmas: tuple[str, ...]) -> Connected:
    """Open `path` in a new thread."""
    thread = TrioConnection(partial(open_driver, path, pragmas))
    await thread
    try:
        bound = await thread.run(lambda: Bound(thread._conn))  # noqa: SLF001 -- ours by inheritance
    except BaseException:
        with trio.CancelScope(shield=True):
            await thread.close()
        raise
    return Connected(thread, bound)
