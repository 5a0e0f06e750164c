"""Measures how late the event loop is: a task that sleeps, and looks how much longer it slept."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import trio

EVERY_SECONDS: Final = 0.25
KEPT: Final = 240


@dataclass(slots=True)
class LoopLag:
    """The last minute's measurements, in seconds."""

    seen: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))

    async def measure(self) -> None:
        """Measure until cancelled."""
        while True:
            began = trio.current_time()
            await trio.sleep(EVERY_SECONDS)
            self.seen.append(max(0.0, trio.current_time() - began - EVERY_SECONDS))

    @property
    def last(self) -> float:
        """The last measurement."""
        return self.seen[-1] if self.seen else 0.0

    @property
    def longest(self) -> float:
        """The longest of the last minute."""
        return max(self.seen, default=0.0)
