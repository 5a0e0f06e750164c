"""What a request asks for, read from its headers, its query and its body; what cannot be read is refused."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from quart import Request
from werkzeug.http import parse_options_header

from planner.domain.codec import read_json
from planner.domain.errors import Problem, Refused, Stale
from planner.storage.keys import Once
from planner.web.api.routes import JSON, TOML, Route
from planner.web.problems import Malformed, NotAcceptable, UnsupportedType
from planner.web.resolve import Caller

WAIT_SECONDS_MAX: Final = 60
PAGE_MAX: Final = 200
PAGE: Final = 50
_KEY: Final = re.compile(r"[!-~]{1,255}", re.ASCII)
_WAIT: Final = re.compile(r"wait\s*=\s*\"?(\d{1,9})\"?", re.ASCII)
_REVISION: Final = re.compile(r"\d{1,18}", re.ASCII)
_MEDIA: Final = {"application/json": JSON, "application/toml": TOML, "text/toml": TOML}


@dataclass(frozen=True, kw_only=True, slots=True)
class Preference:
    """How long the client wants to wait for a job, and what it is told of that being heard."""

    wait_seconds: int = 0
    applied: str | None = None

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers that say which preferences were followed."""
        return {} if self.applied is None else {"Preference-Applied": self.applied}


def preference(request: Request) -> Preference:
    """Read Prefer (RFC 7240); preferences nobody knows are passed over, as the standard says."""
    given = [each.split(";")[0].strip().lower() for each in request.headers.get("Prefer", "").split(",")]
    waits = [found for each in given if (found := _WAIT.fullmatch(each))]
    if waits:
        seconds = min(int(waits[0][1]), WAIT_SECONDS_MAX)
        return Preference(wait_seconds=seconds, applied=f"wait={seconds}")
    return Preference(applied="respond-async" if "respond-async" in given else None)


def once(request: Request, caller: Caller, body: bytes) -> Once | None:
    """Read Idempotency-Key, together with the fingerprint of the request it came with."""
    given = request.headers.get("Idempotency-Key")
    if given is None:
        return None
    if not _KEY.fullmatch(given):
        raise Malformed("Idempotency-Key must have 1 to 255 visible ASCII characters.")
    said = f"{request.method} {request.path}?{request.query_string.decode('latin-1')}\n".encode()
    fingerprint = hashlib.sha256(said + body).hexdigest()
    return Once(owner=caller.owner, key=given, fingerprint=fingerprint)


def if_match(request: Request) -> int | None:
    """Read the revision that If-Match demands; `*` demands only that the household is there."""
    if "If-Match" not in request.headers:
        return None
    wanted = request.if_match
    if wanted.star_tag:
        return None
    revisions = [tag for tag in wanted.as_set() if _REVISION.fullmatch(tag)]
    if len(revisions) > 1:
        raise Malformed("If-Match may name one revision.")
    if not revisions:
        raise Stale("If-Match names no revision of a household; its ETag does.")
    return int(revisions[0])


def media_type(request: Request, *allowed: str) -> str:
    """Return the type of the body, one of `allowed`, or refuse it."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedType("The body must not be compressed.")
    given, _ = parse_options_header(request.headers.get("Content-Type", ""))
    media = _MEDIA.get(given.lower())
    if media not in allowed:
        said = f"not {given}" if given else "and Content-Type must say so"
        raise UnsupportedType(f"The body must be {' or '.join(allowed)}, {said}.")
    return media


async def body_of(request: Request) -> bytes:
    """Return the body, which has arrived whole."""
    body: bytes = await request.body
    return body


def json_of(request: Request, body: bytes) -> Any:
    """Return what the JSON body says."""
    media_type(request, JSON)
    return readable_json(body)


def readable_json(body: bytes) -> Any:
    """Read JSON; what is not JSON is a malformed request rather than a wrong one."""
    if not body.strip():
        raise Malformed("The body is empty; it must be JSON.")
    try:
        return read_json(body, what="The body")
    except Refused as refused:
        raise Malformed(refused.message) from None


def whole(request: Request, name: str, *, least: int, most: int) -> int | None:
    """Read a whole number from the query, or None where it is not given."""
    given = request.args.get(name)
    if given is None:
        return None
    if not _REVISION.fullmatch(given) or not least <= int(given) <= most:
        raise _malformed(name, f"must be a whole number from {least} to {most}.")
    return int(given)


def cursor(request: Request) -> int | None:
    """Read where the page before ended."""
    given = request.args.get("cursor")
    if given is not None and not _REVISION.fullmatch(given):
        raise _malformed("cursor", "is not one that planner gave out.")
    return None if given is None else int(given)


def page_length(request: Request) -> int:
    """Read how many items the page may have."""
    return whole(request, "limit", least=1, most=PAGE_MAX) or PAGE


def wait_seconds(request: Request) -> int:
    """Read how long to wait for a revision: `wait` in the query, or Prefer."""
    given = whole(request, "wait", least=0, most=WAIT_SECONDS_MAX)
    return preference(request).wait_seconds if given is None else given


def chosen(request: Request, name: str, among: tuple[str, ...]) -> str | None:
    """Read one of a few words from the query, or None where it is not given."""
    given = request.args.get(name)
    if given is not None and given not in among:
        raise _malformed(name, f"is one of {', '.join(among)}.")
    return given


def fitting(request: Request, route: Route) -> None:
    """Refuse a request for a form that there is not, or with a query parameter that means nothing here."""
    for name in request.args:
        if name not in route.query:
            known = ", ".join(sorted(route.query)) or "none"
            raise _malformed(name, f"is not a parameter here (there is: {known}).")
    accepted = request.accept_mimetypes
    if route.produces and accepted and not any(accepted[media] for media in route.produces):
        raise NotAcceptable(f"There is only {', '.join(route.produces)} here.")


def _malformed(name: str, message: str) -> Malformed:
    return Malformed(problems=[Problem(name, message)])
