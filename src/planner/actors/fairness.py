"""Who runs next: slots for turns, shared out fairly between households."""

from collections.abc import Callable
from typing import Final, TypeVar, TypeVarTuple

import trio

from planner.actors.rounds import QUANTUM_SECONDS, Hold, Line
from planner.storage.job_rows import Priority

T = TypeVar("T")
Args = TypeVarTuple("Args")

TURNS_MAX: Final = 64
INTERACTIVE_RESERVE: Final = 8
assert 0 < INTERACTIVE_RESERVE < TURNS_MAX


class Slots:
    """How many households may be in a turn at once, and the households that wait for that.

    The last few slots are for interactive work only, so that no amount of bulk work delays it. A household
    stands in the queue once, and is charged for the seconds that it holds its slot: what a slot hands
    out is time, whether the turn calculates, waits for a thread, or is being recorded.
    """

    def __init__(
        self,
        turns_max: int = TURNS_MAX,
        interactive_reserve: int = INTERACTIVE_RESERVE,
        *,
        clock: Callable[[], float] = trio.current_time,
        quantum_seconds: float = QUANTUM_SECONDS,
    ) -> None:
        assert 0 <= interactive_reserve < turns_max
        self._turns_max = turns_max
        self._for_all = turns_max - interactive_reserve
        self._line = Line(clock, quantum_seconds)
        self._holds: dict[str, Hold] = {}

    @property
    def taken(self) -> int:
        """How many slots are held."""
        return len(self._holds)

    @property
    def ready(self) -> int:
        """How many households wait for a slot."""
        return len(self._line)

    @property
    def remembered(self) -> int:
        """Of how many households anything is kept: those that wait, run, or owe."""
        return self.ready + self.taken + self._line.accounts

    def push(self, household_id: str, priority: Priority) -> None:
        """Queue the household; one that waits already moves up when it has become more urgent."""
        self._line.push(household_id, priority)

    def withdraw(self, household_id: str) -> None:
        """Take the household out of the queue, if it is in it."""
        self._line.withdraw(household_id)

    def take(self) -> str | None:
        """Take a slot for the household whose turn it is, or return None: no slot, or nobody waits."""
        if self.taken >= self._turns_max:
            return None
        priority = self._line.next_class(self._least(self.taken))
        if priority is None:
            return None
        hold = self._line.take(priority)
        self._holds[hold.household_id] = hold
        return hold.household_id

    def take_at_once(self, household_id: str) -> bool:
        """Take a slot for a household that does not wait, if nobody does and there is one for any work."""
        if self.ready or self.taken >= self._for_all:
            return False
        self._line.push(household_id, Priority.INTERACTIVE)
        return self.take() is not None

    def may_begin(self, household_id: str) -> Priority:
        """Return the least urgent job that the household may begin in the slot it has just been given."""
        held, least = self._holds[household_id].priority, self._least(self.taken - 1)
        return held if self._line.next_class(least) is not None else max(held, least)

    def may_go_on(self, household_id: str) -> Priority | None:
        """Return the least urgent job with which the household may keep its slot, None: with no job.

        Whoever waits for interactive work gets the slot at the end of the turn. In the other classes the
        household may go on until its quantum is used up, unless somebody more urgent waits.
        """
        hold, least = self._holds[household_id], self._least(self.taken - 1)
        rival = self._line.next_class(least)
        if rival is None:
            return least
        if rival is Priority.INTERACTIVE or self._line.owed_class() is not None:
            return None
        if hold.priority is rival and self._line.left(hold) > 0:
            return rival
        return Priority(rival - 1)

    def go_on(self, household_id: str, priority: Priority) -> None:
        """The household keeps its slot for a job of `priority`."""
        self._holds[household_id] = self._line.go_on(self._holds[household_id], priority)

    def give_back(self, household_id: str) -> None:
        """Free the household's slot."""
        self._line.give_back(self._holds.pop(household_id))

    def _least(self, taken: int) -> Priority:
        """Return the least urgent work that may have one more slot when so many are held."""
        return Priority.BULK if taken < self._for_all else Priority.INTERACTIVE
