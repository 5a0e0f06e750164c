"""The journal's hash chain: what a digest covers, and what the doctor says when an entry was altered."""

import hashlib
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from lived_in import HOUSE, NOON_US, in_file, known, lived_in, make_change, spoil

from planner.domain.changes import EditHousehold
from planner.storage.chain import Written, digest_of
from planner.storage.doctor import examine

ENTRY: dict[str, Any] = {
    "household_id": "h",
    "revision": 12,
    "at_us": 7,
    "author": "mé",
    "change": "{}",
    "before": None,
    "after": '{"a":1}',
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lived_in(tmp_path_factory.mktemp("sound") / "planner.db")


@pytest.fixture
def file(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "planner.db"))


def test_a_digest_is_made_as_it_is_written_down() -> None:
    """P21: anybody can check the chain, with nothing but its description."""
    parts = [b"p" * 64, b"h", b"12", b"7", "mé".encode(), b"{}", None, b'{"a":1}']
    told = b"".join(b"\xff" * 8 if part is None else len(part).to_bytes(8, "big") + part for part in parts)
    assert digest_of("p" * 64, Written(**ENTRY)) == hashlib.blake2b(told, digest_size=32).hexdigest()


@pytest.mark.parametrize(
    "other",
    [
        {"household_id": "i"},
        {"revision": 13},
        {"at_us": 8},
        {"author": "me"},
        {"change": "{} "},
        {"before": ""},
        {"after": None},
        {"change": "{}x", "after": '{"a":1}'[1:]},
        {"author": "mé{", "change": "}"},
    ],
)
def test_a_digest_covers_all_of_an_entry(other: dict[str, Any]) -> None:
    """P21: who, when, what, before and after; what belongs to one field is not taken for another's."""
    first = digest_of("", Written(**ENTRY))
    assert digest_of("", Written(**{**ENTRY, **other})) != first
    assert digest_of("0", Written(**ENTRY)) != first


@pytest.mark.parametrize("column", ["at_us", "author", "change", "before", "after", "digest"])
def test_an_altered_entry_is_named(file: Path, column: str) -> None:
    """P21: the household and the first revision that does not hold."""
    with closing(sqlite3.connect(file)) as driver:
        (text,) = driver.execute(f"SELECT {column} FROM changes WHERE revision = 2").fetchone()  # noqa: S608
    altered = 1 if column == "at_us" else f"{text} ".replace("0", "1")[-64:]
    with closing(sqlite3.connect(file)) as driver:
        driver.execute(f"UPDATE changes SET {column} = ? WHERE revision = 2", (altered,))  # noqa: S608
        driver.commit()
    findings = [each for each in examine(file, known()).findings if each.check == "chain"]
    assert [each.subject for each in findings] == [HOUSE]
    assert "hold up to revision 1, and that of revision 2 does not" in findings[0].message


def test_two_entries_that_changed_places_are_named(file: Path) -> None:
    in_file(file, lambda conn: make_change(conn, HOUSE, EditHousehold(set={"state": "NJ"})))
    for old, new in ((2, 9), (3, 2), (9, 3)):
        spoil(file, f"UPDATE changes SET revision = {new} WHERE revision = {old}")  # noqa: S608 -- ours
    checks = [each.check for each in examine(file, known()).findings]
    assert checks[:2] == ["chain", "replay"]


def test_the_newest_digest_tells_a_rewritten_journal(file: Path) -> None:
    """P21: whoever writes to the file can make a whole chain anew; a head that was noted tells it."""
    (noted,) = examine(file, known()).heads
    assert (noted["household_id"], noted["revision"]) == (HOUSE, 2)

    def rewrite(conn: Any) -> None:
        driver = conn.connection.driver_connection
        previous = ""
        for revision, change, before, after in driver.execute(
            'SELECT revision, change, "before", "after" FROM changes ORDER BY revision'
        ).fetchall():
            entry = Written(
                household_id=HOUSE, revision=revision, at_us=NOON_US, author="somebody else",
                change=change, before=before, after=after,
            )  # fmt: skip
            previous = digest_of(previous, entry)
            values = (entry.author, previous, revision)
            driver.execute("UPDATE changes SET author = ?, digest = ? WHERE revision = ?", values)

    in_file(file, rewrite)
    examined = examine(file, known(), noted=[noted])
    assert [each.check for each in examined.findings] == ["noted"]
    assert "has another digest at revision 2 than was noted" in examined.findings[0].message
    assert examined.heads != [noted]
    assert examine(file, known()).findings == []


def test_a_head_that_was_noted_holds_while_the_journal_goes_on(file: Path) -> None:
    """P21: what was noted is the digest of one revision, and later ones follow it."""
    noted = examine(file, known()).heads
    in_file(file, lambda conn: make_change(conn, HOUSE, EditHousehold(set={"state": "NJ"})))
    spoil(file, "UPDATE derived SET law_version = 'old'")
    examined = examine(file, known(), noted=noted)
    assert examined.findings == []
    assert examined.heads[0]["revision"] == 3
    gone = {**noted[0], "household_id": "removed since"}
    (finding,) = examine(file, known(), noted=[gone]).findings
    assert finding.message == "Household removed since is not there any more."
