"""The open planner, as everything above the actors is handed it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial

import trio

from planner.actors.households import Households
from planner.actors.ids import Ids
from planner.storage.database import Store

system_now = partial(datetime.now, UTC)
"""The instant on the machine's clock."""


def system_today() -> date:
    """Return today's date where the machine is."""
    return datetime.now().astimezone().date()


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """What time it is; everything below `work` is handed dates and instants."""

    now: Callable[[], datetime] = system_now
    today: Callable[[], date] = system_today


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """The database, the households' actors, new ids and the clock.

    `stopping` is set when the process begins to end.
    """

    store: Store
    households: Households
    ids: Ids
    clock: Clock
    stopping: trio.Event = field(default_factory=trio.Event)

    def now(self) -> datetime:
        """Return the instant, in UTC."""
        return self.clock.now()

    def today(self) -> date:
        """Return today's date."""
        return self.clock.today()
