"""What is in memory of a household that has work; the waiting jobs themselves are rows, and stay there."""

import trio

from planner.actors.turn import Turn
from planner.storage.job_rows import Priority


class Mailbox:
    """A household that is awake: queued for a slot, in a turn, or resting before one.

    `heard` says that something came since the actor last looked into the database; as long as it is
    set, the household is not put away. `leftovers` says that a running slot may be held by no turn.
    """

    def __init__(self, household_id: str, priority: Priority, *, leftovers: bool = False) -> None:
        self.household_id = household_id
        self.priority = priority
        self.leftovers = leftovers
        self.heard = True
        self._looked_for = priority
        self.crashes: list[float] = []
        self.turn: Turn | None = None
        self._busy = False
        self._cancelled: set[str] = set()
        self._resting: trio.Event | None = None
        self.retrying_key: str | None = None
        self.due_us: int | None = None

    def hear(
        self, priority: Priority, merge_key: str | None = None, not_before_us: int | None = None
    ) -> None:
        """Notice that a job waits.

        A rest ends early for a job that will answer for the resting one, and, where the household only
        waits for a job that is put off, for any that is due before it.
        """
        self.heard = True
        self.priority = min(self.priority, priority)
        answers = merge_key is not None and merge_key == self.retrying_key
        if answers or (self.due_us is not None and (not_before_us or 0) < self.due_us):
            self.rouse()

    def expect(self, priority: Priority) -> None:
        """A job that was not started is that urgent."""
        self.priority = min(self.priority, priority)

    def not_found_out(self) -> None:
        """Looking failed, and it is not known what waits or runs: it is as urgent as it was."""
        self.leftovers = True
        self.expect(self._looked_for)

    def look(self) -> None:
        """The actor looks into the database now: what is heard from here on is news."""
        self.heard = False
        self._looked_for, self.priority = self.priority, Priority.BULK
        self.due_us = None
        self._busy = True

    def hold(self, turn: Turn) -> None:
        """The actor runs `turn`; if it was cancelled while it started, it ends at once."""
        self.turn = turn
        if turn.job.id in self._cancelled:
            turn.cancel()

    def let_go(self) -> None:
        """The actor holds no job any more, or the next one from here on."""
        if self.turn is not None:
            self._cancelled.discard(self.turn.job.id)
        self.turn = None
        self._busy = False

    def cancel(self, job_id: str) -> bool:
        """Cancel the running job if the actor holds it or is about to; otherwise return False."""
        if not self._busy:
            return False
        self._cancelled.add(job_id)
        if self.turn is not None and self.turn.job.id == job_id:
            self.turn.cancel()
        return True

    @property
    def is_resting(self) -> bool:
        """Whether the household waits before its next try."""
        return self._resting is not None

    async def rest(self, seconds: float) -> None:
        """Wait before the next try, or until a job comes for which the rest ends (see `hear`)."""
        if self.due_us is not None and self.heard:
            return
        self._resting = trio.Event()
        with trio.move_on_after(seconds):
            await self._resting.wait()
        self._resting = None

    def rouse(self) -> None:
        """End a rest now."""
        if self._resting is not None:
            self._resting.set()
