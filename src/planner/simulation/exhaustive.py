"""A short script of requests, and a crash at each of its commit points in turn, or at each of its awaits."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from planner.simulation.kinds import BATCH
from planner.simulation.run import Report, simulate
from planner.simulation.swarm import Ending, KilledAtAwait, KilledAtCommit, Swarm, When

SHORT: Final = Swarm(
    households=1,
    clients=2,
    steps=6,
    slots=2,
    storm_max=4,
    actions={"ask": 2.0, "change": 2.0, "storm": 0.5, "cancel": 1.0, "wait": 1.0, "repeat": 0.5},
    fates={"passing": 0.2, "follow": 0.2, "partial": 0.1},
)
"""Its clients' program is drawn from the seed, and is the same every time until the crash."""

BATCHES: Final = replace(
    SHORT,
    steps=4,
    kinds=(BATCH, BATCH, "part"),
    fates={"passing": 0.15, "bug": 0.1, "follow": 0.2},
)
"""The same with batches, of which children fail, are tried again, and are cancelled."""


@dataclass(frozen=True, slots=True)
class Crashed:
    """One crash, and what the seed came to with it."""

    ending: Ending
    report: Report


def crash_everywhere(seed: int, script: Swarm = SHORT, *, every_await: bool = False) -> Iterator[Crashed]:
    """Play the seed's short script once for each place at which it can be cut off; raises what broke."""
    whole = simulate(seed, script)
    endings: list[Ending] = [
        KilledAtCommit(commit, when) for commit in range(1, whole.commits + 1) for when in When
    ]
    if every_await:
        endings += [KilledAtAwait(step) for step in range(1, whole.steps + 1)]
    for ending in endings:
        try:
            yield Crashed(ending, simulate(seed, replace(script, endings=[ending])))
        except BaseException as error:
            again = " --every-await" if every_await else ""
            again += " --batches" if script is BATCHES else ""
            error.add_note(
                f"{ending}; to repeat: python -m planner.simulation --exhaustive --seed {seed}{again}"
            )
            raise
