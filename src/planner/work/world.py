"""The open planner, as everything above the actors is handed it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from functools import partial
from zoneinfo import ZoneInfo

import trio

from planner.actors.households import Households
from planner.actors.ids import Ids
from planner.actors.timetable import Entry
from planner.actors.watchdog import LoopWatch
from planner.storage.database import Store
from planner.work.post import NO_POST, Post
from planner.work.vitals import Vitals

system_now = partial(datetime.now, UTC)
"""The instant on the machine's clock."""


def system_today() -> date:
    """Return today's date where the machine is."""
    return datetime.now().astimezone().date()


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """What time it is; everything below `work` is handed dates and instants.

    `zone` is where people are; None: where the machine is.
    """

    now: Callable[[], datetime] = system_now
    today: Callable[[], date] = system_today
    zone: tzinfo | None = None

    def day_of(self, at: datetime) -> date:
        """Return the date that an instant had where people are."""
        return at.astimezone(self.zone).date()


def clock_in(zone: ZoneInfo) -> Clock:
    """Return the machine's clock, with the dates of a time zone."""
    return Clock(today=lambda: system_now().astimezone(zone).date(), zone=zone)


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """The database, the households' actors, new ids and the clock.

    `post` is the way alerts take; `timetable` what is asked for again and again; `loop_watch` knows how
    late the event loop is; `vitals` are the last hour in figures. `stopping` is set when the process
    begins to end.
    """

    store: Store
    households: Households
    ids: Ids
    clock: Clock
    post: Post = NO_POST
    timetable: tuple[Entry, ...] = ()
    loop_watch: LoopWatch = field(default_factory=LoopWatch)
    vitals: Vitals = field(default_factory=Vitals)
    stopping: trio.Event = field(default_factory=trio.Event)

    def now(self) -> datetime:
        """Return the instant, in UTC."""
        return self.clock.now()

    def today(self) -> date:
        """Return today's date."""
        return self.clock.today()
