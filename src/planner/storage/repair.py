"""Repairs what can be rebuilt in a database that no planner has open; facts and journal are never touched.

Everything is one transaction, after a copy of the file was made. Whatever was repaired is examined again in
that transaction, so what is reported as left is what is left.
"""

from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import outcome
from sqlalchemy import Connection

from planner.storage import mending
from planner.storage.backup import BEFORE_REPAIR, back_up
from planner.storage.connection import WRITER_PRAGMAS, Bound, open_driver
from planner.storage.doctor import found_in, older_tables, told
from planner.storage.faults import DatabaseUnavailable
from planner.storage.finding import Finding, Repair
from planner.storage.group import commit_group, run_in_snapshot
from planner.storage.known import Known, as_late_as
from planner.storage.lock import exclusive_lock
from planner.storage.mending import Means, Patient

ROUNDS_MAX: Final = 5
"""How often what was repaired is looked at again: one repair uncovers another, as rows of rows that go."""

FINDINGS_MAX: Final = 100_000

MEND: Final[dict[Repair, Callable[[Patient], int]]] = {
    Repair.REINDEX: mending.reindex,
    Repair.ORPHANS: mending.delete_orphans,
    Repair.EVENTS: mending.delete_events,
    Repair.MARKS: mending.set_marks,
    Repair.SLOTS: mending.clear_slots,
    Repair.ATTEMPTS: mending.close_attempts,
    Repair.PARK: mending.park,
    Repair.STRAY: mending.cancel_strays,
    Repair.SUPERSEDED: mending.ask_again,
    Repair.JOINED: mending.count_joined,
    Repair.CHILDREN: mending.count_children,
    Repair.DERIVED: mending.work_out_anew,
    Repair.DONE_KEYS: mending.forget_keys,
    Repair.TIMETABLE: mending.forget_entries,
    Repair.EPOCHS: mending.end_epochs,
    Repair.INDEXES: mending.make_indexes,
}
"""In the order in which they are done: rows before the indexes that would refuse them."""

assert set(MEND) == set(Repair)


@dataclass(frozen=True, kw_only=True, slots=True)
class Repaired:
    """What was done, in how many rows each; what is left; the copy of before, None if nothing was done."""

    done: dict[Repair, int]
    left: list[Finding]
    copy: Path | None


def repair(path: Path, known: Known, means: Means, *, dry_run: bool) -> Repaired:
    """Repair the database at `path`; in a dry run, take everything back and say what would be done and left.

    Raises DatabaseLocked when a planner has it open, DatabaseUnavailable (or its kinds) when it cannot be
    examined or copied; it is then as it was.
    """
    if not path.is_file():
        raise DatabaseUnavailable(f"There is no database at {path}.")
    path = path.resolve()
    with exclusive_lock(path, known.at), told(path), closing(open_driver(path, WRITER_PRAGMAS)) as driver:
        older = older_tables(driver, path)
        if older is not None:
            return Repaired(done={}, left=[older], copy=None)
        bound = Bound(driver)
        try:
            return _repair(bound, path, known, means, dry_run=dry_run)
        finally:
            bound.close()


def _repair(bound: Bound, path: Path, known: Known, means: Means, *, dry_run: bool) -> Repaired:
    findings: list[Finding] = run_in_snapshot(bound, lambda conn: found_in(conn, known))
    if not any(each.repair for each in findings) or _is_damaged(findings):
        return Repaired(done={}, left=findings, copy=None)
    copy = None if dry_run else back_up(bound.driver, path, label=_stamp(known.at), ending=BEFORE_REPAIR)

    def work(conn: Connection) -> Repaired:
        done = _mend(conn, known, means)
        return Repaired(done=done, left=found_in(conn, known), copy=copy)

    if dry_run:
        repaired: Repaired = run_in_snapshot(bound, work)
        return repaired
    (committed,) = commit_group(bound, [work])
    repaired = committed.unwrap()
    return repaired  # noqa: RET504 -- it has a type now


def _is_damaged(findings: Collection[Finding]) -> bool:
    """Whether pages are damaged, and not only indexes: writing to such a file may destroy more of it."""
    return any(each.check in {"integrity", "missing_tables"} and not each.repair for each in findings)


def _stamp(at: datetime) -> str:
    return at.strftime("%Y%m%dT%H%M%SZ")


def _mend(conn: Connection, known: Known, means: Means) -> dict[Repair, int]:
    done: dict[Repair, int] = {}
    for _ in range(ROUNDS_MAX):
        findings = found_in(conn, known, most=FINDINGS_MAX)
        patient = Patient(
            conn=conn,
            known=as_late_as(conn, known),
            means=means,
            at_us=known.at_us,
            households=frozenset(each.subject for each in findings if each.repair is Repair.DERIVED),
            jobs=frozenset(each.subject for each in findings if each.repair is Repair.SUPERSEDED),
        )
        wanted = {each.repair for each in findings}
        counts = {each: _tried(mend, patient) for each, mend in MEND.items() if each in wanted}
        if not any(counts.values()):
            break
        for each, count in counts.items():
            done[each] = done.get(each, 0) + count
    return {each: count for each, count in done.items() if count}


def _tried(mend: Callable[[Patient], int], patient: Patient) -> int:
    """Do one repair in a savepoint; what the rules of the tables refuse is taken back, and stays found."""
    driver: Any = patient.conn.connection.driver_connection
    driver.execute("SAVEPOINT mending")
    count = outcome.capture(mend, patient)
    refused = isinstance(count, outcome.Error)
    if refused:
        driver.execute("ROLLBACK TO mending")
    driver.execute("RELEASE mending")
    return 0 if isinstance(count, outcome.Error) and mending.was_refused(count.error) else count.unwrap()
