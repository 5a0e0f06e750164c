"""What the scheduler needs: batches, delays, outbox, timetable, keys of what is done, the hash chain."""

from alembic import op
from sqlalchemy import text

revision = "0002"
down_revision = "0001"

JOBS = (
    "ALTER TABLE jobs ADD COLUMN parent_id TEXT",
    "ALTER TABLE jobs ADD COLUMN children INTEGER",
    "ALTER TABLE jobs ADD COLUMN children_left INTEGER",
    "ALTER TABLE jobs ADD COLUMN not_before_us INTEGER",
    "ALTER TABLE jobs ADD COLUMN idempotency_key TEXT",
    "ALTER TABLE jobs ADD COLUMN merged INTEGER DEFAULT '0' NOT NULL",
    """
CREATE INDEX ix_jobs_put_off ON jobs (household_id, not_before_us)
    WHERE state = 'pending' AND not_before_us IS NOT NULL
""",
    "CREATE INDEX ix_jobs_parent ON jobs (parent_id, seq) WHERE parent_id IS NOT NULL",
)

REQUESTS = ("ALTER TABLE requests ADD COLUMN arguments TEXT",)

CHANGES = ("ALTER TABLE changes ADD COLUMN digest TEXT",)

DONE_KEYS = (
    """
CREATE TABLE done_keys (
    household_id TEXT NOT NULL,
    "key" TEXT NOT NULL,
    kind TEXT NOT NULL,
    job_id TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    expires_at_us INTEGER NOT NULL,
    CONSTRAINT pk_done_keys PRIMARY KEY (household_id, "key"),
    CONSTRAINT fk_done_keys_household_id FOREIGN KEY(household_id)
        REFERENCES households (id) ON DELETE CASCADE
)
""",
    "CREATE INDEX ix_done_keys_expiry ON done_keys (expires_at_us)",
)

OUTBOX = (
    """
CREATE TABLE outbox (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "key" TEXT NOT NULL,
    household_id TEXT,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    message_id TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    next_at_us INTEGER NOT NULL,
    created_at_us INTEGER NOT NULL,
    sent_at_us INTEGER,
    error TEXT,
    CONSTRAINT ck_outbox_channel CHECK (channel IN ('email', 'webhook')),
    CONSTRAINT ck_outbox_state CHECK (state IN ('waiting', 'sent', 'failed')),
    CONSTRAINT ck_outbox_attempts CHECK (attempts >= 0),
    CONSTRAINT ck_outbox_sent CHECK ((state = 'sent') = (sent_at_us IS NOT NULL)),
    CONSTRAINT uq_outbox_key UNIQUE ("key"),
    CONSTRAINT fk_outbox_household_id FOREIGN KEY(household_id)
        REFERENCES households (id) ON DELETE CASCADE
)
""",
    "CREATE INDEX ix_outbox_waiting ON outbox (next_at_us) WHERE state = 'waiting'",
    "CREATE INDEX ix_outbox_age ON outbox (created_at_us)",
    "CREATE INDEX ix_outbox_household ON outbox (household_id) WHERE household_id IS NOT NULL",
)

TIMETABLE = (
    """
CREATE TABLE timetable (
    name TEXT NOT NULL,
    last_due_us INTEGER,
    last_started_us INTEGER,
    last_finished_us INTEGER,
    last_outcome TEXT,
    next_due_us INTEGER,
    last_job_id TEXT,
    CONSTRAINT pk_timetable PRIMARY KEY (name)
)
""",
)

SYSTEM_HOUSEHOLD = text("""
INSERT INTO households (id, name, owner, revision, facts, created_at_us, updated_at_us)
VALUES ('system', 'planner itself', 'system', 0, :facts, 0, 0)
""").bindparams(
    facts='{"name":"planner itself","filing_status":"single","revision":0,"currency":"USD","state":null,'
    '"main_account":null,"members":[],"accounts":[],"debts":[],"groups":[],"incomes":[],"expenses":[],'
    '"transfers":[],"scenarios":[],"assumptions":{"inflation":"0.025","salary_growth":"0.03",'
    '"cash_return":"0.02","investment_return":"0.06","property_growth":"0.03","vehicle_growth":"-0.12",'
    '"horizon_months":120}}'
)


def upgrade() -> None:
    """Add columns, which leaves every row where it is, and the new tables with planner's own household."""
    for statements in (JOBS, REQUESTS, CHANGES, DONE_KEYS, OUTBOX, TIMETABLE):
        for statement in statements:
            op.execute(statement)
    op.execute(SYSTEM_HOUSEHOLD)
