"""What the doctor finds in a spoiled file, and what a repair makes of that: nothing, or what it says."""

import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from harms import HARMS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lived_in import NOON, NOON_US, known, lived_in, spoil
from sqlalchemy import Connection, text

from planner.storage import DatabaseLocked, DatabaseUnavailable, attempts, jobs
from planner.storage.backup import copies_of
from planner.storage.connection import Bound, open_driver
from planner.storage.doctor import examine
from planner.storage.finding import Repair
from planner.storage.job_rows import JobRow, JobState, Priority
from planner.storage.lock import exclusive_lock
from planner.storage.mending import Means
from planner.storage.repair import Repaired, repair


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lived_in(tmp_path_factory.mktemp("sound") / "planner.db")


@pytest.fixture
def file(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "planner.db"))


def checks_in(file: Path) -> set[str]:
    return {finding.check for finding in examine(file, known()).findings}


def ask(conn: Connection, household_id: str, merge_key: str) -> str:
    new = jobs.NewJob(
        id=f"anew {merge_key}", household_id=household_id, kind="refresh", merge_key=merge_key,
        arguments={}, priority=Priority.SCHEDULED, requested_by="doctor", least_revision=0,
        deadline_seconds=60, at_us=NOON_US,
    )  # fmt: skip
    return jobs.insert_job(conn, new).id


def ask_again(conn: Connection, job: JobRow) -> str:
    return ask(conn, job.household_id, f"anew for {job.id}")


def refresh(conn: Connection, household_id: str) -> None:
    there = conn.execute(text("SELECT 1 FROM jobs WHERE kind = 'refresh' AND state = 'pending'")).first()
    if there is None:
        ask(conn, household_id, "anew")


def repaired(file: Path, *, dry_run: bool = False) -> Repaired:
    means = Means(refresh=refresh, ask_again=ask_again)
    return repair(file, known(alive=False), means, dry_run=dry_run)


def test_a_sound_file_needs_no_repair(file: Path) -> None:
    before = file.read_bytes()
    assert checks_in(file) == set()
    assert repaired(file) == Repaired(done={}, left=[], copy=None)
    assert file.read_bytes() == before


@pytest.mark.parametrize("name", HARMS)
def test_each_harm_is_named_and_repaired_or_left(file: Path, name: str) -> None:
    """R19, R22, I4, I6, I10, I15: exactly what was spoiled is named; what is repaired is clean."""
    spoil(file, *HARMS[name].does)
    assert checks_in(file) == HARMS[name].named
    done = repaired(file)
    assert {each.check for each in done.left} == checks_in(file)
    if HARMS[name].repairable:
        assert done.left == []
        assert done.done
    else:
        assert done.left
        assert all(each.remedy for each in done.left)


def test_of_very_many_who_joined_some_are_only_counted(file: Path) -> None:
    """I12: what is recorded of those who join is bounded, and the rest is not missed."""
    spoil(file, "UPDATE jobs SET joined = 1001 WHERE id = 'done'")
    assert checks_in(file) == set()
    spoil(file, "UPDATE jobs SET joined = 1000 WHERE id = 'done'")
    assert checks_in(file) == {"joined"}


PEOPLES = (
    "SELECT id, name, revision, facts FROM households",
    "SELECT * FROM changes ORDER BY household_id, revision",
)


def what_people_entered(file: Path) -> list[object]:
    with closing(sqlite3.connect(file)) as driver:
        return [driver.execute(query).fetchall() for query in PEOPLES]


def at_random(sound: Path, folder: Path, names: list[str]) -> Path:
    """Return a copy of the file with several harms done to it, as far as the earlier ones let the later."""
    file = Path(shutil.copy(sound, folder / "harmed.db"))
    for name in names:
        with suppress(sqlite3.Error):
            spoil(file, *HARMS[name].does)
    return file


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(sorted(HARMS.keys() - {"a table missing"})), min_size=2, max_size=5, unique=True)
)
def test_several_harms_are_named_and_repaired_or_left(sound: Path, names: list[str]) -> None:
    """P21, I12: whatever is wrong together, facts and journal stay as they are, and nothing is kept quiet."""
    with TemporaryDirectory() as folder:
        file = at_random(sound, Path(folder), names)
        entered = what_people_entered(file)
        is_sound = (
            checks_in(file) == set()
        )  # one harm may undo another, as a batch that goes with its children
        done = repaired(file)
        assert what_people_entered(file) == entered
        assert (done == Repaired(done={}, left=[], copy=None)) == is_sound
        assert {each.check for each in done.left} == checks_in(file)
        assert repaired(file, dry_run=True).done == {}, "a repair leaves nothing that it can repair"


def test_a_dry_run_says_what_would_be_done_and_does_nothing(file: Path) -> None:
    spoil(file, *HARMS["missing index"].does, *HARMS["journal altered"].does)
    before = file.read_bytes()
    dry = repaired(file, dry_run=True)
    assert file.read_bytes() == before
    assert dry.done == {Repair.INDEXES: 1}
    assert [each.check for each in dry.left] == ["chain"]
    assert dry.copy is None
    wet = repaired(file)
    assert (wet.done, wet.left) == (dry.done, dry.left)


def test_a_copy_is_made_before_a_repair(file: Path) -> None:
    """R26: the file of before is there, apart from the copies that one goes back to."""
    spoil(file, *HARMS["a request lost"].does)
    older = file.with_name("planner.db.19700101T000000Z-from-0001.backup")
    older.touch()
    copy = repaired(file).copy
    assert copy == file.with_name("planner.db.20261123T120000Z.before-repair")
    assert checks_in(copy) == {"joined"}
    assert copies_of(file) == [older]


def test_without_room_for_a_copy_nothing_is_repaired(file: Path) -> None:
    """R26: no copy, no risk."""
    spoil(file, *HARMS["a request lost"].does)
    file.with_name("planner.db.20261123T120000Z.before-repair").mkdir()
    with pytest.raises(DatabaseUnavailable, match="left as it is"):
        repaired(file)
    assert checks_in(file) == {"joined"}


def test_a_file_that_a_planner_has_open_is_not_repaired(file: Path) -> None:
    """R21: two processes never write to one file."""
    spoil(file, *HARMS["a request lost"].does)
    with exclusive_lock(file, NOON), pytest.raises(DatabaseLocked, match="is open in process"):
        repaired(file, dry_run=True)


def test_damaged_pages_are_not_written_to(file: Path) -> None:
    spoil(file, *HARMS["a request lost"].does, "PRAGMA writable_schema = ON")
    content = bytearray(file.read_bytes())
    with closing(sqlite3.connect(file)) as driver:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'changes'"
        (page,) = driver.execute(query).fetchone()
        (size,) = driver.execute("PRAGMA page_size").fetchone()
    content[(page - 1) * size : page * size] = b"\x05" * size
    file.write_bytes(content)
    done = repaired(file)
    assert done.done == {}
    assert "integrity" in {each.check for each in done.left}
    assert file.read_bytes() == content


def test_those_who_waited_for_a_job_wait_for_its_successor(file: Path) -> None:
    """I5, I6: who joined a job that is superseded by the repair is counted with the one that answers."""
    spoil(file, *HARMS["two waiting"].does)
    repaired(file)
    with closing(sqlite3.connect(file)) as driver:
        query = "SELECT state, successor_id, joined FROM jobs WHERE id IN ('waiting', 'twin') ORDER BY seq"
        assert driver.execute(query).fetchall() == [("superseded", "twin", 3), ("pending", None, 4)]
        query = "SELECT type FROM events WHERE job_id = 'waiting' ORDER BY id DESC LIMIT 1"
        assert driver.execute(query).fetchone() == ("superseded",)


def test_what_ran_is_left_to_the_next_start_as_cut_off(file: Path) -> None:
    """I10: it is the kind that decides what becomes of a job that was cut off, not the repair."""
    spoil(file, *HARMS["running in an epoch that is over"].does)
    repaired(file)
    bound = Bound(open_driver(file, ()))
    job = jobs.job_by_id(bound.connection, "working")
    assert job is not None
    assert (job.state, job.epoch) == (JobState.RUNNING, 2)
    assert attempts.close_open(bound.connection, job, at_us=NOON_US) is True
    bound.close()
