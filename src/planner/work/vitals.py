"""The last hour of the process, minute by minute, and how things stand: what alert rules look at."""

from collections import deque
from dataclasses import dataclass, fields
from typing import Final

from planner.actors.statistics import SchedulerStatistics
from planner.storage.alerts import AlertRow
from planner.storage.database import Store
from planner.storage.job_rows import JobState
from planner.storage.standing import Standing, standing
from planner.work.names import RECALCULATE_WITHHOLDING, REFRESH_BASELINE, REGENERATE_FLOWS
from planner.work.subjects import BASELINE

TALLY_SECONDS: Final = 60.0
TALLIES_KEPT: Final = 61
GENERATING: Final = frozenset({REFRESH_BASELINE, REGENERATE_FLOWS, RECALCULATE_WITHHOLDING})
"""The kinds that bring a generation of flows."""

FAILED: Final = JobState.FAILED.value
TRIED: Final = frozenset({JobState.SUCCEEDED.value, JobState.PARTIAL.value, FAILED})
DUPLICATES: Final = ("repeated", "reused")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """What was counted up to an instant of trio's clock; the difference of two is what lies between them."""

    at: float = 0.0
    finished: int = 0
    failed: int = 0
    generations: int = 0
    generations_failed: int = 0
    duplicates: int = 0

    def since(self, earlier: "Tally") -> "Tally":
        """Return what was counted since; `at` is then the seconds between."""
        return Tally(
            **{each.name: getattr(self, each.name) - getattr(earlier, each.name) for each in fields(self)}
        )

    @property
    def finished_a_minute(self) -> float:
        """Of a difference: how many jobs ended in a minute; of less than a minute, as many as did."""
        return 60.0 * self.finished / max(self.at, TALLY_SECONDS)


def tally(scheduler: SchedulerStatistics, at: float) -> Tally:
    """Count what there is to count now."""
    ended = scheduler.finished
    generated = {state: sum(ended[kind, state] for kind in GENERATING) for state in TRIED}
    return Tally(
        at=at,
        finished=sum(count for (_, state), count in ended.items() if state != JobState.SUPERSEDED.value),
        failed=sum(count for (_, state), count in ended.items() if state == FAILED),
        generations=sum(generated.values()),
        generations_failed=generated[FAILED],
        duplicates=sum(scheduler.refused[reason] for reason in DUPLICATES),
    )


class Vitals:
    """A tally for each minute of the last hour, how things stood last, and the alerts that are raised.

    `raised` is by rule and subject; `look_seconds` is how long the last look at everything took. Nothing is
    measured by itself: who keeps watch takes a tally each minute.
    """

    def __init__(self) -> None:
        self._tallies: deque[Tally] = deque(maxlen=TALLIES_KEPT)
        self._stood: tuple[int, Standing] | None = None
        self.raised: dict[tuple[str, str], AlertRow] = {}
        self.look_seconds = 0.0

    def take(self, scheduler: SchedulerStatistics, at: float) -> None:
        """Note what was counted by now."""
        self._tallies.append(tally(scheduler, at))

    def over(self, seconds: float, scheduler: SchedulerStatistics, at: float) -> Tally:
        """Return what was counted in the last `seconds`, or since the first tally where that is younger."""
        now = tally(scheduler, at)
        before = [each for each in self._tallies if each.at <= at - seconds]
        first = self._tallies[0] if self._tallies else now
        return now.since(before[-1] if before else first)

    async def stands(self, store: Store, now_us: int) -> Standing:
        """Return how things stand; read anew only if something was committed since: idle, it is free."""
        commits = store.statistics.commits
        if self._stood is None or self._stood[0] != commits:
            self._stood = (commits, await store.read(standing, BASELINE, now_us))
        return self._stood[1]
