"""Checks of what the rows of jobs say together: attempts, marks, those who joined, successors, batches."""

from sqlalchemy import Connection, case, func, literal_column, select

from planner.storage.finding import ASIDE, CANCEL, REPORT, Finding, Findings, Repair
from planner.storage.known import Known
from planner.storage.tables import FINAL_STATES, LIVE_STATES, attempts, events, households, jobs, requests

_LIVE = jobs.c.state.in_(LIVE_STATES)
_BY_HALVES = "has run, or has not, by one mark and not by another"


def slots(conn: Connection) -> Findings:
    """At most one job of a household and key is pending, and at most one is running."""
    query = (
        select(jobs.c.household_id, jobs.c.kind, jobs.c.state, func.count().label("many"))
        .where(_LIVE)
        .group_by(jobs.c.household_id, jobs.c.merge_key, jobs.c.state)
        .having(func.count() > 1)
    )
    for row in conn.execute(query):
        yield Finding(
            check="slots",
            subject=row.household_id,
            message=f"{row.many} jobs {row.kind} of household {row.household_id} are {row.state} at once.",
            remedy=CANCEL,
            repair=Repair.SLOTS,
        )


def turns(conn: Connection) -> Findings:
    """At most one turn of a household runs at any instant: no two of its attempts are open."""
    query = (
        select(jobs.c.household_id, func.count().label("many"))
        .join_from(attempts, jobs, attempts.c.job_id == jobs.c.id)
        .where(attempts.c.outcome.is_(None), jobs.c.state == literal_column("'running'"))
        .group_by(jobs.c.household_id)
        .having(func.count(jobs.c.id.distinct()) > 1)
    )
    for row in conn.execute(query):
        yield Finding(
            check="turns",
            subject=row.household_id,
            message=f"{row.many} turns of household {row.household_id} run at once.",
            remedy=REPORT,
            repair=Repair.PARK,
        )


def attempt_counts(conn: Connection) -> Findings:
    """Every job has the attempts it counts, numbered from 1, and only the last of one that runs is open."""
    number, is_open = attempts.c.number, attempts.c.outcome.is_(None)
    query = (
        select(
            jobs.c.id,
            jobs.c.state,
            jobs.c.attempts,
            func.count(number).label("rows"),
            func.coalesce(func.max(number), 0).label("last"),
            func.count(number).filter(is_open).label("open"),
            func.min(number).filter(is_open).label("first_open"),
        )
        .join_from(jobs, attempts, attempts.c.job_id == jobs.c.id, isouter=True)
        .group_by(jobs.c.id)
    )
    for row in conn.execute(query.execution_options(yield_per=500)):
        repair: Repair | None = Repair.ATTEMPTS
        if row.rows != row.last:
            wrong, repair = f"has {row.rows} attempts recorded, and the last of them is {row.last}", None
        elif row.rows != row.attempts:
            wrong = f"says it was tried {row.attempts} times; {row.rows} attempts are recorded"
            if row.state == "pending" or not row.rows:
                repair = None
        elif row.open > (row.state == "running") or (row.open and row.first_open < row.last):
            wrong = f"is {row.state} and {row.open} of its attempts never ended"
        else:
            continue
        yield Finding(
            check="attempt_counts",
            subject=row.id,
            message=f"Job {row.id} {wrong}.",
            remedy=REPORT if repair else ASIDE,
            repair=repair,
        )


def marks(conn: Connection) -> Findings:
    """What a job's row says of its run fits its state, and no revision in it is one that is yet to come.

    Instants are not compared with each other: clocks are set, also back.
    """
    began = [
        jobs.c[name].is_not(None) for name in ("epoch", "started_at_us", "snapshot_revision")
    ]  # as soon as there is an attempt
    well = jobs.c.state.in_(("succeeded", "partial"))
    wrong = case(
        *(((jobs.c.attempts > 0) != mark, _BY_HALVES) for mark in began),
        (well & (jobs.c.attempts == 0), "ended well, and yet never ran"),
        (well & jobs.c.covers_revision.is_(None), "ended well, and does not say which revision it covers"),
        ((jobs.c.state == "failed") & jobs.c.error.is_(None), "failed and does not say why"),
        (jobs.c.expires_at_us < jobs.c.finished_at_us, "was to be forgotten before it ended"),
        (
            jobs.c.successor_id.is_not(None) & (jobs.c.state != "superseded"),
            "names a successor it does not need",
        ),
        *(
            (jobs.c[name] > households.c.revision, "speaks of a revision that is yet to come")
            for name in ("least_revision", "snapshot_revision", "covers_revision")
        ),
    )
    query = (
        select(jobs.c.id, jobs.c.state, jobs.c.attempts, wrong.label("wrong"))
        .join_from(jobs, households, jobs.c.household_id == households.c.id)
        .where(wrong.is_not(None))
    )
    for row in conn.execute(query):
        yield Finding(
            check="marks",
            subject=row.id,
            message=f"Job {row.id} is {row.state}, {row.wrong}.",
            remedy=ASIDE if row.state in FINAL_STATES else REPORT,
            repair=Repair.MARKS if row.attempts == 0 and row.wrong == _BY_HALVES else None,
        )


def joined(conn: Connection, known: Known) -> Findings:
    """Whoever joined a job is counted: its own requests, and all those of the jobs that it took over.

    One that was taken over may be past its retention, and gone, before the one that took it; and where very
    many join, the last of them are only counted.
    """
    own = select(func.count()).where(requests.c.job_id == jobs.c.id).scalar_subquery()
    before = jobs.alias("before")
    taken = (
        select(func.coalesce(func.sum(1 + before.c.joined), 0))
        .where(before.c.successor_id == jobs.c.id, before.c.state == "superseded")
        .scalar_subquery()
    )
    query = select(
        jobs.c.id, jobs.c.joined, jobs.c.accepted_at_us, own.label("own"), taken.label("taken")
    ).where(jobs.c.joined != own + taken)
    for row in conn.execute(query.execution_options(yield_per=500)):
        counted = row.own + row.taken
        is_old = row.accepted_at_us + known.kept_us <= known.at_us
        if row.joined > counted and (is_old or row.joined > known.joins_recorded):
            continue
        yield Finding(
            check="joined",
            subject=row.id,
            message=f"Job {row.id} says that {row.joined} joined it; {counted} are recorded.",
            remedy=ASIDE,
            repair=Repair.JOINED,
        )


def superseded(conn: Connection, known: Known) -> Findings:
    """A superseded job is answered by one that was accepted after it, of its household, that is there.

    The order of acceptance has no circles, so every chain of them ends at a job that is or will be an answer.
    """
    after = jobs.alias("after")
    query = (
        select(
            jobs.c.id, jobs.c.successor_id, jobs.c.finished_at_us, jobs.c.seq, jobs.c.household_id,
            after.c.seq.label("after_seq"), after.c.household_id.label("after_household"),
        )
        .join_from(jobs, after, after.c.id == jobs.c.successor_id, isouter=True)
        .where(jobs.c.state == "superseded", jobs.c.successor_id.is_not(None))
    )  # fmt: skip
    for row in conn.execute(query.execution_options(yield_per=500)):
        if row.after_seq is None:
            if (row.finished_at_us or 0) + known.kept_us <= known.at_us:
                continue
            wrong = f"by {row.successor_id}, which is not there"
        elif row.after_household != row.household_id:
            wrong = f"by {row.successor_id}, which is of another household"
        elif row.after_seq <= row.seq:
            wrong = f"by {row.successor_id}, which is not after it: nothing answers for either"
        else:
            continue
        yield Finding(
            check="superseded",
            subject=row.id,
            message=f"Job {row.id} was superseded {wrong}.",
            remedy=REPORT,
            repair=Repair.SUPERSEDED,
        )


def children(conn: Connection) -> Findings:
    """A batch that goes on counts those of its children that have not ended; they have their batch."""
    child = jobs.alias("child")
    of_batch = child.c.parent_id == jobs.c.id
    many = select(func.count()).where(of_batch).scalar_subquery()
    left = select(func.count()).where(of_batch, child.c.state.in_(LIVE_STATES)).scalar_subquery()
    batches = select(
        jobs.c.id, jobs.c.children, jobs.c.children_left, many.label("many"), left.label("left")
    ).where(jobs.c.children.is_not(None), _LIVE, (jobs.c.children_left != left) | (jobs.c.children != many))
    for row in conn.execute(batches):
        fixable = row.left > 0
        yield Finding(
            check="children",
            subject=row.id,
            message=f"Batch {row.id} counts {row.children_left} of {row.children} children that go on; "
            f"there are {row.left} of {row.many}.",
            remedy=REPORT,
            repair=Repair.CHILDREN if fixable else None,
        )
    parent = jobs.alias("parent")
    stray = (
        select(jobs.c.id, jobs.c.parent_id)
        .join_from(jobs, parent, parent.c.id == jobs.c.parent_id, isouter=True)
        .where(_LIVE, jobs.c.parent_id.is_not(None))
        .where(parent.c.id.is_(None) | parent.c.state.in_(FINAL_STATES))
    )
    for job_id, parent_id in conn.execute(stray):
        yield Finding(
            check="children",
            subject=job_id,
            message=f"Job {job_id} belongs to the batch {parent_id}, which has ended or is not there.",
            remedy=REPORT,
            repair=Repair.STRAY,
        )


def events_of_jobs(conn: Connection) -> Findings:
    """Every event that is about a job has it."""
    about = select(jobs.c.seq).where(jobs.c.id == events.c.job_id)
    query = select(func.count()).where(events.c.job_id.is_not(None), ~about.exists())
    count = conn.execute(query).scalar_one()
    if count:
        yield Finding(
            check="events_of_jobs",
            subject="events",
            message=f"{count} events are about jobs that are not there.",
            remedy=ASIDE,
            repair=Repair.EVENTS,
        )
