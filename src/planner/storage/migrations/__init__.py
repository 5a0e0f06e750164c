"""Brings a database file to the tables of this version, by itself, after a copy was made."""

import sqlite3
from pathlib import Path
from typing import Final

from planner.storage.backup import back_up
from planner.storage.connection import Bound, open_driver
from planner.storage.faults import DatabaseTooNew, DatabaseUnavailable, NotADatabase

REVISIONS: Final = ("0001",)
"""Every revision this version knows, oldest first; what is written in a file and not here is newer."""

APPLICATION_ID: Final = 0x706C616E
"""Marks a SQLite file as planner's ("plan"), so that no other program's file is ever migrated."""

_PRAGMAS: Final = ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 10000", "foreign_keys = OFF")


def bring_up_to_date(path: Path, *, stamp: str) -> Path | None:
    """Create or migrate the database at `path`; return the copy made before, if there was something to copy.

    `stamp` goes into the copy's name. Raises DatabaseTooNew, NotADatabase or DatabaseUnavailable; the
    migrations are one transaction, so the file is then as it was.
    """
    driver = _open(path)
    try:
        revision = revision_of(driver, path)
        if revision == REVISIONS[-1]:
            return None
        copy = back_up(driver, path, label=f"{stamp}-from-{revision}") if revision else None
        upgrade(driver)
    except sqlite3.Error as error:
        message = f"{path} could not be prepared ({error}); it is as it was."
        raise DatabaseUnavailable(message) from error
    finally:
        driver.close()
    return copy


def revision_of(driver: sqlite3.Connection, path: Path) -> str | None:
    """Return the revision written in the file, or None when the file is empty."""
    tables = {name for (name,) in driver.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return None
    (application_id,) = driver.execute("PRAGMA application_id").fetchone()
    if application_id != APPLICATION_ID or "alembic_version" not in tables:
        raise NotADatabase(f"{path} is the database of another program. Choose another file.")
    (revision,) = driver.execute("SELECT version_num FROM alembic_version").fetchone()
    if revision not in REVISIONS:
        message = (
            f"{path} was last used by a newer planner (its tables are at {revision}, this planner knows "
        )
        raise DatabaseTooNew(f"{message}{REVISIONS[-1]}). Install that version, or restore an older copy.")
    return str(revision)


def upgrade(driver: sqlite3.Connection, *, to: str = "head", scripts: Path | None = None) -> None:
    """Run the migrations up to `to` in one transaction, and check every foreign key before it ends."""
    from alembic import command  # noqa: PLC0415 -- slow to import, and needed only when there is a migration
    from alembic.config import Config  # noqa: PLC0415 -- the same

    config = Config(attributes={})
    config.set_main_option("script_location", str(scripts or Path(__file__).parent).replace("%", "%%"))
    bound = Bound(driver)
    config.attributes["connection"] = bound.connection
    driver.execute("BEGIN IMMEDIATE")
    try:
        command.upgrade(config, to)
        broken = driver.execute("PRAGMA foreign_key_check").fetchone()
        if broken:
            raise DatabaseUnavailable(
                f"A row of {broken[0]} would point at nothing after the migration; not done."
            )
        driver.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        driver.execute("COMMIT")
    finally:
        if driver.in_transaction:
            driver.execute("ROLLBACK")
        bound.close()


def _open(path: Path) -> sqlite3.Connection:
    try:
        return open_driver(path, _PRAGMAS)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            raise NotADatabase(f"{path} is not a database. Choose another file.") from error
        raise DatabaseUnavailable(f"{path} cannot be opened ({error}).") from error
