"""Simulated operations a second, beside the task steps that bare trio takes in the same order and clock."""

import time
from collections import Counter
from typing import Final

import trio
from trio.testing import MockClock

from planner.simulation import simulate
from planner.simulation.order import Steps, Trace, seeded_order

SEEDS: Final = range(100)
TASKS: Final = 20
BARE_STEPS: Final = 200_000


def run() -> dict[str, object]:
    """Play the first seeds. An operation is a request, an attempt's job, or a commit."""
    simulate(SEEDS[0])  # everything is warm before it counts
    sums: Counter[str] = Counter()
    began = time.perf_counter()
    for seed in SEEDS:
        report = simulate(seed)
        sums.update(
            operations=report.requests + report.jobs + report.commits,
            steps=report.steps,
            lives=report.lives,
            commits=report.commits,
            requests=report.requests,
        )
    took = time.perf_counter() - began
    bare = bare_steps_a_second()
    return {
        "ours": round(sums["operations"] / took),
        "yardstick": round(bare),
        "ratio": round(sums["steps"] / took / bare, 3),
        "unit": "operations a second; yardstick: steps a second of bare tasks; ratio: of steps to steps",
        "seeds_clean": len(SEEDS),
        "seeds_a_second": round(len(SEEDS) / took, 1),
        "steps_a_second": round(sums["steps"] / took),
        **{f"{name}_a_seed": round(count / len(SEEDS), 1) for name, count in sums.items()},
    }


def bare_steps_a_second() -> float:
    """Return how many steps a second tasks take that do nothing but take them."""

    async def walk() -> None:
        for _ in range(BARE_STEPS // TASKS):
            await trio.lowlevel.checkpoint()

    async def walk_together() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(TASKS):
                nursery.start_soon(walk)

    began = time.perf_counter()
    with seeded_order(1):
        trio.run(walk_together, clock=MockClock(autojump_threshold=0), instruments=[Steps(Trace())])
    return BARE_STEPS / (time.perf_counter() - began)
