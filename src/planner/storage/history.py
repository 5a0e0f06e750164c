"""Questions about jobs and mailboxes; nothing here changes a row."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, exists, func, literal_column, select

from planner.storage.batches import live_batch
from planner.storage.job_rows import JOB_COLUMNS, JobRow, JobState, Priority, job_of
from planner.storage.queue import waiting_count
from planner.storage.tables import LIVE_STATES, RARE_STATES, households, jobs

_PENDING = jobs.c.state == literal_column("'pending'")
_RUNNING = jobs.c.state == literal_column("'running'")
_OF_NO_BATCH = jobs.c.parent_id.is_(None)
_IN_ITS_TURN = jobs.c.children.is_(None)  # a batch that is spread is running, and in no turn
_INDEXED = frozenset(map(JobState, (*LIVE_STATES, *RARE_STATES)))

LOOKED_AT_MAX: Final = 100_000
"""How many jobs are looked at for one page of those that no index leads to."""

SINCE_MAX: Final = 1_000
"""Among how many jobs after a failure, and how many of the last, a success of its kind is looked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Backlog:
    """A household with work: how many jobs wait, how urgent the most urgent is, whether a slot is running."""

    household_id: str
    waiting: int
    priority: Priority
    left_running: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class AtTheDoor:
    """What is known of a household beside its jobs."""

    household_id: str
    revision: int
    set_aside_reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """A household's mailbox in one moment; `live` is cut, `waiting_count` is not."""

    door: AtTheDoor
    live: list[JobRow]
    batch: JobRow | None
    waiting_count: int
    last_failure: JobRow | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which jobs somebody wants to see; None: all. `owners` are those of the households."""

    household_id: str | None = None
    owners: tuple[str, ...] | None = None
    states: Collection[JobState] | None = None
    kind: str | None = None

    @property
    def is_indexed(self) -> bool:
        """Whether an index, or the order of the table, leads to just these jobs."""
        return self.kind is None and (self.states is None or _INDEXED.issuperset(self.states))


@dataclass(frozen=True, kw_only=True, slots=True)
class PageOfJobs:
    """Some jobs, the last accepted first, and before which `seq` to go on; None: there is no more."""

    jobs: list[JobRow]
    next_seq: int | None


def page_of_jobs(conn: Connection, wanted: Wanted, *, before_seq: int | None, limit: int) -> PageOfJobs:
    """Return a page of jobs; a batch stands for its children.

    Looks at LOOKED_AT_MAX jobs at most, so a page may be short and have a next.
    """
    query = select(*JOB_COLUMNS).where(_OF_NO_BATCH).order_by(jobs.c.seq.desc()).limit(limit + 1)
    if before_seq is not None:
        query = query.where(jobs.c.seq < before_seq)
    looked_from = 0
    if not wanted.is_indexed:
        newest = conn.execute(select(func.max(jobs.c.seq))).scalar() or 0
        looked_from = max(0, min(newest + 1, before_seq or newest + 1) - LOOKED_AT_MAX)
        query = query.where(jobs.c.seq >= looked_from)
    if wanted.household_id is not None:
        query = query.where(jobs.c.household_id == wanted.household_id)
    if wanted.kind is not None:
        query = query.where(jobs.c.kind == wanted.kind)
    if wanted.owners is not None:
        owned = exists().where(households.c.id == jobs.c.household_id, households.c.owner.in_(wanted.owners))
        query = query.where(owned)
    found = _by_state(conn, query, wanted.states)
    if len(found) > limit:
        return PageOfJobs(jobs=found[:limit], next_seq=found[limit - 1].seq)
    return PageOfJobs(jobs=found, next_seq=looked_from or None)


def _by_state(conn: Connection, query: Select[Any], states: Collection[JobState] | None) -> list[JobRow]:
    if states is None:
        return [job_of(row) for row in conn.execute(query)]
    found: list[JobRow] = []
    for state in dict.fromkeys(states):
        # One state at a time, and written out: so that the partial indexes of the rare states serve.
        of_state = query.where(jobs.c.state == literal_column(f"'{JobState(state).value}'"))
        found += [job_of(row) for row in conn.execute(of_state)]
    return sorted(found, key=lambda job: -job.seq)


def list_jobs(
    conn: Connection,
    *,
    household_id: str | None = None,
    states: Collection[JobState] | None = None,
    before_seq: int | None = None,
    limit: int = 50,
) -> list[JobRow]:
    """Return jobs, the last accepted first; `before_seq` goes on where an earlier answer ended.

    The children of a batch are not among them: see `batches.children_after`.
    """
    query = select(*JOB_COLUMNS).where(_OF_NO_BATCH).order_by(jobs.c.seq.desc()).limit(limit)
    if household_id is not None:
        query = query.where(jobs.c.household_id == household_id)
    if before_seq is not None:
        query = query.where(jobs.c.seq < before_seq)
    return _by_state(conn, query, states)[:limit]


def live_jobs(conn: Connection, household_id: str, *, limit: int) -> list[JobRow]:
    """Return the household's job in its turn and then its waiting jobs, in the order of their turns."""
    of_household = select(*JOB_COLUMNS).where(jobs.c.household_id == household_id)
    running = conn.execute(of_household.where(_RUNNING, _IN_ITS_TURN).limit(limit))
    waiting = conn.execute(of_household.where(_PENDING).order_by(jobs.c.priority, jobs.c.seq).limit(limit))
    return [job_of(row) for row in (*running, *waiting)]


def look(conn: Connection, household_id: str, *, shown: int, counted: int) -> Look | None:
    """Return the household's mailbox, or None where there is no such household."""
    door = at_the_door(conn, household_id)
    if door is None:
        return None
    return Look(
        door=door,
        live=live_jobs(conn, household_id, limit=shown),
        batch=live_batch(conn, household_id),
        waiting_count=waiting_count(conn, household_id, limit=counted),
        last_failure=last_failure(conn, household_id),
    )


def jobs_ahead(conn: Connection, job: JobRow) -> int:
    """Count the household's waiting jobs whose turn comes before that of `job`."""
    earlier = (jobs.c.priority < job.priority) | ((jobs.c.priority == job.priority) & (jobs.c.seq < job.seq))
    query = select(func.count()).where(jobs.c.household_id == job.household_id, _PENDING, earlier)
    count: int = conn.execute(query).scalar_one()
    return count


def superseded_by(conn: Connection, job: JobRow, *, limit: int) -> list[str]:
    """Return the household's jobs for which `job` answers, the last accepted first."""
    query = select(jobs.c.id).where(jobs.c.successor_id == job.id).order_by(jobs.c.seq.desc()).limit(limit)
    return list(conn.execute(query).scalars())


def last_failure(conn: Connection, household_id: str) -> JobRow | None:
    """Return the household's last failed job, unless one of its kind has succeeded since."""
    failed = conn.execute(
        select(*JOB_COLUMNS)
        .where(jobs.c.household_id == household_id, jobs.c.state == literal_column("'failed'"))
        .order_by(jobs.c.seq.desc())
        .limit(1)
    ).one_or_none()
    if failed is None:
        return None
    later = select(jobs.c.kind, jobs.c.state).where(
        jobs.c.household_id == household_id, jobs.c.seq > failed.seq
    )
    for order in (jobs.c.seq, jobs.c.seq.desc()):
        some = later.order_by(order).limit(SINCE_MAX).subquery()
        succeeded = some.c.state.in_(["succeeded", "partial"])
        if conn.execute(select(some.c.kind).where(some.c.kind == failed.kind, succeeded).limit(1)).first():
            return None
    return job_of(failed)


def at_the_door(conn: Connection, household_id: str) -> AtTheDoor | None:
    """Return the household's revision and why it is set aside, if it is."""
    columns = (households.c.revision, households.c.set_aside_reason)
    row = conn.execute(select(*columns).where(households.c.id == household_id)).one_or_none()
    if row is None:
        return None
    return AtTheDoor(household_id=household_id, revision=row.revision, set_aside_reason=row.set_aside_reason)


def backlogs(conn: Connection) -> list[Backlog]:
    """Return every household that has work: those cut off first, then by the age of what waits longest."""
    waiting = (
        select(
            jobs.c.household_id,
            func.count().label("waiting"),
            func.min(jobs.c.priority).label("priority"),
        )
        .where(_PENDING)
        .group_by(jobs.c.household_id)
        .order_by(func.min(jobs.c.seq))
    )
    # Not by age: that would make SQLite read every job there is rather than the few that run.
    running = select(jobs.c.household_id, jobs.c.priority).where(_RUNNING, _IN_ITS_TURN)
    running = running.order_by(jobs.c.household_id)
    found: dict[str, Backlog] = {}
    for household_id, priority in conn.execute(running):
        found[household_id] = Backlog(
            household_id=household_id, waiting=0, priority=Priority(priority), left_running=True
        )
    for household_id, count, priority in conn.execute(waiting):
        left = found.get(household_id)
        found[household_id] = Backlog(
            household_id=household_id,
            waiting=count,
            priority=min(Priority(priority), left.priority) if left else Priority(priority),
            left_running=left is not None,
        )
    return list(found.values())


def set_aside_reasons(conn: Connection) -> dict[str, str]:
    """Return the households that are set aside, each with its reason."""
    columns = (households.c.id, households.c.set_aside_reason)
    query = select(*columns).where(households.c.set_aside_reason.is_not(None))
    return {row.id: row.set_aside_reason for row in conn.execute(query)}
