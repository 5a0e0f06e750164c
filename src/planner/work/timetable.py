"""What planner does by itself, and when: times are those of the people it plans for."""

from datetime import time
from functools import partial
from zoneinfo import ZoneInfo

from planner.actors.schedule import Cron, Every, Monthly
from planner.actors.timetable import CatchUp, Entry
from planner.storage.job_rows import Priority
from planner.work.alerts import anything_to_send
from planner.work.names import (
    DAILY_REPORT,
    EXPIRE_KEYS,
    PRUNE_HISTORY,
    ROLL_MONTH_FORWARD,
    SEND_ALERT,
    VACUUM,
)
from planner.work.post import Post
from planner.work.reports import day_before


def make_timetable(zone: ZoneInfo, post: Post) -> tuple[Entry, ...]:
    """Return the entries. Log files are not cleaned up: planner writes none, its log is standard error."""
    return (
        Entry(
            name="month",
            title="Bring every household into the new month",
            schedule=Monthly(1, time(0, 5), zone),
            kind=ROLL_MONTH_FORWARD,
            priority=Priority.BULK,
        ),
        Entry(
            name="history",
            title="Forget what is past its retention",
            schedule=Cron("10 3 * * *", zone),
            kind=PRUNE_HISTORY,
            priority=Priority.BULK,
        ),
        Entry(
            name="keys",
            title="Forget idempotency keys that are past their time",
            schedule=Cron("25 3 * * *", zone),
            kind=EXPIRE_KEYS,
            priority=Priority.BULK,
        ),
        Entry(
            name="vacuum",
            title="Give back free pages",
            schedule=Cron("40 3 * * sun", zone),
            kind=VACUUM,
            priority=Priority.BULK,
        ),
        Entry(
            name="report",
            title="Report on the day before",
            schedule=Cron("0 6 * * *", zone),
            kind=DAILY_REPORT,
            arguments=partial(day_before, zone=zone),
        ),
        Entry(
            name="outbox",
            title="Send what waits in the outbox",
            schedule=Every(60),
            kind=SEND_ALERT,
            catch_up=CatchUp.SKIP,
            only_if=partial(anything_to_send, post=post),
        ),
    )
