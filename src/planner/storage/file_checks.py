"""Checks of the file itself: pages, references, and the rules that the tables declare."""

from typing import Final

from sqlalchemy import CheckConstraint, Connection, Table, func, literal_column, not_, select, text
from sqlalchemy.sql import ColumnElement

from planner.storage.finding import ASIDE, REPORT, RESTORE, Finding, Findings, Repair
from planner.storage.tables import metadata

INTEGRITY_ERRORS_MAX: Final = 20
_OF_AN_INDEX: Final = ("missing from index ", "wrong # of entries in index ", "non-unique entry in index ")
_MARKS: Final = ("ck_jobs_pending", "ck_jobs_finished", "ck_jobs_expires")


def integrity(conn: Connection) -> Findings:
    """The file is intact, by SQLite's own check of every page and index.

    Of rows that break a CHECK constraint only a writable connection hears; `declared_rules` names those rows.
    """
    for problem in conn.execute(text(f"PRAGMA integrity_check({INTEGRITY_ERRORS_MAX})")).scalars():
        if problem != "ok" and not problem.startswith("CHECK constraint failed"):
            yield damaged(str(problem))


def damaged(problem: str) -> Finding:
    """Say what SQLite found wrong with the file."""
    of_an_index = any(words in problem for words in _OF_AN_INDEX)
    return Finding(
        check="integrity",
        subject="file",
        message=f"The file is damaged: {' '.join(problem.split())}.",
        remedy=RESTORE,
        repair=Repair.REINDEX if of_an_index else None,
    )


def references(conn: Connection) -> Findings:
    """Every row that belongs to another has it: no attempt without its job, no job without its household."""
    counted: dict[tuple[str, str], int] = {}
    for child, _, parent, _ in conn.execute(text("PRAGMA foreign_key_check")):
        counted[child, parent] = counted.get((child, parent), 0) + 1
    for (child, parent), count in counted.items():
        yield Finding(
            check="references",
            subject=child,
            message=f"{count} {'row' if count == 1 else 'rows'} of {child} without a row in {parent}.",
            remedy=RESTORE if child == "changes" else ASIDE,
            repair=None if child == "changes" else Repair.ORPHANS,
        )


_BROKEN_RULES: Final = {
    "ck_jobs_state": "is in a state there is not",
    "ck_jobs_pending": "is pending, and yet has run",
    "ck_jobs_running": "is running, and yet has no attempt, no epoch or no start",
    "ck_jobs_finished": "is finished without a time, or has one and is not finished",
    "ck_jobs_expires": "has no end of retention though it is finished, or one though it is not",
    "ck_jobs_successor": "is superseded without a successor",
}


def declared_rules(conn: Connection) -> Findings:
    """Every row keeps the rules that its table declares."""
    for table in metadata.sorted_tables:
        for constraint in table.constraints:
            if isinstance(constraint, CheckConstraint):
                yield from _breaking(conn, table, constraint)


def _breaking(conn: Connection, table: Table, constraint: CheckConstraint) -> Findings:
    key = [table.c.id] if "id" in table.c else list(table.primary_key.columns)
    rule: ColumnElement[int] = literal_column(f"({constraint.sqltext})")
    # SQLite takes a rule that comes out as NULL for kept.
    for row in conn.execute(select(*key).where(not_(func.coalesce(rule, 1)))):
        subject = " ".join(str(part) for part in row)
        broken = _BROKEN_RULES.get(str(constraint.name), f"breaks its rule ({constraint.sqltext})")
        yield Finding(
            check="declared_rules",
            subject=subject,
            message=f"{table.name.rstrip('s').capitalize()} {subject} {broken}.",
            remedy=REPORT,
            repair=Repair.MARKS if constraint.name in _MARKS else None,
        )
