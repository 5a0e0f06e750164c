"""Whole copies of a database file, made while it is open, of which the last few are kept."""

import sqlite3
from pathlib import Path
from typing import Final

from planner.storage.faults import DatabaseUnavailable

COPIES_MAX: Final = 3


BACKUP: Final = ".backup"
BEFORE_REPAIR: Final = ".before-repair"
"""An ending of its own: what was to be repaired is nothing to go back to, and displaces no copy that is."""


def back_up(driver: sqlite3.Connection, path: Path, *, label: str, ending: str = BACKUP) -> Path:
    """Copy the open database at `path` to a file beside it and return that; older such copies are removed.

    Raises DatabaseUnavailable when there is no room. A copy that bears the name is complete.
    """
    copy = path.with_name(f"{path.name}.{label}{ending}")
    unfinished = copy.with_name(copy.name + ".unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        _copy_to(unfinished, driver)
        unfinished.replace(copy)
    except (sqlite3.Error, OSError) as error:
        unfinished.unlink(missing_ok=True)
        message = f"No copy of {path} could be made ({error}), so it was left as it is. Is the disk full?"
        raise DatabaseUnavailable(message) from error
    for old in copies_of(path, ending)[:-COPIES_MAX]:
        old.unlink(missing_ok=True)
    return copy


def copies_of(path: Path, ending: str = BACKUP) -> list[Path]:
    """Return the copies of the database at `path`, oldest first."""
    return sorted(
        (each for each in path.parent.iterdir() if _is_copy(each, path, ending)),
        key=lambda copy: (copy.stat().st_mtime_ns, copy.name),
    )


def _is_copy(candidate: Path, path: Path, ending: str) -> bool:
    return candidate.name.startswith(path.name + ".") and candidate.name.endswith(ending)


def _copy_to(target: Path, driver: sqlite3.Connection) -> None:
    copy = sqlite3.connect(target)
    try:
        driver.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, readable from a read-only place
    finally:
        copy.close()
