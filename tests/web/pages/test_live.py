"""The page's stream: the state when it opens, what changes, and an end when the process stops."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import trio
import trio.testing
from worlds import a_settled_household, a_world, quiet

from planner.domain.changes import Edit
from planner.web.pages.live import live_stream, sent
from planner.work.accept import change_household
from planner.work.world import World


async def first(stream: AsyncIterator[bytes], event: str) -> str:
    """Return the data of the first message of that event."""
    with trio.fail_after(30):
        async for message in stream:
            head, _, data = message.decode().partition("\n")
            if head == f"event: {event}":
                return data.strip().removeprefix("data: ")
    raise AssertionError(f"the stream ended without {event}")


async def a_stream_of(world: World) -> tuple[str, AsyncIterator[bytes]]:
    household_id = (await a_settled_household(world)).household_id
    await quiet(world, household_id)
    return household_id, live_stream(world, household_id)


async def test_the_stream_opens_with_the_state_and_what_parts_should_show(tmp_path: Path) -> None:
    """R37: a page that connects late misses nothing."""
    async with a_world(tmp_path) as world:
        _, stream = await a_stream_of(world)
        async with aclosing(stream):  # type: ignore[type-var]  # an async generator
            opening = (await anext(stream)).decode()
            assert "Up to date with revision 1" in opening
            assert opening.startswith("data: ")
            assert (await first(stream, "plan")).startswith("1/")
            assert await first(stream, "jobs") == "open"


async def test_a_change_names_the_next_generation_of_the_plan(tmp_path: Path) -> None:
    """R14: no polling: the page learns of the new plan when it is there."""
    with trio.fail_after(30):
        async with a_world(tmp_path) as world:
            household_id, stream = await a_stream_of(world)
            async with aclosing(stream):  # type: ignore[type-var]  # an async generator
                before = await first(stream, "plan")
                change = Edit(of="incomes", id="ada-salary", set={"amount": "150000"})
                await change_household(world, household_id, change, author="owner")
                while (named := await first(stream, "plan")) == before:
                    pass
                assert named.startswith("2/")


async def test_the_stream_ends_when_the_process_begins_to_stop(tmp_path: Path) -> None:
    """R35: an open page does not hold the stop."""
    with trio.fail_after(30):
        async with a_world(tmp_path) as world:
            _, stream = await a_stream_of(world)
            async with trio.open_nursery() as nursery:

                async def read_on() -> None:
                    async for _ in stream:
                        pass

                nursery.start_soon(read_on)
                await trio.testing.wait_all_tasks_blocked()
                world.stopping.set()


def test_every_line_of_what_is_sent_is_data() -> None:
    assert sent(data="one\ntwo", event="plan") == b"event: plan\ndata: one\ndata: two\n\n"
    assert sent(data="") == b"data: \n\n"
