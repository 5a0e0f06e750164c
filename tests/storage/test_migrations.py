"""Migrations: a copy first, then all or nothing, and never for a file that is newer."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from planner.domain.codec import from_stored
from planner.domain.errors import NotFound
from planner.storage import DatabaseTooNew, DatabaseUnavailable, facts, journal_checks
from planner.storage.backup import COPIES_MAX, copies_of
from planner.storage.connection import Bound, open_driver
from planner.storage.migrations import OURS, Migrations, bring_up_to_date, revision_in
from planner.storage.tables import SYSTEM, metadata

MIGRATION = """
from alembic import op

revision = "{revision}"
down_revision = {before!r}


def upgrade() -> None:
{statements}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "planner.db"


@pytest.fixture
def migrations(tmp_path: Path) -> Migrations:
    """Two migrations of our own: an old table, and a new column."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    shutil.copy(OURS.folder / "env.py", folder)
    add_migration(
        folder, "a", None, "CREATE TABLE notes (id INTEGER PRIMARY KEY)", "INSERT INTO notes VALUES (7)"
    )
    return Migrations(folder=folder, revisions=("a",))


def add_migration(folder: Path, revision: str, before: str | None, *statements: str) -> None:
    lines = "\n".join(f"    op.execute({statement!r})" for statement in statements)
    source = MIGRATION.format(revision=revision, before=before, statements=lines)
    (folder / "versions" / f"{revision}.py").write_text(source, encoding="utf-8")


def then(migrations: Migrations, revision: str, *statements: str) -> Migrations:
    """Return `migrations` with one more at the end."""
    add_migration(migrations.folder, revision, migrations.revisions[-1], *statements)
    return Migrations(folder=migrations.folder, revisions=(*migrations.revisions, revision))


def query(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


@pytest.fixture
def migrated(path: Path) -> Iterator[Bound]:
    bring_up_to_date(path, stamp="now")
    bound = Bound(open_driver(path, ()))
    yield bound
    bound.close()


def test_the_migrations_make_the_tables_that_the_code_declares(migrated: Bound) -> None:
    """I4: two descriptions of the tables, one truth."""
    assert compare_metadata(MigrationContext.configure(migrated.connection), metadata) == []


def test_the_migrations_make_every_check_and_partial_index(migrated: Bound, tmp_path: Path) -> None:
    """I4, R29: what Alembic does not compare (checks, conditions of indexes) is compared as text."""
    declared = Bound(open_driver(tmp_path / "declared.db", ()))
    metadata.create_all(declared.connection)
    assert definitions(migrated) == definitions(declared)
    declared.close()


def definitions(bound: Bound) -> dict[str, list[str]]:
    """Each definition in parts, since SQLite writes a column that was added later behind the constraints."""
    found = bound.driver.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {name: parts_of(re.sub(r"\s+", "", sql)) for name, sql in found if name != "alembic_version"}


def parts_of(definition: str) -> list[str]:
    head, inside = definition.split("(", 1)
    inside, tail = inside.rsplit(")", 1)
    if not head.startswith("CREATETABLE"):
        return [definition]
    return [head, *sorted(re.split(r",(?![^()]*\))", inside)), tail]


LIVED_IN_AT_0001 = """
INSERT INTO epochs VALUES (1, 1, NULL, 7, 'here');
INSERT INTO households (id, name, revision, facts, created_at_us, updated_at_us)
    VALUES ('h', 'Miller', 1, '{}', 5, 6);
INSERT INTO changes VALUES ('h', 1, 5, 'me', '{}', NULL, '{}');
INSERT INTO jobs (id, household_id, kind, merge_key, arguments, state, priority, requested_by,
                  least_revision, accepted_at_us, deadline_seconds)
    VALUES ('waiting', 'h', 'refresh', 'refresh:1', '{}', 'pending', 0, 'me', 1, 5, 60);
INSERT INTO jobs (id, household_id, kind, merge_key, arguments, state, priority, requested_by, least_revision,
                  accepted_at_us, deadline_seconds, attempts, epoch, started_at_us)
    VALUES ('running', 'h', 'refresh', 'refresh:1', '{}', 'running', 0, 'me', 1, 5, 60, 1, 1, 6);
INSERT INTO requests (job_id, requested_by, least_revision, at_us) VALUES ('waiting', 'you', 1, 6);
"""


def test_0002_upgrades_a_lived_in_file_of_0001(path: Path) -> None:
    """R27: nothing of what was there is lost, and planner's own household is there after it."""
    first = Migrations(folder=OURS.folder, revisions=("0001",))
    bring_up_to_date(path, stamp="now", migrations=first)
    with closing(sqlite3.connect(path)) as driver:
        driver.executescript(LIVED_IN_AT_0001)
    assert bring_up_to_date(path, stamp="then") is not None
    jobs = query(path, "SELECT id, state, merged, parent_id, not_before_us, children FROM jobs ORDER BY seq")
    assert jobs == [("waiting", "pending", 0, None, None, None), ("running", "running", 0, None, None, None)]
    assert query(path, "SELECT requested_by, arguments FROM requests") == [("you", None)]
    assert query(path, "SELECT author, change FROM changes") == [("me", "{}")]
    assert query(path, "SELECT id, owner FROM households ORDER BY id") == [
        ("h", "local"),
        ("system", "system"),
    ]


LONG_JOURNALS = """
WITH RECURSIVE revisions(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM revisions WHERE n < 600)
INSERT INTO changes (household_id, revision, at_us, author, change, "before", "after")
SELECT id, n, 5 + n, 'me', '{}', iif(n = 1, NULL, 'b' || n), 'a' || n FROM revisions, households
WHERE id <> 'system';
UPDATE households SET revision = 600 WHERE id <> 'system';
"""


def test_a_journal_of_before_the_chain_is_chained(path: Path) -> None:
    """P21: entries of before have a digest too, and stay as they were; none is without one any more."""
    second = Migrations(folder=OURS.folder, revisions=("0001", "0002"))
    bring_up_to_date(path, stamp="now", migrations=second)
    households = "INSERT INTO households VALUES (?, 'Miller', 'local', 0, '{}', 0, 5, 6, NULL)"
    with closing(sqlite3.connect(path)) as driver:
        driver.executemany(households, [("a",), ("b",), ("without a journal",)])
        driver.commit()
        driver.executescript(LONG_JOURNALS)
    entries = "SELECT household_id, revision, at_us, author, change, before, after FROM changes ORDER BY 1, 2"
    before = query(path, entries)
    bring_up_to_date(path, stamp="then")
    assert query(path, entries) == before
    bound = Bound(open_driver(path, ()))
    assert list(journal_checks.chain(bound.connection)) == []
    bound.driver.execute("UPDATE changes SET author = 'you' WHERE household_id = 'b' AND revision = 501")
    (broken,) = journal_checks.chain(bound.connection)
    assert (broken.subject, "hold up to revision 500" in broken.message) == ("b", True)
    for digest in ("NULL", "''"):
        with pytest.raises(sqlite3.IntegrityError):
            bound.driver.execute(f"UPDATE changes SET digest = {digest}")  # noqa: S608 -- our own words
    bound.close()
    assert query(path, "SELECT name FROM sqlite_master WHERE name LIKE '%of_before%'") == []


def test_planners_own_household_has_facts_and_is_not_shown_to_people(migrated: Bound) -> None:
    """R31: planner's own jobs hang on a household that people neither see, change nor remove."""
    ((text,),) = migrated.driver.execute("SELECT facts FROM households WHERE id = 'system'").fetchall()
    assert from_stored(text).name == "planner itself"
    assert facts.households_after(migrated.connection, "", 10) == []
    assert facts.household_count(migrated.connection) == 0
    for refused in (facts.facts_of, facts.household_record, facts.delete_household):
        with pytest.raises(NotFound):
            refused(migrated.connection, SYSTEM)


def test_the_revisions_written_down_are_those_in_the_folder() -> None:
    config = Config()
    config.set_main_option("script_location", str(OURS.folder))
    in_folder = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(in_folder)) == OURS.revisions


def test_a_file_that_is_up_to_date_is_not_copied(path: Path) -> None:
    assert bring_up_to_date(path, stamp="first") is None
    assert bring_up_to_date(path, stamp="second") is None
    assert copies_of(path) == []


def test_before_a_migration_a_whole_copy_is_made(path: Path, migrations: Migrations) -> None:
    """R27: whatever a migration does, the file of before is there."""
    bring_up_to_date(path, stamp="first", migrations=migrations)
    newer = then(
        migrations, "b", "ALTER TABLE notes ADD COLUMN text TEXT", "INSERT INTO notes VALUES (8, 'b')"
    )
    copy = bring_up_to_date(path, stamp="20260102T030405Z", migrations=newer)
    assert copy == path.with_name("planner.db.20260102T030405Z-from-a.backup")
    assert query(copy, "SELECT * FROM notes") == [(7,)]
    assert query(path, "SELECT * FROM notes ORDER BY id") == [(7, None), (8, "b")]
    assert query(copy, "PRAGMA integrity_check") == [("ok",)]


def test_the_last_few_copies_are_kept(path: Path, migrations: Migrations) -> None:
    """I12: copies are bounded too."""
    bring_up_to_date(path, stamp="first", migrations=migrations)
    for number in range(COPIES_MAX + 2):
        migrations = then(migrations, f"b{number}", f"ALTER TABLE notes ADD COLUMN text{number}")
        bring_up_to_date(path, stamp=f"stamp{number}", migrations=migrations)
    kept = [copy.name for copy in copies_of(path)]
    assert [name.split(".")[2].split("-")[0] for name in kept] == ["stamp2", "stamp3", "stamp4"]


@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO nowhere VALUES (1)", "INSERT INTO orphans VALUES (99)"],
    ids=["error", "orphan"],
)
def test_a_migration_that_fails_leaves_the_file_as_it_was(
    path: Path, migrations: Migrations, statement: str
) -> None:
    """R27: all migrations of a start are one transaction."""
    bring_up_to_date(path, stamp="first", migrations=migrations)
    orphans = "CREATE TABLE orphans (note INTEGER REFERENCES notes (id))"
    broken = then(then(migrations, "b", orphans), "c", "DELETE FROM notes", statement)
    with pytest.raises(DatabaseUnavailable):
        bring_up_to_date(path, stamp="second", migrations=broken)
    assert query(path, "SELECT * FROM notes") == [(7,)]
    with closing(sqlite3.connect(path)) as driver:
        assert revision_in(driver, path) == "a"


def test_a_database_of_a_newer_planner_is_refused(path: Path, migrations: Migrations) -> None:
    """R25: refused with what to do, and left as it was."""
    newer = then(migrations, "b", "INSERT INTO notes VALUES (8)")
    bring_up_to_date(path, stamp="first", migrations=newer)
    before = path.read_bytes()
    with pytest.raises(DatabaseTooNew, match=r"newer planner.*at b, this planner knows a\. Install that"):
        bring_up_to_date(path, stamp="second", migrations=migrations)
    assert path.read_bytes() == before


def test_without_a_copy_there_is_no_migration(path: Path, migrations: Migrations) -> None:
    """R26: no room for the copy, no risk taken."""
    bring_up_to_date(path, stamp="first", migrations=migrations)
    newer = then(migrations, "b", "DELETE FROM notes")
    path.with_name("planner.db.second-from-a.backup").mkdir()
    with pytest.raises(DatabaseUnavailable, match="No copy"):
        bring_up_to_date(path, stamp="second", migrations=newer)
    assert query(path, "SELECT * FROM notes") == [(7,)]
    assert not path.with_name("planner.db.second-from-a.backup.unfinished").exists()
