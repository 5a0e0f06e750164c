"""Why a job is where it is: what it waits for, what runs, and when it will likely start."""

from collections.abc import Mapping
from dataclasses import dataclass

import trio
from sqlalchemy import Connection

from planner.actors.batch import is_spread
from planner.actors.ids import instant, written
from planner.actors.kind import Kinds
from planner.actors.statistics import SchedulerStatistics
from planner.actors.turn import Turn
from planner.actors.views import Explanation, JobView, view_of
from planner.storage import batches, events, history
from planner.storage.database import Store
from planner.storage.job_rows import JobRow, JobState


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    job: JobRow
    live: list[JobRow]
    batch: JobRow | None
    ahead: int
    requests: list[Mapping[str, object]]
    superseded: list[str]


LOOKED_AT_MAX = 100


def _look(conn: Connection, job: JobRow) -> _Found:
    return _Found(
        job=job,
        live=history.live_jobs(conn, job.household_id, limit=LOOKED_AT_MAX),
        batch=batches.live_batch(conn, job.household_id),
        ahead=history.jobs_ahead(conn, job) if job.state is JobState.PENDING else 0,
        requests=[
            {
                "requested_by": name,
                "at": written(instant(at_us)),
                **({} if arguments is None else {"arguments": arguments}),
            }
            for name, at_us, arguments in events.requests_of(conn, job.id, limit=LOOKED_AT_MAX)
        ],
        superseded=history.superseded_by(conn, job, limit=LOOKED_AT_MAX),
    )


async def explain(
    store: Store,
    job: JobRow,
    kinds: Kinds,
    *,
    turn: Turn | None,
    statistics: SchedulerStatistics,
    set_aside_reason: str | None,
    draining: bool,
    now_us: int,
) -> Explanation:
    """Explain `job`; `turn` is what its household runs now."""
    found = await store.read(_look, job)
    running = next((each for each in found.live if each.state is JobState.RUNNING), None)
    shown = None if running is None else view_of(running, kinds, turn, now_us=now_us)
    ran = None if turn is None else trio.current_time() - turn.began
    put_off = max(0.0, ((job.not_before_us or 0) - now_us) / 1e6)
    held = _behind_another_batch(found, kinds)
    start = None if set_aside_reason or draining or held else _until_start(found, turn, statistics, put_off)
    mine = turn if turn is not None and turn.job.id == job.id else None
    view = view_of(job, kinds, mine, now_us=now_us)
    return Explanation(
        job=view,
        sentence=_sentence(
            view, found, shown, ran, set_aside_reason, draining=draining, put_off=put_off, held=held
        ),
        ahead=found.ahead,
        running=shown,
        running_for_seconds=None if ran is None else round(ran, 3),
        likely_start_seconds=None if start is None else round(start, 1),
        likely_end_seconds=_until_end(view, start, statistics),
        asked_by=({"requested_by": job.requested_by, "at": view.accepted_at}, *found.requests),
        answers_for=tuple(found.superseded),
    )


def _usual_seconds(kind: str, statistics: SchedulerStatistics) -> float:
    ran = statistics.ran.get(kind)
    return ran.seconds / ran.count if ran else 0.0


def _until_start(
    found: _Found, turn: Turn | None, statistics: SchedulerStatistics, put_off: float
) -> float | None:
    """Estimate from how long jobs of each kind have taken; None when it does not wait."""
    job = found.job
    if job.state is not JobState.PENDING:
        return None
    total = 0.0
    if turn is not None:
        usual = _usual_seconds(turn.job.kind, statistics) - (trio.current_time() - turn.began)
        total += max(0.0, usual if turn.seconds_left is None else turn.seconds_left)
    for other in found.live:
        before = other.state is JobState.PENDING and (other.priority, other.seq) < (job.priority, job.seq)
        total += _usual_seconds(other.kind, statistics) if before else 0.0
    return max(total, put_off)


def _until_end(view: JobView, start: float | None, statistics: SchedulerStatistics) -> float | None:
    left = None if view.progress is None else view.progress["seconds_left"]
    if isinstance(left, int | float):
        return round(left, 1)
    if start is None:
        return None
    return round(start + _usual_seconds(view.kind, statistics), 1)


def _behind_another_batch(found: _Found, kinds: Kinds) -> bool:
    """Whether it is a batch that may not begin yet."""
    waits = found.job.state is JobState.PENDING and found.job.kind in kinds.batches
    return waits and found.batch is not None


def _sentence(
    view: JobView,
    found: _Found,
    running: JobView | None,
    ran: float | None,
    set_aside_reason: str | None,
    *,
    draining: bool,
    put_off: float,
    held: bool,
) -> str:
    if view.state is JobState.SUPERSEDED:
        return f"Another job, {view.successor_id}, answers for it."
    if view.state.is_final:
        return f"It has ended: {'unchanged, nothing to do' if view.unchanged else view.state.value}."
    if set_aside_reason:
        return f"Its household is set aside until it is resumed. {set_aside_reason}"
    if draining:
        return "Planner is stopping; it goes on after the next start."
    if is_spread(found.job):
        return _sentence_of_batch(found, running, ran)
    if view.state is JobState.RUNNING:
        return _sentence_of_running(view, ran)
    if put_off:
        return f"It waits {put_off:.1f} more seconds, so that requests like it become one run."
    if held and found.batch is not None:
        left = f"{found.batch.children_left} of {found.batch.children}"
        return f"It waits for another batch of this household, which has {left} items left."
    return _sentence_of_waiting(found, running, ran)


def _sentence_of_running(view: JobView, ran: float | None) -> str:
    if view.progress is None:
        return f"It waits to be tried again, after attempt {view.attempts}."
    stuck = " It has given no sign of life for long; it ends at its deadline." if view.stuck else ""
    return f"It has been running for {ran or 0.0:.1f} seconds: {view.progress['doing']}.{stuck}"


def _sentence_of_batch(found: _Found, running: JobView | None, ran: float | None) -> str:
    left = f"{found.job.children_left} of its {found.job.children} items are left"
    if running is None:
        return f"{left}; none of them runs now."
    since = "" if ran is None else f", for {ran:.1f} seconds"
    if running.parent_id == found.job.id:
        return f"{left}; one of them runs{since}: {running.id}."
    return f"{left}; another job of this household goes first ({running.title}{since})."


def _sentence_of_waiting(found: _Found, running: JobView | None, ran: float | None) -> str:
    ahead = f" {found.ahead} others of this household go first." if found.ahead else ""
    if running is None:
        return f"It waits for a free slot.{ahead}"
    since = "" if ran is None else f", running for {ran:.1f} seconds"
    return f"It waits for another job of this household ({running.title}{since}).{ahead}"
