"""What the process does on its own account to keep derived data right."""

import logging
from datetime import date

from sqlalchemy import Connection

from planner.actors.kind import Request
from planner.domain.calendar import month_number
from planner.domain.errors import Busy, NotFound
from planner.engine import ENGINE_VERSION
from planner.storage.derived import derived_head
from planner.storage.facts import households_after
from planner.storage.job_rows import Priority
from planner.taxes.law import LAW_VERSION
from planner.work.names import REFRESH_BASELINE
from planner.work.subjects import BASELINE
from planner.work.world import World

log = logging.getLogger(__name__)

PAGE = 200


async def refresh_what_is_stale(world: World) -> None:
    """Ask for a new baseline of every household whose last one is of older facts, engine, law or month.

    Runs once, at start, in pages and behind everything that people ask for.
    """
    after = ""
    while True:
        page, stale = await world.store.read(_page, after, world.today())
        for household_id in stale:
            await _ask(world, household_id)
        if len(page) < PAGE:
            return
        after = page[-1]


def _page(conn: Connection, after: str, today: date) -> tuple[list[str], list[str]]:
    """Return a page of households, and which of them are stale."""
    page = households_after(conn, after, PAGE)
    stale = [row.id for row in page if _is_stale(conn, row.id, row.revision, today)]
    return [row.id for row in page], stale


def _is_stale(conn: Connection, household_id: str, revision: int, today: date) -> bool:
    head = derived_head(conn, household_id, BASELINE)
    if head is None or head.revision != revision:
        return True
    versions = (head.engine_version, head.law_version)
    return versions != (ENGINE_VERSION, LAW_VERSION) or month_number(head.at.date()) != month_number(today)


async def _ask(world: World, household_id: str) -> None:
    request = Request(
        household_id=household_id,
        kind=REFRESH_BASELINE,
        requested_by="planner",
        priority=Priority.BULK,
    )
    try:
        await world.households.accept(request)
    except NotFound:
        log.info("household %s was removed before it could be refreshed", household_id)
    except Busy as busy:
        log.warning("household %s could not be refreshed: %s", household_id, busy.message)
