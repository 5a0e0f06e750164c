"""The log of what happened to jobs and households, written in the transaction that makes it happen."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select

from planner.storage.job_rows import EventRow, canonical_json
from planner.storage.ready import Ready
from planner.storage.tables import events, requests

_INSERT = Ready(
    insert(events).values(
        {name: bindparam(name) for name in ("household_id", "job_id", "at_us", "type", "data")}
    )
)
_JOINED = Ready(
    insert(requests).values(
        {name: bindparam(name) for name in ("job_id", "requested_by", "least_revision", "at_us", "arguments")}
    )
)


def record_event(
    conn: Connection,
    *,
    household_id: str,
    job_id: str | None,
    at_us: int,
    event_type: str,
    data: Mapping[str, object],
) -> None:
    """Append one event."""
    _INSERT.run(
        conn,
        {
            "household_id": household_id,
            "job_id": job_id,
            "at_us": at_us,
            "type": event_type,
            "data": canonical_json(data),
        },
    )


def record_request(
    conn: Connection,
    job_id: str,
    *,
    requested_by: str,
    least_revision: int,
    at_us: int,
    arguments: Mapping[str, object] | None,
) -> None:
    """Append who else asked for the job, and for what if it was not what the job was waiting to do."""
    _JOINED.run(
        conn,
        {
            "job_id": job_id,
            "requested_by": requested_by,
            "least_revision": least_revision,
            "at_us": at_us,
            "arguments": None if arguments is None else canonical_json(arguments),
        },
    )


def requests_of(
    conn: Connection, job_id: str, *, limit: int
) -> list[tuple[str, int, Mapping[str, object] | None]]:
    """Return who joined the job, when, and what for if that changed the job, first to last."""
    columns = (requests.c.requested_by, requests.c.at_us, requests.c.arguments)
    query = select(*columns).where(requests.c.job_id == job_id).order_by(requests.c.id).limit(limit)
    return [
        (row.requested_by, row.at_us, None if row.arguments is None else json.loads(row.arguments))
        for row in conn.execute(query)
    ]


def events_after(
    conn: Connection, after_id: int, *, household_id: str | None, job_id: str | None, limit: int
) -> list[EventRow]:
    """Return at most `limit` events that were committed after `after_id`, in order."""
    query = select(events).where(events.c.id > after_id).order_by(events.c.id).limit(limit)
    if household_id is not None:
        query = query.where(events.c.household_id == household_id)
    if job_id is not None:
        query = query.where(events.c.job_id == job_id)
    return [_event_of(row) for row in conn.execute(query)]


def event_range(conn: Connection) -> tuple[int, int]:
    """Return the ids of the oldest and the newest event that are kept, (0, 0) when there is none."""
    oldest = conn.execute(select(func.min(events.c.id))).scalar()
    newest = conn.execute(select(func.max(events.c.id))).scalar()
    return oldest or 0, newest or 0


def _event_of(row: Row[Any]) -> EventRow:
    plain = dict(row._mapping)  # noqa: SLF001 -- the documented way to a Row's names
    plain["data"] = json.loads(plain["data"])
    return EventRow(**plain)
