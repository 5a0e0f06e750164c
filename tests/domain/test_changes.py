"""Prove what each change does to the facts, and that a refused one does nothing."""

import json
from dataclasses import fields, replace
from typing import Any, get_args

import pytest
from domain.change_strategies import changes
from domain.strategies import few, households
from households import (
    a_debt,
    a_household,
    a_member,
    a_plain_household,
    a_salary,
    a_transfer,
    an_account,
    an_expense,
)
from hypothesis import given
from hypothesis import strategies as st

from planner.domain.changes import (
    CHANGES,
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
from planner.domain.check import problems_in
from planner.domain.codec import encode, facts_from_plain, facts_to_plain, read_json
from planner.domain.errors import Conflict, NotFound, Refused
from planner.domain.household import Facts


def a_rich_household() -> Facts:
    return a_household(
        main_account="checking",
        accounts=[an_account(owner="ann"), an_account("house", kind="primary_home"), an_account("savings")],
        debts=[a_debt(secured_by="house", paid_from="checking")],
        incomes=[a_salary(owner="ann", deposit_to="checking")],
        expenses=[an_expense(), an_expense("rent", paid_from="savings")],
        transfers=[a_transfer()],
        groups=[{"id": "home", "name": "Home", "accounts": ["house"], "debts": ["loan"]}],
    )


def refusal(facts: Facts, change: Change) -> list[str]:
    with pytest.raises(Refused) as refused:
        apply(facts, change)
    return [str(problem) for problem in refused.value.problems]


def ids(facts: Facts, collection: str) -> list[str]:
    return [item.id for item in getattr(facts, collection)]


@few
@given(households(), st.data())
def test_a_change_makes_the_next_revision_or_is_refused(facts: Facts, data: st.DataObject) -> None:
    """P21: one change, one revision; what comes out agrees with itself, and what was there is untouched."""
    was = facts_to_plain(facts)
    for _ in range(5):
        change = data.draw(changes(facts))
        try:
            changed = apply(facts, change)
        except Refused:
            continue
        assert changed.revision == facts.revision + 1
        assert problems_in(changed) == ()
        assert facts_from_plain(facts_to_plain(changed)) == changed
        assert apply(facts, change_from_plain(json.loads(json.dumps(encode(change))))) == changed
    assert facts_to_plain(facts) == was


def test_every_change_is_known_by_its_type() -> None:
    types = {
        next(field.default for field in fields(kind) if field.name == "type") for kind in CHANGES.values()
    }
    assert types == set(CHANGES)
    assert set(CHANGES.values()) == set(get_args(Change))


def test_something_is_added_at_the_end_or_where_it_is_wanted() -> None:
    facts = a_household()
    assert ids(apply(facts, Add(to="members", item=a_member("bo"))), "members") == ["ann", "bo"]
    assert ids(apply(facts, Add(to="members", item=a_member("bo"), at=0)), "members") == ["bo", "ann"]
    assert ids(apply(facts, Add(to="members", item=a_member("bo"), at=999)), "members") == ["ann", "bo"]


def test_an_id_that_is_taken_is_refused() -> None:
    with pytest.raises(Conflict, match=r'item\.id: "ann" is used already; choose another id\.'):
        apply(a_household(), Add(to="members", item=a_member("ann")))


def test_a_field_is_set_and_the_others_stay() -> None:
    facts = a_rich_household()
    changed = apply(facts, Edit(of="incomes", id="job", set={"amount": "72000.50", "annual_raise": "0.03"}))
    assert changed.incomes[0].amount == 7_200_050
    assert replace(changed.incomes[0], amount=6_000_000, annual_raise=None) == facts.incomes[0]
    assert replace(changed, incomes=facts.incomes, revision=0) == facts


def test_null_takes_an_optional_field_away_and_no_other() -> None:
    facts = a_rich_household()
    assert apply(facts, Edit(of="incomes", id="job", set={"owner": None})).incomes[0].owner is None
    assert refusal(
        facts, Edit(of="incomes", id="job", set={"amount": None, "deductions": None, "note": None})
    ) == [
        "set.amount: must be an amount such as 1250 or 1250.50.",
        "set.deductions: must be a list.",
        "set.note: must be text.",
    ]


def test_a_list_within_a_fact_is_set_whole() -> None:
    health = {"name": "Health", "kind": "health", "amount": 100}
    facts = apply(a_household(), Edit(of="incomes", id="job", set={"deductions": [health]}))
    changed = apply(facts, Edit(of="incomes", id="job", set={"deductions": [{**health, "amount": "99.99"}]}))
    assert [deduction.amount for deduction in changed.incomes[0].deductions] == [9_999]
    assert refusal(facts, Edit(of="incomes", id="job", set={"deductions": [{**health, "amunt": 1}]})) == [
        'set.deductions[0].amunt: is not a field here. Did you mean "amount"?'
    ]


@pytest.mark.parametrize(
    "change,problem",
    [
        (
            Edit(of="incomes", id="job", set={"amunt": 1}),
            'set.amunt: is not a field here. Did you mean "amount"?',
        ),
        (Edit(of="incomes", id="job", set={"amount": -1}), "set.amount: must be 0.00 or more."),
        (Edit(of="incomes", id="job", set={"id": "work"}), "set.id: cannot be changed: other facts name it."),
        (
            Edit(of="expenses", id="rent", set={"paid_from": "house"}),
            'set.paid_from: "house" cannot be paid from or into; name a cash or brokerage account.',
        ),
        (
            Edit(of="debts", id="loan", set={"term_months": None}),
            "set: needs one of `payment`, `term_months` and `minimum_payment`.",
        ),
        (
            Edit(of="transfers", id="saving", set={"frequency": "once"}),
            "set.first_payment: is needed for something that happens once.",
        ),
        (
            Edit(of="incomes", id="boss", set={"amount": 1}),
            'id: there is no "boss" among the incomes (there is: job).',
        ),
        (Add(to="expenses", item=an_expense("pets", amount=-1)), "item.amount: must be 0.00 or more."),
        (
            Add(to="expenses", item=an_expense("pets", paid_from="cat"), at=0),
            'item.paid_from: there is no account "cat" (there is: checking, house, savings).',
        ),
        (
            Add(to="expenses", item=an_expense("pets", frequency="once"), at=77),
            "item.first_payment: is needed for something that happens once.",
        ),
        (EditHousehold(set={"state": "Ohio"}), "set.state: must be one of AL,"),
        (EditHousehold(set={"main_account": "house"}), 'set.main_account: "house" cannot be paid'),
        (EditHousehold(set={"members": []}), "set.members: is not one of name, filing_status, currency,"),
        (
            EditHousehold(set={"assumptions": {"inflaton": 1}}),
            'set.assumptions.inflaton: is not a field here. Did you mean "inflation"?',
        ),
        (EditHousehold(set={"assumptions": None}), "set.assumptions: must be a table of named fields."),
        (EditHousehold(set={"assumptions": {"inflation": None}}), "set.assumptions.inflation: must be a"),
        (EditHousehold(set={"currency": None}), "set.currency: must be text."),
        (EditHousehold(set={"two words": 1}), 'set."two words": is not one of'),
        (
            ReplaceFacts(facts={"revision": 4}),
            "facts.revision: is counted by planner; leave it out.",
        ),
        (ReplaceFacts(facts={"name": "N"}), "facts.filing_status: is missing."),
        (
            ReplaceFacts(facts=a_plain_household(main_account="x")),
            'facts.main_account: there is no account "x" (there is: checking).',
        ),
        (
            RecordBalance(
                of="accounts", id="house", date=a_household().accounts[0].balances[0].date, value=-1
            ),
            "value: cannot be negative; enter a debt instead.",
        ),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_a_refusal_points_at_the_field_of_the_change(change: Change, problem: str) -> None:
    """P20: forms and API clients see the message at what they sent."""
    assert any(said.startswith(problem) for said in refusal(a_rich_household(), change))


@pytest.mark.parametrize(
    "change,problems",
    [
        (Remove(of="accounts", id="house"), ["debts[0].secured_by", "groups[0].accounts[0]"]),
        (
            Remove(of="accounts", id="checking"),
            ["main_account", "incomes[0].deposit_to", "debts[0].paid_from", "transfers[0].from_account"],
        ),
        (Remove(of="members", id="ann"), ["accounts[0].owner", "incomes[0].owner"]),
        (Remove(of="debts", id="loan"), ["groups[0].debts[0]"]),
    ],
)
def test_what_others_name_is_not_removed(change: Remove, problems: list[str]) -> None:
    """P1: no fact is left pointing at nothing."""
    assert refusal(a_rich_household(), change) == [
        f'{path}: still names "{change.id}": change this before you remove that.' for path in problems
    ]


def test_what_nobody_names_is_removed() -> None:
    changed = apply(a_rich_household(), Remove(of="expenses", id="food"))
    assert ids(changed, "expenses") == ["rent"]
    with pytest.raises(NotFound, match='there is no "food"'):
        apply(changed, Remove(of="expenses", id="food"))


@pytest.mark.parametrize("to,order", [(0, "cabd"), (1, "acbd"), (2, "abcd"), (3, "abdc"), (99, "abdc")])
def test_something_is_moved_to_a_place(to: int, order: str) -> None:
    """P1: the order of every collection is the user's own."""
    facts = a_household(expenses=[an_expense(name) for name in "abcd"])
    assert ids(apply(facts, Move(of="expenses", id="c", to=to)), "expenses") == list(order)


def recorded(facts: Facts, sort: str = "accounts", **fields: Any) -> Facts:
    of = {"accounts": "checking", "debts": "loan"}[sort]
    return apply(
        facts, change_from_plain({"type": "record_balance", "of": sort, "id": of, "value": 5, **fields})
    )


@pytest.mark.parametrize("sort", ["accounts", "debts"])
def test_a_balance_takes_its_place_by_date_and_replaces_that_days(sort: str) -> None:
    """P1: dated balances, one a day."""
    facts = a_household(debts=[a_debt()])
    for day in ("2026-12-31", "2026-09-30", "2026-11-15"):
        facts = recorded(facts, sort, date=day)
    facts = recorded(facts, sort, date="2026-10-31", value="1.25")
    balances = getattr(facts, sort)[0].balances
    assert [(str(balance.date), balance.value) for balance in balances] == [
        ("2026-09-30", 500),
        ("2026-10-31", 125),
        ("2026-11-15", 500),
        ("2026-12-31", 500),
    ]


def test_a_cost_basis_belongs_to_accounts() -> None:
    facts = a_household(debts=[a_debt()])
    with_basis = recorded(facts, date="2026-12-31", cost_basis="4.50")
    assert with_basis.accounts[0].balances[-1].cost_basis == 450
    with pytest.raises(Refused, match="cost_basis: belongs to accounts, not to debts"):
        recorded(facts, "debts", date="2026-12-31", cost_basis=1)
    with pytest.raises(Refused, match="value: of a debt is what is owed: zero or more"):
        recorded(facts, "debts", date="2026-12-31", value=-1)


def test_a_recorded_balance_is_removed_by_its_day() -> None:
    facts = recorded(a_household(), date="2026-12-31")
    changed = apply(
        facts, RemoveBalance(of="accounts", id="checking", date=facts.accounts[0].balances[0].date)
    )
    assert changed.accounts[0].balances == facts.accounts[0].balances[1:]
    with pytest.raises(NotFound, match='date: "checking" has no balance on 2026-10-31'):
        apply(changed, RemoveBalance(of="accounts", id="checking", date=facts.accounts[0].balances[0].date))


def test_assumptions_are_set_one_by_one() -> None:
    facts = a_household(assumptions={"inflation": "0.04", "horizon_months": 240})
    changed = apply(facts, EditHousehold(set={"assumptions": {"inflation": "0.03"}, "name": "We"}))
    assert (str(changed.assumptions.inflation), changed.assumptions.horizon_months) == ("0.03", 240)
    assert (changed.name, changed.members) == ("We", facts.members)


def test_all_facts_are_replaced_at_once() -> None:
    facts = replace(a_rich_household(), revision=7)
    changed = apply(facts, ReplaceFacts(facts=a_plain_household(name="New", salary=None)))
    assert changed == a_household(name="New", salary=None, revision=8)


@pytest.mark.parametrize(
    "plain,problem",
    [
        ("add", "A change is a table of named fields with a `type`."),
        ({}, "type: must be one of add, edit, remove, move, record_balance, remove_balance, edit_household,"),
        ({"type": "delete"}, "type: must be one of add,"),
        ({"type": ["add"]}, "type: must be one of add,"),
        ({"type": "add", "to": "incomes"}, "item: is missing."),
        ({"type": "add", "to": "income", "item": {}}, 'scenarios. Did you mean "incomes"?'),
        ({"type": "add", "to": "incomes", "item": []}, "item: must be a table of named fields."),
        ({"type": "edit", "of": "incomes", "id": "job", "set": {}}, "set: must name at least one field."),
        ({"type": "edit", "of": "incomes", "id": "job", "set": {f"f{n}": n for n in range(61)}}, "set: "),
        ({"type": "move", "of": "incomes", "id": "job", "to": -1}, "to: must be 0 or more."),
        ({"type": "move", "of": "incomes", "id": "job", "to": "0"}, "to: must be a whole number."),
        ({"type": "remove", "of": "incomes", "id": "JOB"}, "id: must be lower-case letters"),
        ({"type": "remove", "of": "incomes", "id": "job", "force": True}, "force: is not a field here."),
        ({"type": "record_balance", "of": "incomes", "id": "a"}, "of: must be one of accounts, debts."),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_what_is_not_a_change_is_refused(plain: object, problem: str) -> None:
    with pytest.raises(Refused) as refused:
        change_from_plain(plain)
    assert any(problem in str(said) for said in refused.value.problems)


def test_a_change_keeps_its_numbers_when_it_is_written() -> None:
    """P21: what the journal keeps can be read and applied again, exponents included."""
    change = change_from_plain(
        read_json('{"type": "edit", "of": "incomes", "id": "job", "set": {"amount": 7.2e4}}')
    )
    again = change_from_plain(encode(change))
    assert apply(a_household(), again).incomes[0].amount == 7_200_000


def test_what_a_caller_does_to_its_dictionary_afterwards_does_not_reach_the_facts() -> None:
    item = an_account("new", balances=[{"date": "2026-01-01", "value": 1}])
    change = change_from_plain({"type": "add", "to": "accounts", "item": item})
    changed = apply(a_household(), change)
    item["balances"][0]["value"] = 999
    assert changed.accounts[-1].balances[0].value == 100
