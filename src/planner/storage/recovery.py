"""What a new epoch finds of the ones before it, and households that are set aside."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, literal_column, select, tuple_, update

from planner.domain.errors import NotFound
from planner.storage.events import record_event
from planner.storage.job_rows import JOB_COLUMNS, JobRow, job_of
from planner.storage.ready import Ready
from planner.storage.tables import households, jobs

_TAKE = Ready(
    update(jobs)
    .where(
        jobs.c.seq == bindparam("job"),
        jobs.c.state == literal_column("'running'"),
        jobs.c.epoch == bindparam("older"),
    )
    .values(epoch=bindparam("this_epoch"))
)


def left_by_older_epochs(
    conn: Connection, epoch: int, *, after: tuple[str, str] = ("", ""), limit: int
) -> Sequence[JobRow]:
    """Return jobs in running slots that no turn of this epoch can hold; batches that are spread need none."""
    query = (
        select(*JOB_COLUMNS)
        .where(jobs.c.state == literal_column("'running'"), jobs.c.epoch != epoch, jobs.c.children.is_(None))
        # As the index of the running slots has them, and on from where the last batch ended.
        .where(tuple_(jobs.c.household_id, jobs.c.merge_key) > tuple_(*after))
        .order_by(jobs.c.household_id, jobs.c.merge_key)
        .limit(limit)
    )
    return [job_of(row) for row in conn.execute(query)]


def take_into_epoch(conn: Connection, job: JobRow, epoch: int) -> None:
    """Keep a job in its running slot, as this epoch's: it has been decided, and runs again."""
    values = {"job": job.seq, "older": job.epoch, "this_epoch": epoch}
    done = _TAKE.run(conn, values)
    assert done.rowcount == 1, f"job {job.id} changed under recovery"


def set_aside(conn: Connection, household_id: str, reason: str | None, *, at_us: int) -> None:
    """Record that nothing runs for the household, and why; None: it goes on."""
    done = conn.execute(
        update(households).where(households.c.id == household_id).values(set_aside_reason=reason)
    )
    if done.rowcount == 0:
        raise NotFound(f"There is no household {household_id}.")
    record_event(
        conn,
        household_id=household_id,
        job_id=None,
        at_us=at_us,
        event_type="resumed" if reason is None else "set_aside",
        data={} if reason is None else {"reason": reason},
    )
