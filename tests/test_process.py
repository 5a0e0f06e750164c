"""The process: one time for stopping, for clients and turns together; threads that give way soon."""

import sys

import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from planner.process import SWITCH_SECONDS, _Grace, quick_switches


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


def test_threads_give_way_to_the_loop_sooner_while_planner_serves() -> None:
    """I14: and as before when it has ended."""
    before = sys.getswitchinterval()
    with quick_switches():
        assert abs(sys.getswitchinterval() - SWITCH_SECONDS) < 1e-6
        assert before > SWITCH_SECONDS
    assert sys.getswitchinterval() == before
