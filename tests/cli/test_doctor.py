"""`planner doctor`: says what is wrong, what to do, and how sure it is by its exit status."""

import json
from pathlib import Path

from commands import Planner
from lived_in import spoil


def test_a_sound_database_is_status_0(planner: Planner, database: Path) -> None:
    done = planner("doctor", "--data", database)
    assert (done.status, done.out, done.err) == (0, f"{database}: all is well.\n", "")


def test_each_finding_is_a_line_with_what_to_do_and_status_1(planner: Planner, database: Path) -> None:
    spoil(database, "DELETE FROM changes", "UPDATE derived SET body = x'00' WHERE subject = 'flows'")
    done = planner("doctor", "--data", database)
    assert (done.status, done.err) == (1, "")
    assert [line.split(":")[0] for line in done.out.splitlines()] == ["journal", "derived_bodies"]
    assert "Export the household" in done.out
    plain = json.loads(planner("doctor", "--json", "--data", database).out)
    assert [finding["check"] for finding in plain["findings"]] == ["journal", "derived_bodies"]


def test_a_projection_that_cannot_be_read_is_found(planner: Planner, database: Path) -> None:
    spoil(database, "UPDATE derived SET body = x'789c03000000000001' WHERE subject = 'baseline'")
    done = planner("doctor", "--data", database)
    assert done.status == 1
    assert done.out.startswith("derived_bodies: baseline of household ")


def test_what_cannot_be_checked_is_status_2(planner: Planner, tmp_path: Path) -> None:
    text = tmp_path / "text.db"
    text.write_text("a text " * 1000)
    done = planner("doctor", "--data", text)
    assert (done.status, done.out) == (2, "")
    assert done.err == f"planner: {text} is not a database.\n"
