"""The first tables."""

from alembic import op

revision = "0001"
down_revision = None

EPOCHS = (
    """
CREATE TABLE epochs (
    epoch INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    started_at_us INTEGER NOT NULL,
    ended_at_us INTEGER,
    pid INTEGER NOT NULL,
    host TEXT NOT NULL
)
""",
)

HOUSEHOLDS = (
    """
CREATE TABLE households (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    owner TEXT DEFAULT 'local' NOT NULL,
    revision INTEGER NOT NULL,
    facts TEXT NOT NULL,
    example INTEGER DEFAULT '0' NOT NULL,
    created_at_us INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL,
    set_aside_reason TEXT,
    CONSTRAINT pk_households PRIMARY KEY (id),
    CONSTRAINT ck_households_revision CHECK (revision >= 0),
    CONSTRAINT ck_households_example CHECK (example IN (0, 1))
)
""",
)

IDEMPOTENCY_KEYS = (
    """
CREATE TABLE idempotency_keys (
    owner TEXT NOT NULL,
    "key" TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    answer TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    CONSTRAINT pk_idempotency_keys PRIMARY KEY (owner, "key")
)
""",
    "CREATE INDEX ix_idempotency_keys_age ON idempotency_keys (at_us)",
)

CHANGES = (
    """
CREATE TABLE changes (
    household_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    author TEXT NOT NULL,
    change TEXT NOT NULL,
    "before" TEXT,
    "after" TEXT,
    CONSTRAINT pk_changes PRIMARY KEY (household_id, revision),
    CONSTRAINT ck_changes_revision CHECK (revision >= 0),
    CONSTRAINT fk_changes_household_id FOREIGN KEY(household_id)
        REFERENCES households (id) ON DELETE CASCADE
)
""",
)

DERIVED = (
    """
CREATE TABLE derived (
    household_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    revision INTEGER NOT NULL,
    engine_version TEXT NOT NULL,
    law_version TEXT NOT NULL,
    inputs_fingerprint TEXT NOT NULL,
    output_fingerprint TEXT NOT NULL,
    job_id TEXT,
    at_us INTEGER NOT NULL,
    summary TEXT NOT NULL,
    body BLOB NOT NULL,
    CONSTRAINT pk_derived PRIMARY KEY (household_id, subject),
    CONSTRAINT ck_derived_revision CHECK (revision >= 0),
    CONSTRAINT fk_derived_household_id FOREIGN KEY(household_id)
        REFERENCES households (id) ON DELETE CASCADE
)
""",
)

EVENTS = (
    """
CREATE TABLE events (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    household_id TEXT NOT NULL,
    job_id TEXT,
    at_us INTEGER NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    CONSTRAINT fk_events_household_id FOREIGN KEY(household_id)
        REFERENCES households (id) ON DELETE CASCADE
)
""",
    "CREATE INDEX ix_events_household ON events (household_id, id)",
    "CREATE INDEX ix_events_job ON events (job_id, id)",
)

JOBS = (
    """
CREATE TABLE jobs (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    household_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    merge_key TEXT NOT NULL,
    arguments TEXT NOT NULL,
    state TEXT NOT NULL,
    priority INTEGER NOT NULL,
    requested_by TEXT NOT NULL,
    least_revision INTEGER NOT NULL,
    covers_revision INTEGER,
    snapshot_revision INTEGER,
    joined INTEGER DEFAULT '0' NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    epoch INTEGER,
    accepted_at_us INTEGER NOT NULL,
    started_at_us INTEGER,
    finished_at_us INTEGER,
    deadline_seconds FLOAT NOT NULL,
    expires_at_us INTEGER,
    result TEXT,
    error TEXT,
    unchanged INTEGER DEFAULT '0' NOT NULL,
    successor_id TEXT,
    CONSTRAINT pk_jobs PRIMARY KEY (seq),
    CONSTRAINT ck_jobs_state
        CHECK (state IN ('pending', 'running', 'succeeded', 'partial', 'failed', 'cancelled',
            'superseded')),
    CONSTRAINT ck_jobs_priority CHECK (priority BETWEEN 0 AND 2),
    CONSTRAINT ck_jobs_counts CHECK (joined >= 0 AND attempts >= 0 AND unchanged IN (0, 1)),
    CONSTRAINT ck_jobs_revisions
        CHECK (least_revision >= 0 AND coalesce(covers_revision, 0) >= 0
            AND coalesce(snapshot_revision, 0) >= 0),
    CONSTRAINT ck_jobs_pending
        CHECK (state <> 'pending' OR (attempts = 0 AND epoch IS NULL AND started_at_us IS NULL)),
    CONSTRAINT ck_jobs_running
        CHECK (state <> 'running' OR (attempts > 0 AND epoch IS NOT NULL AND started_at_us IS NOT NULL)),
    CONSTRAINT ck_jobs_finished
        CHECK ((state IN ('pending', 'running')) = (finished_at_us IS NULL)),
    CONSTRAINT ck_jobs_expires CHECK ((finished_at_us IS NULL) = (expires_at_us IS NULL)),
    CONSTRAINT ck_jobs_successor CHECK (state <> 'superseded' OR successor_id IS NOT NULL),
    CONSTRAINT uq_jobs_id UNIQUE (id),
    CONSTRAINT fk_jobs_household_id FOREIGN KEY(household_id)
        REFERENCES households (id) ON DELETE CASCADE
)
""",
    "CREATE INDEX ix_households_set_aside ON households (id) WHERE set_aside_reason IS NOT NULL",
    "CREATE INDEX ix_jobs_expiry ON jobs (expires_at_us) WHERE expires_at_us IS NOT NULL",
    "CREATE INDEX ix_jobs_failed ON jobs (seq) WHERE state = 'failed'",
    "CREATE INDEX ix_jobs_household_failed ON jobs (household_id, seq) WHERE state = 'failed'",
    "CREATE INDEX ix_jobs_household ON jobs (household_id, seq)",
    "CREATE INDEX ix_jobs_successor ON jobs (successor_id) WHERE successor_id IS NOT NULL",
    "CREATE INDEX ix_jobs_waiting ON jobs (household_id, priority, seq) WHERE state = 'pending'",
    """
CREATE UNIQUE INDEX uq_jobs_pending_slot ON jobs (household_id, merge_key) WHERE state = 'pending'
""",
    """
CREATE UNIQUE INDEX uq_jobs_running_slot ON jobs (household_id, merge_key) WHERE state = 'running'
""",
)

ATTEMPTS = (
    """
CREATE TABLE attempts (
    job_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    started_at_us INTEGER NOT NULL,
    ended_at_us INTEGER,
    outcome TEXT,
    error TEXT,
    traceback TEXT,
    CONSTRAINT pk_attempts PRIMARY KEY (job_id, number),
    CONSTRAINT ck_attempts_number CHECK (number >= 1),
    CONSTRAINT ck_attempts_ended CHECK ((ended_at_us IS NULL) = (outcome IS NULL)),
    CONSTRAINT fk_attempts_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
 WITHOUT ROWID
""",
)

REQUESTS = (
    """
CREATE TABLE requests (
    id INTEGER NOT NULL,
    job_id TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    least_revision INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    CONSTRAINT pk_requests PRIMARY KEY (id),
    CONSTRAINT ck_requests_least_revision CHECK (least_revision >= 0),
    CONSTRAINT fk_requests_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
""",
    "CREATE INDEX ix_requests_job ON requests (job_id)",
)


def upgrade() -> None:
    """Create every table and index of the first version."""
    for statements in (
        EPOCHS,
        HOUSEHOLDS,
        IDEMPOTENCY_KEYS,
        CHANGES,
        DERIVED,
        EVENTS,
        JOBS,
        ATTEMPTS,
        REQUESTS,
    ):
        for statement in statements:
            op.execute(statement)
