"""Answers requests that were accepted: at once, or when the job has ended if the client wants to wait."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import trio
from quart import Request, Response

from planner.actors.views import JobView
from planner.domain.errors import Gone, NotFound
from planner.web.api.answers import answer, household_links, job_path, job_plain
from planner.web.api.asked import preference
from planner.web.api.routes import API, COUNT, FLAG, FREE, JSON, TEXT, Answer, maybe, ref, shape
from planner.work.accept import Changed
from planner.work.world import World

T = TypeVar("T")

_CONTENT: Final = {JSON: ref("Accepted")}
_LOCATION: Final = {"Location": "the job, or what was made", "Preference-Applied": "the preference followed"}
ACCEPTED_SHAPE: Final = shape(
    household_id=TEXT, revision=COUNT, job=maybe(ref("Job")), joined=FLAG, repeated=FLAG, links=FREE
)
ACCEPTED: Final[Mapping[int, Answer]] = {
    200: Answer(description="Done: the job has ended.", content=_CONTENT, headers=_LOCATION),
    202: Answer(
        description="Accepted and durable; the job it leads to, as it is.",
        content=_CONTENT,
        headers=_LOCATION,
    ),
}
CREATED: Final[Mapping[int, Answer]] = {
    201: Answer(
        description="Created, and the first projection is there.", content=_CONTENT, headers=_LOCATION
    ),
    202: ACCEPTED[202],
}


@asynccontextmanager
async def unless(ended: trio.Event) -> AsyncIterator[None]:
    """Run the block until it is done or `ended` is set."""

    async def cut_off(scope: trio.CancelScope) -> None:
        await ended.wait()
        scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(cut_off, nursery.cancel_scope)
        yield
        nursery.cancel_scope.cancel()


async def followed(world: World, job: JobView, seconds: float) -> JobView:
    """Return the job when it has ended, or as it is after `seconds` or when planner stops."""
    if seconds and not job.state.is_final:
        async with unless(world.stopping):
            job = await world.households.wait(job.id, seconds)
    return job


async def looked(world: World, look: Callable[..., Awaitable[T]], seconds: float) -> T:
    """Return what `look` finds within its `wait_seconds`, or what there is when planner stops."""
    if seconds:
        async with unless(world.stopping):
            return await look(wait_seconds=seconds)
    return await look(wait_seconds=0)


async def accepted(world: World, request: Request, changed: Changed, *, created: bool = False) -> Response:
    """Answer that the request was accepted, with its job: 202, or 200 (201) when it was waited for."""
    wish = preference(request)
    job = await _still_known(world, changed.job_id)
    if job is not None:
        job = await followed(world, job, wish.wait_seconds)
    done = job is None or (wish.wait_seconds > 0 and job.state.is_final)
    household = f"{API}/households/{changed.household_id}"
    links = household_links(changed.household_id)
    if changed.job_id is not None:
        links |= {"job": job_path(changed.job_id), "job_events": f"{job_path(changed.job_id)}/events"}
    location = household if (created and done) or job is None else job_path(job.id)
    plain: dict[str, Any] = {
        "household_id": changed.household_id,
        "revision": changed.revision,
        "job": None if job is None else job_plain(job),
        "joined": changed.joined,
        "repeated": changed.repeated,
        "links": links,
    }
    status = (201 if created else 200) if done else 202
    return answer(plain, status=status, headers={"Location": location, **wish.headers})


async def _still_known(world: World, job_id: str | None) -> JobView | None:
    """Return the job; None for a repeated request whose job is past its retention."""
    if job_id is None:
        return None
    try:
        return await world.households.job(job_id)
    except (Gone, NotFound):
        return None
