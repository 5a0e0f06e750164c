"""Whether a job was asked for with force: it is worked out even where nothing seems to have changed."""

from alembic import op

revision = "forced_jobs"
down_revision = "journal_chain"


def upgrade() -> None:
    """Add the column, which leaves every row where it is; jobs of before were not forced."""
    op.execute("ALTER TABLE jobs ADD COLUMN forced INTEGER DEFAULT '0' NOT NULL")
