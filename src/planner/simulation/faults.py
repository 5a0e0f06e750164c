"""When things go wrong: drawn from the seed by rate, or planned for one commit."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import trio

NEW_YEAR: Final = datetime(2026, 1, 1, tzinfo=UTC)
FULL_SECONDS: Final = (1.0, 30.0, 300.0)
LATE_SHARE: Final = 0.5
SLOW_SECONDS: Final = (0.5, 3.0, 20.0)
JUMPS_SECONDS: Final = (-3 * 86_400.0, -3_600.0, -1.0, 1.0, 3_600.0, 2 * 86_400.0)


class AtCommit(StrEnum):
    """What becomes of one commit."""

    GOES_WELL = "goes well"
    KILL_BEFORE = "the process is killed before"
    KILL_AFTER = "the process is killed after"
    FULL = "the disk is full"
    LOSE_BEFORE = "an I/O error, and it is not there"
    LOSE_AFTER = "an I/O error, and it is there"


class Faults:
    """Draws every fault of a run. Calm, it draws none."""

    def __init__(
        self,
        chance: random.Random,
        *,
        disk: Mapping[str, float],
        clock_jumps: float = 0.0,
        latency_seconds: float = 0.0,
    ) -> None:
        self.chance = chance
        self.calm = False
        self._disk = disk
        self._clock_jumps = clock_jumps
        self._latency_seconds = latency_seconds
        self._full_until = float("-inf")
        self._skew = 0.0
        self._kill_at: tuple[int, AtCommit] | None = None

    def plan_kill(self, at_commit: int, when: AtCommit) -> None:
        """Kill the process at that commit."""
        self._kill_at = (at_commit, when)

    def forget_kill(self) -> None:
        """Kill nothing after all."""
        self._kill_at = None

    def happens(self, fault: str) -> bool:
        """Whether `fault` happens here."""
        rate = self._disk.get(fault)
        return rate is not None and not self.calm and self.chance.random() < rate

    def at_commit(self, number: int, *, spare_in_use: bool) -> AtCommit:
        """Draw what becomes of a commit; what was held in spare is room enough for what is in hand."""
        if self._kill_at is not None and number >= self._kill_at[0]:
            when, self._kill_at = self._kill_at[1], None
            return when
        if self.happens("full"):
            self._full_until = trio.current_time() + self.chance.choice(FULL_SECONDS)
        if self.is_full() and not spare_in_use:
            return AtCommit.FULL
        if self.happens("lost"):
            return self.chance.choice([AtCommit.LOSE_BEFORE, AtCommit.LOSE_AFTER])
        return AtCommit.GOES_WELL

    def is_full(self) -> bool:
        """Whether the disk has no room."""
        return trio.current_time() < self._full_until

    def delay(self) -> float:
        """Draw how long the disk takes to answer; most often no time that counts."""
        if self.happens("slow"):
            return self.chance.choice(SLOW_SECONDS)
        if self._latency_seconds and not self.calm and self.chance.random() < LATE_SHARE:
            return self.chance.uniform(0, self._latency_seconds)
        return 0.0

    def now(self) -> datetime:
        """The wall clock, which somebody sets forward and back while the process runs."""
        if self._clock_jumps and not self.calm and self.chance.random() < self._clock_jumps:
            self._skew = self.chance.choice(JUMPS_SECONDS)
        return NEW_YEAR + timedelta(seconds=trio.current_time() + self._skew)
