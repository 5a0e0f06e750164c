"""The list of the kinds of job that planner has."""

from planner.actors.kind import Kind
from planner.work.alerts import alert_kinds
from planner.work.baseline import baseline_kinds
from planner.work.housekeeping import housekeeping_kinds
from planner.work.month import month_kinds
from planner.work.paychecks import paycheck_kinds
from planner.work.post import NO_POST, Post
from planner.work.reports import report_kinds
from planner.work.scenarios import scenario_kinds
from planner.work.world import Clock


def make_kinds(clock: Clock, post: Post = NO_POST) -> tuple[Kind, ...]:
    """Return every kind; their handlers take date and time from `clock`, and send alerts by `post`."""
    return (
        *baseline_kinds(clock),
        *scenario_kinds(clock),
        *paycheck_kinds(clock),
        *month_kinds(clock),
        *housekeeping_kinds(clock),
        *report_kinds(clock, post),
        *alert_kinds(clock, post),
    )


KINDS = make_kinds(Clock())
"""The kinds as they are with the machine's clock, for whoever wants their names and titles."""
