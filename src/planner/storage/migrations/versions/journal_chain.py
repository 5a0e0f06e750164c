"""The hash chain of the journal, over the entries that are there, and none without a digest from here on."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from alembic import op
from sqlalchemy import Connection, text

from planner.storage.chain import BEFORE_THE_FIRST, Written, digest_of

revision = "journal_chain"
down_revision = "0002"

CHANGES = """
CREATE TABLE changes (
    household_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    author TEXT NOT NULL,
    change TEXT NOT NULL,
    "before" TEXT,
    "after" TEXT,
    digest TEXT NOT NULL,
    CONSTRAINT pk_changes PRIMARY KEY (household_id, revision),
    CONSTRAINT ck_changes_revision CHECK (revision >= 0),
    CONSTRAINT ck_changes_digest CHECK (length(digest) = 64),
    CONSTRAINT fk_changes_household_id FOREIGN KEY(household_id)
        REFERENCES households (id) ON DELETE CASCADE
)
"""

OLD = text("""
SELECT household_id, revision, at_us, author, change, "before", "after" FROM changes_of_before
ORDER BY household_id, revision
""")
NEW = text("""
INSERT INTO changes (household_id, revision, at_us, author, change, "before", "after", digest)
VALUES (:household_id, :revision, :at_us, :author, :change, :before, :after, :digest)
""")
TOGETHER = 500


def upgrade() -> None:
    """Make the table anew, since SQLite cannot forbid NULL in a column that is there."""
    op.execute("ALTER TABLE changes RENAME TO changes_of_before")
    op.execute(CHANGES)
    conn = op.get_bind()
    waiting: list[dict[str, Any]] = []
    for row in _chained(conn):
        waiting.append(row)
        if len(waiting) == TOGETHER:
            conn.execute(NEW, waiting)
            waiting.clear()
    if waiting:
        conn.execute(NEW, waiting)
    op.execute("DROP TABLE changes_of_before")


def _chained(conn: Connection) -> Iterator[dict[str, Any]]:
    entries = conn.execute(OLD.execution_options(yield_per=TOGETHER)).mappings()
    for _, journal in groupby(entries, key=lambda each: each["household_id"]):
        previous = BEFORE_THE_FIRST
        for entry in journal:
            previous = digest_of(previous, Written(**entry))
            yield {**entry, "digest": previous}
