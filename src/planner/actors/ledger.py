"""What a turn is to the database: how one starts, how one ends, and what is made of one that was cut off."""

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import outcome
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from planner.actors.accept import Decided, Rules, Stamp, accept_request
from planner.actors.batch import CANCELLED, child_ended, is_spread, spread
from planner.actors.ending import expiry, remember
from planner.actors.happening import Happening, note
from planner.actors.kind import Kind, Outcome
from planner.actors.merge import merged
from planner.actors.turn import Ended, error_text
from planner.domain.errors import NotFound
from planner.storage import attempts, batches, jobs, queue
from planner.storage.job_rows import JobRow, JobState, Priority

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Started:
    """A turn that holds its running slot: the job, its kind, and what `load` read or raised."""

    job: JobRow
    kind: Kind
    snapshot: outcome.Outcome[object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Next:
    """The turn that starts, if there was a job for it, and what looking for it made happen.

    `due_us`: no job is due, and that is when the first of those that are put off will be. `waits`: how
    urgent the job is that was not started, because it is not due or it would have to be more urgent.
    """

    started: Started | None
    happenings: tuple[Happening, ...]
    due_us: int | None = None
    waits: Priority | None = None


NOTHING = Next(started=None, happenings=())


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """What became of a job whose attempt ended. `retry`: it keeps its slot and runs again."""

    job: JobRow
    retry: bool
    happenings: tuple[Happening, ...]
    upcoming: Next


def start_next(
    conn: Connection,
    household_id: str,
    rules: Rules,
    *,
    epoch: int,
    at_us: int,
    leftovers: bool,
    least: Priority | None = Priority.BULK,
) -> Next:
    """Start the household's next turn: what awaits its retry first, then by priority and order.

    A job that is less urgent than `least` is not started; with None, no job is. `leftovers` says that a
    running slot may be held by no turn; only the household's actor knows that.
    """
    happenings: list[Happening] = []
    while True:
        job = queue.left_running(conn, household_id) if leftovers else None
        if job is not None:
            settled = settle_leftover(conn, job, rules, at_us=at_us)
            if settled:
                happenings.extend(settled)
                continue
        else:
            job = _next_pending(conn, household_id, rules, at_us=at_us)
        if job is None:
            due_us, waits = queue.next_due(conn, household_id) or (None, None)
            return Next(started=None, happenings=tuple(happenings), due_us=due_us, waits=waits)
        if job.state is JobState.PENDING and (least is None or job.priority > least):
            return Next(started=None, happenings=tuple(happenings), waits=job.priority)
        kind = rules.kinds.get(job.kind)
        if kind is None:
            happenings.extend(_finish_unknown(conn, job, rules, at_us=at_us))
            continue
        started, happening = _start(conn, job, kind, epoch=epoch, at_us=at_us)
        return Next(started=started, happenings=(*happenings, happening))


def _next_pending(conn: Connection, household_id: str, rules: Rules, *, at_us: int) -> JobRow | None:
    """Return the job whose turn is next. A batch does not begin while another one waits for its children."""
    job = queue.next_pending(conn, household_id, now_us=at_us)
    if job is None or job.kind not in rules.kinds.batches or batches.live_batch(conn, household_id) is None:
        return job
    return batches.next_but_batches(conn, household_id, rules.kinds.batches, now_us=at_us)


def _start(conn: Connection, job: JobRow, kind: Kind, *, epoch: int, at_us: int) -> tuple[Started, Happening]:
    running = jobs.start_job(conn, job, epoch=epoch, at_us=at_us)
    attempts.begin(conn, running, at_us=at_us)
    snapshot = outcome.capture(kind.load, conn, running)
    if isinstance(snapshot, outcome.Error) and isinstance(snapshot.error, DBAPIError | sqlite3.Error):
        raise snapshot.error
    happening = note(
        conn, "started", running, job.state, at_us=at_us,
        attempt=running.attempts, revision=running.snapshot_revision,
    )  # fmt: skip
    return Started(job=running, kind=kind, snapshot=snapshot), happening


def settle_leftover(conn: Connection, job: JobRow, rules: Rules, *, at_us: int) -> tuple[Happening, ...]:
    """Decide what becomes of a job in a running slot that no turn holds; if nothing, it runs again.

    A job that waited for its retry just runs again. One that was cut off is decided by its kind, unless
    a pending job will answer for it, or being cut off has happened to it too often.
    """
    kind = rules.kinds.get(job.kind)
    was_cut_off = attempts.close_open(conn, job, at_us=at_us)
    if kind is None:
        return _finish_unknown(conn, job, rules, at_us=at_us)
    successor = _successor(conn, job, rules)
    if successor is not None:
        return (_hand_over(conn, job, successor, kind, at_us=at_us),)
    if was_cut_off and kind.after_crash != "rerun":
        message = "Planner stopped while this ran, and it cannot be told how far it got. "
        message += "Ask for it again if it should run." if kind.after_crash == "ask" else "It was given up."
        error = {"type": "interrupted", "ask": kind.after_crash == "ask", "message": message}
        return _fail(conn, job, error, rules, at_us=at_us)
    interruptions = attempts.count(conn, job.id, outcome="interrupted")
    if interruptions >= kind.attempts_max:
        message = f"It was cut off {interruptions} times in the middle; it is not tried again."
        return _fail(conn, job, {"type": "poison", "message": message}, rules, at_us=at_us)
    return ()


def settle(
    conn: Connection,
    job: JobRow,
    ended: Ended,
    kind: Kind,
    rules: Rules,
    *,
    stamps: Sequence[Stamp],
    at_us: int,
    then_start: bool,
    least: Priority | None = Priority.BULK,
) -> Settled:
    """Write how a turn ended together with all it wrote; start the next turn in the same transaction.

    `least` is as in `start_next`; unless `then_start`, the household's other jobs are not even looked at.
    """
    if ended.state is JobState.FAILED:
        job, retry, happenings = _settle_failure(conn, job, ended, kind, rules, at_us=at_us)
    else:
        job, happenings = _settle_end(conn, job, ended, kind, rules, stamps=stamps, at_us=at_us)
        retry = False
    upcoming = NOTHING
    if then_start and not retry:
        assert job.epoch is not None
        upcoming = start_next(
            conn, job.household_id, rules, epoch=job.epoch, at_us=at_us, leftovers=False, least=least
        )
    return Settled(
        job=job,
        retry=retry,
        happenings=(*happenings, *upcoming.happenings),
        upcoming=upcoming,
    )


def _settle_end(
    conn: Connection,
    job: JobRow,
    ended: Ended,
    kind: Kind,
    rules: Rules,
    *,
    stamps: Sequence[Stamp],
    at_us: int,
) -> tuple[JobRow, list[Happening]]:
    came_to = ended.outcome
    # First, because it says whether the household is still there to be written to.
    attempts.end(conn, job, at_us=at_us, outcome=ended.state.value, error=error_text(ended.error))
    if came_to is not None:
        for write in came_to.writes:
            write(conn)
        if came_to.children:
            return _spread(conn, job, came_to, kind, rules, stamps=stamps, at_us=at_us)
    done = jobs.finish_job(
        conn,
        job,
        jobs.Ending(
            state=ended.state,
            at_us=at_us,
            expires_at_us=expiry(kind, at_us),
            covers_revision=None if came_to is None else job.snapshot_revision,
            result=None if came_to is None else came_to.result,
            error=ended.error,
            unchanged=came_to is not None and came_to.unchanged,
        ),
    )
    if done.state is JobState.SUCCEEDED:
        remember(conn, done, kind, at_us=at_us)
    happenings = [
        note(
            conn, done.state.value, done, job.state, at_us=at_us,
            covers_revision=done.covers_revision, unchanged=done.unchanged,
        )
    ]  # fmt: skip
    happenings += child_ended(conn, done, rules, at_us=at_us)
    if came_to is not None:
        happenings += _follow(conn, came_to, rules, stamps)
    return done, happenings


def _spread(
    conn: Connection,
    job: JobRow,
    came_to: Outcome,
    kind: Kind,
    rules: Rules,
    *,
    stamps: Sequence[Stamp],
    at_us: int,
) -> tuple[JobRow, list[Happening]]:
    of_follow, of_children = stamps[: len(came_to.follow)], stamps[len(came_to.follow) :]
    batch, happenings = spread(conn, job, came_to, kind, rules, stamps=of_children, at_us=at_us)
    return batch, [*happenings, *_follow(conn, came_to, rules, of_follow)]


def _follow(conn: Connection, came_to: Outcome, rules: Rules, stamps: Sequence[Stamp]) -> list[Happening]:
    happenings: list[Happening] = []
    for request, stamp in zip(came_to.follow, stamps, strict=True):
        try:
            decided: Decided = accept_request(conn, request, stamp, rules, bounded=False)
        except NotFound:
            # Removed since the turn began: nothing is left to do for it, and that is no failure of this turn.
            log.info("household %s is gone; %s is not asked for", request.household_id, request.kind)
            continue
        happenings.extend(decided.happenings)
    return happenings


def _settle_failure(
    conn: Connection, job: JobRow, ended: Ended, kind: Kind, rules: Rules, *, at_us: int
) -> tuple[JobRow, bool, list[Happening]]:
    assert ended.error is not None
    attempts.end(
        conn, job, at_us=at_us, outcome="failed", error=error_text(ended.error), traceback=ended.traceback
    )
    successor = _successor(conn, job, rules)
    if successor is not None:
        handed = _hand_over(conn, job, successor, kind, at_us=at_us)
        return handed.job, False, [handed]
    if ended.passing and attempts.count(conn, job.id, outcome="failed") < kind.attempts_max:
        retrying = note(
            conn, "retrying", job, job.state, at_us=at_us,
            attempt=job.attempts, error=ended.error["message"],
        )  # fmt: skip
        return job, True, [retrying]
    failed, *more = _fail(conn, job, ended.error, rules, at_us=at_us)
    return failed.job, False, [failed, *more]


def cancel_unheld(
    conn: Connection, job_id: str, rules: Rules, *, state: JobState, attempt: int | None, at_us: int
) -> tuple[JobRow, tuple[Happening, ...]]:
    """Cancel a job that no turn holds, if it still is in `state` (and `attempt`); return it as it is then.

    Not a batch that has been spread: its children are what is cancelled.
    """
    job = jobs.known_job(conn, job_id, now_us=at_us)
    if job.state is not state or attempt not in (None, job.attempts) or is_spread(job):
        return job, ()
    if job.state is JobState.RUNNING:
        attempts.close_open(conn, job, at_us=at_us)
    ending = jobs.Ending(
        state=JobState.CANCELLED,
        at_us=at_us,
        expires_at_us=expiry(rules.kinds.get(job.kind), at_us),
        error=CANCELLED,
    )
    done = jobs.finish_job(conn, job, ending)
    cancelled = note(conn, "cancelled", done, job.state, at_us=at_us)
    return done, (cancelled, *child_ended(conn, done, rules, at_us=at_us))


def _successor(conn: Connection, job: JobRow, rules: Rules) -> JobRow | None:
    """Return the pending job that will answer for `job`: of its key, or of a kind that absorbs it.

    Nobody answers for a batch's child.
    """
    if job.parent_id is not None:
        return None
    pending, _ = jobs.slots(conn, job.household_id, job.merge_key)
    if pending is not None:
        return pending
    absorbers = rules.kinds.absorbers_of(job.kind)
    if not absorbers:
        return None
    live = jobs.live_of_kinds(conn, job.household_id, absorbers)
    own = (each for each in live if each.parent_id is None)
    return next((each for each in own if each.state is JobState.PENDING), None)


def _hand_over(conn: Connection, job: JobRow, successor: JobRow, kind: Kind, *, at_us: int) -> Happening:
    """End `job` unanswered; those who wait for it wait for `successor` from now on, which covers both."""
    arguments = successor.arguments
    if successor.kind == job.kind:
        arguments = merged(kind.merge, job.arguments, successor.arguments)
    done = jobs.finish_job(
        conn,
        job,
        jobs.Ending(
            state=JobState.SUPERSEDED,
            at_us=at_us,
            expires_at_us=expiry(kind, at_us),
            successor_id=successor.id,
        ),
    )
    # Not `job`: others may have joined it since its turn began.
    jobs.take_over(
        conn,
        successor,
        joined=1 + done.joined,
        priority=done.priority,
        arguments=arguments,
        forced=job.forced,
    )
    return note(conn, "superseded", done, job.state, at_us=at_us, successor_id=successor.id)


def _fail(
    conn: Connection, job: JobRow, error: Mapping[str, object], rules: Rules, *, at_us: int
) -> tuple[Happening, ...]:
    expires_at_us = expiry(rules.kinds.get(job.kind), at_us)
    ending = jobs.Ending(state=JobState.FAILED, at_us=at_us, expires_at_us=expires_at_us, error=error)
    done = jobs.finish_job(conn, job, ending)
    failed = note(conn, "failed", done, job.state, at_us=at_us, error=error)
    return (failed, *child_ended(conn, done, rules, at_us=at_us))


def _finish_unknown(conn: Connection, job: JobRow, rules: Rules, *, at_us: int) -> tuple[Happening, ...]:
    message = f"This planner knows no kind of job called {job.kind!r}; a newer one accepted it."
    return _fail(conn, job, {"type": "unknown_kind", "message": message}, rules, at_us=at_us)
