"""Looks a database file over, live or cold, without changing it, for whatever must always hold.

Every check is a function from a connection to findings, and all of them see one snapshot. The file is opened
read-only and never locked, so a planner may be serving it meanwhile.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from planner.storage import (
    batch_checks,
    derived_checks,
    epoch_checks,
    file_checks,
    job_checks,
    journal_checks,
    record_checks,
    schema_checks,
)
from planner.storage.connection import Bound
from planner.storage.faults import DatabaseTooNew, DatabaseUnavailable, NotADatabase, code_of
from planner.storage.finding import MIGRATE, Finding, Findings
from planner.storage.group import run_in_snapshot
from planner.storage.known import Known, as_late_as
from planner.storage.migrations import OURS, revision_in

Check: TypeAlias = Callable[[Connection], Findings]

FINDINGS_MAX: Final = 100
"""How many findings of one check are listed; there may be as many as rows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Examined:
    """What was found, and the newest digest of every journal, by which later alterations can be told."""

    findings: list[Finding]
    heads: list[dict[str, Any]]


def checks_of_the_file() -> tuple[Check, ...]:
    """Return the checks of pages, of the schema, and of what the schema declares."""
    return (
        file_checks.integrity,
        schema_checks.tables,
        schema_checks.indexes,
        schema_checks.strangers,
        file_checks.references,
        file_checks.declared_rules,
    )


def checks_of_rows(known: Known) -> tuple[Check, ...]:
    """Return the checks of what planner itself keeps true."""
    alive_at = known.at if known.alive else None
    return (
        job_checks.slots,
        job_checks.turns,
        job_checks.attempt_counts,
        job_checks.marks,
        partial(job_checks.joined, known=known),
        partial(job_checks.superseded, known=known),
        job_checks.children,
        batch_checks.batches,
        job_checks.events_of_jobs,
        partial(epoch_checks.leftovers, alive_at=alive_at),
        partial(epoch_checks.open_attempts, alive_at=alive_at),
        journal_checks.journal,
        journal_checks.chain,
        journal_checks.replay,
        journal_checks.facts,
        derived_checks.derived_revisions,
        derived_checks.generations,
        partial(derived_checks.derived_bodies, known=known),
        partial(derived_checks.unattended, known=known),
        partial(record_checks.keys_of_done_jobs, known=known),
        partial(record_checks.answers, known=known),
        record_checks.messages,
        partial(record_checks.timetable_entries, known=known),
        record_checks.epochs_apart,
    )


def examine(path: Path, known: Known, *, noted: Iterable[Mapping[str, Any]] = ()) -> Examined:
    """Return everything that does not hold in the database at `path`.

    `noted` are heads of journals that an earlier examination gave; each must still be there. Raises
    DatabaseUnavailable (or its kinds) when the file cannot be examined.
    """
    if not path.is_file():
        raise DatabaseUnavailable(f"There is no database at {path}.")
    with told(path):
        uri = f"{path.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=10)) as driver:
            try:
                return _examine(driver, path, known, noted)
            except (sqlite3.Error, DBAPIError) as error:
                if code_of(error) != sqlite3.SQLITE_CORRUPT:
                    raise
                return Examined(findings=[file_checks.damaged(str(error))], heads=[])


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Say as DatabaseUnavailable, or a kind of it, why the file cannot be used."""
    try:
        yield
    except (sqlite3.Error, DBAPIError) as error:
        if code_of(error) == sqlite3.SQLITE_NOTADB:
            raise NotADatabase(f"{path} is not a database.") from error
        raise DatabaseUnavailable(f"{path} cannot be read ({error}).") from error


def older_tables(driver: sqlite3.Connection, path: Path) -> Finding | None:
    """Return a finding if the tables are of an older planner; raises if they are newer, or not planner's."""
    version = revision_in(driver, path)
    if version is None:
        raise DatabaseUnavailable(f"{path} is empty; `planner serve` makes its tables.")
    if version not in OURS.revisions:
        raise DatabaseTooNew(
            f"{path} is of a newer planner (tables {version}). Check it with that version's doctor."
        )
    if version == OURS.revisions[-1]:
        return None
    return Finding(
        check="version",
        subject=version,
        message=f"The tables are of an older planner ({version}; this one has {OURS.revisions[-1]}).",
        remedy=MIGRATE,
    )


def _examine(
    driver: sqlite3.Connection, path: Path, known: Known, noted: Iterable[Mapping[str, Any]]
) -> Examined:
    older = older_tables(driver, path)
    if older is not None:
        return Examined(findings=[older], heads=[])

    def look(conn: Connection) -> Examined:
        findings = found_in(conn, known)
        if any(each.check == "missing_tables" for each in findings):
            return Examined(findings=findings, heads=[])
        findings += journal_checks.altered_since(conn, noted)
        return Examined(findings=findings, heads=journal_checks.heads(conn))

    bound = Bound(driver)
    try:
        examined: Examined = run_in_snapshot(bound, look)
        return examined
    finally:
        bound.close()


def found_in(conn: Connection, known: Known, *, most: int = FINDINGS_MAX) -> list[Finding]:
    """Return what does not hold, in the connection's transaction, and of each check no more than `most`."""
    missing = list(schema_checks.missing_tables(conn))
    if missing:
        return missing
    checks = (*checks_of_the_file(), *checks_of_rows(as_late_as(conn, known)))
    return [finding for check in checks for finding in _bounded(check(conn), most)]


def _bounded(findings: Findings, most: int) -> Findings:
    try:
        yield from islice(findings, most)
        more = next(findings, None)
    except (sqlite3.Error, DBAPIError) as error:
        if code_of(error) != sqlite3.SQLITE_CORRUPT:
            raise
        yield file_checks.damaged(str(error))
        return
    if more is not None:
        yield Finding(
            check=more.check,
            subject="more",
            message=f"There are more than {most} of these.",
            remedy=more.remedy,
            repair=more.repair,
        )
