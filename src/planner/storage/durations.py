"""How long something took: how often, how many seconds together, and how many within each of a few bounds."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

BOUNDS_SECONDS: Final = (
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0,
)  # fmt: skip


def _none_yet() -> list[int]:
    return [0] * (len(BOUNDS_SECONDS) + 1)


@dataclass(slots=True)
class Durations:
    """A histogram. `buckets` counts those above one bound and up to the next; the last has no bound."""

    count: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=_none_yet)

    def add(self, seconds: float) -> None:
        """Count one more."""
        self.count += 1
        self.seconds += seconds
        self.buckets[bisect_left(BOUNDS_SECONDS, seconds)] += 1

    @property
    def mean(self) -> float:
        """Seconds on average; 0 when there was none."""
        return self.seconds / self.count if self.count else 0.0

    def within(self) -> Iterator[tuple[float, int]]:
        """Yield each bound with how many took at most so long, and infinity with all of them."""
        yield from zip((*BOUNDS_SECONDS, float("inf")), accumulate(self.buckets), strict=True)

    def quantile(self, share: float) -> float | None:
        """Return the bound within which that share of them lay; None when there was none."""
        return next(
            (bound for bound, count in self.within() if self.count and count >= share * self.count), None
        )
