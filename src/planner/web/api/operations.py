"""How planner is doing, as JSON: one look at everything; the timetable and the outbox."""

from typing import Any, Final

from quart import Response, request

from planner.actors.timetable import timetable_views
from planner.actors.views import plain
from planner.web.api import asked
from planner.web.api.answers import answer, job_plain, nothing
from planner.web.api.routes import API, CURSOR, LIMIT, Answer, Route, page, ref, shown
from planner.web.resolve import operator_of
from planner.work import operations as work
from planner.work.operations_views import HouseholdLine
from planner.work.world import World


async def show_operations(world: World) -> Response:
    """Answer with everything at one moment; households come in pages, those with something to show first."""
    operator_of(request)
    limit = asked.page_length(request)
    look = await work.operations(world, start=asked.cursor(request) or 0, limit=limit)
    following = None if look.next is None else f"{API}/operations?cursor={look.next}&limit={limit}"
    households = [_linked(each) for each in look.households]
    return answer({**plain(look), "households": households, "next": following})


def _linked(line: HouseholdLine) -> dict[str, Any]:
    at = f"{API}/households/{line.household_id}"
    jobs = {name: getattr(line, name) for name in ("running", "last_error")}
    return {
        **plain(line),
        **{name: None if job is None else job_plain(job) for name, job in jobs.items()},
        "links": {"jobs": f"{at}/jobs", "events": f"{at}/events", "resume": f"{at}/resume"},
    }


async def show_timetable(world: World) -> Response:
    """Answer with what planner does by itself: when it did last, how that ended, and when it does next."""
    operator_of(request)
    views = await timetable_views(world.store, world.timetable, world.now())
    return answer({"items": plain(views), "next": None})


async def list_messages(world: World) -> Response:
    """Answer with the messages of the outbox, the newest first."""
    operator_of(request)
    limit = asked.page_length(request)
    found = await work.messages(world, before=asked.cursor(request), limit=limit + 1)
    items, more = found[:limit], found[limit:]
    following = f"{API}/outbox?cursor={items[-1].id}&limit={limit}" if more else None
    return answer({"items": plain(items), "next": following})


async def retry_message(world: World, message_id: int) -> Response:
    """Let a message that was given up, or waits, be tried now."""
    caller = operator_of(request)
    await work.try_message_again(world, message_id, author=caller.name)
    return nothing(204)


ROUTES: Final = (
    Route(
        method="GET",
        path=f"{API}/operations",
        name="show_operations",
        summary="What is going on: rates, what waits, what is behind, alerts, every household's mailbox",
        tag="operations",
        handler=show_operations,
        parameters=(CURSOR, LIMIT),
        answers=shown("One moment; `households` is a page of them.", ref("Operations")),
    ),
    Route(
        method="GET",
        path=f"{API}/timetable",
        name="show_timetable",
        summary="What planner does by itself: last run, next run, and what becomes of a run that was missed",
        tag="operations",
        handler=show_timetable,
        answers=page("Every entry.", ref("EntryView")),
    ),
    Route(
        method="GET",
        path=f"{API}/outbox",
        name="list_messages",
        summary="Messages to the world outside, the newest first",
        tag="operations",
        handler=list_messages,
        parameters=(CURSOR, LIMIT),
        answers=page("A page of messages.", ref("MessageView")),
    ),
    Route(
        method="POST",
        path=f"{API}/outbox/{{message_id}}/retry",
        name="retry_message",
        summary="Try a message again that was given up, or waits",
        tag="operations",
        handler=retry_message,
        answers={204: Answer(description="It is tried now.")},
    ),
)
