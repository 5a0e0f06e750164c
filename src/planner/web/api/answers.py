"""JSON out: the one function that writes an answer, and the links that answers carry."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from quart import Response

from planner.actors.views import JobView
from planner.domain.instants import as_text
from planner.storage.tables import SYSTEM
from planner.web.api.routes import API, JSON

Links = dict[str, str]


def answer(
    value: object, *, status: int = 200, headers: Mapping[str, str] | None = None, media: str = JSON
) -> Response:
    """Answer with `value` as JSON: instants in UTC with Z; amounts must have been written as text before."""
    body = json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Response(body, status=status, content_type=media, headers=dict(headers or {}))


def nothing(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Answer without a body: 204 and 304 have none, and nothing is said of one."""
    response = Response(b"", status=status, headers=dict(headers or {}))
    for name in ("Content-Type", "Content-Length"):
        response.headers.pop(name, None)
    return response


def _plain(value: object) -> object:
    match value:
        case datetime():
            return as_text(value)
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case Enum():
            return value.value
        case Mapping():
            return dict(value)
        case _:
            raise TypeError(f"{type(value).__name__} has no form in JSON")


def household_links(household_id: str) -> Links:
    """Return where everything of a household is."""
    at = f"{API}/households/{household_id}"
    parts = (
        "changes",
        "flows",
        "baseline",
        "metrics",
        "status",
        "jobs",
        "idempotency-keys",
        "events",
        "export",
    )
    return {"self": at, **{part: f"{at}/{part}" for part in parts}}


def job_path(job_id: str) -> str:
    """Return where a job is."""
    return f"{API}/jobs/{job_id}"


def job_plain(job: JobView) -> dict[str, Any]:
    """Return a job as JSON has it, with where to follow it."""
    at = job_path(job.id)
    links = {
        "self": at,
        "events": f"{at}/events",
        "why": f"{at}/why",
        "cancel": f"{at}/cancel",
    }
    if job.household_id != SYSTEM:
        links["household"] = f"{API}/households/{job.household_id}"
    if job.children is not None:
        links["children"] = f"{at}/children"
    if job.parent_id is not None:
        links["parent"] = job_path(job.parent_id)
    if job.successor_id is not None:
        links["successor"] = job_path(job.successor_id)
    return {**job.to_plain(), "links": links}


def etag(revision: int) -> str:
    """Return the ETag of a household's facts."""
    return f'"{revision}"'
