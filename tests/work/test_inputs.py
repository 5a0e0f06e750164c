"""What a calculation is given has no names in it, and what is shown has all of them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from domain.strategies import households as any_household
from households import TODAY, a_debt, a_household
from hypothesis import HealthCheck, Phase, given, reject, settings

from planner.domain.errors import Refused
from planner.domain.household import Facts
from planner.engine.flows import generate_flows
from planner.engine.project import Plan, project
from planner.work.baseline import make_projection
from planner.work.inputs import (
    NAMED,
    given_to_flows,
    given_to_projection,
    named_flows,
    named_projection,
)

# Without shrinking: a household takes 50 ms, and a failing one shows what is wrong as it is.
SLOW = settings(
    max_examples=25, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck)
)


def renamed(facts: Facts) -> Facts:
    """Return the facts with another name and note for everything that has one."""
    changed: dict[str, Any] = {
        collection: tuple(
            replace(item, name=f"New {place}", **({"note": "new"} if hasattr(item, "note") else {}))
            for place, item in enumerate(getattr(facts, collection))
        )
        for collection in (*NAMED, "groups", "scenarios")
    }
    return replace(facts, name="New household", revision=facts.revision + 1, **changed)


@SLOW
@given(any_household())
def test_no_renaming_reaches_a_calculation(facts: Facts) -> None:
    """I9: names, notes and institutions are not part of what results follow from."""
    other = renamed(facts)
    assert given_to_flows(other) == given_to_flows(facts)
    assert given_to_projection(other, facts.assumptions) == given_to_projection(facts, facts.assumptions)


@SLOW
@given(any_household())
def test_what_is_shown_is_what_would_be_worked_out_with_the_names(facts: Facts) -> None:
    """I9, P5: leaving names out and putting them in later changes nothing that anyone sees."""
    known, wordless = (
        Plan(facts=each, start=TODAY, assumptions=facts.assumptions, months=24)
        for each in (facts, given_to_projection(facts, facts.assumptions))
    )
    try:
        flows, projection = generate_flows(facts, TODAY), project(known)
    except (Refused, ArithmeticError):
        reject()
    shown = named_projection(facts, project(wordless))
    assert shown.header == projection.header
    assert np.array_equal(shown.matrix, projection.matrix)
    assert named_flows(facts, generate_flows(given_to_flows(facts), TODAY)) == flows


def test_a_refusal_names_things_as_people_do() -> None:
    """I9, R15: what cannot be worked out is said with the name, not with its place."""
    dearer = [{"date": "2027-06-01", "annual_rate": "0.9"}]
    facts = a_household(debts=[a_debt(name="The card", payment=200, rate_changes=dearer)])
    with pytest.raises(Refused, match="The card") as refusal:
        make_projection(facts, facts.assumptions, TODAY)
    assert "{" not in refusal.value.message
