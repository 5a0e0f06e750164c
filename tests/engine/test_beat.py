"""Long calculations give signs of life often enough to be stopped within a tenth of a second."""

import sys
from dataclasses import replace
from datetime import date
from importlib.resources import files
from itertools import pairwise
from types import FrameType
from typing import Any, TypeVar

import pytest

from planner.domain.files import read_household
from planner.domain.household import Fact, Facts
from planner.domain.income import IncomeKind
from planner.engine.beat import CELLS_BETWEEN_BEATS
from planner.engine.months import run_months
from planner.engine.plan import Plan, outlook
from planner.engine.scheduled import scheduled
from planner.work.baseline import make_flows, make_projection

Item = TypeVar("Item", bound=Fact)

START = date(2026, 11, 23)
CALLS_BETWEEN_BEATS_MAX = 25_000
"""Calls of functions, Python's and numpy's; a hundred thousand of them take about 50 milliseconds."""


def family() -> Facts:
    """Return the facts of the family example."""
    return read_household((files("planner.examples") / "family.toml").read_bytes(), "toml").facts


def many(items: tuple[Item, ...], number: int) -> tuple[Item, ...]:
    """Return the items, and copies of them, so that there are `number` in all, or more."""
    copies = (replace(items[n % len(items)], id=f"copy-{n}") for n in range(number - len(items)))
    return (*items, *copies)


def a_large_household(number: int) -> Facts:
    """Return a household with so many salaries, debts, expenses and transfers."""
    facts = family()
    salaries = tuple(income for income in facts.incomes if income.kind is IncomeKind.SALARY)
    return replace(
        facts,
        incomes=many(salaries, number),
        accounts=many(facts.accounts, number),
        debts=many(facts.debts, number),
        expenses=many(facts.expenses, number),
        transfers=many(facts.transfers, number),
    )


class Counter:
    """Counts the calls of functions between beats."""

    def __init__(self) -> None:
        self.calls = 0
        self.between: list[tuple[int, str]] = []

    def beat(self, _fraction: float, doing: str) -> None:
        """Hear a sign of life."""
        self.between.append((self.calls, doing))
        self.calls = 0

    def count(self, _frame: FrameType, event: str, _argument: Any) -> None:
        """Hear of a call from the interpreter."""
        self.calls += event in {"call", "c_call"}


@pytest.mark.parametrize("number", [1, 40])
def test_between_two_beats_of_a_whole_turn_few_operations_are_done(number: int) -> None:
    """I14, R38: from its first line to what is stored, for 720 months of a household with much in it."""
    facts = a_large_household(number)
    assumptions = replace(facts.assumptions, horizon_months=720)
    make_flows(facts, START, lambda *_: None)  # the law is read from its files once in a process
    counter = Counter()
    before = sys.getprofile()
    sys.setprofile(counter.count)
    try:
        make_flows(facts, START, counter.beat)
        make_projection(facts, assumptions, START, counter.beat)
    finally:
        sys.setprofile(before)
    counter.beat(1.0, "the end")
    assert len(counter.between) > 60 + 5 * (number - 1)
    assert max(counter.between) < (CALLS_BETWEEN_BEATS_MAX, "")


@pytest.mark.parametrize("paths", [1, 1_000, 8_000, 20_000])
def test_the_more_paths_the_more_often_the_month_loop_beats(paths: int) -> None:
    """I14, R38: so many accounts of paths are worked out between two beats, or one month of them."""
    facts = family()
    view = outlook(Plan(facts=facts, start=START, assumptions=facts.assumptions, months=26))
    months = [0]
    run_months(
        view,
        scheduled(view),
        paths=paths,
        beat=lambda fraction, _: months.append(round(fraction * 26)),
    )
    assert months[-1] == 26
    at_once = max(later - earlier for earlier, later in pairwise(months))
    cells = paths * len(view.accounts.accounts)
    assert at_once == 1 or at_once * cells <= CELLS_BETWEEN_BEATS
    assert at_once <= 12
