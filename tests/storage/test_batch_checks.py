"""The doctor finds batches whose counters, children or number are not as they must be."""

import shutil
from functools import partial
from pathlib import Path

import pytest
from lived_in import HOUSE, NOON, NOON_US, decode, lived_in, spoil
from sqlalchemy import Connection

from planner.storage import attempts, batches, jobs
from planner.storage.connection import WRITER_PRAGMAS, Bound, open_driver
from planner.storage.doctor import examine
from planner.storage.group import commit_group, run_in_snapshot
from planner.storage.history import backlogs
from planner.storage.job_rows import JobRow, JobState, Priority
from planner.storage.recovery import left_by_older_epochs


def a_job(conn: Connection, job_id: str, *, parent_id: str | None = None, runs: bool = True) -> JobRow:
    """Insert a job, in its turn or waiting."""
    job = jobs.insert_job(
        conn,
        jobs.NewJob(
            id=job_id,
            household_id=HOUSE,
            kind="many",
            merge_key=job_id,
            arguments={},
            priority=Priority.BULK,
            requested_by="me",
            least_revision=2,
            deadline_seconds=60,
            at_us=NOON_US,
            parent_id=parent_id,
        ),
    )
    if runs:
        job = jobs.start_job(conn, job, epoch=2, at_us=NOON_US)
        attempts.begin(conn, job, at_us=NOON_US)
    return job


def a_batch(conn: Connection) -> None:
    """Insert a batch of two: one item is done, the other one waits."""
    batch = a_job(conn, "batch")
    attempts.end(conn, batch, at_us=NOON_US, outcome="succeeded")
    batches.spread_job(conn, batch, children=2, result={})
    item = a_job(conn, "item-1", parent_id="batch")
    a_job(conn, "item-2", parent_id="batch", runs=False)
    attempts.end(conn, item, at_us=NOON_US, outcome="succeeded")
    jobs.finish_job(
        conn, item, jobs.Ending(state=JobState.SUCCEEDED, at_us=NOON_US, expires_at_us=NOON_US + 1)
    )
    assert batches.count_off(conn, "batch").children_left == 1


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = lived_in(tmp_path_factory.mktemp("sound") / "planner.db")
    bound = Bound(open_driver(path, WRITER_PRAGMAS))
    commit_group(bound, [a_batch])[0].unwrap()
    bound.close()
    bound.driver.close()
    return path


@pytest.fixture
def file(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "planner.db"))


def told(file: Path) -> list[str]:
    """Return what the doctor finds."""
    return [finding.message for finding in examine(file, alive_at=NOON, decode=decode)]


def test_a_batch_that_waits_for_its_items_is_sound(file: Path) -> None:
    """I10: it runs in no turn, so it may be of an epoch that is over."""
    assert told(file) == []
    spoil(file, "UPDATE jobs SET epoch = 1 WHERE id = 'batch'")
    assert told(file) == []


def test_recovery_sees_that_a_batch_needs_no_turn(file: Path) -> None:
    """I10: nothing of the household was cut off; an item waits."""
    spoil(
        file,
        "DELETE FROM attempts WHERE job_id = 'working'",
        "DELETE FROM jobs WHERE id <> 'batch' AND parent_id IS NULL",
    )
    bound = Bound(open_driver(file, WRITER_PRAGMAS))
    (backlog,) = run_in_snapshot(bound, backlogs)
    assert (backlog.left_running, backlog.waiting) == (False, 1)
    assert run_in_snapshot(bound, partial(left_by_older_epochs, epoch=3, limit=9)) == []
    bound.close()
    bound.driver.close()


@pytest.mark.parametrize(
    "spoiling, message",
    [
        (
            "UPDATE jobs SET children_left = 2 WHERE id = 'batch'",
            "Batch batch counts 2 children that have not ended; there are 1.",
        ),
        (
            "UPDATE jobs SET children = 3 WHERE id = 'batch'",
            "Batch batch says it has 3 children; there are 2.",
        ),
        (
            "UPDATE jobs SET children_left = 0, state = 'running' WHERE id = 'batch'",
            "Batch batch counts 0 children that have not ended; there are 1.",
        ),
    ],
)
def test_a_batch_that_does_not_add_up(file: Path, spoiling: str, message: str) -> None:
    """I11, R2: the counter decides when a batch ends."""
    spoil(file, spoiling)
    assert told(file) == [message]


def test_a_batch_that_nothing_ends(file: Path) -> None:
    """I11: all of its items have ended, and it has not."""
    spoil(
        file,
        "UPDATE jobs SET children_left = 0 WHERE id = 'batch'",
        "UPDATE jobs SET state = 'cancelled', finished_at_us = 1, expires_at_us = 2 WHERE id = 'item-2'",
    )
    assert told(file) == ["Batch batch is running, and all of its children have ended."]


def test_an_item_that_no_batch_waits_for(file: Path) -> None:
    """R2: it would run, and nobody would learn of it."""
    spoil(
        file,
        "UPDATE jobs SET children_left = 0, state = 'partial', finished_at_us = 1, expires_at_us = 2 "
        "WHERE id = 'batch'",
    )
    assert "Job item-2 is the item of a batch that does not wait for it." in told(file)
    spoil(file, "DELETE FROM attempts WHERE job_id = 'batch'", "DELETE FROM jobs WHERE id = 'batch'")
    assert told(file) == ["Job item-2 is the item of a batch that does not wait for it."]


def test_two_batches_at_once(file: Path) -> None:
    """I12: a household has one at a time."""
    columns = "household_id, kind, arguments, priority, requested_by, least_revision, accepted_at_us"
    columns += ", started_at_us, deadline_seconds, state, epoch"
    spoil(
        file,
        f"INSERT INTO jobs (id, merge_key, attempts, children, children_left, {columns}) "  # noqa: S608
        f"SELECT 'twin', 'twin', 0, 0, 0, {columns} FROM jobs WHERE id = 'batch'",
    )
    assert f"2 batches of household {HOUSE} wait for their children at once." in told(file)
