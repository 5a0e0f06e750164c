"""Households: list them, make one from a file, show its facts, take it out as a file, remove it."""

from typing import Any, Final, cast

import trio
from quart import Response, request

from planner.domain.codec import facts_to_plain
from planner.domain.errors import Refused
from planner.domain.files import FileFormat, HouseholdFile, read_household, write_household
from planner.storage.facts import HouseholdRecord
from planner.web.api import asked
from planner.web.api.answers import answer, etag, household_links, nothing
from planner.web.api.routes import (
    API,
    COUNT,
    FLAG,
    FREE,
    IDEMPOTENCY_KEY,
    INSTANT,
    JSON,
    PREFER,
    TEXT,
    TOML,
    Answer,
    Parameter,
    Route,
    maybe,
    page,
    ref,
    shape,
)
from planner.web.api.waiting import CREATED, accepted
from planner.web.problems import Malformed
from planner.web.resolve import Role, caller_of, resolve
from planner.work import accept, read
from planner.work.read import HouseholdSummary
from planner.work.world import World

_HEAD: Final = {
    "id": TEXT,
    "name": TEXT,
    "example": FLAG,
    "revision": COUNT,
    "created_at": INSTANT,
    "updated_at": INSTANT,
    "set_aside_reason": maybe(TEXT),
}
HOUSEHOLD: Final = shape(**_HEAD, facts=ref("Facts"), links=FREE)
HOUSEHOLD_SUMMARY: Final = shape(**_HEAD, summary=FREE, links=FREE)
_FORMATS: Final = ("toml", "json")
_MEDIA: Final = {"toml": TOML, "json": JSON}


def _head(household: HouseholdRecord | HouseholdSummary) -> dict[str, Any]:
    return {name: getattr(household, name) for name in _HEAD}


async def list_households(world: World) -> Response:
    """Answer with the caller's households, by name."""
    found = await read.list_households(world)
    start = asked.cursor(request) or 0
    end = start + asked.page_length(request)
    items = [
        {**_head(each), "summary": each.summary, "links": household_links(each.id)}
        for each in found[start:end]
    ]
    following = f"{API}/households?cursor={end}&limit={end - start}" if end < len(found) else None
    return answer({"items": items, "next": following})


async def create_household(world: World) -> Response:
    """Make a household from the file in the body."""
    caller = caller_of(request)
    body = await asked.body_of(request)
    media = asked.media_type(request, JSON, TOML)
    # Megabytes of TOML take seconds to read: not on the event loop.
    file = await trio.to_thread.run_sync(_read_file, body, "json" if media == JSON else "toml")
    once = asked.once(request, caller, body)
    changed = await accept.create_household(world, file, author=caller.name, once=once)
    return await accepted(world, request, changed, created=True)


def _read_file(body: bytes, file_format: FileFormat) -> HouseholdFile:
    """Read the file; one that is not even TOML or JSON is a malformed request."""
    if not body.strip():
        raise Malformed("The body is empty; it must be a household file.")
    try:
        return read_household(body, file_format)
    except Refused as refused:
        if type(refused) is Refused and not any(each.path for each in refused.problems):
            raise Malformed(refused.message) from None
        raise


async def show_household(world: World, household_id: str) -> Response:
    """Answer with the facts, unless the client has them already."""
    here = await resolve(world, request, household_id, needs=Role.VIEWER)
    record = here.record
    headers = {"ETag": etag(record.revision), "Cache-Control": "private, no-cache"}
    known = request.if_none_match
    if known.star_tag or known.contains_weak(str(record.revision)):
        return nothing(304, headers)
    plain = {**_head(record), "facts": facts_to_plain(record.facts), "links": household_links(record.id)}
    return answer(plain, headers=headers)


async def remove_household(world: World, household_id: str) -> Response:
    """Remove the household with its journal, its jobs and all that was derived."""
    here = await resolve(world, request, household_id, needs=Role.OWNER)
    await accept.remove_household(world, here.household_id)
    return nothing(204)


async def export_household(world: World, household_id: str) -> Response:
    """Answer with the household as a file, which makes the same household again."""
    here = await resolve(world, request, household_id, needs=Role.VIEWER)
    preferred = request.accept_mimetypes.best_match([TOML, JSON]) if request.accept_mimetypes else TOML
    chosen = asked.chosen(request, "format", _FORMATS) or ("json" if preferred == JSON else "toml")
    record = here.record
    text = write_household(record.facts, cast("FileFormat", chosen), example=record.example)
    name = f'attachment; filename="household-{record.id}.{chosen}"'
    headers = {"Content-Disposition": name, "ETag": etag(record.revision)}
    return Response(text, content_type=_MEDIA[chosen], headers=headers)


_ETAG: Final = {"ETag": "the household's revision"}
_FILE: Final = {TOML: TEXT, JSON: FREE}

ROUTES: Final = (
    Route(
        method="GET",
        path=f"{API}/households",
        name="list_households",
        summary="The households, by name, each with the main figures of its baseline",
        tag="households",
        handler=list_households,
        parameters=(
            Parameter(name="cursor", where="query", description="Where the last page ended."),
            Parameter(name="limit", where="query", description="At most so many, 1 to 200."),
        ),
        answers=page("A page of households.", ref("HouseholdSummary")),
    ),
    Route(
        method="POST",
        path=f"{API}/households",
        name="create_household",
        summary="Make a household from a file, TOML or JSON",
        tag="households",
        handler=create_household,
        parameters=(PREFER, IDEMPOTENCY_KEY),
        body={TOML: TEXT, JSON: ref("HouseholdFile")},
        answers=CREATED,
    ),
    Route(
        method="GET",
        path=f"{API}/households/{{household_id}}",
        name="show_household",
        summary="The facts of a household",
        tag="households",
        handler=show_household,
        parameters=(
            Parameter(name="If-None-Match", where="header", description="The ETag of what you have."),
        ),
        answers={
            200: Answer(description="The household.", content={JSON: ref("Household")}, headers=_ETAG),
            304: Answer(description="You have this revision already.", headers=_ETAG),
        },
    ),
    Route(
        method="DELETE",
        path=f"{API}/households/{{household_id}}",
        name="remove_household",
        summary="Remove a household with everything that belongs to it",
        tag="households",
        handler=remove_household,
        answers={204: Answer(description="It is gone.")},
    ),
    Route(
        method="GET",
        path=f"{API}/households/{{household_id}}/export",
        name="export_household",
        summary="The household as a file",
        tag="households",
        handler=export_household,
        parameters=(
            Parameter(
                name="format",
                where="query",
                description="Left out, Accept decides; then TOML.",
                schema={"type": "string", "enum": list(_FORMATS)},
            ),
        ),
        answers={200: Answer(description="The file.", content=_FILE, headers=_ETAG)},
    ),
)
