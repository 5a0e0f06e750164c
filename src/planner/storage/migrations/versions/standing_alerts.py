"""Which alert rules stand raised, so that a restart tells nobody twice."""

from alembic import op

revision = "standing_alerts"
down_revision = "forced_jobs"


def upgrade() -> None:
    """Add the table."""
    op.execute("""
CREATE TABLE alerts (
    rule TEXT NOT NULL,
    subject TEXT NOT NULL,
    raised_at_us INTEGER NOT NULL,
    resolved_at_us INTEGER,
    detail TEXT NOT NULL,
    CONSTRAINT pk_alerts PRIMARY KEY (rule, subject),
    CONSTRAINT ck_alerts_resolved CHECK (coalesce(resolved_at_us, raised_at_us) >= raised_at_us)
)
""")
