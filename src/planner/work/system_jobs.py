"""What the jobs that planner does for itself have in common: they are of its own household and no other."""

from collections.abc import Callable

from sqlalchemy import Connection

from planner.domain.errors import Refused
from planner.storage.job_rows import JobRow
from planner.storage.tables import SYSTEM

Load = Callable[[Connection, JobRow], object]


def for_planner_itself(load: Load) -> Load:
    """Return `load` for a kind that somebody's household is refused."""

    def checked(conn: Connection, job: JobRow) -> object:
        if job.household_id != SYSTEM:
            raise Refused.one("kind", f"{job.kind} is work that planner does for itself, on its timetable.")
        return load(conn, job)

    return checked
