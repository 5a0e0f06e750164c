"""Runs units of work and commits them together: each in a savepoint of its own, one fsync for all."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

import outcome
from sqlalchemy import Connection

from planner.domain.errors import Busy, Crashed
from planner.storage.connection import Bound
from planner.storage.faults import as_told, code_of

Work: TypeAlias = Callable[[Connection], Any]
Outcome: TypeAlias = outcome.Outcome[Any]

BEGIN_ATTEMPTS_MAX: Final = 3  # each waits for the busy timeout
COMMIT_REFUSALS: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CONSTRAINT})
"""Codes of a COMMIT that certainly wrote nothing."""


class TransactionGoneError(Exception):
    """The whole transaction was rolled back, by SQLite or by a refused commit; nothing was written."""

    def __init__(self, reason: BaseException) -> None:
        super().__init__(str(reason))
        self.reason = reason


def commit_group(bound: Bound, works: Sequence[Work]) -> list[Outcome]:
    """Run `works` in order and commit them together; return the outcome of each.

    A unit that fails rolls back alone. When its failure takes the whole transaction with it, every
    unit is run again in a transaction of its own, so that only the guilty one fails. An outcome of
    Crashed means: unknown, and the connection must not be used again.
    """
    try:
        return _commit_together(bound, works)
    except TransactionGoneError as gone:
        if len(works) == 1:
            return [outcome.Error(as_told(gone.reason))]
    return _commit_one_by_one(bound, works)


def crash_in(outcomes: Sequence[Outcome]) -> Crashed | None:
    """Return the crash among `outcomes`, if there is one."""
    errors = (each.error for each in outcomes if isinstance(each, outcome.Error))
    return next((error for error in errors if isinstance(error, Crashed)), None)


def run_in_snapshot(bound: Bound, work: Work) -> Any:
    """Run `work` on one snapshot of the database and return what it returned; nothing it does stays."""
    bound.driver.execute("BEGIN")
    try:
        return work(bound.connection)
    finally:
        _roll_back(bound)


def _commit_one_by_one(bound: Bound, works: Sequence[Work]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for work in works:
        if crash_in(outcomes[-1:]):
            break
        outcomes += commit_group(bound, [work])
    return outcomes + [_not_run() for _ in works[len(outcomes) :]]


def _not_run() -> Outcome:
    return outcome.Error(Busy("The database was lost before this was written; nothing of it was."))


def _commit_together(bound: Bound, works: Sequence[Work]) -> list[Outcome]:
    try:
        _begin(bound.driver)
    except sqlite3.Error as error:
        return _none_written(works, error)
    try:
        outcomes = [_run_in_savepoint(bound, work) for work in works]
    except TransactionGoneError:
        _roll_back(bound)
        raise
    try:
        bound.driver.execute("COMMIT")
    except sqlite3.Error as error:
        if code_of(error) not in COMMIT_REFUSALS:
            return _unknown(works, error)
        _roll_back(bound)
        raise TransactionGoneError(error) from error
    return outcomes


def _begin(driver: sqlite3.Connection) -> None:
    """Take the write lock, so that a later read-then-write cannot meet BUSY_SNAPSHOT."""
    for attempt in range(1, BEGIN_ATTEMPTS_MAX + 1):
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if code_of(error) != sqlite3.SQLITE_BUSY or attempt == BEGIN_ATTEMPTS_MAX:
                raise
        else:
            return


def _run_in_savepoint(bound: Bound, work: Work) -> Outcome:
    driver = bound.driver
    driver.execute("SAVEPOINT unit")
    result: Outcome = outcome.capture(work, bound.connection)
    if not (driver.in_transaction and bound.intact):
        raise TransactionGoneError(_what_ended_it(result))
    if isinstance(result, outcome.Error):
        driver.execute("ROLLBACK TO unit")
        result = outcome.Error(as_told(result.error))
    driver.execute("RELEASE unit")
    return result


def _what_ended_it(result: Outcome) -> BaseException:
    if isinstance(result, outcome.Error):
        return result.error
    return RuntimeError("a unit of work hid a database error, or left a transaction of its own open")


def _roll_back(bound: Bound) -> None:
    if not bound.intact:
        bound.renew()
    if bound.driver.in_transaction:
        bound.driver.execute("ROLLBACK")


def _none_written(works: Sequence[Work], error: sqlite3.Error) -> list[Outcome]:
    """Answer all alike: the transaction could not begin, so none of them ran."""
    if code_of(error) == sqlite3.SQLITE_BUSY:
        message = "Another program holds the database's write lock; nothing was written."
        return [outcome.Error(Busy(message, retry_after_seconds=2)) for _ in works]
    return _unknown(works, error)


def _unknown(works: Sequence[Work], error: sqlite3.Error) -> list[Outcome]:
    message = (
        f"The database was lost while it was written ({error}); after a restart planner knows what is there."
    )
    crashes = [Crashed(message) for _ in works]
    for crash in crashes:
        crash.__cause__ = error
    return [outcome.Error(crash) for crash in crashes]
