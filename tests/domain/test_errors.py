"""Prove that refusals say what is wrong, and survive being sent between processes."""

import copy
import pickle

from planner.domain.errors import Busy, Conflict, NotFound, PlannerError, Problem, Refused


def test_a_refusal_is_the_sum_of_its_problems() -> None:
    refused = Refused(
        problems=[Problem("incomes[0].amount", "must be 0.00 or more."), Problem("", "so there.")]
    )
    assert str(refused) == "incomes[0].amount: must be 0.00 or more.; so there."
    assert Refused("no.").problems == (Problem("", "no."),)
    assert Refused.one("name", "is missing.").problems == (Problem("name", "is missing."),)
    assert type(Conflict.one("a", "b")) is Conflict


def test_a_refusal_keeps_its_kind_and_problems_when_copied() -> None:
    refused = NotFound(problems=[Problem("id", "is not there.")])
    for copied in (copy.copy(refused), pickle.loads(pickle.dumps(refused))):  # noqa: S301 -- our own bytes
        assert type(copied) is NotFound
        assert copied.problems == refused.problems


def test_busy_says_when_to_come_again() -> None:
    busy = Busy("later.", retry_after_seconds=2.5)
    assert isinstance(busy, PlannerError)
    assert (busy.message, busy.retry_after_seconds) == ("later.", 2.5)
