"""The jobs of a household: their state, progress, cancelling, and why."""

from quart import Request

from planner.domain.errors import NotFound, Refused
from planner.web.pages.drawing import draw
from planner.web.pages.shown import Jobs
from planner.web.pages.state import home_of, job_line, page_values, state_of
from planner.web.pages.words import count
from planner.web.resolve import Resolved, Role, resolve_job
from planner.work.accept import request_job
from planner.work.names import PROJECT_SCENARIOS
from planner.work.world import World

PAGE = 30


async def jobs_page(world: World, resolved: Resolved, before: int | None) -> str:
    """Return the page of jobs, the last accepted first, those before `before` if it is given."""
    state = await state_of(world, resolved.household_id)
    found = await world.households.jobs(resolved.household_id, before_seq=before, limit=PAGE)
    values = page_values(resolved.record, state, "jobs", "Jobs")
    address = f"{home_of(resolved.record)}/jobs"
    jobs = Jobs(
        generation="",
        address=address if before is None else f"{address}?before={before}",
        rows=tuple(map(job_line, found)),
        older=f"{address}?before={found[-1].seq}" if len(found) == PAGE else None,
        trouble=state.status.set_aside_reason,
    )
    return draw("jobs.html", jobs=jobs, **values)


async def ask_for_job(world: World, resolved: Resolved, kind: str) -> None:
    """Ask for a job; one that is already there is joined, and also one that runs if it is a batch."""
    if not kind:
        raise Refused.one("kind", "is missing.")
    again = kind != PROJECT_SCENARIOS
    await request_job(world, resolved.household_id, kind, {}, author=resolved.caller.name, force=again)


async def cancel_job(world: World, request: Request, household_id: str, job_id: str) -> None:
    """Cancel a job of this household."""
    await _own_job(world, request, household_id, job_id, needs=Role.EDITOR)
    await world.households.cancel(job_id)


async def why_part(world: World, request: Request, household_id: str, job_id: str) -> str:
    """Return what a job waits for or how it went, in sentences."""
    await _own_job(world, request, household_id, job_id, needs=Role.VIEWER)
    return await explained(world, job_id)


async def explained(world: World, job_id: str) -> str:
    """Return why a job is where it is, in sentences."""
    why = await world.households.why(job_id)
    sentences = [why.sentence]
    if why.likely_start_seconds is not None:
        sentences.append(f"It will likely start in {why.likely_start_seconds:.1f} seconds.")
    if why.likely_end_seconds is not None:
        sentences.append(f"It will likely be done in {why.likely_end_seconds:.1f} seconds.")
    if len(why.asked_by) > 1:
        sentences.append(f"It answers {count(len(why.asked_by), 'request')}.")
    if why.answers_for:
        sentences.append(f"It took the place of {count(len(why.answers_for), 'other job')}.")
    return draw("why.html", sentences=sentences)


async def _own_job(world: World, request: Request, household_id: str, job_id: str, *, needs: Role) -> None:
    _, job = await resolve_job(world, request, job_id, needs=needs)
    if job.household_id != household_id:
        raise NotFound(f"There is no job {job_id} in this household.")
