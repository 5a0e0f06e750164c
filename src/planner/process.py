"""The process: builds everything in order, serves, and closes it in reverse."""

import json
import logging
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import trio

from planner.actors.households import supervise
from planner.actors.ids import Ids
from planner.actors.kind import Request
from planner.actors.timetable import run_timetable
from planner.actors.tracing import UNTRACED, Tracing
from planner.actors.watchdog import LoopWatch
from planner.domain.errors import Busy
from planner.settings import Settings, server_file, zone_named
from planner.storage.database import open_store
from planner.work.accept import import_examples
from planner.work.alert_watch import keep_watch
from planner.work.alerts import send_request
from planner.work.kinds import make_kinds
from planner.work.month import roll_request
from planner.work.post import make_post
from planner.work.timetable import make_timetable
from planner.work.world import Clock, World, clock_in

if TYPE_CHECKING:
    from planner.web.telemetry import Telemetry

log = logging.getLogger(__name__)

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
SWITCH_SECONDS = 0.001
"""How long a thread may go on with its arithmetic while the event loop waits for the interpreter."""


@asynccontextmanager
async def open_world(
    settings: Settings, *, clock: Clock | None = None, tracing: Tracing = UNTRACED
) -> AsyncIterator[World]:
    """Open the database and its households' actors, without the web.

    Raises DatabaseUnavailable (or its kinds) when the database cannot be opened. Leaving drains the
    actors for at most the grace time, then closes the database.
    """
    zone = zone_named(settings.time_zone)
    clock = clock or (Clock() if settings.time_zone is None else clock_in(zone))
    post = make_post(settings.alerting)
    loop_watch = LoopWatch(now=clock.now)
    with _single_errors(), loop_watch.watching():
        async with trio.open_nursery() as nursery:
            store = await nursery.start(partial(open_store, settings.database, now=clock.now))
            households = await nursery.start(
                partial(
                    supervise,
                    store,
                    make_kinds(clock, post),
                    now=clock.now,
                    today=clock.today,
                    tracing=tracing,
                )
            )
            ids = Ids(clock.now, random.Random())  # noqa: S311 -- the tails of ids, not secrets
            world = World(
                store=store,
                households=households,
                ids=ids,
                clock=clock,
                post=post,
                timetable=make_timetable(zone, post),
                loop_watch=loop_watch,
            )
            grace = _Grace(settings.grace_seconds)
            nursery.start_soon(grace.begin, world.stopping)
            try:
                yield world
            finally:
                world.stopping.set()
                with trio.CancelScope(shield=True):
                    await households.drain(grace.left())
                nursery.cancel_scope.cancel()


@dataclass(slots=True)
class _Grace:
    """The time that stopping may take in all, from when it begins: for clients and turns together."""

    seconds: float
    ends_at: float | None = None

    async def begin(self, stopping: trio.Event) -> None:
        """Note when stopping begins."""
        await stopping.wait()
        self.ends_at = trio.current_time() + self.seconds

    def left(self) -> float:
        """Return the seconds that are left of it."""
        return self.seconds if self.ends_at is None else max(0.0, self.ends_at - trio.current_time())


async def run(
    settings: Settings,
    *,
    clock: Clock | None = None,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until SIGINT or SIGTERM, then finish or park what runs and close; started with the address."""
    # A command that only opens the database does not wait for the web to load.
    from planner.web.app import make_app  # noqa: PLC0415
    from planner.web.serve import serve  # noqa: PLC0415

    # Signals are heard to the very end: a second one while turns are drained counts, too.
    with _single_errors(), quick_switches():
        async with trio.open_nursery() as signals:
            async with (
                _telemetry(settings.trace_exporters) as telemetry,
                open_world(settings, clock=clock, tracing=telemetry or UNTRACED) as world,
                trio.open_nursery() as background,
            ):
                signals.start_soon(_stop_on_signal, world)
                if settings.examples and world.store.epoch == 1:
                    await import_examples(world)
                background.start_soon(_keep_time, world)
                background.start_soon(keep_watch, world)
                app = make_app(world, settings, around=None if telemetry is None else telemetry.around)
                async with trio.open_nursery() as serving:
                    address: str = await serving.start(partial(serve, app, settings, stopping=world.stopping))
                    with _announced(settings.database, address):
                        task_status.started(address)
                        await world.stopping.wait()
                        log.info("stopping")
                    # Open requests end by themselves; what has not by then is cut off.
                    serving.cancel_scope.deadline = trio.current_time() + settings.grace_seconds
                background.cancel_scope.cancel()
            signals.cancel_scope.cancel()


@asynccontextmanager
async def _telemetry(exporters: tuple[str, ...]) -> "AsyncIterator[Telemetry | None]":
    """Trace what happens until the block ends, if anybody wants it; a planner that cannot works without."""
    async with AsyncExitStack() as stack:
        telemetry = None
        if exporters:
            try:
                from planner.web.telemetry import NoExporter, exporting  # noqa: PLC0415
            except ModuleNotFoundError as missing:
                if not (missing.name or "").startswith("opentelemetry"):
                    raise
                log.warning("nothing is traced: %s; pip install 'planner[telemetry]' brings it.", missing)
            else:
                try:
                    telemetry = await stack.enter_async_context(exporting(exporters))
                except NoExporter as problem:
                    log.warning("nothing is traced: %s", problem)
        yield telemetry


async def _keep_time(world: World) -> None:
    """Do what grew old while planner was off, then what is due when it is."""
    for request in (roll_request("start"), *([send_request("start")] if world.post.channels else [])):
        await _insist(world, request)
    await run_timetable(world.households, world.store, world.timetable, now=world.now)


async def _insist(world: World, request: Request) -> None:
    """Ask until it is accepted."""
    while True:
        try:
            await world.households.accept(request)
        except Busy as busy:
            log.warning("%s is put off: %s", request.kind, busy.message)
            await trio.sleep(busy.retry_after_seconds)
        else:
            return


async def _stop_on_signal(world: World) -> None:
    with trio.open_signal_receiver(*STOP_SIGNALS) as signals:
        async for _ in signals:
            if world.stopping.is_set():
                # Asked twice: the user does not want to wait for the grace time.
                os._exit(130)
            world.stopping.set()


@contextmanager
def quick_switches() -> Iterator[None]:
    """Let the interpreter change threads sooner than it does by itself: the loop waits for it each time."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@contextmanager
def _announced(database: Path, address: str) -> Iterator[None]:
    """Say beside the database where it is served, so that the command line finds the server."""
    path = server_file(database)
    path.write_text(json.dumps({"address": address, "pid": os.getpid()}), encoding="utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _single_errors() -> Iterator[None]:
    """Raise what went wrong itself where it is one thing, not the group that nurseries wrap it in."""
    try:
        yield
    except BaseExceptionGroup as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
            error = error.exceptions[0]
        if error is group:
            raise
        raise error from error.__cause__
