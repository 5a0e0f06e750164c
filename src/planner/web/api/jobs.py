"""Jobs: ask for one, list them, follow one, ask why it waits, cancel it; and the kinds there are."""

from typing import Any, Final
from urllib.parse import urlencode

from quart import Response, request

from planner.domain.codec import decode
from planner.domain.record import record
from planner.storage.history import Wanted
from planner.storage.job_rows import JobState, Priority
from planner.web.api import asked
from planner.web.api.answers import answer, job_path, job_plain
from planner.web.api.routes import (
    API,
    COUNT,
    CURSOR,
    FREE,
    IDEMPOTENCY_KEY,
    JSON,
    LIMIT,
    PREFER,
    TEXT,
    Parameter,
    Route,
    many,
    page,
    ref,
    shape,
    shown,
)
from planner.web.api.waiting import ACCEPTED, accepted, followed
from planner.web.problems import Malformed
from planner.web.resolve import Role, caller_of, resolve, resolve_job, resolve_mailbox
from planner.work import accept
from planner.work.kinds import KINDS
from planner.work.world import World

STATES: Final = tuple(state.value for state in JobState)
KIND: Final = shape(
    name=TEXT,
    title=TEXT,
    priority=TEXT,
    absorbs=many(TEXT),
    children=many(TEXT),
    deadline_seconds={"type": "number"},
    attempts_max=COUNT,
    retention_days={"type": "number"},
)


@record
class JobWish:
    """What a client says of the job it wants. `force` runs it even where a running one would answer."""

    kind: str
    arguments: dict[str, Any] | None = None
    force: bool = False


async def list_jobs(world: World, household_id: str) -> Response:
    """Answer with the household's jobs, the last accepted first."""
    here = await resolve_mailbox(world, request, household_id, needs=Role.VIEWER)
    wanted = Wanted(household_id=here.household_id, states=_states(), kind=_kind())
    return await _page(world, wanted, f"{API}/households/{here.household_id}/jobs")


async def list_all_jobs(world: World) -> Response:
    """Answer with the jobs of all households, planner's own included, the last accepted first."""
    caller = caller_of(request)
    household_id = request.args.get("household")
    if household_id is not None:
        await resolve_mailbox(world, request, household_id, needs=Role.VIEWER)
    wanted = Wanted(household_id=household_id, owners=caller.owners, states=_states(), kind=_kind())
    return await _page(world, wanted, f"{API}/jobs")


async def _page(world: World, wanted: Wanted, at: str) -> Response:
    """Answer with a page, whose `next` asks for the same of what is older."""
    limit = asked.page_length(request)
    found = await world.households.jobs_page(wanted, asked.cursor(request), limit)
    again = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    query = urlencode([*again, ("cursor", found.next_seq)])
    following = None if found.next_seq is None else f"{at}?{query}"
    return answer({"items": [job_plain(each) for each in found.jobs], "next": following})


def _kind() -> str | None:
    return asked.chosen(request, "kind", tuple(kind.name for kind in KINDS))


def _states() -> list[JobState] | None:
    given = [state for each in request.args.getlist("state") for state in each.split(",")]
    for state in given:
        if state not in STATES:
            raise Malformed.one("state", f"is one of {', '.join(STATES)}.")
    return [JobState(state) for state in given] or None


async def ask_for_job(world: World, household_id: str) -> Response:
    """Ask for a job, or join the one that will answer."""
    here = await resolve(world, request, household_id, needs=Role.EDITOR)
    body = await asked.body_of(request)
    wish = decode(JobWish, asked.json_of(request, body))
    changed = await accept.request_job(
        world,
        here.household_id,
        wish.kind,
        wish.arguments or {},
        author=here.caller.name,
        force=wish.force,
        once=asked.once(request, here.caller, body),
    )
    return await accepted(world, request, changed)


async def show_job(world: World, job_id: str) -> Response:
    """Answer with the job, when it has ended if the client wants to wait for that."""
    _, job = await resolve_job(world, request, job_id, needs=Role.VIEWER)
    wish = asked.preference(request)
    job = await followed(world, job, wish.wait_seconds)
    return answer(job_plain(job), headers=wish.headers)


async def explain_job(world: World, job_id: str) -> Response:
    """Answer what the job waits for."""
    _, job = await resolve_job(world, request, job_id, needs=Role.VIEWER)
    explanation = await world.households.why(job.id)
    return answer(explanation.to_plain())


async def list_children(world: World, job_id: str) -> Response:
    """Answer with the items of a batch in their order, each with what it came to so far."""
    _, job = await resolve_job(world, request, job_id, needs=Role.VIEWER)
    limit = asked.page_length(request)
    after = asked.cursor(request) or 0
    found = await world.households.children(job.id, after, limit + 1)
    items, more = found[:limit], found[limit:]
    following = f"{job_path(job.id)}/children?cursor={items[-1].seq}&limit={limit}" if more else None
    return answer({"items": [job_plain(each) for each in items], "next": following})


async def cancel_job(world: World, job_id: str) -> Response:
    """Cancel the job; one that has ended stays as it is. Doing it twice is doing it once."""
    here, job = await resolve_job(world, request, job_id, needs=Role.EDITOR)
    asked.once(request, here.caller, b"")
    return answer(job_plain(await world.households.cancel(job.id)))


async def list_kinds(_world: World) -> Response:
    """Answer with the kinds of job there are."""
    caller_of(request)
    items = [
        {
            "name": kind.name,
            "title": kind.title,
            "priority": Priority(kind.priority).name.lower(),
            "absorbs": sorted(kind.absorbs),
            "children": sorted(kind.children),
            "deadline_seconds": kind.deadline_seconds,
            "attempts_max": kind.attempts_max,
            "retention_days": kind.retention_days,
        }
        for kind in KINDS
    ]
    return answer({"items": items, "next": None})


_STATE: Final = Parameter(
    name="state",
    where="query",
    description="Only these states; may be given more than once.",
    schema={"type": "array", "items": {"type": "string", "enum": list(STATES)}},
)
_KIND: Final = Parameter(
    name="kind",
    where="query",
    description="Only this kind. A page may then be short and still have a `next`.",
    schema={"type": "string", "enum": [kind.name for kind in KINDS]},
)
_HOUSEHOLD: Final = Parameter(
    name="household", where="query", description="Only this household; `system` is planner itself."
)

ROUTES: Final = (
    Route(
        method="GET",
        path=f"{API}/jobs",
        name="list_all_jobs",
        summary="The jobs of all households and of planner itself, the last accepted first",
        tag="jobs",
        handler=list_all_jobs,
        parameters=(CURSOR, LIMIT, _STATE, _KIND, _HOUSEHOLD),
        answers=page("A page of jobs.", ref("Job")),
    ),
    Route(
        method="GET",
        path=f"{API}/households/{{household_id}}/jobs",
        name="list_jobs",
        summary="The jobs of a household, the last accepted first; of planner itself: `system`",
        tag="jobs",
        handler=list_jobs,
        parameters=(CURSOR, LIMIT, _STATE, _KIND),
        answers=page("A page of jobs.", ref("Job")),
    ),
    Route(
        method="POST",
        path=f"{API}/households/{{household_id}}/jobs",
        name="ask_for_job",
        summary="Ask for a job; equal requests share one",
        tag="jobs",
        handler=ask_for_job,
        parameters=(PREFER, IDEMPOTENCY_KEY),
        body={JSON: ref("JobWish")},
        answers=ACCEPTED,
    ),
    Route(
        method="GET",
        path=f"{API}/jobs/{{job_id}}",
        name="show_job",
        summary="A job: its state, progress, result or error",
        tag="jobs",
        handler=show_job,
        parameters=(PREFER,),
        answers=shown("The job.", ref("Job")),
    ),
    Route(
        method="GET",
        path=f"{API}/jobs/{{job_id}}/why",
        name="explain_job",
        summary="Why a job is where it is: what it waits for, what runs, when it will likely start",
        tag="jobs",
        handler=explain_job,
        answers=shown("The explanation, in a sentence and in parts.", FREE),
    ),
    Route(
        method="GET",
        path=f"{API}/jobs/{{job_id}}/children",
        name="list_children",
        summary="The items of a batch in their order, each with its state, result or error",
        tag="jobs",
        handler=list_children,
        parameters=(CURSOR, LIMIT),
        answers=page("A page of jobs; none for a job that is no batch.", ref("Job")),
    ),
    Route(
        method="POST",
        path=f"{API}/jobs/{{job_id}}/cancel",
        name="cancel_job",
        summary="Cancel a job that waits or runs; of a batch, all that has not ended",
        tag="jobs",
        handler=cancel_job,
        parameters=(IDEMPOTENCY_KEY,),
        answers=shown("The job as it is then.", ref("Job")),
    ),
    Route(
        method="GET",
        path=f"{API}/kinds",
        name="list_kinds",
        summary="The kinds of job there are",
        tag="jobs",
        handler=list_kinds,
        answers=page("The kinds.", ref("Kind")),
    ),
)
