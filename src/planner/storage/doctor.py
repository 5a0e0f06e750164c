"""Looks a database file over, live or cold, without changing it, for whatever must always hold.

Every check is a function from a connection to findings, and all of them see one snapshot. The file is opened
read-only and never locked, so a planner may be serving it meanwhile.
"""

import sqlite3
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from planner.storage import file_checks, journal_checks, row_checks
from planner.storage.connection import Bound
from planner.storage.faults import DatabaseTooNew, DatabaseUnavailable, NotADatabase, code_of
from planner.storage.finding import MIGRATE, Finding
from planner.storage.group import run_in_snapshot
from planner.storage.migrations import OURS, revision_in
from planner.storage.row_checks import Decode

CHECKS: Final = (
    file_checks.integrity,
    file_checks.missing_indexes,
    file_checks.references,
    file_checks.declared_rules,
    row_checks.slots,
    row_checks.attempt_counts,
    journal_checks.journal,
    journal_checks.chain,
    journal_checks.replay,
    journal_checks.facts,
    row_checks.derived_revisions,
)


def examine(path: Path, *, alive_at: datetime | None, decode: Decode) -> list[Finding]:
    """Return everything that does not hold in the database at `path`.

    `alive_at` is the present instant when a planner has the file open, else None. Raises
    DatabaseUnavailable (or its kinds) when the file cannot be examined.
    """
    if not path.is_file():
        raise DatabaseUnavailable(f"There is no database at {path}.")
    try:
        driver = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=10
        )
        try:
            return _examine(driver, path, alive_at, decode)
        finally:
            driver.close()
    except (sqlite3.Error, DBAPIError) as error:
        if code_of(error) == sqlite3.SQLITE_NOTADB:
            raise NotADatabase(f"{path} is not a database.") from error
        if code_of(error) == sqlite3.SQLITE_CORRUPT:
            return [file_checks.damaged(str(error))]
        raise DatabaseUnavailable(f"{path} cannot be read ({error}).") from error


def _examine(
    driver: sqlite3.Connection, path: Path, alive_at: datetime | None, decode: Decode
) -> list[Finding]:
    version = revision_in(driver, path)
    if version is None:
        raise DatabaseUnavailable(f"{path} is empty; `planner serve` makes its tables.")
    if version not in OURS.revisions:
        raise DatabaseTooNew(
            f"{path} is of a newer planner (tables {version}). Check it with that version's doctor."
        )
    if version != OURS.revisions[-1]:
        return [
            Finding(
                check="version",
                subject=version,
                message=f"The tables are of an older planner ({version}; this one has {OURS.revisions[-1]}).",
                remedy=MIGRATE,
            )
        ]
    return _run_checks(Bound(driver), alive_at, decode)


def _run_checks(bound: Bound, alive_at: datetime | None, decode: Decode) -> list[Finding]:
    def all_of(conn: Connection) -> list[Finding]:
        missing = list(file_checks.missing_tables(conn))
        if missing:
            return missing
        checks = (
            *CHECKS,
            partial(row_checks.leftovers, alive_at=alive_at),
            partial(row_checks.derived_bodies, decode=decode),
        )
        return [finding for check in checks for finding in check(conn)]

    try:
        found: list[Finding] = run_in_snapshot(bound, all_of)
        return found
    finally:
        bound.close()
