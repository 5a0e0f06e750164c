"""The order of tasks comes from a seed: the contract with trio's private names."""

import trio
import trio._core._run as trios
from trio.testing import MockClock

from planner.simulation.order import Steps, Trace, seeded_order

TASKS = 40
STEPS = 20


def order_of_steps(seed: int) -> list[int]:
    """Run many tasks at once, and return the order in which they took their steps."""
    order: list[int] = []

    async def walk(number: int) -> None:
        for _ in range(STEPS):
            order.append(number)
            await trio.lowlevel.checkpoint()

    async def walk_together() -> None:
        async with trio.open_nursery() as nursery:
            for number in range(TASKS):
                nursery.start_soon(walk, number)

    with seeded_order(seed):
        trio.run(walk_together, clock=MockClock(autojump_threshold=0))
    return order


def test_the_order_of_tasks_comes_from_the_seed_alone() -> None:
    """Item 12: the same seed gives the same order, another seed another one."""
    assert order_of_steps(1) == order_of_steps(1)
    assert order_of_steps(1) != order_of_steps(2)


def test_trio_is_left_as_it_was() -> None:
    before = trios._ALLOW_DETERMINISTIC_SCHEDULING, trios._r.getstate()
    order_of_steps(1)
    assert (trios._ALLOW_DETERMINISTIC_SCHEDULING, trios._r.getstate()) == before


def test_something_can_be_done_before_any_step() -> None:
    """Crashing at an await is this."""
    steps = Steps(Trace())

    async def sleep_until_cancelled() -> int:
        with trio.CancelScope() as scope:
            steps.plan(2, scope.cancel)
            await trio.lowlevel.checkpoint()
            await trio.lowlevel.checkpoint()
            await trio.sleep_forever()
        return steps.taken

    assert trio.run(sleep_until_cancelled, instruments=[steps], clock=MockClock(autojump_threshold=0)) > 2
