"""The web's error table: what each error is answered with, as a problem document (RFC 9457)."""

import json
import logging
import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from quart import Response, request
from werkzeug.exceptions import HTTPException, InternalServerError

from planner.domain import errors
from planner.domain.errors import Problem
from planner.web.bodies import TooSlow

log = logging.getLogger("planner.web")

CRASHED_RETRY_SECONDS: Final = 5
PROBLEM_JSON: Final = "application/problem+json"


class Malformed(errors.Refused):
    """The request cannot be read: broken JSON, a header or a parameter that says nothing."""


class CrossSite(errors.Refused):
    """The request was made by a page of another site."""


class Misdirected(errors.Refused):
    """The request names a host that this server does not answer for."""


class NotAcceptable(errors.Refused):
    """The client accepts nothing that there is of this."""


class UnsupportedType(errors.Refused):
    """The body is of a type that is not read here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What an error means to a client. `kind` names it for programs and stays the same."""

    status: int
    kind: str
    detail: str
    problems: tuple[Problem, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    id: str | None = None

    @property
    def title(self) -> str:
        """What HTTP calls this status."""
        return HTTPStatus(self.status).phrase

    def to_plain(self, instance: str) -> dict[str, object]:
        """Return the problem document."""
        plain: dict[str, object] = {
            "type": f"urn:planner:problem:{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
        }
        if self.problems:
            plain["errors"] = [{"path": each.path, "message": each.message} for each in self.problems]
        if self.id is not None:
            plain["id"] = self.id
        return plain


# The first that fits counts: a kind stands before what it is a kind of.
REFUSALS: Final[tuple[tuple[type[errors.Refused], int, str], ...]] = (
    (Malformed, 400, "malformed"),
    (CrossSite, 403, "cross-site"),
    (errors.Forbidden, 403, "forbidden"),
    (errors.NotFound, 404, "not-found"),
    (NotAcceptable, 406, "not-acceptable"),
    (TooSlow, 408, "too-slow"),
    (errors.Stale, 412, "stale"),
    (errors.Repeated, 409, "repeated"),
    (errors.Conflict, 409, "conflict"),
    (errors.Gone, 410, "expired"),
    (errors.TooLarge, 413, "too-large"),
    (UnsupportedType, 415, "unsupported-type"),
    (Misdirected, 421, "misdirected"),
    (errors.Reused, 422, "key-reused"),
    (errors.Refused, 422, "refused"),
)


def fault_of(error: BaseException) -> Fault:
    """Return what `error` is answered with; what nobody foresaw is logged under the id that is shown."""
    match error:
        case errors.Refused():
            status, kind = next((status, kind) for each, status, kind in REFUSALS if isinstance(error, each))
            listed = error.problems if status in {400, 404, 409, 413, 422} else ()
            named = tuple(each for each in listed if each.path)
            return Fault(status=status, kind=kind, detail=error.message, problems=named)
        case errors.Busy():
            status, kind = (429, "mailbox-full") if isinstance(error, errors.Crowded) else (503, "busy")
            headers = {"Retry-After": str(max(1, math.ceil(error.retry_after_seconds)))}
            return Fault(status=status, kind=kind, detail=error.message, headers=headers)
        case errors.Crashed():
            return Fault(
                status=503,
                kind="outcome-unknown",
                detail="The database was lost while this was written. Whether it is there is known after "
                "the next start: look before you try again.",
                headers={"Retry-After": str(CRASHED_RETRY_SECONDS)},
            )
        case HTTPException() if not isinstance(error, InternalServerError):
            return _http_fault(error)
        case _:
            return _unforeseen(error)


def _http_fault(error: HTTPException) -> Fault:
    status = error.code or 500
    headers = {name: value for name, value in error.get_headers() if name.lower() == "allow"}
    detail = {
        404: "There is nothing at this address.",
        405: f"This address answers {headers.get('Allow', 'nothing')} only.",
    }.get(status, error.description or HTTPStatus(status).description)
    kind = HTTPStatus(status).phrase.lower().replace(" ", "-")
    return Fault(status=status, kind=kind, detail=detail, headers=headers)


def _unforeseen(error: BaseException) -> Fault:
    cause = (error.original_exception if isinstance(error, InternalServerError) else None) or error
    fault_id = secrets.token_hex(8)
    log.error("error %s in %s %s", fault_id, request.method, request.path, exc_info=cause)
    detail = "Something went wrong inside planner. The log of the server tells more under this id."
    return Fault(status=500, kind="internal", detail=detail, id=fault_id)


def problem(fault: Fault) -> Response:
    """Return the problem document as an answer."""
    body = json.dumps(fault.to_plain(request.path), ensure_ascii=False)
    return Response(
        body,
        status=fault.status,
        content_type=PROBLEM_JSON,
        headers={**fault.headers, "Cache-Control": "no-store"},
    )
