"""Those who wait for a job to end, or for a household's turn to end."""

from collections.abc import Generator
from typing import Any, Final
from weakref import WeakValueDictionary

import trio

from planner.storage.job_rows import JobRow

ENDED_REMEMBERED: Final = 1_024
"""How many jobs that ended before anything else was heard of them: far more than news ever overtakes."""


class Waiter:
    """A place where the end of one job is told to all who wait for it."""

    def __init__(self) -> None:
        self.job: JobRow | None = None
        self.told = trio.Event()
        self.waiting = 0


class TurnEnd:
    """The end of a household's present or next turn; await it. Made before reading, it misses nothing."""

    def __init__(self) -> None:
        self.reached = trio.Event()

    def __await__(self) -> Generator[Any, Any, None]:
        return self.reached.wait().__await__()


class Waiters:
    """Who waits for what, in memory: waiting is a courtesy, the outcome itself is a row."""

    def __init__(self) -> None:
        self._of_jobs: dict[str, Waiter] = {}
        self._live: dict[str, str] = {}
        self._ended_unknown: dict[str, None] = {}
        self._of_households: WeakValueDictionary[str, TurnEnd] = WeakValueDictionary()

    def join(self, job_id: str) -> Waiter:
        """Begin to wait for the job; to be left again with `leave`."""
        waiter = self._of_jobs.setdefault(job_id, Waiter())
        waiter.waiting += 1
        return waiter

    def leave(self, job_id: str, waiter: Waiter) -> None:
        """Wait no longer."""
        waiter.waiting -= 1
        if not waiter.waiting and self._of_jobs.get(job_id) is waiter:
            del self._of_jobs[job_id]

    def accepted(self, job: JobRow) -> None:
        """Remember that the job is live: its end has yet to be told.

        News of one transaction may overtake that of another: its end may have been told before.
        """
        if job.id not in self._ended_unknown:
            self._live[job.id] = job.household_id

    def is_live(self, job_id: str) -> bool:
        """Whether the job is known to be live. If not, only the database can say what it is."""
        return job_id in self._live

    def forget(self, household_id: str) -> None:
        """Know no more of the jobs of a household that was removed."""
        self._live = {job: owner for job, owner in self._live.items() if owner != household_id}

    def tell(self, job: JobRow) -> None:
        """Tell that the job has ended."""
        if self._live.pop(job.id, None) is None:
            self._ended_unknown[job.id] = None
            if len(self._ended_unknown) > ENDED_REMEMBERED:
                del self._ended_unknown[next(iter(self._ended_unknown))]
        waiter = self._of_jobs.pop(job.id, None)
        if waiter is not None:
            waiter.job = job
            waiter.told.set()

    def release(self, job_id: str) -> None:
        """Wake those who wait for a job that no longer exists; they look, and find nothing."""
        waiter = self._of_jobs.pop(job_id, None)
        if waiter is not None:
            waiter.told.set()

    def waited_for(self) -> list[str]:
        """Return the jobs that somebody waits for."""
        return list(self._of_jobs)

    def turn_end(self, household_id: str) -> TurnEnd:
        """Return the end of the household's present or next turn."""
        end = self._of_households.get(household_id)
        if end is None:
            end = self._of_households[household_id] = TurnEnd()
        return end

    def turn_ended(self, household_id: str) -> None:
        """Wake those who wait for a turn of the household to end."""
        end = self._of_households.pop(household_id, None)
        if end is not None:
            end.reached.set()
