"""A database that has been lived in: a household with its journal, jobs, derived data, two epochs."""

import json
import sqlite3
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

from sqlalchemy import Connection, insert

from planner.domain.changes import Change, EditHousehold, apply
from planner.domain.files import read_household
from planner.domain.journal import beginning
from planner.storage import attempts, jobs
from planner.storage.connection import WRITER_PRAGMAS, Bound, open_driver
from planner.storage.derived import DerivedRecord, put_derived
from planner.storage.facts import entry_of, facts_of, insert_entry, insert_household, replace_facts
from planner.storage.group import commit_group
from planner.storage.job_rows import JobState, Priority
from planner.storage.migrations import bring_up_to_date
from planner.storage.tables import epochs

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOON_US = 1_795_435_200_000_000
HOUSE = "0190-house"


def lived_in(path: Path) -> Path:
    """Make the database; nothing in it is wrong."""
    bring_up_to_date(path, stamp="now")
    bound = Bound(open_driver(path, WRITER_PRAGMAS))
    try:
        for outcome in commit_group(bound, [_fill]):
            outcome.unwrap()
    finally:
        bound.close()
        bound.driver.close()
    return path


def _fill(conn: Connection) -> None:
    for epoch in (1, 2):
        conn.execute(insert(epochs).values(epoch=epoch, started_at_us=NOON_US + epoch, pid=7, host="here"))
    content = resources.files("planner.examples").joinpath("family.toml").read_bytes()
    facts = replace(read_household(content, "toml").facts, revision=1)
    insert_household(conn, HOUSE, facts, example=True, at=NOON)
    begun = beginning(facts)
    insert_entry(conn, HOUSE, entry_of(begun, before=None, after=facts, at=NOON, author="me"))
    make_change(conn, HOUSE, EditHousehold(set={"state": "NY"}))
    put_derived(
        conn,
        HOUSE,
        DerivedRecord(
            subject="flows",
            revision=2,
            engine_version="1",
            law_version="1",
            inputs_fingerprint="i",
            output_fingerprint="o",
            job_id="done",
            at=NOON,
            summary={},
            body=zlib.compress(b"[]"),
        ),
    )
    _job(conn, "done", JobState.SUCCEEDED)
    _job(conn, "replaced", JobState.SUPERSEDED)
    _job(conn, "working", JobState.RUNNING)
    _job(conn, "waiting", JobState.PENDING)


def make_change(conn: Connection, household_id: str, change: Change) -> None:
    """Change facts as planner does, and nothing else."""
    before = facts_of(conn, household_id)
    after = apply(before, change)
    replace_facts(conn, household_id, before, after, at=NOON)
    insert_entry(conn, household_id, entry_of(change, before=before, after=after, at=NOON, author="me"))


def _job(conn: Connection, job_id: str, state: JobState) -> None:
    job = jobs.insert_job(
        conn,
        jobs.NewJob(
            id=job_id,
            household_id=HOUSE,
            kind="refresh",
            merge_key="refresh:1",
            arguments={},
            priority=Priority.INTERACTIVE,
            requested_by="me",
            least_revision=2,
            deadline_seconds=60,
            at_us=NOON_US,
        ),
    )
    if state is JobState.PENDING:
        return
    job = jobs.start_job(conn, job, epoch=2, at_us=NOON_US)
    attempts.begin(conn, job, at_us=NOON_US)
    if state is JobState.RUNNING:
        return
    attempts.end(conn, job, at_us=NOON_US, outcome=state.value)
    successor = "waiting" if state is JobState.SUPERSEDED else None
    ending = jobs.Ending(state=state, at_us=NOON_US, expires_at_us=NOON_US + 1, successor_id=successor)
    jobs.finish_job(conn, job, ending)


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
