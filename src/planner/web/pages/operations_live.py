"""The stream of the operations page: once a second at most, what the page should show by now."""

from collections.abc import AsyncIterator
from typing import Final

import trio

from planner.web.pages.drawing import environment
from planner.web.pages.live import sent
from planner.web.pages.shown import Live
from planner.web.pages.words import count
from planner.work.world import World

LOOK_AGAIN_SECONDS: Final = 1.0
LOOKS_APART: Final = 20.0
"""How many times as long as a look took until the next: with many households it must not become the work."""

AT_REST_SECONDS: Final = 10.0
"""What grows old by itself (the age of what waits) is shown anew after this, even if nothing happened."""


def generation(world: World) -> str:
    """Name what the page is drawn from: another whenever it would look different, and while a job runs."""
    scheduler, at = world.households.statistics(), trio.current_time()
    moment = at // (LOOK_AGAIN_SECONDS if scheduler.running else AT_REST_SECONDS)
    parts = (world.store.statistics.commits, len(world.vitals.raised), scheduler.set_aside, int(moment))
    return "/".join(map(str, parts))


def live_now(world: World) -> Live:
    """Return the badge at the head of the page."""
    raised = len(world.vitals.raised)
    if world.store.read_only_reason is not None:
        return Live(state="failed", words="The disk is full")
    if raised:
        return Live(state="failed", words=count(raised, "alert"))
    running = world.households.statistics().running
    if running:
        return Live(state="working", words=f"{count(running, 'household')} in a turn")
    return Live(state="fresh", words="All is well")


async def operations_stream(world: World) -> AsyncIterator[bytes]:
    """Yield server-sent events until the process stops; the connection's end cancels it."""
    shown = ""
    while not world.stopping.is_set():
        now = generation(world)
        if now != shown:
            shown = now
            part = environment().get_template("parts/parts.html").module
            yield sent(data=str(part.live_state(live_now(world))))  # type: ignore[attr-defined]  # a macro
            yield sent(event="operations", data=shown)
        with trio.move_on_after(max(LOOK_AGAIN_SECONDS, LOOKS_APART * world.vitals.look_seconds)):
            await world.stopping.wait()
