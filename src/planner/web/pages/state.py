"""The live state at the head of every page of a household, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from planner.actors.views import HouseholdStatus, JobView
from planner.storage.facts import HouseholdRecord
from planner.storage.job_rows import JobState
from planner.web.pages.shown import JobLine, Live, Progress
from planner.web.pages.words import STATES, count, instant, plain
from planner.work.read import Freshness, baseline_freshness
from planner.work.world import World


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """What the badge, the progress bar and the parts' generations are made from."""

    freshness: Freshness
    status: HouseholdStatus


async def state_of(world: World, household_id: str) -> State:
    """Return how things stand with a household now."""
    freshness = await baseline_freshness(world, household_id)
    return State(freshness=freshness, status=await world.households.status(household_id))


def home_of(record: HouseholdRecord) -> str:
    """Return the address of a household's pages."""
    return f"/households/{record.id}"


def page_values(record: HouseholdRecord, state: State, page: str, heading: str) -> dict[str, object]:
    """Return what the template of every page of a household is given; `page` is its key in the menu."""
    return {
        "household": record,
        "home": home_of(record),
        "page": page,
        "heading": heading,
        "live": live(state),
    }


def generation(freshness: Freshness, status: HouseholdStatus) -> str:
    """Name what the plan's parts are rendered from: it changes whenever they would look different."""
    failed = status.last_error.id if status.last_error else ""
    worked_out = freshness.worked_out_at.isoformat() if freshness.worked_out_at else ""
    return f"{freshness.revision or 0}/{worked_out}/{failed}"


def live(state: State) -> Live:
    """Return the badge and the running job; a batch stands for its items."""
    freshness, status = state.freshness, state.status
    shown_job, batch = status.running, status.batch
    if batch is not None and (shown_job is None or shown_job.parent_id == batch.id):
        shown_job = batch
    running = None if shown_job is None else job_line(shown_job)
    if status.set_aside_reason:
        return Live(state="failed", words="Set aside", running=running)
    if freshness.fresh:
        return Live(
            state="fresh", words=f"Up to date with revision {freshness.current_revision}", running=running
        )
    if freshness.job_id is not None:
        return Live(
            state="working", words=f"Working out revision {freshness.current_revision}", running=running
        )
    if status.last_error is not None:
        return Live(state="failed", words="The last run failed", running=running)
    shown = "Nothing worked out yet" if freshness.revision is None else f"From revision {freshness.revision}"
    return Live(state="stale", words=shown, running=running)


def job_line(job: JobView) -> JobLine:
    """Return a job as a line of the list."""
    return JobLine(
        id=job.id,
        title=job.title,
        state=job.state.value,
        state_words="stuck" if job.stuck else STATES[job.state.value],
        told=_told(job),
        live=not job.state.is_final,
        progress=None if job.progress is None else progress_of(job.progress),
        error=None
        if job.error is None or job.state is JobState.CANCELLED
        else str(job.error.get("message", "")),
    )


def progress_of(said: Mapping[str, object]) -> Progress:
    """Return how far a job said that it is."""
    fraction, left = said.get("fraction"), said.get("seconds_left")
    return Progress(
        fraction=float(fraction) if isinstance(fraction, int | float) else None,
        doing=str(said.get("doing") or ""),
        seconds_left=float(left) if isinstance(left, int | float) else None,
    )


def _told(job: JobView) -> str:
    """Tell the job's story in one sentence."""
    story = [f"Asked for by {job.requested_by} on {instant(job.accepted_at)}"]
    if job.joined:
        story.append(f"{count(job.joined, 'other request')} joined it")
    if job.merged:
        story.append(f"{count(job.merged, 'of them', 'of them')} changed what it does")
    if job.attempts > 1:
        story.append(f"tried {job.attempts} times")
    if job.started_at and job.finished_at:
        story.append(f"took {(job.finished_at - job.started_at).total_seconds():.2f} s")
    if job.covers_revision:
        story.append(f"covers revision {job.covers_revision}")
    if job.unchanged:
        story.append("nothing had changed")
    given = {name: value for name, value in job.arguments.items() if value not in ("", None)}
    if given:
        story.append(", ".join(f"{plain(name)}: {value}" for name, value in given.items()))
    return "; ".join(story) + "."
