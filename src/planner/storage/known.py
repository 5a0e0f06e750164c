"""What the doctor must be told: what a planner of this version knows, and no file says of itself."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias

from sqlalchemy import Connection, func, select

from planner.domain.household import Facts
from planner.domain.instants import from_microseconds, to_microseconds
from planner.storage.tables import epochs, events, jobs

DAY_US: Final = 86_400_000_000

Decode: TypeAlias = Callable[[str, bytes], object]
"""Reads a derived body of a subject; raises ValueError (or a kind of it) when it cannot."""

Inputs: TypeAlias = Callable[[str, Facts, object], str | None]
"""Returns the fingerprint of what a subject is worked out from, given the facts and the body that was read;
None where that cannot be told from them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """`at` is the present instant; `alive` says that a planner has the file open.

    `retention_days` has every kind of job there is, `entries` the names in the timetable. `refresh` is the
    kind that brings a household's derived data up to its facts, None where nothing says so.
    Who joined a job is recorded `joins_recorded` times, and counted after that.
    """

    at: datetime
    alive: bool
    decode: Decode
    inputs: Inputs
    fingerprint: Callable[[bytes], str]
    engine_version: str
    law_version: str
    retention_days: Mapping[str, float]
    entries: Collection[str]
    refresh: str | None
    joins_recorded: int

    @property
    def at_us(self) -> int:
        """The present instant as it is stored."""
        return to_microseconds(self.at)

    @property
    def kept_us(self) -> int:
        """How long every job is kept at least, once it has ended."""
        return int(min(self.retention_days.values(), default=0) * DAY_US)

    def kept_until(self, kind: str, at_us: int) -> int:
        """Return until when a job of the kind that ended at an instant is there, whatever the doctor."""
        days = self.retention_days.get(kind, 0)
        return at_us + int(days * DAY_US)


def as_late_as(conn: Connection, known: Known) -> Known:
    """Return `known` at the latest instant that the file speaks of, if that is later than the present.

    A clock that was ahead for a while may have let things expire that now seem to be within their time.
    """
    instants = (
        select(func.max(epochs.c.started_at_us)),
        select(func.max(epochs.c.ended_at_us)),
        select(func.max(jobs.c.accepted_at_us)),
        select(func.max(jobs.c.finished_at_us)),
        select(func.max(events.c.at_us)),
    )
    latest = max(conn.execute(query).scalar() or 0 for query in instants)
    return replace(known, at=from_microseconds(latest)) if latest > known.at_us else known
