"""Indexes that lead to the jobs in rare states, however long the history is."""

from alembic import op

revision = "rare_states"
down_revision = "standing_alerts"

RARE_STATES = ("failed", "partial", "cancelled", "superseded")


def upgrade() -> None:
    """Make the indexes; those of failed jobs had other columns before."""
    op.execute("DROP INDEX ix_jobs_failed")
    op.execute("DROP INDEX ix_jobs_household_failed")
    for state in RARE_STATES:
        op.execute(f"CREATE INDEX ix_jobs_{state} ON jobs (state, seq) WHERE state = '{state}'")
        op.execute(
            f"CREATE INDEX ix_jobs_household_{state} ON jobs (household_id, state, seq) "
            f"WHERE state = '{state}'"
        )
