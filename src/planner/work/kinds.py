"""The list of the kinds of job that planner has."""

from planner.actors.kind import Kind
from planner.work.baseline import baseline_kinds
from planner.work.scenarios import scenario_kinds
from planner.work.world import Clock


def make_kinds(clock: Clock) -> tuple[Kind, ...]:
    """Return every kind; their handlers take the date and the time from `clock`."""
    return (*baseline_kinds(clock), *scenario_kinds(clock))


KINDS = make_kinds(Clock())
"""The kinds as they are with the machine's clock, for whoever wants their names and titles."""
