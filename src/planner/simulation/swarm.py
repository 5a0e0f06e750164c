"""What one seed attacks with: each draws its own subset of features, rates and sizes."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from planner.actors.timetable import CatchUp


class When(StrEnum):
    """On which side of a commit the process is killed. A torn commit is on one of them, too."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class KilledAtCommit:
    """The process is killed at its so-manieth commit."""

    commit: int
    when: When


@dataclass(frozen=True, slots=True)
class KilledAtAwait:
    """The process is killed before its so-manieth step of a task, which is to say: at any await."""

    step: int


@dataclass(frozen=True, slots=True)
class Drained:
    """The process is told to stop, and stops in order."""

    after_seconds: float
    grace_seconds: float


Ending: TypeAlias = KilledAtCommit | KilledAtAwait | Drained
"""How one life of the process ends."""


ACTIONS: Final = (
    "ask", "storm", "change", "cancel", "wait", "look", "read", "watch", "pause", "resume", "repeat",
)  # fmt: skip
FATES: Final = (
    "partial", "unchanged", "passing", "bug", "refusal", "hang", "too_large", "bad_write", "follow",
)  # fmt: skip
PLANNER_SHARE: Final = 0.3
KILL_WITHIN_COMMITS: Final = 40
KILL_WITHIN_STEPS: Final = 800
DISK_FAULTS: Final = ("busy", "full", "full_inside", "lost", "slow")


@dataclass(frozen=True, slots=True)
class Ticking:
    """An entry of the timetable."""

    catch_up: CatchUp
    seconds: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Swarm:
    """One attack. Rates are probabilities; `actions` are weights; `endings` are the lives before the last.

    `planner`: planner's own kinds are asked for, too; of the others those in `kinds`, or all of them.
    Between two lives it is down for one of `down_seconds`.
    """

    households: int = 2
    clients: int = 3
    steps: int = 15
    slots: int = 4
    mailbox_max: int = 100
    storm_min: int = 2
    storm_max: int = 20
    endings: Sequence[Ending] = ()
    actions: Mapping[str, float] = field(default_factory=lambda: {"ask": 1.0, "pause": 1.0})
    fates: Mapping[str, float] = field(default_factory=dict)
    disk: Mapping[str, float] = field(default_factory=dict)
    disconnect: float = 0.0
    clock_jumps: float = 0.0
    latency_seconds: float = 0.0
    planner: bool = False
    kinds: Sequence[str] = ()
    timetable: Sequence[Ticking] = ()
    down_seconds: Sequence[float] = (0.0,)


def draw_swarm(seed: int) -> Swarm:
    """Draw the attack of `seed`: most features are off in any one of them, so that each gets its depth."""
    chance = random.Random(f"swarm {seed}")

    def some(names: Sequence[str], share: float, low: float, high: float) -> dict[str, float]:
        return {name: chance.uniform(low, high) for name in names if chance.random() < share}

    clock_jumps = chance.choice([0.0, 0.0, 0.0, 0.1])
    return Swarm(
        households=chance.choice([1, 1, 2, 2, 3, 5]),
        clients=chance.choice([1, 2, 3, 3, 4, 6]),
        steps=chance.choice([5, 8, 12, 16, 24]),
        slots=chance.choice([1, 2, 2, 4, 64]),
        mailbox_max=chance.choice([2, 4, 100, 100]),
        storm_max=chance.choice([3, 10, 30, 30]),
        endings=[_draw_ending(chance) for _ in range(chance.choice([0, 1, 1, 2, 3]))],
        actions={"ask": 1.0, "pause": 0.3} | some(ACTIONS, 0.5, 0.2, 1.5) | some(["remove"], 0.15, 0.05, 0.2),
        fates=some(FATES, 0.35, 0.02, 0.3) | some(["unloadable"], 0.15, 0.3, 0.95),
        disk=some(DISK_FAULTS, 0.25, 0.005, 0.06),
        disconnect=chance.choice([0.0, 0.0, 0.2, 0.5]),
        clock_jumps=clock_jumps,
        latency_seconds=chance.choice([0.0, 0.0, 0.005, 0.1]),
        planner=chance.random() < PLANNER_SHARE,
        timetable=[_draw_ticking(chance) for _ in range(chance.choice([0, 0, 1, 2]))],
        # Nothing is down for so long that what is kept for days expires.
        down_seconds=(0.0,) if clock_jumps else chance.choice([(0.0,), (0.0, 90.0, 4_000.0, 100_000.0)]),
    )


def _draw_ticking(chance: random.Random) -> Ticking:
    return Ticking(chance.choice(list(CatchUp)), chance.choice([20, 300, 3_600]))


def _draw_ending(chance: random.Random) -> Ending:
    match chance.choices(["commit", "await", "drain"], weights=[4, 4, 2])[0]:
        case "commit":
            return KilledAtCommit(chance.randint(1, KILL_WITHIN_COMMITS), chance.choice(list(When)))
        case "await":
            return KilledAtAwait(chance.randint(1, KILL_WITHIN_STEPS))
        case _:
            return Drained(chance.choice([0.0, 0.3, 5.0]), chance.choice([0.0, 0.3, 2.0]))
