"""A database whose disk does as it is told: what was committed survives a crash, and nothing else does."""

import sqlite3
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import trio

from planner.simulation.faults import AtCommit, Faults
from planner.simulation.order import Trace
from planner.storage.connection import Bound
from planner.storage.migrations import upgrade

RECORDS: Final = """
CREATE TABLE simulated_effects(job_id TEXT, household_id TEXT, kind TEXT, revision INTEGER, attempt INTEGER);
CREATE TABLE simulated_moves(
    id INTEGER PRIMARY KEY, job_id TEXT, before TEXT, after TEXT, attempts INTEGER, epoch INTEGER
);
CREATE TABLE simulated_births(job_id TEXT, pending INTEGER, covering INTEGER);
CREATE TRIGGER simulated_birth BEFORE INSERT ON jobs BEGIN
    INSERT INTO simulated_births SELECT NEW.id,
        (SELECT count(*) FROM jobs WHERE household_id = NEW.household_id AND merge_key = NEW.merge_key
            AND state = 'pending'),
        (SELECT count(*) FROM jobs WHERE household_id = NEW.household_id AND merge_key = NEW.merge_key
            AND state = 'running' AND arguments = NEW.arguments
            AND snapshot_revision = (SELECT revision FROM households WHERE id = NEW.household_id));
END;
CREATE TRIGGER simulated_first_move AFTER INSERT ON jobs BEGIN
    INSERT INTO simulated_moves(job_id, before, after, attempts, epoch)
        VALUES (NEW.id, NULL, NEW.state, NEW.attempts, NEW.epoch);
END;
CREATE TRIGGER simulated_move AFTER UPDATE OF state ON jobs BEGIN
    INSERT INTO simulated_moves(job_id, before, after, attempts, epoch)
        VALUES (NEW.id, OLD.state, NEW.state, NEW.attempts, NEW.epoch);
END;
"""
"""What the database writes down about itself, in the same transactions, for the model to judge."""

TWO_TURNS: Final = (
    "SELECT household_id FROM jobs WHERE state = 'running' "
    "GROUP BY household_id, children IS NULL HAVING count(*) > 1"
)


class Killed(BaseException):
    """The process ended at this very statement."""


class Drive(sqlite3.Connection):
    """A connection that asks its disk before it begins and before it commits."""

    disk: "Disk"

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Run one statement, or fail as the disk wants it."""
        if sql == "BEGIN IMMEDIATE":
            self.disk.before_begin()
        elif sql == "COMMIT":
            return self.disk.commit()
        elif self.in_transaction:
            self.disk.before_statement(sql)
        return super().execute(sql, parameters)

    def directly(self, sql: str) -> sqlite3.Cursor:
        """Run one statement, whatever the disk is like."""
        return super().execute(sql)


class _Template(sqlite3.Connection):
    def close(self) -> None:
        """Stay open: the migrations close what they are given, and a database in memory would be gone."""


@cache
def _template() -> sqlite3.Connection:
    """Return an empty database as migrations make it, with the records of the simulation."""
    driver = sqlite3.connect(":memory:", isolation_level=None, factory=_Template)
    upgrade(driver)
    driver.executescript(RECORDS)
    return driver


@cache
def _drive() -> tuple[Drive, Bound]:
    """Return the one connection of this process: to make it anew for every seed would cost the most."""
    drive = sqlite3.connect(":memory:", isolation_level=None, factory=Drive)
    return drive, Bound(drive)


class Disk:
    """The disk of one simulated machine. Its processes come and go; only one is on at a time."""

    def __init__(self, faults: Faults, trace: Trace) -> None:
        self.drive, self.bound = _drive()
        self.drive.disk = self
        self.power_off()
        _template().backup(self.drive)
        self.drive.directly("PRAGMA foreign_keys = ON").close()
        self.faults = faults
        self.trace = trace
        self.commits = 0
        self.spare_in_use = False
        self.died = trio.Event()
        self._kill: Callable[[], None] | None = None

    def power_on(self, kill: Callable[[], None]) -> None:
        """A process opens the database; `kill` ends it, without a word."""
        assert self._kill is None, "two processes on one database"
        self._kill = kill
        self.died = trio.Event()

    def power_off(self) -> None:
        """Nothing is open any more; what was not committed is gone."""
        self._kill = None
        if not self.bound.intact:
            self.bound.renew()
        self._forget_uncommitted()

    def _forget_uncommitted(self) -> None:
        if self.drive.in_transaction:
            self.drive.directly("ROLLBACK").close()

    def kill(self) -> None:
        """End the process now: from here on nothing of it reaches the disk."""
        if self._kill is not None and not self.died.is_set():
            self.trace.note("killed")
            self.died.set()
            self._forget_uncommitted()
            self._kill()

    def call(self, function: Callable[[], Any]) -> Any:
        """Call `function` as the thread of a connection would; a dead process gets no answer."""
        if self.died.is_set():
            raise Killed
        return function()

    def before_begin(self) -> None:
        """Another program may hold the write lock."""
        if self.faults.happens("busy"):
            raise refusal(sqlite3.SQLITE_BUSY)

    def before_statement(self, sql: str) -> None:
        """The disk may be found full in the middle of a transaction, which rolls all of it back."""
        if sql.startswith("UPDATE") and self.faults.happens("full_inside"):
            self.drive.directly("ROLLBACK").close()
            raise refusal(sqlite3.SQLITE_FULL)

    def commit(self) -> sqlite3.Cursor:
        """Commit, or fail, or die, before or after; a torn commit is in or out, and nobody is told."""
        self.commits += 1
        fate = self.faults.at_commit(self.commits, spare_in_use=self.spare_in_use)
        self.trace.note("commit", self.commits, fate)
        if fate is AtCommit.KILL_BEFORE:
            raise Killed
        if fate is AtCommit.FULL:
            raise refusal(sqlite3.SQLITE_FULL)
        if fate is AtCommit.LOSE_BEFORE:
            self.drive.directly("ROLLBACK").close()
            raise refusal(sqlite3.SQLITE_IOERR)
        cursor = self.drive.directly("COMMIT")
        twice = self.drive.directly(TWO_TURNS).fetchall()
        assert not twice, f"two jobs of one household run: {twice}"
        if fate is AtCommit.KILL_AFTER:
            raise Killed
        if fate is AtCommit.LOSE_AFTER:
            raise refusal(sqlite3.SQLITE_IOERR)
        return cursor


def refusal(code: int) -> sqlite3.OperationalError:
    """Return the error that SQLite raises with `code`."""
    error = sqlite3.OperationalError(f"simulated: {code}")
    error.sqlite_errorcode = code
    return error
