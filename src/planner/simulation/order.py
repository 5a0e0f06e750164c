"""The order in which trio runs tasks: taken from a seed, counted, and written into a trace."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import trio
import trio._core._run as trios

STEPS_MAX = 2_000_000


@contextmanager
def seeded_order(seed: int) -> Iterator[None]:
    """Let trio draw the order of every batch of tasks from `seed` alone.

    This leans on two private names of trio; a contract test fails when they change.
    """
    before = trios._ALLOW_DETERMINISTIC_SCHEDULING  # noqa: SLF001 -- there is no public way
    state = trios._r.getstate()  # noqa: SLF001 -- the same
    _allow(sorted_batches=True)
    trios._r.seed(seed)  # noqa: SLF001 -- the same
    try:
        yield
    finally:
        _allow(sorted_batches=before)
        trios._r.setstate(state)  # noqa: SLF001 -- the same


def _allow(*, sorted_batches: bool) -> None:
    setattr(trios, "_ALLOW_DETERMINISTIC_SCHEDULING", sorted_batches)  # noqa: B010 -- declared Final


class Trace:
    """A digest of everything that happened, in order: two equal runs have equal traces."""

    def __init__(self) -> None:
        self._digest = hashlib.blake2b(digest_size=16)

    def note(self, *what: object) -> None:
        """Something happened."""
        self._digest.update(repr(what).encode())

    def hexdigest(self) -> str:
        """Return the digest of all so far."""
        return self._digest.hexdigest()


class Steps(trio.abc.Instrument):
    """Counts every step of every task; at a given one it does something, such as ending the process."""

    def __init__(self, trace: Trace) -> None:
        self.taken = 0
        self._trace = trace
        self._at: int | None = None
        self._then: Callable[[], None] | None = None

    def plan(self, steps_ahead: int, then: Callable[[], None]) -> None:
        """Call `then` before the step that is so far ahead."""
        self._at, self._then = self.taken + steps_ahead, then

    def forget(self) -> None:
        """Do nothing after all."""
        self._at = self._then = None

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Count, and do what was planned."""
        self.taken += 1
        self._trace.note(task.name)
        assert self.taken < STEPS_MAX, "tasks run on and on, and no time passes"
        if self.taken == self._at and self._then is not None:
            then, self._then = self._then, None
            then()
