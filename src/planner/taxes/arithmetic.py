"""The ways in which one formula is worked out: exactly, for whole arrays at once, or for one float.

A rule of law is written once, over an `Arithmetic`. With `EXACT` its amounts are dollars in Decimal; with
`ARRAYS` they are dollars in arrays of float64, whose last axis is free; with `FLOATS` they are what an
array of one element would hold, at a tenth of its cost.
"""

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import lru_cache
from typing import Protocol, TypeVar

import numpy as np

from planner.taxes.schedule import ZERO, FloatArray, Schedule

NOISE = 1e-6
"""Dollars that sums of binary floats may be off by."""

Number = TypeVar("Number", Decimal, FloatArray, float)


class Arithmetic(Protocol[Number]):
    """What a formula needs beside plus, minus and times."""

    def of(self, figure: Decimal) -> Number:
        """Bring a figure of the law into this arithmetic."""
        ...

    def most(self, one: Number, other: Number) -> Number:
        """Return the larger."""
        ...

    def least(self, one: Number, other: Number) -> Number:
        """Return the smaller."""
        ...

    def above(self, amount: Number, floor: Number) -> Number:
        """Return how far `amount` is above `floor`; never less than nothing."""
        ...

    def from_on(self, amount: Number, floor: Number) -> Number:
        """Return `amount` where it reaches `floor`, else nothing."""
        ...

    def started(self, amount: Number, step: Number) -> Number:
        """Return the smallest multiple of `step` that covers `amount`."""
        ...

    def completed(self, amount: Number, step: Number) -> Number:
        """Return the largest multiple of `step` that `amount` covers."""
        ...

    def where_above(self, amount: Number, floor: Number, then: Number, otherwise: Number) -> Number:
        """Return `then` where `amount` is above `floor`, else `otherwise`."""
        ...

    def any_above(self, amount: Number, floor: Number) -> bool:
        """Say whether any `amount` is above `floor`; if none is, a rule may be left out."""
        ...

    def taxed(self, schedule: Schedule, amount: Number) -> Number:
        """Return the tax on `amount` by a schedule."""
        ...


class Exact:
    """Dollars in Decimal: no binary float takes part."""

    def of(self, figure: Decimal) -> Decimal:
        """Return the figure itself."""
        return figure

    def most(self, one: Decimal, other: Decimal) -> Decimal:
        """Return the larger."""
        return max(other, one)

    def least(self, one: Decimal, other: Decimal) -> Decimal:
        """Return the smaller."""
        return min(other, one)

    def above(self, amount: Decimal, floor: Decimal) -> Decimal:
        """Return how far `amount` is above `floor`; never less than nothing."""
        return amount - floor if amount > floor else ZERO

    def from_on(self, amount: Decimal, floor: Decimal) -> Decimal:
        """Return `amount` where it reaches `floor`, else nothing."""
        return amount if amount >= floor else ZERO

    def started(self, amount: Decimal, step: Decimal) -> Decimal:
        """Return the smallest multiple of `step` that covers `amount`."""
        return (amount / step).to_integral_value(ROUND_CEILING) * step

    def completed(self, amount: Decimal, step: Decimal) -> Decimal:
        """Return the largest multiple of `step` that `amount` covers."""
        return (amount / step).to_integral_value(ROUND_FLOOR) * step

    def where_above(self, amount: Decimal, floor: Decimal, then: Decimal, otherwise: Decimal) -> Decimal:
        """Return `then` where `amount` is above `floor`, else `otherwise`."""
        return then if amount > floor else otherwise

    def any_above(self, amount: Decimal, floor: Decimal) -> bool:
        """Say whether `amount` is above `floor`."""
        return amount > floor

    def taxed(self, schedule: Schedule, amount: Decimal) -> Decimal:
        """Return the tax on `amount` by a schedule."""
        return schedule.exact(amount)


@lru_cache(maxsize=8192)
def _figure(figure: Decimal) -> FloatArray:
    """Return a figure as an array; the law has few of them, and they are asked for again and again."""
    made = np.asarray(float(figure))
    made.setflags(write=False)
    return made


class Arrays:
    """Dollars in arrays of float64."""

    def of(self, figure: Decimal) -> FloatArray:
        """Return the figure as an array without axes."""
        return _figure(figure)

    def most(self, one: FloatArray, other: FloatArray) -> FloatArray:
        """Return the larger, element by element."""
        return np.maximum(one, other)

    def least(self, one: FloatArray, other: FloatArray) -> FloatArray:
        """Return the smaller, element by element."""
        return np.minimum(one, other)

    def above(self, amount: FloatArray, floor: FloatArray) -> FloatArray:
        """Return how far `amount` is above `floor`; never less than nothing."""
        return np.maximum(amount - floor, 0.0)

    def from_on(self, amount: FloatArray, floor: FloatArray) -> FloatArray:
        """Return `amount` where it reaches `floor`, else nothing."""
        return np.where(amount >= floor, amount, 0.0)

    def started(self, amount: FloatArray, step: FloatArray) -> FloatArray:
        """Return the smallest multiple of `step` that covers `amount`; a millionth of a step is noise."""
        return np.ceil(amount / step - 1e-6) * step

    def completed(self, amount: FloatArray, step: FloatArray) -> FloatArray:
        """Return the largest multiple of `step` that `amount` covers; a millionth of a step is noise."""
        return np.floor(amount / step + 1e-6) * step

    def where_above(
        self, amount: FloatArray, floor: FloatArray, then: FloatArray, otherwise: FloatArray
    ) -> FloatArray:
        """Return `then` where `amount` is above `floor`, else `otherwise`; 1e-6 is noise."""
        return np.where(amount > floor + NOISE, then, otherwise)

    def any_above(self, amount: FloatArray, floor: FloatArray) -> bool:
        """Say whether an element of `amount` is above `floor`."""
        return bool(np.any(amount > floor))

    def taxed(self, schedule: Schedule, amount: FloatArray) -> FloatArray:
        """Return the tax on `amount` by a schedule."""
        return schedule.array(amount)


@lru_cache(maxsize=8192)
def _float(figure: Decimal) -> float:
    return float(figure)


class Floats:
    """Dollars in one float64: the same steps as `Arrays`, so the same result to the last bit."""

    def of(self, figure: Decimal) -> float:
        """Return the figure as a float."""
        return _float(figure)

    def most(self, one: float, other: float) -> float:
        """Return the larger."""
        return max(other, one)

    def least(self, one: float, other: float) -> float:
        """Return the smaller."""
        return min(other, one)

    def above(self, amount: float, floor: float) -> float:
        """Return how far `amount` is above `floor`; never less than nothing."""
        return max(amount - floor, 0.0)

    def from_on(self, amount: float, floor: float) -> float:
        """Return `amount` where it reaches `floor`, else nothing."""
        return amount if amount >= floor else 0.0

    def started(self, amount: float, step: float) -> float:
        """Return the smallest multiple of `step` that covers `amount`; a millionth of a step is noise."""
        return math.ceil(amount / step - 1e-6) * step

    def completed(self, amount: float, step: float) -> float:
        """Return the largest multiple of `step` that `amount` covers; a millionth of a step is noise."""
        return math.floor(amount / step + 1e-6) * step

    def where_above(self, amount: float, floor: float, then: float, otherwise: float) -> float:
        """Return `then` where `amount` is above `floor`, else `otherwise`; 1e-6 is noise."""
        return then if amount > floor + NOISE else otherwise

    def any_above(self, amount: float, floor: float) -> bool:
        """Say whether `amount` is above `floor`."""
        return amount > floor

    def taxed(self, schedule: Schedule, amount: float) -> float:
        """Return the tax on `amount` by a schedule."""
        return schedule.number(amount)


EXACT = Exact()
ARRAYS = Arrays()
FLOATS = Floats()
