"""Brings every household up to date that an older month, engine, law or revision left behind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

import trio
from sqlalchemy import Connection

from planner.actors.kind import Kind, Outcome, Request
from planner.actors.merge import Merge
from planner.actors.turn import Turn
from planner.domain.calendar import month_number
from planner.domain.errors import Refused
from planner.engine import ENGINE_VERSION
from planner.storage.derived import derived_head
from planner.storage.facts import households_after
from planner.storage.housekeeping import bulk_waiting
from planner.storage.job_rows import JobRow, Priority
from planner.storage.tables import SYSTEM
from planner.taxes.law import LAW_VERSION
from planner.work.names import REFRESH_BASELINE, ROLL_MONTH_FORWARD
from planner.work.subjects import BASELINE
from planner.work.system_jobs import for_planner_itself
from planner.work.world import Clock

WAITING_AT_ONCE: Final = 20
"""How many households may wait to be brought up to date at any moment."""

LOOKED_AT_ONCE: Final = 200
PAUSE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Page:
    """The next households: which of them are stale, and where the page ends; "" is the end of all."""

    stale: list[str]
    ends_at: str
    is_crowded: bool


def roll_request(requested_by: str, after: str = "") -> Request:
    """Return the request to go through the households whose ids come after `after`."""
    return Request(
        household_id=SYSTEM,
        kind=ROLL_MONTH_FORWARD,
        arguments={"after": after},
        requested_by=requested_by,
        priority=Priority.BULK,
    )


def month_kinds(clock: Clock) -> tuple[Kind, ...]:
    """Return the kind that rolls the month forward: a turn for each page, one job for all who ask."""

    def load(conn: Connection, job: JobRow) -> _Page:
        return _page(conn, str(job.arguments["after"]), clock)

    return (
        Kind(
            name=ROLL_MONTH_FORWARD,
            title="Bring every household into the present month",
            load=for_planner_itself(load),
            handle=_roll,
            check_arguments=_check_arguments,
            merge=Merge(_from_the_earlier),
            example_arguments=({"after": ""}, {"after": "0193"}, {"after": "0194"}),
            priority=Priority.BULK,
        ),
    )


def _page(conn: Connection, after: str, clock: Clock) -> _Page:
    waiting = bulk_waiting(conn, REFRESH_BASELINE, Priority.BULK, WAITING_AT_ONCE)
    if waiting >= WAITING_AT_ONCE:
        return _Page([], after, is_crowded=True)
    stale: list[str] = []
    page = households_after(conn, after, LOOKED_AT_ONCE)
    for row in page:
        if _is_stale(conn, row.id, row.revision, clock):
            stale.append(row.id)
        if waiting + len(stale) >= WAITING_AT_ONCE:
            return _Page(stale, row.id, is_crowded=False)
    return _Page(stale, page[-1].id if len(page) == LOOKED_AT_ONCE else "", is_crowded=False)


def _is_stale(conn: Connection, household_id: str, revision: int, clock: Clock) -> bool:
    head = derived_head(conn, household_id, BASELINE)
    if head is None or head.revision != revision:
        return True
    versions = (head.engine_version, head.law_version)
    months = month_number(clock.day_of(head.at)), month_number(clock.today())
    return versions != (ENGINE_VERSION, LAW_VERSION) or months[0] != months[1]


async def _roll(turn: Turn) -> Outcome:
    """Ask for some households, behind everything that people ask for, and go on after them."""
    page = cast("_Page", turn.snapshot)
    if page.is_crowded:
        await trio.sleep(PAUSE_SECONDS)
    follow = [_refresh(household_id) for household_id in page.stale]
    if page.ends_at or page.is_crowded:
        follow.append(roll_request(ROLL_MONTH_FORWARD, page.ends_at))
    return Outcome(
        result={"asked_for": len(page.stale), "goes_on_after": page.ends_at or None},
        unchanged=not page.stale,
        follow=tuple(follow),
    )


def _refresh(household_id: str) -> Request:
    return Request(
        household_id=household_id,
        kind=REFRESH_BASELINE,
        requested_by=ROLL_MONTH_FORWARD,
        priority=Priority.BULK,
    )


def _check_arguments(arguments: Mapping[str, object]) -> Mapping[str, object]:
    for name in arguments:
        if name != "after":
            raise Refused.one(f"arguments.{name}", "is not an argument here; give `after`, or nothing.")
    after = arguments.get("after", "")
    if not isinstance(after, str):
        raise Refused.one("arguments.after", "is the id of the household to go on after.")
    return {"after": after}


def _from_the_earlier(waiting: Mapping[str, object], asked: Mapping[str, object]) -> Mapping[str, object]:
    return {"after": min(str(waiting["after"]), str(asked["after"]))}
