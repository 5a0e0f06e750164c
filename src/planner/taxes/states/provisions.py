"""One provision of a state's law for one way of filing: its figures, and how they are looked up."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from planner.taxes.schedule import ZERO

Table = tuple[tuple[Decimal, Decimal], ...]
"""Rows of (from, value): the last row whose `from` is reached applies."""

COLUMNS = ("single", "joint", "head", "separate")
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True, eq=False)
class Provision:
    """A rule of a state. `source` says where it stands; `figures` are Decimal, text, flags and tables."""

    name: str
    source: str
    figures: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """Which arithmetic the rule follows; empty where there is only one."""
        return self.text("kind")

    @property
    def label(self) -> str:
        """What people call the rule."""
        return self.text("name") or self.name.replace("_", " ")

    def __contains__(self, key: str) -> bool:
        return key in self.figures

    def amount(self, key: str, otherwise: Decimal | None = None) -> Decimal:
        """Return a figure; `otherwise` where the rule is silent."""
        found = self.figures.get(key, otherwise)
        assert isinstance(found, Decimal), f"{self.name}: {key} is no figure"
        return found

    def table(self, key: str) -> Table:
        """Return a table."""
        found = self.figures[key]
        assert isinstance(found, tuple), f"{self.name}: {key} is no table"
        return found

    def text(self, key: str) -> str:
        """Return a word of the rule; empty where it is silent."""
        return str(self.figures.get(key, ""))

    def words(self, key: str) -> tuple[str, ...]:
        """Return a list of words."""
        return tuple(self.figures.get(key, ()))

    def says(self, key: str) -> bool:
        """Say whether the rule claims something; silence is no."""
        return self.figures.get(key, False) is True

    def part(self, key: str) -> "Provision | None":
        """Return a rule inside the rule."""
        found = self.figures.get(key)
        return Provision(self.name, self.source, found) if isinstance(found, Mapping) else None

    def parts(self, key: str) -> "Iterator[Provision]":
        """Yield the named rules of a group in their order."""
        for name, figures in self.figures.get(key, {}).items():
            yield Provision(name, figures.get("source", self.source), figures)


def reached(table: Table, value: Decimal, *, above: bool = False) -> Decimal:
    """Return the value of the last row whose `from` is reached, or passed where the law says `above`.

    What is below every row gets the first row's value.
    """
    found = table[0][1]
    for start, result in table:
        if value < start or (above and value == start and start > 0):
            break
        found = result
    return found


def marginal(table: Table, value: Decimal) -> Decimal:
    """Return what rates from each start on come to; a table of (from, rate)."""
    total = ZERO
    for number, (start, rate) in enumerate(table):
        if value <= start:
            break
        top = table[number + 1][0] if number + 1 < len(table) else value
        total += (min(value, top) - start) * rate
    return total


def above(value: Decimal, floor: Decimal) -> Decimal:
    """Return how far `value` is above `floor`; never less than nothing."""
    return value - floor if value > floor else ZERO


def steps(value: Decimal, start: Decimal, increment: Decimal, rounding: str = "up") -> Decimal:
    """Return how many increments `value` is above `start`: started ones, full ones, or exactly."""
    over = above(value, start) / increment
    if rounding == "exact":
        return over
    return over.to_integral_value(ROUND_FLOOR if rounding == "down" else ROUND_CEILING)


def phased(amount: Decimal, phase: Provision | None, measure: Decimal, *, children: int = 1) -> Decimal:
    """Return what is left of `amount` at that income, by one of the ways in which states take it back."""
    if phase is None:
        return amount
    if phase.kind == "two_rates":
        low, high = phase.amount("low_start"), phase.amount("high_start")
        lost = above(min(measure, high), low) * phase.amount("low_rate")
        lost += above(measure, high) * phase.amount("high_rate")
        return amount - min(lost, amount * phase.amount("maximum_fraction"))
    if phase.kind == "marginal_table":
        return above(amount, marginal(phase.table("table"), measure))
    if "start" not in phase:
        return amount
    start = phase.amount("start")
    if phase.kind == "rate":
        return above(amount, above(measure, start) * phase.amount("rate"))
    if phase.kind in {"linear", "linear_round_down_10"}:
        return _linear(amount, phase, above(measure, start))
    lost = steps(measure, start, phase.amount("increment"), phase.text("round")) * phase.amount(
        "per_increment"
    )
    if phase.kind == "steps_fraction":
        return amount * above(_ONE, lost)
    assert phase.kind in {"steps_amount", "steps_amount_per_child"}, phase.kind
    return above(amount, lost * (children if phase.kind == "steps_amount_per_child" else 1))


def _linear(amount: Decimal, phase: Provision, over: Decimal) -> Decimal:
    left = amount * above(_ONE, over / phase.amount("width"))
    if phase.kind == "linear":
        return left
    return (left / 10).to_integral_value(ROUND_FLOOR) * 10


def within(limit: Provision | None, measure: Decimal) -> bool:
    """Say whether an income is inside a limit: at most `max`, or below `below`."""
    if limit is None:
        return True
    if "below" in limit:
        return measure < limit.amount("below")
    return measure <= limit.amount("max")
