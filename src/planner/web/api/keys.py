"""What a household remembers as done, so that it is not done twice: look it up, and forget it."""

from typing import Final
from urllib.parse import quote

from quart import Response, request

from planner.web.api import asked
from planner.web.api.answers import answer, job_path, nothing
from planner.web.api.routes import (
    API,
    CURSOR,
    FREE,
    INSTANT,
    LIMIT,
    TEXT,
    Answer,
    Parameter,
    Route,
    page,
    shape,
)
from planner.web.problems import Malformed
from planner.web.resolve import Role, resolve_mailbox
from planner.work.world import World

KEY_CHARACTERS_MAX: Final = 255
DONE_KEY: Final = shape(key=TEXT, kind=TEXT, job_id=TEXT, at=INSTANT, expires_at=INSTANT, links=FREE)


async def list_keys(world: World, household_id: str) -> Response:
    """Answer with what the household remembers as done."""
    here = await resolve_mailbox(world, request, household_id, needs=Role.VIEWER)
    limit = asked.page_length(request)
    after = _text("cursor") or ""
    found = await world.households.done_keys(here.household_id, after, limit + 1)
    items, more = found[:limit], found[limit:]
    at = f"{API}/households/{here.household_id}/idempotency-keys"
    following = f"{at}?cursor={quote(items[-1].key, safe='')}&limit={limit}" if more else None
    linked = [{**each.to_plain(), "links": {"job": job_path(each.job_id)}} for each in items]
    return answer({"items": linked, "next": following})


async def clear_key(world: World, household_id: str) -> Response:
    """Forget one key, so that what was done under it can be done again."""
    here = await resolve_mailbox(world, request, household_id, needs=Role.EDITOR)
    key = _text("key")
    if key is None:
        raise Malformed.one("key", "is missing: the key to clear.")
    await world.households.clear_key(here.household_id, key)
    return nothing(204)


def _text(name: str) -> str | None:
    given = request.args.get(name)
    if given is not None and not 0 < len(given) <= KEY_CHARACTERS_MAX:
        raise Malformed.one(name, f"has from 1 to {KEY_CHARACTERS_MAX} characters.")
    return given


ROUTES: Final = (
    Route(
        method="GET",
        path=f"{API}/households/{{household_id}}/idempotency-keys",
        name="list_idempotency_keys",
        summary="What was done and is remembered, so that it is not done twice",
        tag="jobs",
        handler=list_keys,
        parameters=(CURSOR, LIMIT),
        answers=page("A page of keys.", DONE_KEY),
    ),
    Route(
        method="DELETE",
        path=f"{API}/households/{{household_id}}/idempotency-keys",
        name="clear_idempotency_key",
        summary="Forget one key, so that what was done under it can be done again",
        tag="jobs",
        handler=clear_key,
        parameters=(Parameter(name="key", where="query", description="The key, as the list has it."),),
        answers={204: Answer(description="It is forgotten.")},
    ),
)
