"""What can be wrong with a database: a catalogue of corruptions of the file that `lived_in` makes."""

from typing import NamedTuple

from lived_in import HOUSE


class Harm(NamedTuple):
    """A corruption: what is done to the file, the checks that name it, and whether it can be repaired."""

    does: tuple[str, ...]
    named: frozenset[str]
    repairable: bool = True


def harm(named: str, *does: str, repairable: bool = True) -> Harm:
    return Harm(does, frozenset(named.split()), repairable)


ROW = (
    "household_id, kind, arguments, priority, requested_by, least_revision, accepted_at_us, deadline_seconds"
)
HARMS = {
    "missing index": harm("indexes", "DROP INDEX ix_jobs_waiting"),
    "index of another sort": harm(
        "indexes",
        "DROP INDEX uq_jobs_pending_slot",
        "CREATE INDEX uq_jobs_pending_slot ON jobs (household_id, merge_key)",
    ),
    "index with a row too few": harm(
        "integrity",
        "CREATE TABLE kept AS SELECT rootpage FROM sqlite_master WHERE name = 'ix_jobs_household'",
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = sql || ' WHERE seq < 3' WHERE name = 'ix_jobs_household'",
        "PRAGMA writable_schema = RESET",
        "REINDEX ix_jobs_household",
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(sql, ' WHERE seq < 3', '') WHERE name = 'ix_jobs_household'",
        "PRAGMA writable_schema = RESET",
        "DROP TABLE kept",
    ),
    "orphaned attempt": harm(
        "references", "INSERT INTO attempts (job_id, number, epoch, started_at_us) VALUES ('nobody', 1, 2, 0)"
    ),
    "orphaned requests": harm(
        "references",
        "INSERT INTO requests (job_id, requested_by, least_revision, at_us) VALUES ('nobody', 'x', 0, 0)",
    ),
    "orphaned job": harm(
        "references",
        f"INSERT INTO jobs ({ROW}, id, merge_key, state, attempts, epoch, started_at_us) "  # noqa: S608 -- ours
        "SELECT 'nobody', kind, arguments, 0, 'x', 0, 0, 60, 'lost', 'k', 'running', 1, 2, 0 FROM jobs "
        "WHERE id = 'done'",
        "INSERT INTO attempts (job_id, number, epoch, started_at_us) VALUES ('lost', 1, 2, 0)",
    ),
    "orphaned derived": harm("references", "UPDATE derived SET household_id = 'nobody'"),
    "orphaned key": harm("references keys_of_done_jobs", "UPDATE done_keys SET household_id = 'nobody'"),
    "orphaned message": harm("references", "UPDATE outbox SET household_id = 'nobody'"),
    "orphaned journal": harm(
        "references chain",
        "INSERT INTO changes SELECT 'nobody', revision, at_us, author, change, before, after, digest "
        "FROM changes",
        repairable=False,
    ),
    "events of no job": harm("events_of_jobs", "UPDATE events SET job_id = 'nobody' WHERE job_id = 'done'"),
    "two waiting": harm(
        "indexes slots",
        "DROP INDEX uq_jobs_pending_slot",
        f"INSERT INTO jobs ({ROW}, id, merge_key, state) SELECT {ROW}, 'twin', merge_key, state FROM jobs "  # noqa: S608
        "WHERE id = 'waiting'",
    ),
    "two running": harm(
        "indexes slots turns",
        "DROP INDEX uq_jobs_running_slot",
        f"INSERT INTO jobs ({ROW}, id, merge_key, state, attempts, epoch, started_at_us, snapshot_revision) "  # noqa: S608
        f"SELECT {ROW}, 'twin', merge_key, state, 1, 2, 5, 2 FROM jobs WHERE id = 'working'",
        "INSERT INTO attempts (job_id, number, epoch, started_at_us) VALUES ('twin', 1, 2, 0)",
    ),
    "two waiting, asked for different things": harm(
        "indexes slots",
        "DROP INDEX uq_jobs_pending_slot",
        f"INSERT INTO jobs ({ROW}, id, merge_key, state) SELECT {ROW}, 'twin', merge_key, state FROM jobs "  # noqa: S608
        "WHERE id = 'waiting'",
        "UPDATE jobs SET arguments = '{\"a\":1}' WHERE id = 'twin'",
        repairable=False,
    ),
    "two turns": harm(
        "turns",
        "UPDATE jobs SET state = 'running', attempts = 1, epoch = 2, started_at_us = 5, "
        "snapshot_revision = 2 WHERE id = 'waiting'",
        "INSERT INTO attempts (job_id, number, epoch, started_at_us) VALUES ('waiting', 1, 2, 0)",
    ),
    "running in an epoch that is over": harm("leftovers", "UPDATE jobs SET epoch = 1 WHERE id = 'working'"),
    "attempt of an epoch that is over": harm(
        "leftovers", "UPDATE attempts SET epoch = 1 WHERE job_id = 'working'"
    ),
    "attempts counted wrong": harm("attempt_counts", "UPDATE jobs SET attempts = 2 WHERE id = 'done'"),
    "attempt never closed": harm(
        "attempt_counts", "UPDATE attempts SET ended_at_us = NULL, outcome = NULL WHERE job_id = 'done'"
    ),
    "attempt open before the last": harm(
        "attempt_counts",
        "INSERT INTO attempts (job_id, number, epoch, started_at_us) VALUES ('working', 2, 2, 0)",
        "UPDATE jobs SET attempts = 2 WHERE id = 'working'",
    ),
    "attempt missing": harm(
        "attempt_counts",
        "UPDATE attempts SET number = 2 WHERE job_id = 'done'",
        "UPDATE jobs SET attempts = 2 WHERE id = 'done'",
        repairable=False,
    ),
    "attempts lost": harm(
        "attempt_counts", "DELETE FROM attempts WHERE job_id = 'done'", repairable=False
    ),
    "ended without a time": harm(
        "declared_rules", "UPDATE jobs SET finished_at_us = NULL, expires_at_us = NULL WHERE id = 'done'"
    ),
    "ended, kept for ever": harm(
        "declared_rules", "UPDATE jobs SET expires_at_us = NULL WHERE id = 'broken'"
    ),
    "runs, and has ended": harm(
        "declared_rules", "UPDATE jobs SET finished_at_us = 5, expires_at_us = 6 WHERE id = 'working'"
    ),
    "waits, and has run": harm("declared_rules marks", "UPDATE jobs SET epoch = 2 WHERE id = 'waiting'"),
    "in no state": harm(
        "declared_rules", "UPDATE jobs SET state = 'lost' WHERE id = 'broken'", repairable=False
    ),
    "succeeded without covering": harm(
        "marks", "UPDATE jobs SET covers_revision = NULL WHERE id = 'done'", repairable=False
    ),
    "failed without a reason": harm(
        "marks", "UPDATE jobs SET error = NULL WHERE id = 'broken'", repairable=False
    ),
    "covers the future": harm(
        "marks", "UPDATE jobs SET covers_revision = 3 WHERE id = 'done'", repairable=False
    ),
    "runs without a snapshot": harm(
        "marks", "UPDATE jobs SET snapshot_revision = NULL WHERE id = 'working'", repairable=False
    ),
    "joined counted wrong": harm("joined", "UPDATE jobs SET joined = joined + 3 WHERE id = 'waiting'"),
    "joined counted wrong along a chain": harm("joined", "UPDATE jobs SET joined = 7 WHERE id = 'replaced'"),
    "a request lost": harm("joined", "DELETE FROM requests"),
    "superseded by nobody": harm(
        "superseded joined",
        "UPDATE jobs SET successor_id = 'nobody' WHERE id = 'replaced'",
        "UPDATE jobs SET joined = joined + 1 WHERE id = 'done'",
    ),
    "superseded in a circle": harm(
        "superseded joined",
        "UPDATE jobs SET state = 'superseded', successor_id = 'replaced', finished_at_us = 5, "
        "expires_at_us = 1795435200000009 WHERE id = 'waiting'",
    ),
    "superseded by itself": harm(
        "superseded joined", "UPDATE jobs SET successor_id = id WHERE id = 'replaced'"
    ),
    "batch counted wrong": harm("children", "UPDATE jobs SET children_left = 2 WHERE id = 'batch'"),
    "batch without its children": harm(
        "children", "DELETE FROM events WHERE job_id LIKE 'child%'", "DELETE FROM attempts WHERE job_id LIKE "
        "'child%'", "DELETE FROM jobs WHERE parent_id = 'batch'", repairable=False
    ),
    "child without its batch": harm(
        "children",
        "DELETE FROM events WHERE job_id = 'batch'",
        "DELETE FROM attempts WHERE job_id = 'batch'",
        "DELETE FROM jobs WHERE id = 'batch'",
    ),
    "batch that nothing ends": harm(
        "batches",
        "UPDATE jobs SET children_left = 0 WHERE id = 'batch'",
        "UPDATE jobs SET state = 'cancelled', finished_at_us = 1, expires_at_us = 1795435200000009 "
        "WHERE id = 'child 2'",
        repairable=False,
    ),
    "two batches at once": harm(
        "batches",
        "UPDATE jobs SET children = 0, children_left = 0 WHERE id = 'working'",
        repairable=False,
    ),
    "child of what is no batch": harm(
        "batches", "UPDATE jobs SET parent_id = 'done' WHERE id = 'replaced'", repairable=False
    ),
    "derived from the future": harm(
        "derived_revisions", "UPDATE derived SET revision = 3 WHERE subject = 'flows'"
    ),
    "derived that cannot be read": harm(
        "derived_bodies", "UPDATE derived SET body = x'00' WHERE subject = 'flows'"
    ),
    "derived from other facts": harm(
        "derived_bodies", "UPDATE derived SET inputs_fingerprint = 'j' WHERE subject = 'baseline'"
    ),
    "derived with another fingerprint": harm(
        "derived_bodies", "UPDATE derived SET output_fingerprint = 'o' WHERE subject = 'baseline'"
    ),
    "half a generation": harm("generations", "DELETE FROM derived WHERE subject = 'flows'"),
    "flows older than the baseline": harm(
        "generations", "UPDATE derived SET revision = 1 WHERE subject = 'flows'"
    ),
    "nobody brings the next": harm(
        "unattended",
        "UPDATE derived SET revision = 1",
        "UPDATE jobs SET kind = 'other' WHERE kind = 'refresh'",
        "DELETE FROM done_keys",
    ),
    "key of a failure": harm("keys_of_done_jobs", "UPDATE done_keys SET job_id = 'broken'"),
    "key of another job": harm("keys_of_done_jobs", "UPDATE done_keys SET key = 'other'"),
    "key of no job": harm("keys_of_done_jobs", "UPDATE done_keys SET job_id = 'nobody'", repairable=False),
    "answer with a lost job": harm(
        "answers", "UPDATE idempotency_keys SET answer = replace(answer, 'waiting', 'x')", repairable=False
    ),
    "answer that is none": harm("answers", "UPDATE idempotency_keys SET answer = '['", repairable=False),
    "answer from the future": harm(
        "answers",
        "UPDATE idempotency_keys SET answer = replace(answer, '\"revision\": 2', '\"revision\": 3')",
        repairable=False,
    ),
    "sent and never tried": harm(
        "messages", "UPDATE outbox SET attempts = 0 WHERE state = 'sent'", repairable=False
    ),
    "sent at no time": harm(
        "declared_rules", "UPDATE outbox SET sent_at_us = NULL WHERE state = 'sent'", repairable=False
    ),
    "given up without a reason": harm(
        "messages", "UPDATE outbox SET state = 'failed', attempts = 8 WHERE key = 'waiting'", repairable=False
    ),
    "unknown entry": harm("timetable_entries", "INSERT INTO timetable (name) VALUES ('of another version')"),
    "entry with half an end": harm(
        "timetable_entries", "UPDATE timetable SET last_outcome = NULL", repairable=False
    ),
    "epochs at once": harm("epochs_apart", "UPDATE epochs SET ended_at_us = 1795444200000000"),
    "epoch that ended first": harm("epochs_apart", "UPDATE epochs SET ended_at_us = 5 WHERE epoch = 1"),
    "journal with a hole": harm("journal", "DELETE FROM changes WHERE revision = 1", repairable=False),
    "journal cut off": harm("journal", "DELETE FROM changes WHERE revision = 2", repairable=False),
    "journal altered": harm(
        "chain", "UPDATE changes SET author = 'you' WHERE revision = 2", repairable=False
    ),
    "facts altered": harm(
        "replay",
        f"UPDATE households SET facts = json_set(facts, '$.state', 'NJ') WHERE id = '{HOUSE}'",  # noqa: S608
        "UPDATE derived SET law_version = 'old'",
        repairable=False,
    ),
    "facts that cannot be read": harm(
        "facts", f"UPDATE households SET facts = '{{}}' WHERE id = '{HOUSE}'", repairable=False  # noqa: S608
    ),
    "facts with another name": harm(
        "facts", f"UPDATE households SET name = 'Other' WHERE id = '{HOUSE}'", repairable=False  # noqa: S608
    ),
    "a trigger": harm(
        "strangers",
        "CREATE TRIGGER mine AFTER INSERT ON events BEGIN DELETE FROM events WHERE id = 0; END",
        repairable=False,
    ),
    "a rule taken away": harm(
        "tables",
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(sql, 'priority BETWEEN 0 AND 2', '1') WHERE name = 'jobs'",
        "PRAGMA writable_schema = OFF",
        repairable=False,
    ),
    "a table missing": harm("missing_tables", "DROP TABLE requests", repairable=False),
}  # fmt: skip
