"""A database that has been lived in: facts with a journal, jobs of every state, a batch, keys, messages."""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, text

from planner.domain.changes import Change, EditHousehold, apply
from planner.domain.files import read_household
from planner.domain.instants import from_microseconds
from planner.domain.journal import beginning
from planner.storage import attempts, jobs, outbox, timetable
from planner.storage.connection import WRITER_PRAGMAS, Bound, open_driver
from planner.storage.derived import DerivedRecord, put_derived
from planner.storage.done_keys import DoneKey, remember_done
from planner.storage.events import record_event, record_request
from planner.storage.facts import entry_of, facts_of, insert_entry, insert_household, replace_facts
from planner.storage.group import commit_group
from planner.storage.job_rows import JobRow, JobState, Priority
from planner.storage.keys import Once, remember_answer
from planner.storage.known import DAY_US, Known
from planner.storage.migrations import bring_up_to_date
from planner.storage.tables import epochs

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOON_US = 1_795_435_200_000_000
HOUSE = "0190-house"
KEPT_US = 7 * DAY_US
TOLD = from_microseconds(NOON_US + 2)  # when whatever is in the file had happened


def lived_in(path: Path) -> Path:
    """Make the database; nothing in it is wrong."""
    bring_up_to_date(path, stamp="now")
    in_file(path, _fill)
    return path


def in_file(path: Path, unit: Callable[[Connection], Any]) -> Any:
    """Run a unit of work in the database, as planner does."""
    bound = Bound(open_driver(path, WRITER_PRAGMAS))
    try:
        (outcome,) = commit_group(bound, [unit])
        return outcome.unwrap()
    finally:
        bound.close()


def fingerprint(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def known(at: datetime = TOLD, *, alive: bool = True) -> Known:
    """Return what the doctor must know of the planner that wrote the file."""
    return Known(
        at=at,
        alive=alive,
        decode=decode,
        inputs=lambda _subject, facts, body: "i" if body == [facts.state] else "others",
        fingerprint=fingerprint,
        engine_version="1",
        law_version="1",
        retention_days={"refresh": 7.0, "batch": 7.0},
        entries={"history"},
        refresh="refresh",
        joins_recorded=1_000,
    )


def _fill(conn: Connection) -> None:
    for epoch, ended_at_us in ((1, NOON_US + 1), (2, None)):
        values = {"epoch": epoch, "started_at_us": NOON_US + epoch, "ended_at_us": ended_at_us}
        conn.execute(insert(epochs).values(**values, pid=7, host="here"))
    content = resources.files("planner.examples").joinpath("family.toml").read_bytes()
    facts = replace(read_household(content, "toml").facts, revision=1)
    insert_household(conn, HOUSE, facts, example=True, at=NOON)
    begun = beginning(facts)
    insert_entry(conn, HOUSE, entry_of(begun, before=None, after=facts, at=NOON, author="me"))
    make_change(conn, HOUSE, EditHousehold(set={"state": "NY"}))
    for subject in ("flows", "baseline"):
        put_derived(conn, HOUSE, derived(subject, ["NY"]))
    _jobs(conn)
    _batch(conn)
    _beside(conn)


def derived(subject: str, figures: list[str]) -> DerivedRecord:
    body = zlib.compress(json.dumps(figures).encode())
    return DerivedRecord(
        subject=subject,
        revision=2,
        engine_version="1",
        law_version="1",
        inputs_fingerprint="i",
        output_fingerprint=fingerprint(body),
        job_id="done",
        at=NOON,
        summary={},
        body=body,
    )


def make_change(conn: Connection, household_id: str, change: Change) -> None:
    """Change facts as planner does, and nothing else."""
    before = facts_of(conn, household_id)
    after = apply(before, change)
    replace_facts(conn, household_id, before, after, at=NOON)
    insert_entry(conn, household_id, entry_of(change, before=before, after=after, at=NOON, author="me"))


def _jobs(conn: Connection) -> None:
    _run(conn, _job(conn, "done", idempotency_key="k"), JobState.SUCCEEDED)
    _run(conn, _job(conn, "broken"), JobState.FAILED)
    replaced = _start(conn, _job(conn, "replaced"))
    _join(conn, replaced)
    working = _job(conn, "waiting", joined=2)  # it answers for `replaced`, and for the one that joined that
    _end(conn, replaced, JobState.SUPERSEDED)
    _join(conn, working)
    _start(conn, _job(conn, "working", merge_key="refresh:2"))


def _job(conn: Connection, job_id: str, **more: Any) -> JobRow:
    values: dict[str, Any] = {
        "id": job_id,
        "household_id": HOUSE,
        "kind": "refresh",
        "merge_key": "refresh:1",
        "arguments": {},
        "priority": Priority.INTERACTIVE,
        "requested_by": "me",
        "least_revision": 2,
        "deadline_seconds": 60,
        "at_us": NOON_US,
    }
    job = jobs.insert_job(conn, jobs.NewJob(**{**values, **more}))
    record_event(conn, household_id=HOUSE, job_id=job_id, at_us=NOON_US, event_type="accepted", data={})
    return job


def _join(conn: Connection, job: JobRow) -> None:
    joined = text("UPDATE jobs SET joined = joined + 1 WHERE id = :job")
    conn.execute(joined, {"job": job.id})
    record_request(conn, job.id, requested_by="you", least_revision=2, at_us=NOON_US, arguments=None)


def _start(conn: Connection, job: JobRow) -> JobRow:
    job = jobs.start_job(conn, job, epoch=2, at_us=NOON_US)
    attempts.begin(conn, job, at_us=NOON_US)
    return job


def _end(conn: Connection, job: JobRow, state: JobState) -> None:
    attempts.end(conn, job, at_us=NOON_US, outcome=state.value)
    ending = jobs.Ending(
        state=state,
        at_us=NOON_US,
        expires_at_us=NOON_US + KEPT_US,
        covers_revision=2 if state is JobState.SUCCEEDED else None,
        error={"type": "failed", "message": "It broke."} if state is JobState.FAILED else None,
        successor_id="waiting" if state is JobState.SUPERSEDED else None,
    )
    jobs.finish_job(conn, job, ending)


def _run(conn: Connection, job: JobRow, state: JobState) -> None:
    _end(conn, _start(conn, job), state)


def _batch(conn: Connection) -> None:
    """Store a batch that was spread in an epoch that is over: no turn holds it."""
    batch = _start(conn, _job(conn, "batch", kind="batch", merge_key="batch:1"))
    attempts.end(conn, batch, at_us=NOON_US, outcome="spread")
    for number, state in enumerate((JobState.SUCCEEDED, JobState.FAILED, None)):
        child = _job(conn, f"child {number}", merge_key=f"batch/{number}", parent_id="batch")
        if state is not None:
            _run(conn, child, state)
    conn.execute(text("UPDATE jobs SET children = 3, children_left = 1, epoch = 1 WHERE id = 'batch'"))


def _beside(conn: Connection) -> None:
    """Store what is remembered beside jobs."""
    remember_done(
        conn,
        DoneKey(
            household_id=HOUSE, key="k", kind="refresh", job_id="done",
            at_us=NOON_US, expires_at_us=NOON_US + DAY_US,
        ),
    )  # fmt: skip
    answer = {"household_id": HOUSE, "revision": 2, "job_id": "waiting", "joined": False}
    remember_answer(conn, Once(owner="local", key="a", fingerprint="f"), answer, at=NOON)
    for key in ("sent", "waiting"):
        message = outbox.NewMessage(key=key, channel="email", address="a@b", subject="s", body="b")
        outbox.put_message(conn, message, at_us=NOON_US)
        if key == "sent":
            claimed = outbox.claim_due(conn, NOON_US, ["email"])
            assert claimed is not None
            outbox.mark_sent(conn, claimed.id, at_us=NOON_US)
    timetable.expect_next(conn, "history", NOON_US)
    timetable.take_moment(
        conn, "history", expected_us=NOON_US, due_us=NOON_US, next_due_us=NOON_US + DAY_US, at_us=NOON_US
    )
    timetable.note_outcome(conn, "history", "succeeded", NOON_US)


def decode(_subject: str, body: bytes) -> object:
    """Read a body as this file writes them."""
    try:
        return json.loads(zlib.decompress(body))
    except zlib.error as error:
        raise ValueError(str(error)) from error


def spoil(path: Path, *statements: str) -> None:
    """Do to the file what planner never does, with every guard off."""
    driver = sqlite3.connect(path, isolation_level=None)
    driver.execute("PRAGMA ignore_check_constraints = ON")
    for statement in statements:
        driver.execute(statement)
    driver.close()
