"""Decides, inside the database, what becomes of a request: it joins a job, or it becomes one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from planner.actors.happening import Happening, note
from planner.actors.kind import Kind, Kinds, Request, checked_arguments
from planner.domain.errors import Crowded, Refused
from planner.storage import jobs
from planner.storage.events import record_request
from planner.storage.job_rows import JobRow, JobState, Priority

MAILBOX_MAX: Final = 100
MAILBOX_FULL_RETRY_SECONDS: Final = 5.0
DAY_US: Final = 86_400_000_000
SUPERSEDED_RETENTION_DAYS: Final = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class Stamp:
    """What a decision needs from outside the database, drawn before the unit is sent."""

    job_id: str
    at_us: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """By what requests are judged. `mailbox_max` bounds a household's pending jobs."""

    kinds: Kinds
    mailbox_max: int = MAILBOX_MAX


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """The job that will answer a request, and what deciding it made happen."""

    job: JobRow
    joined: bool
    happenings: tuple[Happening, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    request: Request
    kind: Kind
    arguments: Mapping[str, object]
    merge_key: str
    priority: Priority
    revision: int


def accept_request(
    conn: Connection, request: Request, stamp: Stamp, rules: Rules, *, bounded: bool = True
) -> Decided:
    """Join the request to a job that will cover it, or insert a pending job for it.

    It joins `pending`; it joins `running` only if no fact has changed since that turn took its
    snapshot and it does not insist on a new run. Raises Refused, or Crowded when the mailbox is full
    (unless not `bounded`: what a finished turn asks for was accepted with that turn).
    """
    asked = _checked(conn, request, rules)
    covering = _covering(conn, asked, rules.kinds)
    if covering is not None:
        return _join(conn, covering, asked, stamp)
    absorbed = _absorbed(conn, asked, rules.kinds)
    if bounded:
        _refuse_if_full(conn, request.household_id, rules.mailbox_max + len(absorbed))
    return _insert(conn, asked, absorbed, stamp)


def _checked(conn: Connection, request: Request, rules: Rules) -> _Asked:
    kind = rules.kinds.asked_for(request.kind)
    arguments, merge_key = checked_arguments(kind, request.arguments)
    revision = jobs.household_revision(conn, request.household_id)
    if request.least_revision > revision:
        raise Refused.one(
            "least_revision",
            f"Revision {request.least_revision} does not exist; the household is at revision {revision}.",
        )
    return _Asked(
        request=request,
        kind=kind,
        arguments=arguments,
        merge_key=merge_key,
        priority=kind.priority if request.priority is None else request.priority,
        revision=revision,
    )


def _covering(conn: Connection, asked: _Asked, kinds: Kinds) -> JobRow | None:
    """Return the live job that will answer: pending before running, the same key before an absorber."""
    candidates = [job for job in jobs.slots(conn, asked.request.household_id, asked.merge_key) if job]
    absorbers = kinds.absorbers_of(asked.kind.name)
    if absorbers:
        candidates += jobs.live_of_kinds(conn, asked.request.household_id, absorbers)
    for job in candidates:
        if job.state is JobState.PENDING:
            return job
    if asked.request.force:
        return None
    for job in candidates:
        if job.snapshot_revision == asked.revision:
            return job
    return None


def _absorbed(conn: Connection, asked: _Asked, kinds: Kinds) -> list[JobRow]:
    absorbed = kinds.absorbed_by(asked.kind.name)
    if not absorbed:
        return []
    live = jobs.live_of_kinds(conn, asked.request.household_id, absorbed)
    return [job for job in live if job.state is JobState.PENDING]


def _refuse_if_full(conn: Connection, household_id: str, limit: int) -> None:
    if jobs.waiting_count(conn, household_id, limit=limit) >= limit:
        raise Crowded(
            f"This household has {limit} jobs waiting, which is as many as it may have. "
            "Try again when some of them are done.",
            retry_after_seconds=MAILBOX_FULL_RETRY_SECONDS,
        )


def _join(conn: Connection, job: JobRow, asked: _Asked, stamp: Stamp) -> Decided:
    request = asked.request
    joined = jobs.join_job(conn, job, priority=asked.priority, least_revision=request.least_revision)
    record_request(
        conn,
        job.id,
        requested_by=request.requested_by,
        least_revision=request.least_revision,
        at_us=stamp.at_us,
    )
    happening = note(
        conn,
        "joined",
        joined,
        job.state,
        at_us=stamp.at_us,
        requested_by=request.requested_by,
        joined=joined.joined,
    )
    return Decided(job=joined, joined=True, happenings=(happening,))


def _insert(conn: Connection, asked: _Asked, absorbed: list[JobRow], stamp: Stamp) -> Decided:
    request = asked.request
    superseded = [_supersede(conn, job, stamp.job_id, at_us=stamp.at_us) for job in absorbed]
    job = jobs.insert_job(
        conn,
        jobs.NewJob(
            id=stamp.job_id,
            household_id=request.household_id,
            kind=asked.kind.name,
            merge_key=asked.merge_key,
            arguments=asked.arguments,
            priority=min([asked.priority, *(each.priority for each in absorbed)]),
            requested_by=request.requested_by,
            least_revision=max([request.least_revision, *(each.least_revision for each in absorbed)]),
            deadline_seconds=asked.kind.deadline_seconds,
            at_us=stamp.at_us,
            joined=sum(1 + each.joined for each in absorbed),
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
