"""Events as they happen: of a household, and of one job until it ends."""

from typing import Final

from quart import Response, request

from planner.web.api.answers import nothing
from planner.web.api.routes import API, EVENTS, TEXT, Answer, Parameter, Route
from planner.web.resolve import Role, resolve_job, resolve_mailbox
from planner.web.streams import household_events, job_events, last_event_id
from planner.work.world import World


async def follow_household(world: World, household_id: str) -> Response:
    """Tell what happens to the household and its jobs."""
    after = last_event_id(request)
    here = await resolve_mailbox(world, request, household_id, needs=Role.VIEWER)
    return await household_events(world, here.household_id, after)


async def follow_job(world: World, job_id: str) -> Response:
    """Tell what happens to the job, until it has ended; 204 tells a browser not to come back for more."""
    after = last_event_id(request)
    _, job = await resolve_job(world, request, job_id, needs=Role.VIEWER)
    stream = await job_events(world, job, after)
    return nothing(204) if stream is None else stream


_AFTER: Final = Parameter(
    name="Last-Event-ID", where="header", description="Go on after this event; what was missed comes first."
)
_STREAM: Final = Answer(
    description="`id` (durable events only), `event` (accepted, joined, started, progress, succeeded, failed "
    "...; `gap` when some were lost) and `data`, as JSON. A comment every 15 seconds.",
    content={EVENTS: TEXT},
)

ROUTES: Final = (
    Route(
        method="GET",
        path=f"{API}/households/{{household_id}}/events",
        name="follow_household",
        summary="What happens to a household and its jobs, as it happens",
        tag="events",
        handler=follow_household,
        parameters=(_AFTER,),
        answers={200: _STREAM},
    ),
    Route(
        method="GET",
        path=f"{API}/jobs/{{job_id}}/events",
        name="follow_job",
        summary="What happens to a job, from its beginning to its end",
        tag="events",
        handler=follow_job,
        parameters=(_AFTER,),
        answers={200: _STREAM, 204: Answer(description="It has ended and you have seen that.")},
    ),
)
