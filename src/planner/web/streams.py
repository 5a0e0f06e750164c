"""Server-sent events: what happens, told as it happens, until the client, the job or planner ends."""

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from types import TracebackType
from typing import Final, Self

import trio
from quart import Request, Response, request
from quart.wrappers.response import ResponseBody

from planner.actors.views import JobView
from planner.actors.watch import Event
from planner.storage.events import events_after
from planner.storage.job_rows import JobState
from planner.web.problems import Malformed
from planner.work.world import World

HEARTBEAT_SECONDS: Final = 15.0
RETRY_MILLISECONDS: Final = 2_000
EVENT_STREAM: Final = "text/event-stream"
LARGEST_ID_DIGITS: Final = 18

Chunks = trio.MemoryReceiveChannel[bytes]


def last_event_id(request: Request) -> int | None:
    """Read after which event to go on, or None for a client that comes for the first time."""
    given = request.headers.get("Last-Event-ID", "").strip()
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= LARGEST_ID_DIGITS):
        raise Malformed("Last-Event-ID is not one that planner gave out.")
    return int(given)


async def household_events(world: World, household_id: str, after: int | None) -> Response:
    """Follow a household: from now on, or from after the event the client saw last; raises Busy."""
    world.households.refuse_watcher_if_full()
    return _stream(_followed(world, household_id, None, after))


async def job_events(world: World, job: JobView, after: int | None) -> Response | None:
    """Follow a job from its beginning to its end; None for a client that has seen the end; raises Busy."""
    if job.state.is_final:
        ahead = await world.store.read(
            events_after, after or 0, household_id=job.household_id, job_id=job.id, limit=1
        )
        if not ahead:
            return None
    world.households.refuse_watcher_if_full()
    return _stream(_followed(world, job.household_id, job.id, after))


def _stream(chunks: AbstractAsyncContextManager[Chunks]) -> Response:
    response = Response(
        b"", content_type=f"{EVENT_STREAM}; charset=utf-8", headers={"Cache-Control": "no-cache"}
    )
    response.headers.pop("Content-Length", None)
    if request.method != "HEAD":
        response.response = EventBody(chunks)
    response.timeout = None
    return response


class EventBody(ResponseBody):
    """The body of such an answer: it is entered and left in the task that sends it."""

    def __init__(self, chunks: AbstractAsyncContextManager[Chunks]) -> None:
        self._opening = chunks
        self._chunks: Chunks | None = None

    async def __aenter__(self) -> Self:
        self._chunks = await self._opening.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self._opening.__aexit__(exc_type, exc_value, tb)

    def __aiter__(self) -> "EventBody":
        return self

    async def __anext__(self) -> bytes:
        assert self._chunks is not None
        with trio.move_on_after(HEARTBEAT_SECONDS):
            try:
                return await self._chunks.receive()
            except trio.EndOfChannel:
                raise StopAsyncIteration from None
        return b": still here\n\n"


@asynccontextmanager
async def _followed(
    world: World, household_id: str, job_id: str | None, after: int | None
) -> AsyncIterator[Chunks]:
    """Open the stream of what is to be sent; it ends at the job's end and when planner stops."""
    send, receive = trio.open_memory_channel[bytes](0)
    async with (
        world.households.watch(household_id, job_id, after) as events,
        trio.open_nursery() as nursery,
    ):
        telling = trio.CancelScope()
        nursery.start_soon(partial(_tell, events, send, telling, ends_with_job=job_id is not None))
        nursery.start_soon(_end_with, world.stopping, telling)
        yield receive
        nursery.cancel_scope.cancel()


async def _tell(
    events: AsyncIterator[Event],
    send: trio.MemorySendChannel[bytes],
    scope: trio.CancelScope,
    *,
    ends_with_job: bool,
) -> None:
    async with send:
        with scope:
            await send.send(f"retry: {RETRY_MILLISECONDS}\n\n".encode())
            async for event in events:
                await send.send(written(event))
                if ends_with_job and event.id is not None and _ends(event):
                    return


async def _end_with(stopping: trio.Event, scope: trio.CancelScope) -> None:
    await stopping.wait()
    scope.cancel()


def _ends(event: Event) -> bool:
    state = event.data.get("state")
    return isinstance(state, str) and JobState(state).is_final


def written(event: Event) -> bytes:
    """Return an event as the stream has it; only durable ones have an id to come back to."""
    lines = [] if event.id is None else [f"id: {event.id}"]
    data = json.dumps(event.to_plain(), ensure_ascii=False, separators=(",", ":"))
    lines += [f"event: {event.type}", f"data: {data}"]
    return ("\n".join(lines) + "\n\n").encode()
