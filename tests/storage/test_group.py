"""Committing a group: every outcome says what is in the database, whatever the other units do."""

import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import notes
import outcome
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from planner.domain.errors import Busy, Refused
from planner.storage.connection import WRITER_PRAGMAS, Bound, open_driver
from planner.storage.faults import DiskFull
from planner.storage.group import BEGIN_ATTEMPTS_MAX, Outcome, commit_group, run_in_snapshot


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bound]:
    path = tmp_path_factory.mktemp("group") / "notes.db"
    bound = Bound(open_driver(path, (*WRITER_PRAGMAS, "busy_timeout = 1")))
    commit_group(bound, [notes.create, defer_a_constraint])
    yield bound
    bound.close()


def defer_a_constraint(conn: Connection) -> None:
    conn.execute(text("CREATE TABLE answers (note INTEGER REFERENCES notes DEFERRABLE INITIALLY DEFERRED)"))


def fine(number: int, conn: Connection) -> int:
    return notes.add(conn, number)


def refused(number: int, conn: Connection) -> None:
    notes.add(conn, number)
    raise Refused("no")


def duplicate(number: int, conn: Connection) -> None:
    notes.add(conn, number)
    notes.add(conn, number)


def interrupted(number: int, conn: Connection) -> None:
    driver = driver_of(conn)
    notes.add(conn, number)
    driver.set_progress_handler(lambda: 1, 1)
    try:
        notes.add(conn, number + 1_000_000)
    finally:
        driver.set_progress_handler(None, 0)


def commits(number: int, conn: Connection) -> None:
    notes.add(conn, number)
    conn.commit()


def rolls_back(number: int, conn: Connection) -> None:
    notes.add(conn, number)
    conn.rollback()


def leaves_a_savepoint(number: int, conn: Connection) -> None:
    conn.begin_nested()
    notes.add(conn, number)


def nests(number: int, conn: Connection) -> int:
    with conn.begin_nested():
        notes.add(conn, number)
    return number


def breaks_a_deferred_constraint(number: int, conn: Connection) -> None:
    notes.add(conn, number)
    conn.execute(text("INSERT INTO answers VALUES (-1)"))


def driver_of(conn: Connection) -> sqlite3.Connection:
    driver = conn.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


NumberedUnit = Callable[[int, Connection], object]
GOOD: tuple[NumberedUnit, ...] = (fine, nests)
BAD: tuple[NumberedUnit, ...] = (
    refused,
    duplicate,
    interrupted,
    commits,
    rolls_back,
    leaves_a_savepoint,
    breaks_a_deferred_constraint,
)
UNITS = st.lists(st.sampled_from(GOOD * 3 + BAD), min_size=1, max_size=12)


@settings(max_examples=150, deadline=None)
@given(units=UNITS)
def test_an_outcome_is_a_value_exactly_when_its_row_is_there(bound: Bound, units: list[NumberedUnit]) -> None:
    """I2, R19, R26: a unit that fails, however it fails, takes no other with it and leaves nothing."""
    commit_group(bound, [notes.clear])
    outcomes = commit_group(bound, [partial(unit, number) for number, unit in enumerate(units)])
    assert [isinstance(each, outcome.Value) for each in outcomes] == [unit in GOOD for unit in units]
    assert run_in_snapshot(bound, notes.numbers) == {n for n, unit in enumerate(units) if unit in GOOD}


def error_of(result: Outcome) -> BaseException:
    assert isinstance(result, outcome.Error)
    return result.error


@pytest.mark.parametrize(
    "unit,kind",
    [
        (refused, Refused),
        (duplicate, IntegrityError),
        (interrupted, Busy),
        (commits, RuntimeError),
        (leaves_a_savepoint, RuntimeError),
        (breaks_a_deferred_constraint, sqlite3.IntegrityError),
    ],
)
def test_each_failure_is_told_as_what_it_is(bound: Bound, unit: NumberedUnit, kind: type[Exception]) -> None:
    """R7: passing faults are Busy, the unit's own mistakes stay what they are."""
    commit_group(bound, [notes.clear])
    assert isinstance(error_of(commit_group(bound, [partial(unit, 1)])[0]), kind)


def test_a_unit_that_hides_a_database_error_fails_alone(bound: Bound) -> None:
    """R7: going on after SQLite has rolled the transaction back would write half a unit."""
    commit_group(bound, [notes.clear])

    def hides(conn: Connection) -> str:
        try:
            interrupted(50, conn)
        except Exception:  # noqa: BLE001 -- the bug this test is about
            return "done"
        return "not interrupted"

    first, hidden, last = commit_group(bound, [partial(fine, 1), hides, partial(fine, 2)])
    assert (first.unwrap(), last.unwrap()) == (1, 2)
    assert "hid a database error" in str(error_of(hidden))
    assert run_in_snapshot(bound, notes.numbers) == {1, 2}


def test_without_room_only_the_guilty_unit_fails(tmp_path: Path) -> None:
    """R26: SQLITE_FULL in a statement rolls back the whole transaction; the others are done again."""
    bound = Bound(open_driver(tmp_path / "small.db", WRITER_PRAGMAS))
    commit_group(bound, [notes.create])
    (pages,) = bound.driver.execute("PRAGMA page_count").fetchone()
    bound.driver.execute(f"PRAGMA max_page_count = {pages + 4}")
    huge = partial(notes.add, number=2, text="x" * 100_000)
    first, guilty, last = commit_group(bound, [partial(fine, 1), huge, partial(fine, 3)])
    assert (first.unwrap(), last.unwrap()) == (1, 3)
    assert isinstance(error_of(guilty), DiskFull)
    assert run_in_snapshot(bound, notes.numbers) == {1, 3}
    bound.close()


@pytest.fixture
def other(bound: Bound) -> Iterator[sqlite3.Connection]:
    (_, _, path) = bound.driver.execute("PRAGMA database_list").fetchone()
    other = sqlite3.connect(path, isolation_level=None)
    yield other
    other.close()


def test_when_another_program_holds_the_lock_the_whole_group_is_told_so(
    bound: Bound, other: sqlite3.Connection
) -> None:
    """R26: BUSY comes before anything ran, so all members fail alike and none runs."""
    commit_group(bound, [notes.clear])
    ran: list[int] = []
    begun: list[str] = []
    bound.driver.set_trace_callback(begun.append)
    other.execute("BEGIN IMMEDIATE")
    outcomes = commit_group(bound, [lambda _: ran.append(1), lambda _: ran.append(2)])
    other.execute("ROLLBACK")
    bound.driver.set_trace_callback(None)
    assert [type(error_of(each)) for each in outcomes] == [Busy, Busy]
    assert ran == []
    assert begun == ["BEGIN IMMEDIATE"] * BEGIN_ATTEMPTS_MAX
    assert commit_group(bound, [partial(fine, 1)])[0].unwrap() == 1


def test_a_lock_that_is_let_go_is_waited_for(bound: Bound, other: sqlite3.Connection) -> None:
    """R26: BUSY is retried for the group as a whole."""
    commit_group(bound, [notes.clear])
    attempts: list[str] = []

    def let_go_at_the_second(statement: str) -> None:
        attempts.append(statement)
        if attempts == ["BEGIN IMMEDIATE"] * 2:
            other.execute("ROLLBACK")

    other.execute("BEGIN IMMEDIATE")
    bound.driver.set_trace_callback(let_go_at_the_second)
    outcomes = commit_group(bound, [partial(fine, 1), partial(fine, 2)])
    bound.driver.set_trace_callback(None)
    assert [each.unwrap() for each in outcomes] == [1, 2]
    assert attempts.count("COMMIT") == 1
