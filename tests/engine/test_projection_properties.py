"""What holds for every projection, over generated households of all kinds."""

import json
from datetime import date
from typing import Any

import numpy as np
import pytest
from domain.strategies import households as any_households
from engine.households import a_household, a_salary, an_account, households, projected, starts
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from planner.domain.accounts import AccountKind
from planner.domain.codec import facts_from_plain, facts_to_plain
from planner.domain.errors import Refused
from planner.domain.household import Facts
from planner.engine.flows import flows_from_plain, generate_flows, withholding_only
from planner.engine.paystub import PartKind
from planner.engine.projection import Projection, from_blob

GENERATED = settings(
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def ids(facts: Facts) -> dict[str, str]:
    """New ids whose order has nothing to do with the old ones'."""
    collections = (facts.members, facts.accounts, facts.debts, facts.incomes, facts.expenses, facts.transfers)
    old = [item.id for collection in collections for item in collection]
    return {name: f"z{(7919 * place) % 104729}-{place}" for place, name in enumerate(old)}


def renamed(value: Any, names: dict[str, str]) -> Any:
    match value:
        case dict():
            return {key: renamed(inner, names) for key, inner in value.items()}
        case list():
            return [renamed(inner, names) for inner in value]
        case str():
            return names.get(value, value)
        case _:
            return value


@GENERATED
@given(households())
def test_generated_households_are_ones_a_user_could_enter(facts: Facts) -> None:
    assert facts_from_plain(facts_to_plain(facts)) == facts


@GENERATED
@given(households(), starts, st.integers(1, 72))
def test_every_month_balances_to_the_cent(facts: Facts, start: date, months: int) -> None:
    """P10: opening + flows + growth = closing, per account, to the cent; net worth and cash add up."""
    projection = projected(facts, months, start)
    accounts_balance(projection)
    debts_balance(projection)
    money_neither_appears_nor_vanishes(projection)
    net_worth_is_what_is_owned_less_what_is_owed(projection)


def accounts_balance(projection: Projection) -> None:
    for item in projection.accounts:
        opening, into, out, growth, closing = (
            projection.column(f"accounts.{item.id}.{part}")
            for part in ("opening", "in", "out", "growth", "closing")
        )
        assert (opening + into - out + growth == closing).all()
        assert (opening[1:] == closing[:-1]).all()
        assert (into >= 0).all()
        assert (out >= 0).all()


def debts_balance(projection: Projection) -> None:
    for debt in projection.debts:
        opening, principal, closing, interest, escrow, insurance = (
            projection.column(f"debts.{debt.id}.{part}")
            for part in ("opening", "principal", "closing", "interest", "escrow", "insurance")
        )
        assert (opening - principal == closing).all()
        assert (opening[1:] == closing[:-1]).all()
        assert (closing >= 0).all()
        assert not (interest + escrow + insurance)[opening == 0].any()


def money_neither_appears_nor_vanishes(projection: Projection) -> None:
    """Tax is taken as it is withheld, and what is missing once, in the April after."""
    moved = np.sum(
        [
            projection.column(f"accounts.{item.id}.in") - projection.column(f"accounts.{item.id}.out")
            for item in projection.accounts
        ],
        axis=0,
    )
    earned, matched, taxed, spent, served = (
        projection.column(f"totals.{name}")
        for name in ("income", "employer_match", "taxes", "spending", "debt_service")
    )
    assert (moved == earned + matched - taxed - spent - served).all()
    settled = projection.column("taxes.settlement") + projection.column("taxes.self_employment")
    years = {year.year: year.settlement for year in projection.years if year.complete}
    for label, paid in zip(projection.month_labels, settled.tolist(), strict=True):
        assert paid == (years.get(int(label[:4]) - 1, 0) if label.endswith("-04") else 0)


def net_worth_is_what_is_owned_less_what_is_owed(projection: Projection) -> None:
    nothing = np.zeros(projection.months, dtype=np.int64)
    owned = sum((projection.column(f"accounts.{item.id}.closing") for item in projection.accounts), nothing)
    owed = sum((projection.column(f"debts.{item.id}.closing") for item in projection.debts), nothing)
    assert (projection.column("totals.net_worth") == owned - owed).all()
    assert (projection.column("totals.assets") == owned).all()
    assert (projection.column("totals.debts") == owed).all()


@GENERATED
@given(households(), starts, st.integers(1, 60), st.integers(1, 60))
def test_a_longer_horizon_does_not_change_the_months_before(
    facts: Facts, start: date, months: int, more: int
) -> None:
    """P10: a short projection is the beginning of a longer one."""
    short, long = projected(facts, months, start), projected(facts, months + more, start)
    assert short.columns == long.columns
    assert (short.matrix == long.matrix[:, :months]).all()


@GENERATED
@given(households(), starts, st.integers(1, 72))
def test_the_same_plan_gives_the_same_projection_and_survives_storage(
    facts: Facts, start: date, months: int
) -> None:
    """P10: a projection is a function of its plan; a stored one reads back equal."""
    first, second = projected(facts, months, start), projected(facts, months, start)
    assert first.to_blob() == second.to_blob()
    back = from_blob(first.to_blob())
    assert back.header == first.header
    assert back.columns == first.columns
    assert (back.matrix == first.matrix).all()
    json.dumps([first.rows(0, 2), first.summary()])


@GENERATED
@given(households(), starts, st.integers(1, 72))
def test_names_of_ids_decide_nothing(facts: Facts, start: date, months: int) -> None:
    """P10: renaming every id changes no figure (nothing is decided by the order of ids)."""
    names = ids(facts)
    other = facts_from_plain(renamed(facts_to_plain(facts), names))
    assert (projected(facts, months, start).matrix == projected(other, months, start).matrix).all()


@GENERATED
@given(households(), starts)
def test_flows_read_back_equal_and_withholding_alone_changes_nothing_else(facts: Facts, on: date) -> None:
    """P5: flows are traceable, split without a rest, and a partial recalculation equals a whole one."""
    flows = generate_flows(facts, on)
    assert flows_from_plain(flows.to_plain()) == flows
    assert withholding_only(facts, flows, on) == flows
    assert len({each.id for each in flows.flows}) == len(flows.flows)
    for each in flows.flows:
        assert any(item.id == each.source.id for item in getattr(facts, each.source.collection))
        parts = {kind: sum(p.amount for p in each.parts if p.kind is kind) for kind in PartKind}
        if each.source.collection == "incomes":
            added = {PartKind.GROSS, PartKind.NET, PartKind.EMPLOYER_MATCH}
            taken = sum(amount for kind, amount in parts.items() if kind not in added)
            assert parts[PartKind.GROSS] - taken == each.amount == parts[PartKind.NET]
        elif each.source.collection == "debts":
            assert sum(parts.values()) == each.amount
    totals = flows.totals
    assert totals.surplus == (
        totals.income - totals.taxes - totals.spending - totals.debt_service - totals.contributions
    )


@GENERATED
@given(
    st.integers(30_000_00, 150_000_00),
    st.integers(100_00, 5_000_00),
    starts,
    st.integers(1, 60),
)
def test_more_salary_never_leaves_less(yearly: int, more: int, start: date, months: int) -> None:
    """P7: one more dollar of income never lowers what is left of it, in any month."""
    accounts = (an_account(), an_account(AccountKind.TRADITIONAL_401K))
    less = a_household(accounts=accounts, incomes=(a_salary(yearly),))
    higher = a_household(accounts=accounts, incomes=(a_salary(yearly + more),))
    worth, raised = (projected(facts, months, start) for facts in (less, higher))
    after_april = max(0, months - 16)
    assert (
        raised.column("totals.net_worth")[after_april:]
        >= worth.column("totals.net_worth")[after_april:] - 100
    ).all()


@settings(GENERATED, phases=set(Phase) - {Phase.shrink, Phase.explain})
@given(any_households(), starts, st.integers(1, 72))
def test_whatever_facts_are_valid_are_projected_or_refused(facts: Facts, start: date, months: int) -> None:
    """P10: absurd but valid facts give a projection that balances, or a refusal; never a crash."""
    try:
        projection = projected(facts, months, start)
        generate_flows(facts, start)
    except Refused:
        return
    accounts_balance(projection)
    money_neither_appears_nor_vanishes(projection)


@pytest.mark.parametrize("months", [0, 721])
def test_a_horizon_out_of_bounds_is_refused(months: int) -> None:
    """P10: 1 to 720 months."""
    with pytest.raises(Refused, match="from 1 to 720"):
        projected(a_household(), months)
