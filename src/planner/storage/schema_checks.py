"""Checks of the schema: the tables, columns, rules and indexes in the file are those that are declared."""

import re
import sqlite3
from functools import cache
from typing import Final

from sqlalchemy import Connection, text

from planner.storage.connection import Bound
from planner.storage.finding import DROP, RESTORE, Finding, Findings, Repair
from planner.storage.tables import metadata

_ALL: Final = text("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL")


def missing_tables(conn: Connection) -> Findings:
    """Every table that is declared is in the file."""
    there = {row.name for row in conn.execute(_ALL) if row.type == "table"}
    for name in sorted(metadata.tables.keys() - there):
        yield Finding(
            check="missing_tables", subject=name, message=f"The table {name} is missing.", remedy=RESTORE
        )


def tables(conn: Connection) -> Findings:
    """Every table has the columns that are declared, and the rules to which SQLite holds each row."""
    declared = declared_definitions()
    for row in conn.execute(_ALL):
        if row.type != "table" or row.name not in metadata.tables:
            continue
        there, wanted = set(_parts_of(row.sql)), set(_parts_of(declared[row.name]))
        if there != wanted:
            differs = ", ".join(sorted(wanted - there) or sorted(there - wanted))
            yield Finding(
                check="tables",
                subject=row.name,
                message=f"The table {row.name} is not as it is declared: {differs}.",
                remedy=RESTORE,
            )


def indexes(conn: Connection) -> Findings:
    """Every index that is declared is in the file, as it is declared; the unique ones are a second wall."""
    there = {row.name for row in conn.execute(_ALL) if row.type == "index"}
    for table in metadata.sorted_tables:
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            name = str(index.name)
            if has_as_declared(conn, name):
                continue
            guard = " It guards that no two jobs hold one slot." if index.unique else ""
            wrong = "is not as it is declared" if name in there else "is missing"
            yield Finding(
                check="indexes",
                subject=name,
                message=f"The index {name} of {table.name} {wrong}.{guard}",
                remedy=RESTORE,
                repair=Repair.INDEXES,
            )


def strangers(conn: Connection) -> Findings:
    """Nothing in the file acts by itself, or is in the way: no trigger, no index that is not declared."""
    declared = declared_definitions()
    for row in conn.execute(_ALL):
        on_ours = row.tbl_name in metadata.tables
        if row.type == "trigger" or (row.type == "index" and on_ours and row.name not in declared):
            yield Finding(
                check="strangers",
                subject=row.name,
                message=f"There is a {row.type} {row.name} on {row.tbl_name}.",
                remedy=DROP,
            )


def has_as_declared(conn: Connection, index: str) -> bool:
    """Whether the index is in the file, as it is declared."""
    wanted = text("SELECT sql FROM sqlite_master WHERE type = 'index' AND name = :name")
    found = conn.execute(wanted, {"name": index}).scalar_one_or_none()
    return found is not None and _squeezed(found) == _squeezed(declared_definitions()[index])


@cache
def declared_definitions() -> dict[str, str]:
    """Return the SQL of every table and index that is declared, by name."""
    bound = Bound(sqlite3.connect(":memory:", isolation_level=None))
    try:
        metadata.create_all(bound.connection)
        return {row.name: row.sql for row in bound.connection.execute(_ALL)}
    finally:
        bound.close()


def _squeezed(definition: str) -> str:
    return re.sub(r"\s+", "", definition)


def _parts_of(definition: str) -> list[str]:
    """Return a table's definition in parts: SQLite writes a column that was added behind the rules."""
    head, inside = _squeezed(definition).split("(", 1)
    inside, tail = inside.rsplit(")", 1)
    return [head, *re.split(r",(?![^()]*\))", inside), tail]
