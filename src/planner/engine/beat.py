"""Signs of life from a long calculation, and the places where it can be stopped."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

Beat = Callable[[float, str], None]
"""Hears how far a calculation is (0 to 1) and what it is doing; it may raise to end it."""

T = TypeVar("T")

CELLS_BETWEEN_BEATS: Final = 50_000
"""So many accounts of paths are worked out for a month in some 10 milliseconds, by a thread that is alone."""


def between(items: Iterable[T], beat: Beat | None, fraction: float, doing: str) -> Iterator[T]:
    """Yield the items one by one; `beat` hears before each."""
    for item in items:
        if beat is not None:
            beat(fraction, doing)
        yield item


def months_between_beats(cells: int) -> int:
    """Return after how many months of `cells` paths and accounts a beat is due, a year at most."""
    return max(1, min(12, CELLS_BETWEEN_BEATS // max(1, cells)))
