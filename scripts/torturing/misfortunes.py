"""What happens to the server and when, drawn from the seed: the same seed draws the same misfortunes."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

KILLS: Final = {
    "while it starts": 18,
    "at its first write": 10,
    "at any time": 22,
    "at an acknowledgement": 18,
    "at a commit": 12,
    "as a turn starts": 8,
    "as a job ends": 8,
    "while it stops": 10,
    "as a mail is taken": 4,
}
"""How each life ends, and how often."""

CHANCE_OF_A_PAUSE: Final = 0.2
CHANCE_OF_A_DRAIN: Final = 0.08
CHANCE_OF_A_FULL_DISK: Final = 0.4
CHANCE_OF_MAIL: Final = 0.5
START_MOST: Final = 1.3
SERVING_SECONDS_MOST: Final = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Misfortune:
    """How one life ends. Seconds count from when it serves, or usual times of starting; `after` counts news.

    `drained`: it is asked to stop, and may. `pause`: it is stopped for a while before. `full_disk`: for so
    long there is no room on the disk, if it is a small one; 0: never.
    """

    kill: str
    seconds: float
    after: int
    drained: bool
    pause: float
    messages: int
    full_disk: float


def misfortunes(seed: int, number: int) -> Iterator[Misfortune]:
    """Yield one misfortune for each kill, and drains in between."""
    chance = random.Random(f"{seed} misfortunes")
    kills = 0
    while kills < number:
        (kill,) = chance.choices(list(KILLS), list(KILLS.values()))
        drained = chance.random() < CHANCE_OF_A_DRAIN
        kills += not drained
        yield Misfortune(
            kill=kill,
            seconds=chance.uniform(0, START_MOST)
            if kill == "while it starts"
            else chance.betavariate(1, 2) * SERVING_SECONDS_MOST,
            after=chance.randint(1, 25),
            drained=drained,
            pause=chance.uniform(0.05, 0.6) if chance.random() < CHANCE_OF_A_PAUSE else 0.0,
            full_disk=chance.uniform(0.3, 2.5) if chance.random() < CHANCE_OF_A_FULL_DISK else 0.0,
            messages=chance.randint(1, 3) if chance.random() < CHANCE_OF_MAIL else 0,
        )
