"""The tables of the database file: what a row may be is declared here and checked by SQLite itself."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

LIVE_STATES = ("pending", "running")
FINAL_STATES = ("succeeded", "partial", "failed", "cancelled", "superseded")
RARE_STATES = ("failed", "partial", "cancelled", "superseded")
"""In which few jobs end: indexes lead to them, however many have succeeded."""
SYSTEM = "system"
"""The household that planner's own jobs belong to; migration 0002 makes its row, and nobody lists it."""

_ALL_STATES = ", ".join(f"'{state}'" for state in LIVE_STATES + FINAL_STATES)
_LIVE_STATES = ", ".join(f"'{state}'" for state in LIVE_STATES)

epochs = Table(
    "epochs",
    metadata,
    Column("epoch", Integer, primary_key=True),
    Column("started_at_us", Integer, nullable=False),
    Column("ended_at_us", Integer),
    Column("pid", Integer, nullable=False),
    Column("host", Text, nullable=False),
    sqlite_autoincrement=True,
)

households = Table(
    "households",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False, server_default="local"),
    Column("revision", Integer, nullable=False),
    Column("facts", Text, nullable=False),
    Column("example", Integer, nullable=False, server_default="0"),
    Column("created_at_us", Integer, nullable=False),
    Column("updated_at_us", Integer, nullable=False),
    Column("set_aside_reason", Text),
    CheckConstraint("revision >= 0", name="revision"),
    CheckConstraint("example IN (0, 1)", name="example"),
)

Index(
    "ix_households_set_aside",
    households.c.id,
    sqlite_where=text("set_aside_reason IS NOT NULL"),
)


def _of_a_household(*, primary_key: bool = False) -> Column[str]:
    return Column(
        "household_id",
        Text,
        ForeignKey("households.id", ondelete="CASCADE"),
        nullable=False,
        primary_key=primary_key,
    )


def _of_a_job(*, primary_key: bool = False) -> Column[str]:
    return Column(
        "job_id",
        Text,
        ForeignKey("jobs.id", ondelete="CASCADE"),
        nullable=False,
        primary_key=primary_key,
    )


changes = Table(
    "changes",
    metadata,
    _of_a_household(primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("at_us", Integer, nullable=False),
    Column("author", Text, nullable=False),
    Column("change", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    # The hash chain: see chain.py.
    Column("digest", Text, nullable=False),
    CheckConstraint("revision >= 0", name="revision"),
    CheckConstraint("length(digest) = 64", name="digest"),
)

derived = Table(
    "derived",
    metadata,
    _of_a_household(primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("engine_version", Text, nullable=False),
    Column("law_version", Text, nullable=False),
    Column("inputs_fingerprint", Text, nullable=False),
    Column("output_fingerprint", Text, nullable=False),
    # Not a foreign key: derived data outlives the record of the job that made it.
    Column("job_id", Text),
    Column("at_us", Integer, nullable=False),
    # The few figures that lists show, so that they need not open the body.
    Column("summary", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    CheckConstraint("revision >= 0", name="revision"),
)

jobs = Table(
    "jobs",
    metadata,
    # The order of acceptance; clocks lose order. SQLite hands it out: it is the row's own number.
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    _of_a_household(),
    Column("kind", Text, nullable=False),
    Column("merge_key", Text, nullable=False),
    Column("arguments", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("least_revision", Integer, nullable=False),
    Column("covers_revision", Integer),
    Column("snapshot_revision", Integer),
    Column("joined", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("epoch", Integer),
    Column("accepted_at_us", Integer, nullable=False),
    Column("started_at_us", Integer),
    Column("finished_at_us", Integer),
    Column("deadline_seconds", Float, nullable=False),
    Column("expires_at_us", Integer),
    Column("result", Text),
    Column("error", Text),
    Column("unchanged", Integer, nullable=False, server_default="0"),
    # Not a foreign key: the successor may be pruned first.
    Column("successor_id", Text),
    CheckConstraint(f"state IN ({_ALL_STATES})", name="state"),
    CheckConstraint("priority BETWEEN 0 AND 2", name="priority"),
    CheckConstraint("joined >= 0 AND attempts >= 0 AND unchanged IN (0, 1)", name="counts"),
    CheckConstraint(
        "least_revision >= 0 AND coalesce(covers_revision, 0) >= 0 AND coalesce(snapshot_revision, 0) >= 0",
        name="revisions",
    ),
    # A row that has run carries the marks of it, so no update of the state alone can move it back.
    CheckConstraint(
        "state <> 'pending' OR (attempts = 0 AND epoch IS NULL AND started_at_us IS NULL)", name="pending"
    ),
    CheckConstraint(
        "state <> 'running' OR (attempts > 0 AND epoch IS NOT NULL AND started_at_us IS NOT NULL)",
        name="running",
    ),
    CheckConstraint(f"(state IN ({_LIVE_STATES})) = (finished_at_us IS NULL)", name="finished"),
    CheckConstraint("(finished_at_us IS NULL) = (expires_at_us IS NULL)", name="expires"),
    CheckConstraint("state <> 'superseded' OR successor_id IS NOT NULL", name="successor"),
    # A batch's own job says how many children it has and how many of them have not ended.
    # Not a foreign key: the parent may be pruned first.
    Column("parent_id", Text),
    Column("children", Integer),
    Column("children_left", Integer),
    # A pending job is not started before it. Never far ahead: see DELAY_SECONDS_MAX in queue.py.
    Column("not_before_us", Integer),
    Column("idempotency_key", Text),
    # How many requests changed the arguments of the job while it waited.
    Column("merged", Integer, nullable=False, server_default="0"),
    # Whether somebody insists that it is worked out, even from inputs that are the same as before.
    Column("forced", Integer, nullable=False, server_default="0"),
)

PENDING_SLOT = Index(
    "uq_jobs_pending_slot",
    jobs.c.household_id,
    jobs.c.merge_key,
    unique=True,
    sqlite_where=text("state = 'pending'"),
)
RUNNING_SLOT = Index(
    "uq_jobs_running_slot",
    jobs.c.household_id,
    jobs.c.merge_key,
    unique=True,
    sqlite_where=text("state = 'running'"),
)
Index(
    "ix_jobs_waiting",
    jobs.c.household_id,
    jobs.c.priority,
    jobs.c.seq,
    sqlite_where=text("state = 'pending'"),
)
Index("ix_jobs_household", jobs.c.household_id, jobs.c.seq)
for _state in RARE_STATES:
    # The state is a column, too: given both, SQLite prefers it to ix_jobs_household, in which it would read
    # all the household's history for one that is not there.
    _rare = text(f"state = '{_state}'")
    Index(f"ix_jobs_{_state}", jobs.c.state, jobs.c.seq, sqlite_where=_rare)
    Index(f"ix_jobs_household_{_state}", jobs.c.household_id, jobs.c.state, jobs.c.seq, sqlite_where=_rare)
Index(
    "ix_jobs_put_off",
    jobs.c.household_id,
    jobs.c.not_before_us,
    sqlite_where=text("state = 'pending' AND not_before_us IS NOT NULL"),
)
Index("ix_jobs_parent", jobs.c.parent_id, jobs.c.seq, sqlite_where=text("parent_id IS NOT NULL"))
Index("ix_jobs_successor", jobs.c.successor_id, sqlite_where=text("successor_id IS NOT NULL"))
Index("ix_jobs_expiry", jobs.c.expires_at_us, sqlite_where=text("expires_at_us IS NOT NULL"))

attempts = Table(
    "attempts",
    metadata,
    _of_a_job(primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("started_at_us", Integer, nullable=False),
    Column("ended_at_us", Integer),
    Column("outcome", Text),
    Column("error", Text),
    Column("traceback", Text),
    CheckConstraint("number >= 1", name="number"),
    CheckConstraint("(ended_at_us IS NULL) = (outcome IS NULL)", name="ended"),
    sqlite_with_rowid=False,
)

# Who else asked: the first request is the job row itself, every one that joined it is a row here.
requests = Table(
    "requests",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_a_job(),
    Column("requested_by", Text, nullable=False),
    Column("least_revision", Integer, nullable=False),
    Column("at_us", Integer, nullable=False),
    CheckConstraint("least_revision >= 0", name="least_revision"),
    # What was asked for, where it was not what the job had been accepted with.
    Column("arguments", Text),
    Index("ix_requests_job", "job_id"),
)

events = Table(
    "events",
    metadata,
    # Never reused: a client that reconnects says the last one it saw.
    Column("id", Integer, primary_key=True),
    _of_a_household(),
    Column("job_id", Text),
    Column("at_us", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("data", Text, nullable=False),
    Index("ix_events_household", "household_id", "id"),
    Index("ix_events_job", "job_id", "id"),
    sqlite_autoincrement=True,
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    # What the first request was answered with: household, revision, job.
    Column("answer", Text, nullable=False),
    Column("at_us", Integer, nullable=False),
    Index("ix_idempotency_keys_age", "at_us"),
)

# What the policies once, daily and strict remember: the job that succeeded for a key.
done_keys = Table(
    "done_keys",
    metadata,
    _of_a_household(primary_key=True),
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    # Not a foreign key: the key may outlive the record of the job.
    Column("job_id", Text, nullable=False),
    Column("at_us", Integer, nullable=False),
    Column("expires_at_us", Integer, nullable=False),
    Index("ix_done_keys_expiry", "expires_at_us"),
)

# Messages to the world outside, written in the transaction that decided them, and sent after it.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("household_id", Text, ForeignKey("households.id", ondelete="CASCADE")),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at_us", Integer, nullable=False),
    Column("created_at_us", Integer, nullable=False),
    Column("sent_at_us", Integer),
    Column("error", Text),
    CheckConstraint("channel IN ('email', 'webhook')", name="channel"),
    CheckConstraint("state IN ('waiting', 'sent', 'failed')", name="state"),
    CheckConstraint("attempts >= 0", name="attempts"),
    CheckConstraint("(state = 'sent') = (sent_at_us IS NOT NULL)", name="sent"),
    sqlite_autoincrement=True,
)
Index("ix_outbox_waiting", outbox.c.next_at_us, sqlite_where=text("state = 'waiting'"))
Index("ix_outbox_household", outbox.c.household_id, sqlite_where=text("household_id IS NOT NULL"))
Index("ix_outbox_age", outbox.c.created_at_us)

# When each entry of the timetable was due and ran last, and when it is due next.
timetable = Table(
    "timetable",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last_due_us", Integer),
    Column("last_started_us", Integer),
    Column("last_finished_us", Integer),
    Column("last_outcome", Text),
    Column("next_due_us", Integer),
    # Not a foreign key: the job may be pruned first.
    Column("last_job_id", Text),
)

# Which rules are or were raised. `subject` is what a rule is raised for: a household, or nothing ("").
alerts = Table(
    "alerts",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("raised_at_us", Integer, nullable=False),
    Column("resolved_at_us", Integer),
    Column("detail", Text, nullable=False),
    CheckConstraint("coalesce(resolved_at_us, raised_at_us) >= raised_at_us", name="resolved"),
)
