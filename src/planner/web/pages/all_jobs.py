"""The jobs of all households and of planner itself: narrowed down, explained, cancelled."""

from urllib.parse import urlencode

from quart import Request

from planner.storage.history import Wanted
from planner.storage.job_rows import JobState
from planner.storage.overview import names_of
from planner.storage.tables import SYSTEM
from planner.web.pages.drawing import draw
from planner.web.pages.jobs import explained
from planner.web.pages.operations_live import live_now
from planner.web.pages.operations_shown import AllJobs, AnyJob
from planner.web.pages.state import job_line
from planner.web.pages.words import STATES
from planner.web.problems import Malformed
from planner.web.resolve import Role, operator_of, resolve_job, resolve_mailbox
from planner.work.kinds import KINDS
from planner.work.world import World

PAGE = 30
ADDRESS = "/operations/jobs"
CHOICES = tuple((state.value, STATES[state.value]) for state in JobState)
KIND_CHOICES = tuple((kind.name, kind.title) for kind in KINDS)


async def all_jobs_page(world: World, request: Request) -> str:
    """Return the jobs that were asked for, the last accepted first."""
    caller = operator_of(request)
    asked = {name: request.args.get(name, "") for name in ("household", "state", "kind")}
    wanted = Wanted(
        household_id=asked["household"] or None,
        owners=caller.owners,
        states=[_state(asked["state"])] if asked["state"] else None,
        kind=asked["kind"] or None,
    )
    if wanted.household_id is not None:
        await resolve_mailbox(world, request, wanted.household_id, needs=Role.VIEWER)
    found = await world.households.jobs_page(wanted, request.args.get("before", type=int), PAGE)
    ids = {job.household_id for job in found.jobs} | ({wanted.household_id} if wanted.household_id else set())
    names = await world.store.read(names_of, ids)
    given = {name: value for name, value in asked.items() if value}
    jobs = AllJobs(
        rows=tuple(
            AnyJob(
                line=job_line(job),
                household=names.get(job.household_id, job.household_id),
                address=_home(job.household_id),
            )
            for job in found.jobs
        ),
        states=CHOICES,
        kinds=KIND_CHOICES,
        household_name=names.get(asked["household"], ""),
        older=f"{ADDRESS}?{urlencode({**given, 'before': found.next_seq})}" if found.next_seq else None,
        **asked,
    )
    return draw("all_jobs.html", page="jobs", jobs=jobs, live=live_now(world))


def _state(given: str) -> JobState:
    if given not in STATES:
        raise Malformed.one("state", f"is one of {', '.join(STATES)}.")
    return JobState(given)


def _home(household_id: str) -> str:
    return f"{ADDRESS}?household={SYSTEM}" if household_id == SYSTEM else f"/households/{household_id}/jobs"


async def why_any(world: World, request: Request, job_id: str) -> str:
    """Return why any job is where it is."""
    await resolve_job(world, request, job_id, needs=Role.VIEWER)
    return await explained(world, job_id)


async def cancel_any(world: World, request: Request, job_id: str) -> None:
    """Cancel any job."""
    await resolve_job(world, request, job_id, needs=Role.EDITOR)
    await world.households.cancel(job_id)
