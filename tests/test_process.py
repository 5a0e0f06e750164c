"""The process: the time that stopping may take is one, for clients and turns together."""

import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from planner.process import _Grace


async def test_what_clients_take_of_the_grace_time_is_not_given_to_turns_again(
    autojump_clock: MockClock,
) -> None:
    """R35: stopping is bounded by the grace time in all."""
    stopping, grace = trio.Event(), _Grace(10.0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(grace.begin, stopping)
        await trio.sleep(100)
        assert grace.left() == 10
        stopping.set()
        await wait_all_tasks_blocked()
        await trio.sleep(4)
        assert round(grace.left(), 6) == 6
        await trio.sleep(100)
        assert grace.left() == 0
