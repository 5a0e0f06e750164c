"""Brings a database file to the tables of this version, by itself, after a copy was made."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from planner.storage.backup import back_up
from planner.storage.connection import Bound, open_driver
from planner.storage.faults import DatabaseTooNew, DatabaseUnavailable, NotADatabase, code_of

APPLICATION_ID: Final = 0x706C616E
"""Marks a SQLite file as planner's ("plan"), so that no other program's file is ever migrated."""

_LOOKING: Final = ("busy_timeout = 10000", "foreign_keys = OFF")
_CHANGING: Final = ("auto_vacuum = INCREMENTAL", "journal_mode = WAL", "synchronous = FULL")
"""The first has an effect on a new file only: one that is there shrinks when it is copied anew."""


@dataclass(frozen=True, kw_only=True)
class Migrations:
    """A folder of Alembic migrations, and every revision in it, oldest first.

    The revisions are written out so that a start which has nothing to migrate need not load Alembic.
    """

    folder: Path
    revisions: tuple[str, ...]


OURS: Final = Migrations(
    folder=Path(__file__).parent,
    revisions=("0001", "0002", "journal_chain", "forced_jobs", "standing_alerts", "rare_states"),
)


def bring_up_to_date(path: Path, *, stamp: str, migrations: Migrations = OURS) -> Path | None:
    """Create or migrate the database at `path`; return the copy made before, if there was something to copy.

    `stamp` goes into the copy's name. Raises DatabaseTooNew, NotADatabase or DatabaseUnavailable; the
    migrations are one transaction, so the file is then as it was.
    """
    try:
        driver = open_driver(path, _LOOKING)
    except sqlite3.Error as error:
        raise DatabaseUnavailable(f"{path} cannot be opened ({error}).") from error
    try:
        revision = revision_in(driver, path)
        if revision == migrations.revisions[-1]:
            return None
        if revision is not None and revision not in migrations.revisions:
            raise DatabaseTooNew(_too_new(path, revision, migrations))
        copy = back_up(driver, path, label=f"{stamp}-from-{revision}") if revision else None
        upgrade(driver, migrations)
    except (sqlite3.Error, DBAPIError) as error:
        if code_of(error) == sqlite3.SQLITE_NOTADB:
            raise NotADatabase(f"{path} is not a database. Choose another file.") from error
        raise DatabaseUnavailable(f"{path} could not be prepared ({error}); it is as it was.") from error
    finally:
        driver.close()
    return copy


def revision_in(driver: sqlite3.Connection, path: Path) -> str | None:
    """Return the revision written in the file, or None when the file is empty."""
    tables = {name for (name,) in driver.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return None
    (application_id,) = driver.execute("PRAGMA application_id").fetchone()
    if application_id != APPLICATION_ID or "alembic_version" not in tables:
        raise NotADatabase(f"{path} is the database of another program. Choose another file.")
    (revision,) = driver.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(revision)


def upgrade(driver: sqlite3.Connection, migrations: Migrations = OURS) -> None:
    """Run `migrations` in one transaction, and check every foreign key before it ends."""
    from alembic import command  # noqa: PLC0415 -- slow to import, and needed only when there is a migration
    from alembic.config import Config  # noqa: PLC0415 -- the same

    for pragma in _CHANGING:
        driver.execute(f"PRAGMA {pragma}").close()
    config = Config()
    config.set_main_option("script_location", str(migrations.folder).replace("%", "%%"))
    bound = Bound(driver)
    config.attributes["connection"] = bound.connection
    driver.execute("BEGIN IMMEDIATE")
    try:
        command.upgrade(config, migrations.revisions[-1])
        broken = driver.execute("PRAGMA foreign_key_check").fetchone()
        if broken:
            message = f"A row of {broken[0]} would point at nothing after the migration; it was not done."
            raise DatabaseUnavailable(message)
        driver.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        driver.execute("COMMIT")
    finally:
        if driver.in_transaction:
            driver.execute("ROLLBACK")
        bound.close()


def _too_new(path: Path, revision: str, migrations: Migrations) -> str:
    known = migrations.revisions[-1]
    return (
        f"{path} was last used by a newer planner: its tables are at {revision}, this planner knows {known}. "
        "Install that version, or go back to a copy made before."
    )
