"""Decides, inside the database, what becomes of a request: it joins a job, or it becomes one."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from sqlalchemy import Connection

from planner.actors.happening import Happening, note
from planner.actors.idempotency import Strict
from planner.actors.kind import Checked, Kind, Kinds, Request, checked_arguments, refuse_if_large
from planner.actors.merge import merged, put_off
from planner.domain.errors import Crowded, Gone, Refused, Repeated
from planner.storage import jobs
from planner.storage.batches import waiting_but_children
from planner.storage.done_keys import done_under
from planner.storage.events import record_request
from planner.storage.job_rows import JobRow, JobState, Priority, canonical_json
from planner.storage.queue import waiting_count

MAILBOX_MAX: Final = 100
MAILBOX_FULL_RETRY_SECONDS: Final = 5.0
JOINS_RECORDED_MAX: Final = 1_000
"""Who joined a job is recorded so many times, with an event each; those after them are only counted."""

DAY_US: Final = 86_400_000_000
SUPERSEDED_RETENTION_DAYS: Final = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class Stamp:
    """What a decision needs from outside the database, drawn before the unit is sent.

    `on` is the date where the request was made.
    """

    job_id: str
    at_us: int
    on: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """By what requests are judged. `mailbox_max` bounds a household's pending jobs."""

    kinds: Kinds
    mailbox_max: int = MAILBOX_MAX


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """The job that will answer a request, and what deciding it made happen.

    `remembered`: the kind has done this before, and that job is the answer.
    """

    job: JobRow
    joined: bool
    happenings: tuple[Happening, ...]
    remembered: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    request: Request
    kind: Kind
    checked: Checked
    priority: Priority
    revision: int


def accept_request(
    conn: Connection, request: Request, stamp: Stamp, rules: Rules, *, bounded: bool = True
) -> Decided:
    """Join the request to a job that will cover it, or insert a pending job for it.

    It joins `pending`, as the kind's merge policy says; it joins `running` only with equal arguments, if
    no fact has changed since that turn took its snapshot and it does not insist on a new run. Where the
    kind remembers what it has done, that is the answer. Raises Refused, Repeated when the kind refuses
    repeats, or Crowded when the mailbox is full (unless not `bounded`: what a finished turn asks for was
    accepted with that turn).
    """
    asked = _checked(conn, request, stamp, rules)
    done = None if request.force else _done_before(conn, asked, stamp)
    if done is not None:
        return Decided(job=done, joined=True, happenings=(), remembered=True)
    covering = _covering(conn, asked, rules.kinds)
    if covering is not None:
        return _join(conn, covering, asked, stamp)
    absorbed = _absorbed(conn, asked, rules.kinds)
    if bounded:
        _refuse_if_full(conn, request.household_id, rules.mailbox_max + len(absorbed))
    return _insert(conn, asked, absorbed, stamp)


def _checked(conn: Connection, request: Request, stamp: Stamp, rules: Rules) -> _Asked:
    kind = rules.kinds.asked_for(request.kind)
    checked = checked_arguments(kind, request.arguments, stamp.on)
    revision = jobs.household_revision(conn, request.household_id)
    if request.least_revision > revision:
        raise Refused.one(
            "least_revision",
            f"Revision {request.least_revision} does not exist; the household is at revision {revision}.",
        )
    return _Asked(
        request=request,
        kind=kind,
        checked=checked,
        priority=kind.priority if request.priority is None else request.priority,
        revision=revision,
    )


def _done_before(conn: Connection, asked: _Asked, stamp: Stamp) -> JobRow | None:
    """Return the job by which the kind has done this already; raises Repeated where it refuses them."""
    key, request = asked.checked.done_key, asked.request
    if key is None:
        return None
    done = done_under(conn, request.household_id, key, now_us=stamp.at_us)
    if isinstance(asked.kind.idempotency, Strict):
        live = next(filter(None, jobs.slots(conn, request.household_id, asked.checked.merge_key)), None)
        first = done.job_id if done is not None else live.id if live is not None else None
        if first is not None:
            raise Repeated(f"This was asked for before, and job {first} answers it. It is not done twice.")
        return None
    if done is None:
        return None
    job = jobs.job_by_id(conn, done.job_id)
    if job is None:
        raise Gone(f"This was done by job {done.job_id}, whose record is gone. Clear its key to do it again.")
    covers = job.covers_revision is not None and job.covers_revision >= request.least_revision
    return job if covers else None


def _covering(conn: Connection, asked: _Asked, kinds: Kinds) -> JobRow | None:
    """Return the live job that will answer: pending before running, the same key before an absorber."""
    candidates = [job for job in jobs.slots(conn, asked.request.household_id, asked.checked.merge_key) if job]
    absorbers = kinds.absorbers_of(asked.kind.name)
    if absorbers:
        live = jobs.live_of_kinds(conn, asked.request.household_id, absorbers)
        candidates += [job for job in live if job.parent_id is None]
    for job in candidates:
        if job.state is JobState.PENDING:
            return job
    if asked.request.force:
        return None
    return next((job for job in candidates if _will_answer(job, asked)), None)


def _will_answer(running: JobRow, asked: _Asked) -> bool:
    """Whether the turn that runs answers the request: its arguments cannot be changed any more."""
    checked = asked.checked
    if running.kind == asked.kind.name and running.arguments != checked.arguments:
        return False
    if running.snapshot_revision == asked.revision:
        return True
    # Once it has succeeded it would be the answer, whatever has changed since.
    same_done = checked.done_key is not None and running.idempotency_key == checked.done_key
    return same_done and (running.snapshot_revision or 0) >= asked.request.least_revision


def _absorbed(conn: Connection, asked: _Asked, kinds: Kinds) -> list[JobRow]:
    absorbed = kinds.absorbed_by(asked.kind.name)
    if not absorbed:
        return []
    live = jobs.live_of_kinds(conn, asked.request.household_id, absorbed)
    return [job for job in live if job.state is JobState.PENDING and job.parent_id is None]


def _refuse_if_full(conn: Connection, household_id: str, limit: int) -> None:
    """Refuse if the mailbox is full. A batch's children have a bound of their own."""
    full = waiting_count(conn, household_id, limit=limit) >= limit
    if full and waiting_but_children(conn, household_id, limit=limit) >= limit:
        raise Crowded(
            f"This household has {limit} jobs waiting, which is as many as it may have. "
            "Try again when some of them are done.",
            retry_after_seconds=MAILBOX_FULL_RETRY_SECONDS,
        )


def _join(conn: Connection, job: JobRow, asked: _Asked, stamp: Stamp) -> Decided:
    request = asked.request
    becomes = _becomes(job, asked, stamp)
    joined = jobs.join_job(
        conn,
        job,
        priority=asked.priority,
        least_revision=request.least_revision,
        arguments=becomes.arguments,
        not_before_us=becomes.not_before_us,
        idempotency_key=becomes.idempotency_key,
        forced=request.force,
    )
    if job.joined >= JOINS_RECORDED_MAX:
        happening = Happening(type="joined", job=joined, before=job.state)
    else:
        happening = _recorded(conn, job, joined, asked, stamp)
    return Decided(job=joined, joined=True, happenings=(happening,))


def _recorded(conn: Connection, job: JobRow, joined: JobRow, asked: _Asked, stamp: Stamp) -> Happening:
    """Record who joined `job`, which is `joined` from now on."""
    request = asked.request
    changed = joined.merged > job.merged
    record_request(
        conn,
        job.id,
        requested_by=request.requested_by,
        least_revision=request.least_revision,
        at_us=stamp.at_us,
        arguments=asked.checked.arguments if changed else None,
    )
    return note(
        conn,
        "joined",
        joined,
        job.state,
        at_us=stamp.at_us,
        requested_by=request.requested_by,
        joined=joined.joined,
        merged=joined.merged,
    )


def _becomes(job: JobRow, asked: _Asked, stamp: Stamp) -> JobRow:
    """Return what the kind's policy makes of a job of its own that waits; others stay as they are."""
    if job.state is not JobState.PENDING or job.merge_key != asked.checked.merge_key:
        return job
    arguments = merged(asked.kind.merge, job.arguments, asked.checked.arguments)
    refuse_if_large(canonical_json(arguments))
    not_before_us = None
    if job.not_before_us is not None and not asked.request.force:
        not_before_us = put_off(asked.kind.merge, first_us=job.accepted_at_us, at_us=stamp.at_us)
    return replace(
        job,
        arguments=arguments,
        not_before_us=not_before_us,
        idempotency_key=asked.checked.done_key,
    )


def _insert(conn: Connection, asked: _Asked, absorbed: list[JobRow], stamp: Stamp) -> Decided:
    request = asked.request
    superseded = [_supersede(conn, job, stamp.job_id, at_us=stamp.at_us) for job in absorbed]
    job = jobs.insert_job(
        conn,
        jobs.NewJob(
            id=stamp.job_id,
            household_id=request.household_id,
            kind=asked.kind.name,
            merge_key=asked.checked.merge_key,
            arguments=asked.checked.arguments,
            priority=min([asked.priority, *(each.priority for each in absorbed)]),
            requested_by=request.requested_by,
            least_revision=max([request.least_revision, *(each.least_revision for each in absorbed)]),
            deadline_seconds=asked.kind.deadline_seconds,
            at_us=stamp.at_us,
            joined=sum(1 + each.joined for each in absorbed),
            not_before_us=None
            if request.force
            else put_off(asked.kind.merge, first_us=stamp.at_us, at_us=stamp.at_us),
            idempotency_key=asked.checked.done_key,
            forced=request.force or any(each.forced for each in absorbed),
        ),
    )
    accepted = note(conn, "accepted", job, None, at_us=stamp.at_us, requested_by=request.requested_by)
    return Decided(job=job, joined=False, happenings=(*superseded, accepted))


def _supersede(conn: Connection, job: JobRow, successor_id: str, *, at_us: int) -> Happening:
    """End a waiting job, whose requests the successor answers; it never ran, so it has no attempt."""
    done = jobs.finish_job(
        conn,
        job,
        jobs.Ending(
            state=JobState.SUPERSEDED,
            at_us=at_us,
            expires_at_us=at_us + SUPERSEDED_RETENTION_DAYS * DAY_US,
            successor_id=successor_id,
        ),
    )
    return note(conn, "superseded", done, job.state, at_us=at_us, successor_id=successor_id)
