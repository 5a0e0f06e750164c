"""Why a job is where it is: what it waits for, what runs, and when it will likely start."""

from collections.abc import Mapping
from dataclasses import dataclass

import trio
from sqlalchemy import Connection

from planner.actors.ids import instant, written
from planner.actors.kind import Kinds
from planner.actors.statistics import SchedulerStatistics
from planner.actors.turn import Turn
from planner.actors.views import Explanation, JobView, view_of
from planner.storage import events, history
from planner.storage.database import Store
from planner.storage.job_rows import JobRow, JobState


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    job: JobRow
    live: list[JobRow]
    ahead: int
    requests: list[Mapping[str, object]]
    superseded: list[str]


LOOKED_AT_MAX = 100


def _look(conn: Connection, job: JobRow) -> _Found:
    return _Found(
        job=job,
        live=history.live_jobs(conn, job.household_id, limit=LOOKED_AT_MAX),
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
    shown = None if running is None else view_of(running, kinds, turn)
    ran = None if turn is None else trio.current_time() - turn.began
    put_off = max(0.0, ((job.not_before_us or 0) - now_us) / 1e6)
    start = None if set_aside_reason or draining else _until_start(found, turn, statistics, put_off)
    mine = turn if turn is not None and turn.job.id == job.id else None
    view = view_of(job, kinds, mine)
    return Explanation(
        job=view,
        sentence=_sentence(view, found, shown, ran, set_aside_reason, draining=draining, put_off=put_off),
        ahead=found.ahead,
        running=shown,
        running_for_seconds=None if ran is None else round(ran, 3),
        likely_start_seconds=None if start is None else round(start, 1),
        likely_end_seconds=_until_end(job, mine, start, statistics),
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


def _until_end(
    job: JobRow, turn: Turn | None, start: float | None, statistics: SchedulerStatistics
) -> float | None:
    if turn is not None and turn.seconds_left is not None:
        return round(turn.seconds_left, 1)
    if start is None:
        return None
    return round(start + _usual_seconds(job.kind, statistics), 1)


def _sentence(
    view: JobView,
    found: _Found,
    running: JobView | None,
    ran: float | None,
    set_aside_reason: str | None,
    *,
    draining: bool,
    put_off: float,
) -> str:
    if view.state is JobState.SUPERSEDED:
        return f"Another job, {view.successor_id}, answers for it."
    if view.state.is_final:
        return f"It has ended: {'unchanged, nothing to do' if view.unchanged else view.state.value}."
    if set_aside_reason:
        return f"Its household is set aside until it is resumed. {set_aside_reason}"
    if draining:
        return "Planner is stopping; it goes on after the next start."
    if view.state is JobState.RUNNING:
        return _sentence_of_running(view, ran)
    if put_off:
        return f"It waits {put_off:.1f} more seconds, so that requests like it become one run."
    return _sentence_of_waiting(found, running, ran)


def _sentence_of_running(view: JobView, ran: float | None) -> str:
    if view.progress is None:
        return f"It waits to be tried again, after attempt {view.attempts}."
    stuck = " It has given no sign of life for long; it ends at its deadline." if view.stuck else ""
    return f"It has been running for {ran or 0.0:.1f} seconds: {view.progress['doing']}.{stuck}"


def _sentence_of_waiting(found: _Found, running: JobView | None, ran: float | None) -> str:
    ahead = f" {found.ahead} others of this household go first." if found.ahead else ""
    if running is None:
        return f"It waits for a free slot.{ahead}"
    since = "" if ran is None else f", running for {ran:.1f} seconds"
    return f"It waits for another job of this household ({running.title}{since}).{ahead}"
