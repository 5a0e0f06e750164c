"""`planner operations`, `timetable` and `outbox`: cold, and through a server."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from commands import FAMILY, Planner, served

MESSAGE = """
INSERT INTO outbox
    (key, channel, address, subject, body, message_id, state, attempts, next_at_us, created_at_us, error)
VALUES ('k', 'email', 'ada@example.org', 'A subject', 'B', 'm', 'failed', 8, 0, 0, '550 no such user')
"""
NOBODY = "smtp://127.0.0.1:9"


def alter(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database)) as driver:
        driver.execute(statement)
        driver.commit()


def set_aside(database: Path) -> None:
    alter(database, "UPDATE households SET set_aside_reason = 'It crashed.' WHERE id <> 'system'")


def test_one_look_on_the_command_line(planner: Planner, database: Path) -> None:
    """R36: one look shows what is going on; R33: a household that is set aside can be taken up again."""
    assert "Every household is at rest" in planner("operations", "--data", database).out
    set_aside(database)
    said = planner("operations", "--data", database).out
    assert "0 interactive, 0 scheduled, 0 bulk" in said
    assert "1 set aside" in said
    assert FAMILY in said
    assert "It crashed." in said
    assert planner("resume", FAMILY, "--data", database).out == "It goes on.\n"
    assert "Every household is at rest" in planner("operations", "--data", database).out


def test_the_look_through_a_server_has_the_same_form(planner: Planner, database: Path) -> None:
    """R36: whoever holds the database; JSON has all of it."""
    set_aside(database)
    cold = json.loads(planner("operations", "--json", "--data", database).out)
    with served(database, "--empty"):
        warm = json.loads(planner("operations", "--json", "--data", database).out)
        assert warm["households"][0]["shows"] == "set_aside"
        planner("resume", FAMILY, "--data", database)
        later = json.loads(planner("operations", "--json", "--data", database).out)
        assert later["actors"]["set_aside"] == 0
    assert set(cold) == set(warm)
    assert cold["changes"] == warm["changes"]


def test_the_timetable_has_last_and_next_run(planner: Planner, database: Path) -> None:
    """R4, R17: visible next and last run, and what becomes of one that was missed."""
    lines = planner("timetable", "--data", database).out.splitlines()
    assert len(lines) == 7
    assert "Bring every household into the new month" in lines[1]
    assert "made up for once" in lines[1]
    cold = json.loads(planner("timetable", "--json", "--data", database).out)
    with served(database, "--empty"):
        warm = json.loads(planner("timetable", "--json", "--data", database).out)
    assert [each["name"] for each in cold] == [each["name"] for each in warm]


def test_the_outbox_is_listed_and_a_message_tried_again(
    planner: Planner, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R17: what was sent, what waits and what was given up, and why."""
    assert planner("outbox", "--data", database).out == "No message was ever to be sent.\n"
    alter(database, MESSAGE)
    assert "550 no such user" in planner("outbox", "--data", database).out
    assert "Alerts go nowhere" in planner("outbox", "--retry", "1", "--data", database).err
    with served(database, "--empty", "--smtp-url", NOBODY, "--alert-to", "ada@example.org"):
        (row,) = json.loads(planner("outbox", "--retry", "1", "--json", "--data", database).out)
        assert row["state"] == "waiting"
        assert planner("outbox", "--retry", "7", "--data", database).status == 2
