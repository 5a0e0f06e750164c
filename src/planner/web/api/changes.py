"""Changes: the journal of a household, one more change, and taking one back."""

from typing import Final

from quart import Response, request

from planner.domain.changes import change_from_plain
from planner.storage.facts import JournalEntry
from planner.web.api import asked
from planner.web.api.answers import answer, etag
from planner.web.api.routes import (
    API,
    COUNT,
    CURSOR,
    FREE,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    INSTANT,
    JSON,
    LIMIT,
    PREFER,
    TEXT,
    Route,
    maybe,
    page,
    ref,
    shape,
)
from planner.web.api.waiting import ACCEPTED, accepted
from planner.web.resolve import Role, resolve
from planner.work import accept, read
from planner.work.world import World

JOURNAL_ENTRY: Final = shape(
    revision=COUNT, at=INSTANT, author=TEXT, change=ref("Change"), before=maybe(FREE), after=maybe(FREE)
)


def _plain(entry: JournalEntry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in ("revision", "at", "author", "change", "before", "after")}


async def show_journal(world: World, household_id: str) -> Response:
    """Answer with the changes, newest first."""
    here = await resolve(world, request, household_id, needs=Role.VIEWER)
    limit = asked.page_length(request)
    found = await read.journal(world, here.household_id, before=asked.cursor(request), limit=limit + 1)
    items, more = found[:limit], found[limit:]
    at = f"{API}/households/{here.household_id}/changes"
    following = f"{at}?cursor={items[-1].revision}&limit={limit}" if more else None
    return answer({"items": [_plain(each) for each in items], "next": following})


async def make_change(world: World, household_id: str) -> Response:
    """Apply one change; the projection follows."""
    here = await resolve(world, request, household_id, needs=Role.EDITOR)
    body = await asked.body_of(request)
    change = change_from_plain(asked.json_of(request, body))
    changed = await accept.change_household(
        world,
        here.household_id,
        change,
        author=here.caller.name,
        if_revision=asked.if_match(request),
        once=asked.once(request, here.caller, body),
    )
    made = await accepted(world, request, changed)
    made.headers["ETag"] = etag(changed.revision)
    return made


async def undo_change(world: World, household_id: str, revision: int) -> Response:
    """Take back the change that led to `revision`; later ones stay."""
    here = await resolve(world, request, household_id, needs=Role.EDITOR)
    changed = await accept.undo_change(
        world,
        here.household_id,
        revision,
        author=here.caller.name,
        if_revision=asked.if_match(request),
        once=asked.once(request, here.caller, await asked.body_of(request)),
    )
    made = await accepted(world, request, changed)
    made.headers["ETag"] = etag(changed.revision)
    return made


ROUTES: Final = (
    Route(
        method="GET",
        path=f"{API}/households/{{household_id}}/changes",
        name="show_journal",
        summary="The journal: every change with its author, before and after, newest first",
        tag="changes",
        handler=show_journal,
        parameters=(CURSOR, LIMIT),
        answers=page("A page of the journal.", ref("JournalEntry")),
    ),
    Route(
        method="POST",
        path=f"{API}/households/{{household_id}}/changes",
        name="make_change",
        summary="Apply one change",
        tag="changes",
        handler=make_change,
        parameters=(IF_MATCH, PREFER, IDEMPOTENCY_KEY),
        body={JSON: ref("Change")},
        answers=ACCEPTED,
    ),
    Route(
        method="POST",
        path=f"{API}/households/{{household_id}}/changes/{{revision}}/undo",
        name="undo_change",
        summary="Take back one change, as a new change",
        tag="changes",
        handler=undo_change,
        parameters=(IF_MATCH, PREFER, IDEMPOTENCY_KEY),
        answers=ACCEPTED,
    ),
)
