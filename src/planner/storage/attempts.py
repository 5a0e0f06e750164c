"""The runs of a job: a row for each, written when it begins and closed when it ends."""

from sqlalchemy import Connection, bindparam, func, insert, select, update

from planner.storage.job_rows import AttemptRow, JobRow
from planner.storage.jobs import Vanished
from planner.storage.ready import Ready
from planner.storage.tables import attempts, jobs

CUT_OFF = "interrupted"
PARKED = "parked"

_BEGIN = Ready(
    insert(attempts).values(
        {name: bindparam(name) for name in ("job_id", "number", "epoch", "started_at_us")}
    )
)
_END = Ready(
    update(attempts)
    .where(attempts.c.job_id == bindparam("job"), attempts.c.number == bindparam("which"))
    .where(attempts.c.outcome.is_(None))
    .values(
        ended_at_us=bindparam("at_us"),
        outcome=bindparam("how"),
        error=bindparam("why"),
        traceback=bindparam("trace"),
    )
)
_LAST_OUTCOME = Ready(
    select(attempts.c.number, attempts.c.outcome)
    .where(attempts.c.job_id == bindparam("job"))
    .order_by(attempts.c.number.desc())
    .limit(1)
)
_COUNT = Ready(
    select(func.count())
    .select_from(attempts)
    .where(attempts.c.job_id == bindparam("job"), attempts.c.outcome == bindparam("how"))
)


def begin(conn: Connection, job: JobRow, *, at_us: int) -> None:
    """Open the row of the attempt that `job`, just started, is in."""
    values = {"job_id": job.id, "number": job.attempts, "epoch": job.epoch, "started_at_us": at_us}
    _BEGIN.run(conn, values)


def end(
    conn: Connection,
    job: JobRow,
    *,
    at_us: int,
    outcome: str,
    error: str | None = None,
    traceback: str | None = None,
) -> None:
    """Write how the job's present attempt ended; raises Vanished when it was removed with its household."""
    values = {
        "job": job.id,
        "which": job.attempts,
        "at_us": at_us,
        "how": outcome,
        "why": error,
        "trace": traceback,
    }
    if _END.run(conn, values).rowcount == 0:
        raise Vanished(job.id)


def close_open(conn: Connection, job: JobRow, *, at_us: int) -> bool:
    """Say whether the job's last attempt was cut off, and close its row if it is still open."""
    last = _LAST_OUTCOME.row(conn, {"job": job.id})
    if last is None or last[1] is None:
        end(conn, job, at_us=at_us, outcome=CUT_OFF)
        return True
    return bool(last[1] == PARKED)


def park_open(conn: Connection, *, at_us: int) -> int:
    """Close the attempts that a stopping process cut off on purpose; the next epoch runs the jobs again."""
    running = select(jobs.c.id).where(jobs.c.state == "running")
    done = conn.execute(
        update(attempts)
        .where(attempts.c.job_id.in_(running), attempts.c.outcome.is_(None))
        .values(outcome=PARKED, ended_at_us=at_us)
    )
    return done.rowcount


def count(conn: Connection, job_id: str, *, outcome: str) -> int:
    """Count the job's attempts that ended so."""
    ((number,),) = _COUNT.rows(conn, {"job": job_id, "how": outcome})
    return int(number)


def of_job(conn: Connection, job_id: str) -> list[AttemptRow]:
    """Return the job's attempts, first to last."""
    query = select(attempts).where(attempts.c.job_id == job_id).order_by(attempts.c.number)
    return [AttemptRow(**row._mapping) for row in conn.execute(query)]  # noqa: SLF001 -- a Row's names
