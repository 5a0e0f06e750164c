"""Deficit round robin: which household of those that wait is next, by the seconds of work each has had."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Final

from planner.storage.job_rows import Priority

QUANTUM_SECONDS: Final = 0.05
"""What a household may use in one round."""

LEAST_CHARGE_SECONDS: Final = 0.001
"""What the shortest turn is charged: to hand something out is work too."""

LEAST_SHARE: Final = 1 / 20
"""What a class that waits earns of the work that more urgent ones do: none waits for ever."""

OWED_TURN_SECONDS: Final = 1.0
"""When a class has earned as much, its next turn goes first."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where a household stands: in `round` it may use `left` more seconds, and nothing before it."""

    round: int
    left: float


class Rounds:
    """The households of one class that wait.

    In every round each may use a quantum. The work of a turn is known only afterwards: what went beyond
    the quantum is paid in the rounds after it, which the household sits out. Rounds in which nobody
    may use anything take no time, they are skipped. Queueing and taking cost O(log n).
    """

    def __init__(self, quantum_seconds: float = QUANTUM_SECONDS) -> None:
        assert quantum_seconds > 0
        self._quantum = quantum_seconds
        self._round = 0
        self._order = count()
        self._places: list[tuple[int, int, str]] = []
        self._waiting: dict[str, int] = {}
        self._accounts: dict[str, Account] = {}
        self._swept_at = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, household_id: str) -> bool:
        return household_id in self._waiting

    @property
    def accounts(self) -> int:
        """Of how many households it is remembered what they have had."""
        return len(self._accounts)

    def push(self, household_id: str) -> None:
        """Queue the household: at the end of this round, or of the one in which it has paid."""
        assert household_id not in self._waiting
        order = next(self._order)
        self._waiting[household_id] = order
        heappush(self._places, (self.standing(household_id).round, order, household_id))

    def withdraw(self, household_id: str) -> None:
        """Take the household out of the queue."""
        del self._waiting[household_id]
        if len(self._places) > 2 * len(self._waiting) + 64:
            self._places = [place for place in self._places if self._stands(place)]
            heapify(self._places)

    def take(self) -> tuple[str, Account]:
        """Take the next household out of the queue, with what it may use; somebody waits."""
        while not self._stands(self._places[0]):
            heappop(self._places)
        at_round, _, household_id = heappop(self._places)
        del self._waiting[household_id]
        self._round = max(self._round, at_round)
        return household_id, self.standing(household_id)

    def charge(self, household_id: str, account: Account, seconds: float) -> Account:
        """Charge the household for work begun on `account`; return where it stands then.

        Where nobody waits nothing is owed: who works alone takes from no one.
        """
        known = self._accounts.get(household_id, account)
        if (known.round, -known.left) > (account.round, -account.left):
            account = known  # charged for something else meanwhile
        left = account.left - seconds
        rounds = 0 if left > 0 else math.floor(-left / self._quantum) + 1
        stands = Account(account.round + rounds, left + rounds * self._quantum)
        if self._waiting:
            self._accounts[household_id] = stands
            self._sweep()
            if household_id in self._waiting:  # for one more, while it held this
                self.withdraw(household_id)
                self.push(household_id)
        else:
            self._accounts.clear()
        return stands

    def standing(self, household_id: str) -> Account:
        """Return where the household stands: its account, or a quantum in this round if it owes nothing."""
        account = self._accounts.get(household_id)
        if account is not None and account.round >= self._round:
            return account
        return Account(self._round, self._quantum)

    def _stands(self, place: tuple[int, int, str]) -> bool:
        return self._waiting.get(place[2]) == place[1]

    def _sweep(self) -> None:
        """Forget, now and then, the households that have paid."""
        if len(self._accounts) > 2 * self._swept_at + 64:
            kept = {each: stands for each, stands in self._accounts.items() if stands.round >= self._round}
            self._accounts = kept
            self._swept_at = len(kept)


@dataclass(frozen=True, slots=True, eq=False)
class Hold:
    """What a household was given and has not given back: in which class, on what account, since when.

    `owed`: its class had waited so long that it went first.
    """

    household_id: str
    priority: Priority
    account: Account
    since: float
    owed: bool = False


class Line:
    """All households that wait for one sort of thing; those that are given it are charged for the time.

    A more urgent class goes first, but for a small share (see LEAST_SHARE). What a household does in one
    class is not held against it in another.
    """

    def __init__(self, clock: Callable[[], float], quantum_seconds: float = QUANTUM_SECONDS) -> None:
        self._clock = clock
        self._classes = {each: Rounds(quantum_seconds) for each in Priority}
        self._earned = dict.fromkeys(Priority, 0.0)

    def __len__(self) -> int:
        return sum(map(len, self._classes.values()))

    @property
    def accounts(self) -> int:
        """Of how many households it is remembered what they have had."""
        return sum(each.accounts for each in self._classes.values())

    def push(self, household_id: str, priority: Priority) -> None:
        """Queue the household; one that waits already moves up when it has become more urgent."""
        for each, rounds in self._classes.items():
            if household_id in rounds:
                if each <= priority:
                    return
                rounds.withdraw(household_id)
        self._classes[priority].push(household_id)

    def withdraw(self, household_id: str) -> None:
        """Take the household out of the queue, if it is in it."""
        for rounds in self._classes.values():
            if household_id in rounds:
                rounds.withdraw(household_id)

    def owed_class(self) -> Priority | None:
        """Return the class that has waited so long that its next turn goes first, if there is one."""
        for each, rounds in self._classes.items():
            if self._earned[each] >= OWED_TURN_SECONDS and rounds:
                return each
        return None

    def next_class(self, least: Priority = Priority.BULK) -> Priority | None:
        """Return the class that is next, none less urgent than `least` unless it is owed; None: nobody."""
        owed = self.owed_class()
        if owed is not None:
            return owed
        return next((each for each, rounds in self._classes.items() if rounds and each <= least), None)

    def take(self, priority: Priority) -> Hold:
        """Give to the next household of the class, and begin to charge it; somebody of it waits."""
        owed = self.owed_class() is priority
        household_id, account = self._classes[priority].take()
        return Hold(household_id, priority, account, self._clock(), owed=owed)

    def left(self, hold: Hold) -> float:
        """Return how many seconds of its quantum the household still has for work of this class."""
        return hold.account.left - self._seconds(hold)

    def go_on(self, hold: Hold, priority: Priority) -> Hold:
        """Let the household keep what it holds, for work of `priority` from here on."""
        stands = self.give_back(hold)
        account = stands if hold.priority is priority else self._classes[priority].standing(hold.household_id)
        return Hold(hold.household_id, priority, account, self._clock())

    def give_back(self, hold: Hold) -> Account:
        """Charge the household for what it held; return where it stands then."""
        seconds = self._seconds(hold)
        if not len(self):
            self._earned = dict.fromkeys(Priority, 0.0)
        elif hold.owed:
            self._earned[hold.priority] -= seconds
        for each, rounds in self._classes.items():
            if rounds and each > hold.priority:
                self._earned[each] += seconds * LEAST_SHARE
        return self._classes[hold.priority].charge(hold.household_id, hold.account, seconds)

    def _seconds(self, hold: Hold) -> float:
        return max(self._clock() - hold.since, LEAST_CHARGE_SECONDS)
