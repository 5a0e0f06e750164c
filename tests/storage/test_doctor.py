"""The doctor finds exactly what was spoiled, in a file that may be in use, and leaves the file as it is."""

import hashlib
import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from lived_in import HOUSE, NOON, NOON_US, known, lived_in, spoil

from planner.storage import DatabaseTooNew, DatabaseUnavailable, NotADatabase, doctor
from planner.storage.doctor import examine
from planner.storage.finding import Finding
from planner.storage.migrations import OURS, Migrations


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lived_in(tmp_path_factory.mktemp("sound") / "planner.db")


@pytest.fixture
def file(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "planner.db"))


def found(file: Path) -> list[Finding]:
    return examine(file, known()).findings


def the_one_finding(file: Path, check: str) -> Finding:
    findings = found(file)
    assert [finding.check for finding in findings] == [check], findings
    assert findings[0].remedy
    return findings[0]


def test_a_sound_file_has_no_findings_and_stays_as_it_is(file: Path) -> None:
    before = hashlib.sha256(file.read_bytes()).digest()
    assert found(file) == []
    assert hashlib.sha256(file.read_bytes()).digest() == before


def test_a_file_in_use_can_be_examined(file: Path) -> None:
    """I4: doctor checks a live file; what is not committed yet is not seen."""
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM changes")
    assert found(file) == []
    writer.execute("COMMIT")
    assert the_one_finding(file, "journal").subject == HOUSE
    writer.close()


def test_what_a_crash_left_in_the_log_is_seen_and_left_there(file: Path, tmp_path: Path) -> None:
    """R27: the log of a process that was killed is the next start's to bring home, not the doctor's."""
    crashed = tmp_path / "crashed.db"
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("DELETE FROM changes")
    for suffix in ("", "-wal"):
        shutil.copy(f"{file}{suffix}", f"{crashed}{suffix}")
    writer.close()
    log = Path(f"{crashed}-wal")
    before = (crashed.read_bytes(), log.read_bytes())
    assert the_one_finding(crashed, "journal").subject == HOUSE
    assert (crashed.read_bytes(), log.read_bytes()) == before


def test_damaged_pages(file: Path) -> None:
    spoil(
        file,
        "PRAGMA writable_schema = ON",
        "DELETE FROM sqlite_master WHERE name = 'ix_requests_job'",
    )
    content = bytearray(file.read_bytes())
    assert {finding.check for finding in found(file)} >= {"integrity"}
    content[4096:8192] = b"\0" * 4096
    file.write_bytes(content)
    assert {finding.check for finding in found(file)} >= {"integrity"}


def test_a_missing_table(file: Path) -> None:
    spoil(file, "DROP TABLE requests")
    assert the_one_finding(file, "missing_tables").subject == "requests"


def test_attempts_without_their_job(file: Path) -> None:
    """R22: every attempt has its job."""
    spoil(file, "INSERT INTO attempts (job_id, number, epoch, started_at_us) VALUES ('nobody', 1, 2, 0)")
    assert the_one_finding(file, "references").message == "1 row of attempts without a row in jobs."


def test_rows_without_their_household(file: Path) -> None:
    """R1: every job belongs to a household."""
    spoil(
        file,
        "INSERT INTO events (household_id, at_us, type, data) VALUES ('a', 0, 'x', '{}'), ('b', 0, 'x', '')",
    )
    assert the_one_finding(file, "references").message == "2 rows of events without a row in households."


@pytest.mark.parametrize(
    "spoiling, told",
    [
        ("UPDATE jobs SET state = 'lost' WHERE id = 'done'", "is in a state there is not"),
        (
            "UPDATE jobs SET finished_at_us = NULL, expires_at_us = NULL WHERE id = 'done'",
            "is finished without a time, or has one and is not finished",
        ),
        ("UPDATE jobs SET successor_id = NULL WHERE id = 'replaced'", "is superseded without a successor"),
        ("UPDATE jobs SET epoch = 2 WHERE id = 'waiting'", "is pending, and yet has run"),
        ("UPDATE jobs SET priority = 9 WHERE id = 'done'", "breaks its rule (priority BETWEEN 0 AND 2)"),
    ],
)
def test_jobs_that_break_a_declared_rule(file: Path, spoiling: str, told: str) -> None:
    """I15: states, and the marks that go with each."""
    spoil(file, spoiling)
    (finding,) = (each for each in found(file) if each.check == "declared_rules")
    assert told in finding.message


def test_what_ran_at_a_crash_waits_for_the_next_start(file: Path) -> None:
    """I10: between a crash and the recovery nothing is wrong; an epoch that lasted has recovered."""
    spoil(
        file,
        f"INSERT INTO epochs (epoch, started_at_us, pid, host) SELECT 3, {NOON_US}, 7, 'here'",
    )
    assert examine(file, known(NOON, alive=False)).findings == []
    assert examine(file, known(NOON + timedelta(seconds=5))).findings == []
    later = examine(file, known(NOON + timedelta(minutes=2))).findings
    assert [finding.check for finding in later] == ["leftovers"]


@pytest.mark.parametrize(
    "spoiling, told",
    [
        (
            "UPDATE jobs SET attempts = 2 WHERE id = 'done'",
            "says it was tried 2 times; 1 attempts are recorded",
        ),
        (
            "UPDATE attempts SET ended_at_us = NULL, outcome = NULL WHERE job_id = 'done'",
            "is succeeded and 1 of its attempts never ended",
        ),
    ],
)
def test_attempts_that_do_not_add_up(file: Path, spoiling: str, told: str) -> None:
    """R22: every attempt has its own row."""
    spoil(file, spoiling)
    assert told in the_one_finding(file, "attempt_counts").message


@pytest.mark.parametrize(
    "spoiling, told",
    [
        ("DELETE FROM changes WHERE revision = 1", "has 1 changes in its journal for 2 revisions"),
        ("DELETE FROM changes WHERE revision = 2", "is at revision 2; its journal ends at 1"),
        ("DELETE FROM changes", "is at revision 2; its journal ends at 0"),
        ("UPDATE changes SET revision = 3 WHERE revision = 2", "its journal ends at 3"),
    ],
)
def test_a_journal_with_a_hole(file: Path, spoiling: str, told: str) -> None:
    """P21: an audit trail of every change."""
    spoil(file, spoiling)
    assert told in the_one_finding(file, "journal").message


@pytest.mark.parametrize(
    "spoiling, told",
    [
        ("facts = '{}'", "its facts cannot be read"),
        ("name = 'Other'", "its row says otherwise"),
    ],
)
def test_facts_that_cannot_be_used(file: Path, spoiling: str, told: str) -> None:
    """P1: facts that decode and agree."""
    spoil(file, f"UPDATE households SET {spoiling} WHERE id <> 'system'")  # noqa: S608 -- our own words
    assert told in the_one_finding(file, "facts").message


def test_facts_that_do_not_agree(file: Path) -> None:
    """P1, P21: nor do they follow from the journal, which has no such change."""
    spoil(
        file, "UPDATE households SET facts = json_set(facts, '$.main_account', 'gone') WHERE id <> 'system'"
    )
    findings = found(file)
    assert [finding.check for finding in findings] == ["replay", "facts"]
    assert "main_account" in findings[1].message


def test_derived_data_from_the_future(file: Path) -> None:
    """R14: what is shown says from which revision it is, and that one exists."""
    spoil(file, "UPDATE derived SET revision = 3 WHERE subject = 'flows'")
    assert "from revision 3; it is at 2" in the_one_finding(file, "derived_revisions").message


def test_a_file_of_a_newer_planner(file: Path) -> None:
    spoil(file, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseTooNew, match="newer planner"):
        found(file)


def test_a_file_of_an_older_planner(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = Migrations(folder=OURS.folder, revisions=(*OURS.revisions, "9999"))
    monkeypatch.setattr(doctor, "OURS", newer)
    assert "planner serve" in the_one_finding(file, "version").remedy


def test_what_is_no_database_of_planner(tmp_path: Path) -> None:
    """R21: a file of somebody else is named as such, and nothing is made where nothing was."""
    nowhere, text, empty, other = (tmp_path / name for name in ("no.db", "a.txt", "empty.db", "other.db"))
    text.write_text("this is not a database, it is a text\n" * 100)
    empty.touch()
    spoil(other, "CREATE TABLE mine (x)")
    for path, error in (
        (nowhere, DatabaseUnavailable),
        (text, NotADatabase),
        (empty, DatabaseUnavailable),
        (other, NotADatabase),
    ):
        with pytest.raises(error, match=path.name):
            found(path)
    assert not nowhere.exists()
