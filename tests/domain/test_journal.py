"""Prove that the journal keeps what a change touched, and that undo brings it back."""

from datetime import date

import pytest
from domain.change_strategies import changes
from domain.strategies import few, households
from households import a_debt, a_household, a_member, an_account, an_expense
from hypothesis import given
from hypothesis import strategies as st

from planner.domain.changes import (
    Add,
    Change,
    Edit,
    EditHousehold,
    Move,
    RecordBalance,
    Remove,
    RemoveBalance,
    ReplaceFacts,
    apply,
    change_from_plain,
)
from planner.domain.codec import encode, facts_to_plain
from planner.domain.errors import NotFound, Refused
from planner.domain.household import Facts
from planner.domain.journal import Touched, touched, undoing


def but_for_revision(facts: Facts) -> dict[str, object]:
    return {**facts_to_plain(facts), "revision": None}


@few
@given(households(), st.data())
def test_undo_brings_back_what_a_change_touched(facts: Facts, data: st.DataObject) -> None:
    """P21: every kind of change can be undone, and the undoing undone, through what the journal keeps."""
    change = data.draw(changes(facts))
    try:
        changed = apply(facts, change)
    except Refused:
        return
    before, after = touched(facts, change), touched(changed, change)
    undo = change_from_plain(encode(undoing(change_from_plain(encode(change)), before)))
    restored = apply(changed, undo)
    assert but_for_revision(restored) == but_for_revision(facts)
    assert restored.revision == facts.revision + 2
    assert touched(restored, change) == before
    again = apply(restored, undoing(undo, touched(changed, undo)))
    assert but_for_revision(again) == but_for_revision(changed)
    assert touched(again, change) == after


ANN = a_member("ann")
BALANCE = {"date": "2026-10-31", "value": "10000.00", "cost_basis": None}


def test_the_journal_keeps_the_touched_part_before_and_after() -> None:
    """P21: before and after."""
    facts = a_household()
    change = Edit(of="incomes", id="job", set={"amount": 1})
    before, after = touched(facts, change), touched(apply(facts, change), change)
    assert (before.collection, before.position) == ("incomes", 0)
    assert before.value is not None
    assert after.value == {**before.value, "amount": "1.00"}


def test_what_was_not_there_has_no_value() -> None:
    facts = a_household()
    addition = Add(to="members", item=a_member("bo"))
    assert touched(facts, addition) == Touched(collection="members", position=None, value=None)
    assert touched(apply(facts, addition), addition).position == 1
    removal = Remove(of="incomes", id="job")
    assert touched(apply(facts, removal), removal).value is None


def test_a_change_of_the_household_touches_its_own_fields_only() -> None:
    change = EditHousehold(set={"name": "We"})
    value = touched(a_household(), change).value
    assert value is not None
    assert sorted(value) == ["assumptions", "currency", "filing_status", "main_account", "name", "state"]


def undone_later(facts: Facts, change: Change, *later: Change) -> Facts:
    """Apply the changes one after another and then undo the first."""
    before = touched(facts, change)
    for step in (change, *later):
        facts = apply(facts, step)
    return apply(facts, undoing(change, before))


def recording(day: str, value: int) -> RecordBalance:
    return RecordBalance(of="accounts", id="checking", date=date.fromisoformat(day), value=value)


def test_undoing_a_balance_keeps_those_recorded_later() -> None:
    """P21: later changes stay."""
    facts = undone_later(a_household(), recording("2026-11-30", 100), recording("2026-12-31", 200))
    assert [str(balance.date) for balance in facts.accounts[0].balances] == ["2026-10-31", "2026-12-31"]


def test_undoing_a_corrected_balance_brings_the_old_one_back() -> None:
    facts = undone_later(a_household(), recording("2026-10-31", 100), recording("2026-12-31", 200))
    assert [balance.value for balance in facts.accounts[0].balances] == [1_000_000, 200]


def test_undoing_a_removed_balance_keeps_its_cost_basis() -> None:
    balances = [{**BALANCE, "cost_basis": "12.34"}]
    facts = a_household(accounts=[an_account(balances=balances)])
    removal = RemoveBalance(of="accounts", id="checking", date=date(2026, 10, 31))
    assert undone_later(facts, removal).accounts == facts.accounts


def test_undoing_one_assumption_keeps_the_others_as_they_are_now() -> None:
    facts = undone_later(
        a_household(assumptions={"inflation": "0.02"}),
        EditHousehold(set={"assumptions": {"inflation": "0.05"}}),
        EditHousehold(set={"assumptions": {"cash_return": "0.01"}}),
    )
    assert (str(facts.assumptions.inflation), str(facts.assumptions.cash_return)) == ("0.02", "0.01")


def test_undoing_an_edit_keeps_other_fields_as_they_are_now() -> None:
    facts = undone_later(
        a_household(salary=50_000),
        Edit(of="incomes", id="job", set={"amount": 70_000}),
        Edit(of="incomes", id="job", set={"name": "Promoted"}),
    )
    assert (facts.incomes[0].amount, facts.incomes[0].name) == (5_000_000, "Promoted")


def test_what_was_removed_comes_back_where_it_stood() -> None:
    facts = a_household(expenses=[an_expense(name) for name in "abc"])
    back = undone_later(facts, Remove(of="expenses", id="b"))
    assert [expense.id for expense in back.expenses] == ["a", "b", "c"]
    moved = undone_later(facts, Move(of="expenses", id="c", to=0))
    assert [expense.id for expense in moved.expenses] == ["a", "b", "c"]


def test_an_undo_that_later_changes_made_impossible_is_refused() -> None:
    """P21: undo never breaks what came after."""
    facts = a_household()
    with pytest.raises(Refused, match=r'debts\[0\]\.secured_by: still names "boat"'):
        undone_later(
            facts,
            Add(to="accounts", item=an_account("boat", kind="boat")),
            Add(to="debts", item=a_debt(secured_by="boat")),
        )
    with pytest.raises(NotFound, match='there is no "job" among the incomes'):
        undone_later(facts, Edit(of="incomes", id="job", set={"amount": 1}), Remove(of="incomes", id="job"))
    with pytest.raises(Refused, match=r'item\.id: "job" is used already'):
        undone_later(facts, Remove(of="incomes", id="job"), Add(to="incomes", item=encode(facts.incomes[0])))


def test_replacing_all_facts_can_be_undone() -> None:
    facts = a_household(members=[ANN, a_member("bo")])
    assert but_for_revision(
        undone_later(facts, ReplaceFacts(facts={"name": "X", "filing_status": "single"}))
    ) == but_for_revision(facts)
