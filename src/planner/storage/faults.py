"""What can go wrong with a database file, told apart by SQLite's codes and named for people.

PlannerError
├── DatabaseUnavailable      it cannot be opened: why, and what to do
│   ├── DatabaseLocked       another process has it open
│   ├── DatabaseTooNew       a newer planner wrote it
│   └── NotADatabase         the file is something else
└── Busy
    └── DiskFull             no room; nothing was written
"""

import sqlite3

from sqlalchemy.exc import DBAPIError

from planner.domain.errors import Busy, PlannerError


class DatabaseUnavailable(PlannerError):
    """The database cannot be opened; the message says why and what to do."""


class DatabaseLocked(DatabaseUnavailable):
    """Another process has the database open; the message names it."""


class DatabaseTooNew(DatabaseUnavailable):
    """The database was last used by a newer version of planner."""


class NotADatabase(DatabaseUnavailable):
    """The file is not a planner database."""


class DiskFull(Busy):
    """There is no room for what was to be written; nothing of it was."""


PASSING_CODES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOMEM,
    }
)


def code_of(error: BaseException | None) -> int | None:
    """Return SQLite's primary result code of `error`, or None when SQLite did not raise it."""
    if isinstance(error, DBAPIError):
        error = error.orig
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def as_told(error: BaseException) -> BaseException:
    """Return what the caller of a unit that was rolled back is told.

    Passing faults become Busy; what the unit itself did wrong (a constraint, a bug) stays as it is.
    """
    code = code_of(error)
    told: Busy
    if code == sqlite3.SQLITE_FULL:
        told = DiskFull("The disk is full; nothing was written.", retry_after_seconds=30)
    elif code in PASSING_CODES:
        told = Busy(f"The database could not be written ({error}); nothing was.", retry_after_seconds=2)
    else:
        return error
    told.__cause__ = error
    return told
