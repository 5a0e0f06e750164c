"""One supervised actor per household, one mailbox per actor; it knows nothing about money."""

from planner.actors.households import Households, supervise
from planner.actors.idempotency import Daily, Once, Strict
from planner.actors.kind import Child, Kind, Outcome, Request
from planner.actors.merge import ATTACH, REPLACE, Attach, Debounce, Merge, Replace
from planner.actors.statistics import SchedulerStatistics
from planner.actors.turn import Turn, TurnCancelled
from planner.actors.views import Accepted, Explanation, HouseholdStatus, JobView
from planner.actors.watch import Event
from planner.storage.job_rows import JobRow, JobState, Priority

__all__ = [
    "ATTACH",
    "REPLACE",
    "Accepted",
    "Attach",
    "Child",
    "Daily",
    "Debounce",
    "Event",
    "Explanation",
    "HouseholdStatus",
    "Households",
    "JobRow",
    "JobState",
    "JobView",
    "Kind",
    "Merge",
    "Once",
    "Outcome",
    "Priority",
    "Replace",
    "Request",
    "SchedulerStatistics",
    "Strict",
    "Turn",
    "TurnCancelled",
    "supervise",
]
