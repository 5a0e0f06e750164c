"""Every household at one look: those with something to show first, and of each what its mailbox holds."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, literal_column, select

from planner.storage import history
from planner.storage.history import Look
from planner.storage.tables import derived, households, jobs

FAILURES_LOOKED_AT: Final = 1_000
COUNTED_MAX: Final = 1_000
"""Of a household's waiting jobs no more are counted."""


class Shows(StrEnum):
    """What a household has to show, in the order of the list."""

    SET_ASIDE = "set_aside"
    STUCK = "stuck"
    FAILING = "failing"
    BEHIND = "behind"
    BUSY = "busy"
    IDLE = "idle"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One household. `shown_revision` is the revision that the derived subject holds for."""

    name: str
    shows: Shows
    look: Look
    shown_revision: int | None
    worked_out_us: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Lines:
    """A page of households; `next_start` is where the next one begins, None: there is no more."""

    lines: list[Line]
    next_start: int | None


def lines_from(
    conn: Connection,
    start: int,
    limit: int,
    *,
    set_aside: Collection[str],
    stuck: Iterable[str],
    behind: Iterable[str],
    subject: str,
) -> Lines:
    """Return `limit` households from the place `start` on.

    Memory knows who is `set_aside` or `stuck`; those `behind` were found by who counted their changes.
    """
    first = _with_something_to_show(conn, set_aside, stuck, behind)
    wanted = list(first.items())[start : start + limit + 1]
    missing = limit + 1 - len(wanted)
    if missing:
        others = max(0, start - len(first))
        ids = conn.execute(
            select(households.c.id).order_by(households.c.id).limit(len(first) + others + missing)
        )
        idle = [each for each in ids.scalars() if each not in first]
        wanted += [(each, Shows.IDLE) for each in idle[others : others + missing]]
    lines = [_line(conn, household_id, shows, subject) for household_id, shows in wanted[:limit]]
    return Lines(
        lines=[line for line in lines if line is not None],
        next_start=start + limit if len(wanted) > limit else None,
    )


def _with_something_to_show(
    conn: Connection, set_aside: Collection[str], stuck: Iterable[str], behind: Iterable[str]
) -> dict[str, Shows]:
    busy = dict.fromkeys(each.household_id for each in history.backlogs(conn))
    groups = (
        (Shows.SET_ASIDE, sorted({*set_aside, *history.set_aside_reasons(conn)})),
        (Shows.STUCK, stuck),
        (Shows.FAILING, _failing(conn)),
        (Shows.BEHIND, (each for each in behind if each not in busy)),
        (Shows.BUSY, busy),
    )
    found: dict[str, Shows] = {}
    for shows, ids in groups:
        for household_id in ids:
            found.setdefault(household_id, shows)
    return found


def names_of(conn: Connection, household_ids: Collection[str]) -> dict[str, str]:
    """Return the names of households, by id."""
    found = conn.execute(select(households.c.id, households.c.name).where(households.c.id.in_(household_ids)))
    return {row.id: row.name for row in found}


def _failing(conn: Connection) -> list[str]:
    """Return households whose last job of a kind failed, the last failure first."""
    failed = select(jobs.c.household_id).where(jobs.c.state == literal_column("'failed'"))
    latest = conn.execute(failed.order_by(jobs.c.seq.desc()).limit(FAILURES_LOOKED_AT)).scalars()
    return [each for each in dict.fromkeys(latest) if history.last_failure(conn, each) is not None]


def _line(conn: Connection, household_id: str, shows: Shows, subject: str) -> Line | None:
    """Return a household's line; None for one that memory knows and that was just removed."""
    look = history.look(conn, household_id, shown=1, counted=COUNTED_MAX)
    if look is None:
        return None
    name = conn.execute(select(households.c.name).where(households.c.id == household_id)).scalar_one()
    columns = (derived.c.revision, derived.c.at_us)
    of_subject = (derived.c.household_id == household_id, derived.c.subject == subject)
    shown = conn.execute(select(*columns).where(*of_subject)).one_or_none()
    return Line(
        name=name,
        shows=shows,
        look=look,
        shown_revision=None if shown is None else shown.revision,
        worked_out_us=None if shown is None else shown.at_us,
    )
