"""Storage: one SQLite file, one writer, a few readers; rows stay inside."""

from planner.storage.database import Store, Unit, open_store
from planner.storage.faults import DatabaseLocked, DatabaseTooNew, DatabaseUnavailable, DiskFull, NotADatabase
from planner.storage.writer import WriterStatistics

__all__ = [
    "DatabaseLocked",
    "DatabaseTooNew",
    "DatabaseUnavailable",
    "DiskFull",
    "NotADatabase",
    "Store",
    "Unit",
    "WriterStatistics",
    "open_store",
]
