"""A progressive schedule of rates, worked out exactly or for whole arrays."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """Rows of (dollars of at least, tax on that, rate above). Below the first row nothing is due."""

    starts: tuple[Decimal, ...]
    bases: tuple[Decimal, ...]
    rates: tuple[Decimal, ...]
    start_array: FloatArray
    base_array: FloatArray
    rate_array: FloatArray
    floats: tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]

    def exact(self, dollars: Decimal) -> Decimal:
        """Return the tax on `dollars`, unrounded."""
        if dollars <= 0:
            return ZERO
        row = bisect_right(self.starts, dollars) - 1
        return self.bases[row] + (dollars - self.starts[row]) * self.rates[row]

    def number(self, dollars: float) -> float:
        """Return the tax on `dollars`, as an element of `array` would be."""
        starts, bases, rates = self.floats
        above = max(dollars, 0.0)
        row = bisect_right(starts, above) - 1
        return bases[row] + (above - starts[row]) * rates[row]

    def array(self, dollars: FloatArray) -> FloatArray:
        """Return the tax on every element of `dollars`."""
        above = np.maximum(dollars, 0.0)
        row = self.start_array.searchsorted(above, "right") - 1
        taxed: FloatArray = self.base_array[row] + (above - self.start_array[row]) * self.rate_array[row]
        return taxed


def from_rows(rows: Iterable[Sequence[Decimal]]) -> Schedule:
    """Make a schedule of rows as they are published, rounded bases and all."""
    starts, bases, rates = zip(*rows, strict=True)
    assert starts[0] == 0, "a schedule begins at nothing"
    assert all(low < high for low, high in pairwise(starts)), "rows ascend"
    floats = (_floats(starts), _floats(bases), _floats(rates))
    start_array, base_array, rate_array = (np.array(column) for column in floats)
    return Schedule(starts, bases, rates, start_array, base_array, rate_array, floats)


def _floats(column: Iterable[Decimal]) -> tuple[float, ...]:
    return tuple(float(number) for number in column)


def from_tops(tops: Sequence[Decimal], rates: Sequence[Decimal]) -> Schedule:
    """Make a schedule of brackets: the top of every bracket but the last, and the rate inside each."""
    assert len(rates) == len(tops) + 1, "every bracket has a rate"
    rows = []
    tax = start = ZERO
    for top, rate in zip((*tops, ZERO), rates, strict=True):
        rows.append((start, tax, rate))
        tax += (top - start) * rate
        start = top
    return from_rows(rows)
