"""Plays one seed from beginning to end, and says how to repeat it when it breaks."""

import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

import trio
from trio.testing import MockClock

from planner.actors.kind import Kind
from planner.simulation.clients import Client, Menu
from planner.simulation.disk import Disk
from planner.simulation.faults import Faults
from planner.simulation.kinds import Script, sample_kinds, watched
from planner.simulation.model import Model
from planner.simulation.oldfaults import OldFault
from planner.simulation.order import Steps, Trace, seeded_order
from planner.simulation.swarm import Swarm, draw_swarm
from planner.simulation.world import World, add_household
from planner.work.kinds import make_kinds
from planner.work.world import Clock

COMMAND: Final = "python -m planner.simulation --seed {seed}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What a seed came to. Equal seeds have equal traces; `seconds` are virtual ones."""

    seed: int
    trace: str
    lives: int
    commits: int
    steps: int
    jobs: int
    requests: int
    seconds: float


def simulate(seed: int, swarm: Swarm | None = None, *, old_fault: OldFault | None = None) -> Report:
    """Play `seed`; raises what broke, with the command that repeats it.

    Without a `swarm` it is the one of the seed. `old_fault` is put into the process, to be found.
    """
    trace = Trace()
    steps = Steps(trace)
    try:
        with seeded_order(seed), _silence():
            return trio.run(
                partial(_play, seed, swarm or draw_swarm(seed), old_fault, trace, steps),
                clock=MockClock(autojump_threshold=0),
                instruments=[steps],
            )
    except BaseException as error:
        error.add_note(f"seed {seed}; to repeat it: {COMMAND.format(seed=seed)}")
        raise


@contextmanager
def _silence() -> Iterator[None]:
    """Log nothing: in a run in which everything goes wrong, warnings are the rule."""
    log = logging.getLogger("planner")
    before = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(before)


async def _play(seed: int, swarm: Swarm, old_fault: OldFault | None, trace: Trace, steps: Steps) -> Report:
    world = make_world(seed, swarm, trace, steps)
    world.old_fault = old_fault
    await world.play()
    moves = world.model.query("SELECT * FROM simulated_moves ORDER BY id")
    trace.note(moves, trio.current_time())
    return Report(
        seed=seed,
        trace=trace.hexdigest(),
        lives=world.lives,
        commits=world.disk.commits,
        steps=steps.taken,
        jobs=len({move[1] for move in moves}),
        requests=world.model.sent,
        seconds=trio.current_time(),
    )


def make_world(seed: int, swarm: Swarm, trace: Trace, steps: Steps) -> World:
    """Return a machine with its first households, before anything happens."""
    faults = Faults(
        random.Random(f"{seed} faults"),
        disk=swarm.disk,
        clock_jumps=swarm.clock_jumps,
        latency_seconds=swarm.latency_seconds,
    )
    disk = Disk(faults, trace)
    script = Script(random.Random(f"{seed} handlers"), swarm.fates)
    model = Model(disk.drive, script, swarm)
    households = [f"household-{number}" for number in range(swarm.households)]
    for household_id in households:
        add_household(disk.bound.connection, household_id)
    planners: tuple[Kind, ...] = ()
    if swarm.planner:
        clock = Clock(now=faults.now, today=lambda: faults.now().date())
        planners = watched(script, make_kinds(clock))
    kinds = (*sample_kinds(script), *planners)
    model.planners = {kind.name for kind in planners}
    menu = Menu(households, {kind.name: kind.example_arguments for kind in planners})
    return World(
        seed=seed,
        swarm=swarm,
        disk=disk,
        faults=faults,
        script=script,
        model=model,
        clients=[Client(f"client-{n}", model, swarm, menu, seed) for n in range(swarm.clients)],
        steps=steps,
        households=households,
        kinds=kinds,
        chance=random.Random(f"{seed} lives"),
    )
