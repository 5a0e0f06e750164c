"""What supervision did: every attempt of a job with its traceback; resuming a household set aside."""

from typing import Final

from quart import Response, request

from planner.actors.views import attempt_plain
from planner.web.api.answers import answer, nothing
from planner.web.api.routes import (
    API,
    COUNT,
    FREE,
    INSTANT,
    TEXT,
    Answer,
    Route,
    maybe,
    page,
    ref,
    shape,
)
from planner.web.resolve import Role, resolve_job, resolve_mailbox
from planner.work.world import World

ATTEMPT: Final = shape(
    number=COUNT,
    epoch=COUNT,
    started_at=INSTANT,
    ended_at=maybe(INSTANT),
    outcome=maybe(TEXT),
    error=maybe(FREE),
    traceback=maybe(TEXT),
)


async def list_attempts(world: World, job_id: str) -> Response:
    """Answer with the runs of the job, first to last."""
    _, job = await resolve_job(world, request, job_id, needs=Role.VIEWER)
    found = await world.households.attempts(job.id)
    return answer({"items": [attempt_plain(each) for each in found], "next": None})


async def resume_household(world: World, household_id: str) -> Response:
    """Let a household that was set aside go on; one that was not stays as it is."""
    here = await resolve_mailbox(world, request, household_id, needs=Role.EDITOR)
    await world.households.resume(here.household_id)
    return nothing(204)


ROUTES: Final = (
    Route(
        method="GET",
        path=f"{API}/jobs/{{job_id}}/attempts",
        name="list_attempts",
        summary="The runs of a job: when, how each ended, and the traceback of what it raised",
        tag="jobs",
        handler=list_attempts,
        answers=page("All of them.", ref("Attempt")),
    ),
    Route(
        method="POST",
        path=f"{API}/households/{{household_id}}/resume",
        name="resume_household",
        summary="Let a household that was set aside go on",
        tag="households",
        handler=resume_household,
        answers={204: Answer(description="It goes on.")},
    ),
)
