"""Statements that run for every job: written with Core, compiled once, and given to the driver as text."""

import sqlite3
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.expression import ClauseElement

_DIALECT = sqlite.dialect(paramstyle="named")


class Ready:
    """A statement whose text never changes; what varies is given by name.

    Running it costs a fraction of what Core takes to find the same text in its cache. Only for columns
    of numbers and text: values and rows pass unconverted, and errors are sqlite3's own.
    """

    def __init__(self, statement: ClauseElement) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        self.text = str(compiled)
        names: Mapping[Any, str] = compiled.bind_names  # type: ignore[attr-defined]  # of a SQL compiler
        self._constants = {name: bind.value for bind, name in names.items() if not bind.required}

    def run(self, conn: Connection, values: Mapping[str, Any]) -> sqlite3.Cursor:
        """Run a statement that returns no rows, in the connection's transaction."""
        driver = conn.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        return driver.execute(self.text, {**self._constants, **values} if self._constants else values)

    def rows(self, conn: Connection, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run it and return its rows, all of them: one left unread would keep the statement open."""
        return self.run(conn, values).fetchall()

    def row(self, conn: Connection, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Run it and return its only row, or None."""
        rows = self.rows(conn, values)
        assert len(rows) <= 1, self.text
        return rows[0] if rows else None
