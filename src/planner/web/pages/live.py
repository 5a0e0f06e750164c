"""The stream of one page: the live state as it changes, and the names of what parts should show by now."""

from collections.abc import AsyncIterator
from dataclasses import replace

import trio

from planner.actors.watch import Event
from planner.web.pages.drawing import environment
from planner.web.pages.shown import Live
from planner.web.pages.state import State, generation, live, progress_of, state_of
from planner.work.world import World

PROGRESS = "progress"


async def live_stream(world: World, household_id: str) -> AsyncIterator[bytes]:
    """Yield server-sent events until the process stops; the connection's end cancels it.

    An unnamed event is the live state, to be swapped in. `plan` and `jobs` name the generation that parts
    should show: sent at the beginning too, so that nothing is missed between a page and its stream.
    """
    async with world.households.watch(household_id) as events:
        state = await state_of(world, household_id)
        for message in _messages(state, "open"):
            yield message
        while (event := await _next(events, world.stopping)) is not None:
            if event.type == PROGRESS:
                yield sent(data=_drawn(_with_progress(live(state), event)))
                continue
            state = await state_of(world, household_id)
            for message in _messages(state, str(event.id)):
                yield message


def sent(*, data: str, event: str = "") -> bytes:
    """Return one server-sent event."""
    lines = [f"event: {event}"] if event else []
    lines += [f"data: {line}" for line in data.splitlines() or [""]]
    return ("\n".join(lines) + "\n\n").encode()


def _messages(state: State, mark: str) -> tuple[bytes, ...]:
    return (
        sent(data=_drawn(live(state))),
        sent(event="plan", data=generation(state.freshness, state.status)),
        sent(event="jobs", data=mark),
    )


async def _next(events: AsyncIterator[Event], stopping: trio.Event) -> Event | None:
    """Return the next event, or None when the process begins to stop."""
    found: Event | None = None
    async with trio.open_nursery() as nursery:

        async def stop() -> None:
            await stopping.wait()
            nursery.cancel_scope.cancel()

        nursery.start_soon(stop)
        found = await anext(events)
        nursery.cancel_scope.cancel()
    return found


def _with_progress(shown: Live, event: Event) -> Live:
    """Return the state with how far its running job is by now."""
    if shown.running is None or shown.running.id != event.job_id:
        return shown
    return replace(shown, running=replace(shown.running, progress=progress_of(event.data)))


def _drawn(shown: Live) -> str:
    part = environment().get_template("parts/parts.html").module
    return str(part.live_state(shown))  # type: ignore[attr-defined]  # the macros of a template
