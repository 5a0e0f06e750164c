"""An open planner with a way out for alerts, whose clock only the test moves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import trio

from planner.actors import JobView, supervise
from planner.actors.ids import microseconds
from planner.storage import Store, open_store
from planner.storage.outbox import OutboxRow, messages_before
from planner.work.alerts import Alert, anything_to_send, raise_alert, send_request
from planner.work.kinds import make_kinds
from planner.work.post import Post
from planner.work.world import Clock, World

AN_ALERT = Alert(key="disk full", subject="The disk is\r\nBcc: full", body="Make room.\n.\nNow, Zoë.")


@dataclass
class Hands:
    """A clock that only the test moves."""

    at: datetime = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the time."""
        return self.at


@dataclass(frozen=True)
class Stage:
    """An open planner without a timetable."""

    world: World
    hands: Hands

    async def alert(self, alert: Alert = AN_ALERT) -> bool:
        """Raise the alert, and wait until all that is to be sent for now is sent."""
        is_new = await raise_alert(self.world, alert, requested_by="test")
        await self.quiet()
        return is_new

    async def quiet(self) -> None:
        """Wait until planner's own household has nothing to do."""
        while True:
            status = await self.world.households.status("system")
            live = [*status.waiting, *([status.running] if status.running else [])]
            if not live:
                return
            await self.world.households.wait(live[0].id, 30)

    async def later(self, **how_much: float) -> None:
        """Let time pass, and send what is due then, as the timetable does."""
        self.hands.at += timedelta(**how_much)
        if await self.world.store.read(
            anything_to_send, now_us=microseconds(self.hands.now()), post=self.world.post
        ):
            await self.world.households.accept(send_request("timetable"))
            await self.quiet()

    async def rows(self) -> list[OutboxRow]:
        """Return the outbox, the oldest message first."""
        return (await self.world.store.read(messages_before))[::-1]

    async def jobs(self) -> list[JobView]:
        """Return what was done, the last first."""
        return await self.world.households.jobs("system")


@asynccontextmanager
async def a_planner(path: Path, post: Post, hands: Hands | None = None) -> AsyncIterator[Stage]:
    """Open a planner that sends by `post`; leaving is a crash."""
    hands = hands or Hands()
    clock = Clock(now=hands.now, today=lambda: hands.now().date(), zone=UTC)
    async with trio.open_nursery() as nursery:
        store: Store = await nursery.start(partial(open_store, path, now=hands.now))
        households = await nursery.start(
            partial(supervise, store, make_kinds(clock, post), now=hands.now, today=clock.today)
        )
        world = World(store=store, households=households, ids=None, clock=clock, post=post)  # type: ignore[arg-type]
        yield Stage(world, hands)
        nursery.cancel_scope.cancel()
