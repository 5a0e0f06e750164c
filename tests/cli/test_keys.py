"""`planner jobs keys`: what is remembered as done, and forgetting it; cold and through a server."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from commands import FAMILY, Planner, served

FAR_US = 4_000_000_000_000_000
REMEMBER = (
    "INSERT INTO done_keys SELECT id, ?, 'daily_report', 'j', 0, ? FROM households WHERE id <> 'system'"
)


@pytest.fixture
def remembering(database: Path) -> Path:
    """The database, in which the family remembers two keys."""
    with closing(sqlite3.connect(database)) as driver:
        driver.executemany(REMEMBER, [("a", FAR_US), ("b", FAR_US)])
        driver.commit()
    return database


def test_keys_are_listed_and_cleared(planner: Planner, remembering: Path) -> None:
    """R16: look-up and clearing on the command line."""
    found = json.loads(planner("jobs", "keys", FAMILY, "--json", "--data", remembering).out)
    assert [(each["key"], each["kind"], each["job_id"]) for each in found] == [
        ("a", "daily_report", "j"),
        ("b", "daily_report", "j"),
    ]
    table = planner("jobs", "keys", FAMILY, "--clear", "a", "--data", remembering).out.splitlines()
    assert [line.split()[0] for line in table] == ["Key", "b"]
    done = planner("jobs", "keys", FAMILY, "--clear", "a", "--data", remembering)
    assert (done.status, done.err) == (2, 'planner: This household remembers nothing under the key "a".\n')
    planner("jobs", "keys", FAMILY, "--clear", "b", "--data", remembering)
    assert planner("jobs", "keys", FAMILY, "--data", remembering).out == "Nothing is remembered as done.\n"


def test_keys_through_a_server_are_the_same(planner: Planner, remembering: Path) -> None:
    """R16: the same commands, whoever holds the database."""
    cold = planner("jobs", "keys", FAMILY, "--json", "--data", remembering).out
    with served(remembering):
        assert planner("jobs", "keys", FAMILY, "--json", "--data", remembering).out == cold
        left = planner("jobs", "keys", FAMILY, "--clear", "a", "--json", "--data", remembering).out
        assert [each["key"] for each in json.loads(left)] == ["b"]
