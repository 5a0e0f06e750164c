"""Deficit round robin by measured work: one server, households of every sort, and a clock of its own."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import combinations, islice
from types import FrameType
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.actors.fairness import Slots
from planner.actors.rounds import LEAST_CHARGE_SECONDS, LEAST_SHARE, OWED_TURN_SECONDS, Line
from planner.storage.job_rows import Priority

QUANTUM = 0.05
Served: TypeAlias = tuple[str, float, float]
"""Who had a turn, when it began, and how long it was."""

turn_seconds = st.floats(LEAST_CHARGE_SECONDS, 3.0)
backlogs = st.dictionaries(
    st.sampled_from("abcdefgh"), st.lists(turn_seconds, min_size=1, max_size=4), min_size=2
)


STEPS = ["push", "withdraw", "take", "back"]


class Clock:
    """Time that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def serve(
    turns: dict[str, Sequence[float]], clock: Clock, line: Line, priority: Priority = Priority.BULK
) -> Iterator[Served]:
    """Give turns for ever, one at a time, to households whose backlog never ends."""
    given_to = Counter[str]()
    for each in turns:
        line.push(each, priority)
    while (chosen := line.next_class()) is not None:
        hold = line.take(chosen)
        household, began = hold.household_id, clock.now
        seconds = turns[household][given_to[household] % len(turns[household])]
        given_to[household] += 1
        clock.now += seconds
        line.give_back(hold)
        line.push(household, priority)
        yield household, began, seconds


@given(backlogs, st.integers(1, 400))
def test_households_that_always_have_work_get_equal_shares_of_time(
    turns: dict[str, Sequence[float]], steps: int
) -> None:
    """R28, I13: within a quantum and the longest turn of each other, whatever the lengths of their turns."""
    clock = Clock()
    work = dict.fromkeys(turns, 0.0)
    served = serve(turns, clock, Line(clock, QUANTUM))
    for _ in range(steps):
        household, _, seconds = next(served)
        work[household] += seconds
    longest = max(map(max, turns.values()))
    for one, other in combinations(turns, 2):
        assert abs(work[one] - work[other]) <= QUANTUM + longest + 1e-6


@given(backlogs, st.integers(0, 300))
def test_one_who_comes_waits_for_each_other_household_once_at_most(
    turns: dict[str, Sequence[float]], steps: int
) -> None:
    """R28, I13: a backlog delays another household's turn by one turn, and only if it is of its class."""
    clock = Clock()
    line = Line(clock, QUANTUM)
    served = serve(turns, clock, line)
    for _ in range(steps):
        next(served)
    line.push("new", Priority.BULK)
    turns["new"] = [1.0]
    before = Counter[str]()
    while (household := next(served)[0]) != "new":
        before[household] += 1
    assert all(times == 1 for times in before.values()), before
    line.withdraw("new")
    line.push("new", Priority.INTERACTIVE)
    assert next(served)[0] == "new"


@given(backlogs)
@settings(max_examples=30)
def test_nobody_is_forgotten(turns: dict[str, Sequence[float]]) -> None:
    """R28: whoever waits has a turn again before the others have had much more than their longest."""
    clock = Clock()
    last = dict.fromkeys(turns, 0.0)
    longest = max(map(max, turns.values()))
    served = serve(turns, clock, Line(clock, QUANTUM))
    for _ in range(300):
        household, began, _ = next(served)
        assert began - last[household] <= len(turns) * 2 * (QUANTUM + longest) + 1e-6
        last[household] = clock.now


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 9)), max_size=80))
def test_whatever_comes_and_goes_each_waits_or_holds_once(steps: list[tuple[str, int]]) -> None:
    """I13, R34: the queue is what was put in and not taken out; when all is done nothing is remembered."""
    clock = Clock()
    slots = Slots(3, 1, clock=clock, quantum_seconds=QUANTUM)
    waiting: set[str] = set()
    held: list[str] = []
    for step, number in steps:
        clock.now += number / 10
        name = f"h{number}"
        if step == "push" and name not in held:
            slots.push(name, Priority(number % 3))
            waiting.add(name)
        elif step == "withdraw":
            slots.withdraw(name)
            waiting.discard(name)
        elif step == "take" and (taken := slots.take()) is not None:
            waiting.remove(taken)
            held.append(taken)
        elif step == "back" and held:
            slots.give_back(held.pop())
        assert (slots.ready, slots.taken) == (len(waiting), len(held))
    while waiting or held:
        while (taken := slots.take()) is not None:
            waiting.remove(taken)
            held.append(taken)
        slots.give_back(held.pop())
    assert slots.remembered == 0


def test_a_long_turn_is_paid_before_the_next_one() -> None:
    """I13: by the seconds it took, not by the number of turns."""
    clock = Clock()
    served = serve({"long": [10.0], "short": [0.1]}, clock, Line(clock, QUANTUM))
    order = [next(served)[0] for _ in range(102)]
    assert order[0] == "long"
    assert 95 <= order[1:].index("long") <= 101


def test_bulk_work_has_a_small_share_however_much_is_asked_interactively() -> None:
    """R28: interactive before bulk, and yet bulk is not starved for ever."""
    clock = Clock()
    line = Line(clock, QUANTUM)
    served = serve({"one": [0.3], "two": [0.5]}, clock, line, Priority.INTERACTIVE)
    next(served)
    line.push("bulky", Priority.BULK)
    turns: list[float] = []
    while clock.now < 600:
        if line.next_class() is Priority.INTERACTIVE:
            next(served)
            continue
        turns.append(clock.now)
        hold = line.take(Priority.BULK)
        clock.now += 2.0
        line.give_back(hold)
        line.push("bulky", Priority.BULK)
    until_owed = OWED_TURN_SECONDS / LEAST_SHARE
    assert until_owed <= turns[0] <= until_owed + 1
    assert 0.8 * LEAST_SHARE <= 2.0 * len(turns) / 600 <= LEAST_SHARE


def test_a_decision_among_ten_thousand_is_no_search() -> None:
    """I13, R30: what one household takes does not grow with those that wait."""
    clock = Clock()
    looks = dict.fromkeys((100, 10_000), 0)
    for households in looks:
        line = Line(clock, QUANTUM)
        served = serve({f"h{n}": [1.0] for n in range(households)}, clock, line)
        for _ in range(households):  # everybody has had a turn, and owes for it
            next(served)
        looks[households] = calls_of(partial(list, islice(served, 100)))
    assert looks[10_000] <= 1.5 * looks[100]


def calls_of(work: Callable[[], object]) -> int:
    """Count the functions that are called, those written in C as well."""
    calls = 0

    def count(_frame: FrameType, _event: str, _arg: object) -> None:
        nonlocal calls
        calls += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls
