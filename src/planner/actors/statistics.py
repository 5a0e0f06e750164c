"""What the scheduler has done in this epoch, counted where it happens."""

from collections import Counter, deque
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from planner.actors.happening import Happening
from planner.storage.durations import Durations
from planner.storage.job_rows import JobState, Priority

GONE_REMEMBERED: Final = 100
"""How many removed households are remembered, by ids that are never used again."""


def _by_priority() -> dict[Priority, Durations]:
    return {each: Durations() for each in Priority}


@dataclass(slots=True)
class SchedulerStatistics:
    """Counters since the start; the figures from `waiting` on are as of now.

    `finished` is by (kind, state). `waited` is from acceptance to start, by priority; `ran` is from start to
    end, by kind. `refused` counts requests by why: "repeated" (its kind does nothing twice), "reused" (an
    idempotency key that came with another request), "crowded" (a full mailbox).
    """

    accepted: Counter[str] = field(default_factory=Counter)
    joined: Counter[str] = field(default_factory=Counter)
    finished: Counter[tuple[str, str]] = field(default_factory=Counter)
    retries: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    waited: dict[Priority, Durations] = field(default_factory=_by_priority)
    ran: dict[str, Durations] = field(default_factory=dict)
    waiting_by_household: Counter[str] = field(default_factory=Counter)
    commits_put_off: int = 0
    restarts: int = 0
    waiting: int = 0
    running: int = 0
    awake: int = 0
    ready: int = 0
    set_aside: int = 0
    threads: int = 0
    threads_in_use: int = 0
    threads_lost: int = 0
    _gone: deque[str] = field(default_factory=partial(deque, maxlen=GONE_REMEMBERED))

    @property
    def joined_share(self) -> float:
        """What part of all requests joined a job that was there."""
        joined, accepted = self.joined.total(), self.accepted.total()
        return joined / (joined + accepted) if joined + accepted else 0.0

    @property
    def unchanged_share(self) -> float:
        """What part of all jobs that ended found nothing to do, or nothing new."""
        finished = self.finished.total()
        return self.unchanged.total() / finished if finished else 0.0

    def count(self, happening: Happening) -> None:
        """Count one thing that happened to a job."""
        job = happening.job
        if happening.type == "accepted":
            self.accepted[job.kind] += 1
        elif happening.type == "joined":
            self.joined[job.kind] += 1
        elif happening.type == "retrying":
            self.retries[job.kind] += 1
        elif happening.type == "started" and job.attempts == 1 and job.started_at_us is not None:
            waited_us = job.started_at_us - job.accepted_at_us
            self.waited[job.priority].add(max(0, waited_us) / 1e6)
        if job.state.is_final:
            self._count_end(happening)
        if job.state is JobState.PENDING and happening.before is None:
            self.expect(job.household_id, 1)
        elif happening.before is JobState.PENDING and job.state is not JobState.PENDING:
            self.expect(job.household_id, -1)

    def _count_end(self, happening: Happening) -> None:
        job = happening.job
        self.finished[job.kind, job.state.value] += 1
        if job.unchanged:
            self.unchanged[job.kind] += 1
        if job.started_at_us is not None and job.finished_at_us is not None:
            ran_us = job.finished_at_us - job.started_at_us
            self.ran.setdefault(job.kind, Durations()).add(max(0, ran_us) / 1e6)

    def expect(self, household_id: str, more: int) -> None:
        """Count `more` waiting jobs of the household."""
        if household_id in self._gone:
            return
        self.waiting += more
        self.waiting_by_household[household_id] += more
        if not self.waiting_by_household[household_id]:
            del self.waiting_by_household[household_id]

    def forget(self, household_id: str) -> None:
        """Drop what waited for a household that is gone, and what news of it is still on its way."""
        self._gone.append(household_id)
        self.waiting -= self.waiting_by_household.pop(household_id, 0)
