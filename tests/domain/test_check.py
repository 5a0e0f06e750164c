"""Prove what must hold between the facts of a household."""

from typing import Any

import pytest
from households import (
    a_debt,
    a_household,
    a_member,
    a_salary,
    a_transfer,
    an_account,
    an_expense,
)

from planner.domain.errors import Refused
from planner.domain.income import DeductionKind

K401 = an_account("k", kind="traditional_401k")
ROTH = an_account("roth", kind="roth_401k")
HSA = an_account("hsa", kind="hsa")
CASH = an_account()
HOUSE = an_account("house", kind="primary_home")


def problems(**facts: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        a_household(**facts)
    return [str(problem) for problem in refused.value.problems]


def problem(**facts: Any) -> str:
    found = problems(**facts)
    assert len(found) == 1, found
    return found[0]


def job_problem(**fields: Any) -> str:
    return problem(accounts=[CASH, K401, ROTH, HSA], incomes=[a_salary(**fields)])


@pytest.mark.parametrize(
    "sort,path",
    [
        ({"members": [a_member(), a_member()]}, "members[1].id"),
        ({"accounts": [CASH, HOUSE, CASH]}, "accounts[2].id"),
        ({"debts": [a_debt(), a_debt()]}, "debts[1].id"),
        ({"incomes": [a_salary(), a_salary()]}, "incomes[1].id"),
        ({"expenses": [an_expense(), an_expense()]}, "expenses[1].id"),
        ({"scenarios": [{"id": "s", "name": "S"}, {"id": "s", "name": "T"}]}, "scenarios[1].id"),
        ({"groups": [{"id": "g", "name": "G"}, {"id": "g", "name": "G"}]}, "groups[1].id"),
    ],
)
def test_an_id_is_used_once(sort: dict[str, Any], path: str) -> None:
    assert f"{path}: " in problem(**sort)
    assert "is used twice; every id must differ." in problem(**sort)


def test_ids_that_only_look_alike_are_different() -> None:
    assert len(a_household(accounts=[CASH, an_account("checking-"), an_account("checking-1")]).accounts) == 3


@pytest.mark.parametrize(
    "facts,path",
    [
        ({"main_account": "x"}, "main_account"),
        ({"accounts": [an_account(owner="x")]}, "accounts[0].owner"),
        ({"incomes": [a_salary(owner="x")]}, "incomes[0].owner"),
        ({"incomes": [a_salary(deposit_to="x")]}, "incomes[0].deposit_to"),
        (
            {
                "incomes": [
                    a_salary(deductions=[{"name": "D", "kind": "hsa", "amount": 1, "to_account": "x"}])
                ]
            },
            "incomes[0].deductions[0].to_account",
        ),
        ({"incomes": [a_salary(employer_match={"to_account": "x"})]}, "incomes[0].employer_match.to_account"),
        ({"debts": [a_debt(owner="x")]}, "debts[0].owner"),
        ({"debts": [a_debt(secured_by="x")]}, "debts[0].secured_by"),
        ({"debts": [a_debt(paid_from="x")]}, "debts[0].paid_from"),
        ({"expenses": [an_expense(paid_from="x")]}, "expenses[0].paid_from"),
        ({"transfers": [a_transfer(from_account="x", to_account="checking")]}, "transfers[0].from_account"),
        ({"transfers": [a_transfer(to_account="x")]}, "transfers[0].to_account"),
        ({"groups": [{"id": "g", "name": "G", "accounts": ["checking", "x"]}]}, "groups[0].accounts[1]"),
        ({"groups": [{"id": "g", "name": "G", "debts": ["x"]}]}, "groups[0].debts[0]"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_fact_names_must_exist(facts: dict[str, Any], path: str) -> None:
    """P1: nothing points at what is not there, and an unknown id never becomes a default."""
    sort = "member" if path.endswith("owner") else "debt" if ".debts" in path else "account"
    known = {"member": "ann", "debt": "none yet", "account": "checking"}[sort]
    assert problem(**facts) == f'{path}: there is no {sort} "x" (there is: {known}).'


@pytest.mark.parametrize(
    "facts,path",
    [
        ({"main_account": "k"}, "main_account"),
        ({"incomes": [a_salary(deposit_to="k")]}, "incomes[0].deposit_to"),
        ({"debts": [a_debt(paid_from="k")]}, "debts[0].paid_from"),
        ({"expenses": [an_expense(paid_from="k")]}, "expenses[0].paid_from"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bills_are_not_paid_from_what_cannot_pay(facts: dict[str, Any], path: str) -> None:
    said = problems(accounts=[CASH, K401], **facts)
    assert f'{path}: "k" cannot be paid from or into; name a cash or brokerage account.' in said


def test_the_main_account_holds_cash() -> None:
    shares = an_account("shares", kind="brokerage")
    assert problem(accounts=[CASH, shares], main_account="shares") == (
        'main_account: "shares" is not a cash account.'
    )


@pytest.mark.parametrize(
    "fields,sentence",
    [
        (
            {"kind": "hourly", "hours_per_week": 40},
            "amount_per: must be `hour` for hourly income, and only for that.",
        ),
        ({"amount_per": "hour"}, "amount_per: must be `hour` for hourly income, and only for that."),
        ({"kind": "hourly", "amount_per": "hour"}, "hours_per_week: is needed for hourly income."),
        (
            {"pay_frequency": "quarterly"},
            "pay_frequency: of wages must be one of weekly, biweekly, semimonthly, monthly.",
        ),
        (
            {"kind": "other", "pay_frequency": "once", "amount_per": "payment"},
            "first_payment: is needed for an income that comes once.",
        ),
        (
            {"kind": "other", "pay_frequency": "once", "first_payment": "2027-01-01"},
            "amount_per: must be `payment` for an income that comes once.",
        ),
        ({"kind": "rental", "w4": {}}, "w4: belongs to salaried and hourly income only."),
        (
            {"kind": "pension", "state_withholding_rate": "0.05"},
            "state_withholding_rate: belongs to salaried and hourly income only.",
        ),
        (
            {"kind": "other", "employer_match": {"to_account": "k"}},
            "employer_match: belongs to salaried and hourly income only.",
        ),
        ({"start": "2027-01-02", "end": "2027-01-01"}, "end: is before the start, 2027-01-02."),
        ({"employer_match": {"to_account": "checking"}}, "is not a retirement account."),
        ({"employer_match": {"to_account": "hsa"}}, "is not a retirement account."),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_an_income_makes_sense(fields: dict[str, Any], sentence: str) -> None:
    """P2: what an income needs follows from its kind and how it is paid."""
    said = job_problem(**fields)
    assert said.startswith("incomes[0].")
    assert said.endswith(sentence)


@pytest.mark.parametrize(
    "deductions,sentence",
    [
        ([{"kind": "health"}], "deductions[0]: needs either an `amount` or a `percent`, not both."),
        (
            [{"kind": "health", "amount": 1, "percent": "0.1"}],
            "deductions[0]: needs either an `amount` or a `percent`, not both.",
        ),
        (
            [{"kind": "roth_403b", "amount": 1}],
            "deductions[0].to_account: is needed: say which account the contribution reaches.",
        ),
        (
            [{"kind": "health", "percent": "0.6"}, {"kind": "dental", "percent": "0.401"}],
            "deductions: take more than the whole paycheck.",
        ),
        (
            [{"kind": "traditional_401k", "amount": 1, "to_account": "checking"}],
            '"checking" (checking) cannot take a traditional_401k contribution.',
        ),
        (
            [{"kind": "roth_401k", "amount": 1, "to_account": "k"}],
            '"k" (traditional_401k) cannot take a roth_401k contribution.',
        ),
        ([{"kind": "hsa", "amount": 1, "to_account": "k"}], "cannot take a hsa contribution."),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_a_deduction_makes_sense(deductions: list[dict[str, Any]], sentence: str) -> None:
    """P3: a contribution says how much, and reaches an account that can take it."""
    said = job_problem(deductions=[{"name": "D", **deduction} for deduction in deductions])
    assert said.startswith("incomes[0].deductions")
    assert said.endswith(sentence)


def test_every_contribution_has_an_account_that_takes_it() -> None:
    """P3: 401(k), 403(b), 457, TSP and HSA contributions, traditional and Roth."""
    kinds = [kind.value for kind in DeductionKind if kind.value.startswith(("traditional", "roth", "hsa"))]
    accounts = [CASH, *(an_account(f"to-{kind.replace('_', '-')}", kind=kind) for kind in kinds)]
    deductions = [
        {"name": kind, "kind": kind, "amount": 1, "to_account": f"to-{kind.replace('_', '-')}"}
        for kind in kinds
    ]
    facts = a_household(accounts=accounts, incomes=[a_salary(deductions=deductions)])
    assert len(facts.incomes[0].deductions) == 9


def test_balances_stand_oldest_first_one_a_day() -> None:
    """P1: dated balances."""
    dates = ["2026-02-01", "2026-01-01", "2026-01-01"]
    balances = [{"date": day, "value": 1} for day in dates]
    said = problems(accounts=[{**CASH, "balances": balances}], debts=[a_debt(balances=balances)])
    for sort in ("accounts", "debts"):
        assert (
            f"{sort}[0].balances[1].date: must come after 2026-02-01: one balance a day, oldest first."
            in said
        )
        assert (
            f"{sort}[0].balances[2].date: must come after 2026-01-01: one balance a day, oldest first."
            in said
        )


def test_only_what_can_be_overdrawn_has_a_negative_value() -> None:
    assert a_household(accounts=[an_account(value=-50)]).accounts[0].balances[0].value == -5_000
    assert problem(accounts=[CASH, an_account("k", kind="roth_ira", value=-1)]) == (
        "accounts[1].balances[0].value: cannot be negative; enter a debt instead."
    )


@pytest.mark.parametrize(
    "rules",
    [
        {"payment": None},
        {"payment": 500, "term_months": 12},
        {"payment": 500, "minimum_payment": {"percent": 1, "at_least": 0}},
    ],
)
def test_a_debt_has_one_rule_of_payment(rules: dict[str, Any]) -> None:
    """P8: a payment, a term, or a card's minimum; one of the three."""
    assert problem(debts=[a_debt(**rules)]) == (
        "debts[0]: needs one of `payment`, `term_months` and `minimum_payment`."
    )


@pytest.mark.parametrize(
    "fields,interest",
    [
        ({"payment": "50.00"}, "50.00"),
        ({"payment": 30, "extra_payment": 20}, "50.00"),
        ({"payment": 0}, "50.00"),
        ({"payment": 60, "rate_changes": [{"date": "2026-01-01", "annual_rate": "0.09"}]}, "75.00"),
        ({"minimum_payment": {"percent": 0, "at_least": 50}}, "50.00"),
        ({"minimum_payment": {"percent": 0, "at_least": 0}}, "50.00"),
    ],
)
def test_a_payment_that_never_pays_the_debt_off_is_refused(fields: dict[str, Any], interest: str) -> None:
    """P8: 10,000 at 6 % costs 50.00 in the first month alone."""
    said = problem(debts=[a_debt(owed=10_000, **fields)])
    field = "minimum_payment" if "minimum_payment" in fields else "payment"
    assert said.startswith(f"debts[0].{field}: never pays the debt off: ")
    assert said.endswith(f"interest{' alone is' if field == 'payment' else ','} {interest}.")


@pytest.mark.parametrize(
    "fields",
    [
        {"payment": "50.01"},
        {"payment": 30, "extra_payment": "20.01"},
        {"payment": 50, "rate_changes": [{"date": "2026-01-01", "annual_rate": "0.05"}]},
        {"payment": 60, "rate_changes": [{"date": "2027-01-01", "annual_rate": "0.09"}]},
        {"payment": 0, "owed": 0},
        {"payment": 10, "annual_rate": 0},
        {"minimum_payment": {"percent": "0.01", "at_least": 0}},
        {"minimum_payment": {"percent": 0, "at_least": "50.01"}},
        {"minimum_payment": {"percent": 0, "at_least": 25}, "extra_payment": 30},
        {"minimum_payment": {"percent": 0, "at_least": 0}, "owed": 0},
    ],
)
def test_a_payment_that_does_is_taken(fields: dict[str, Any]) -> None:
    assert a_household(debts=[a_debt(**fields)]).debts


@pytest.mark.parametrize("sort", ["expenses", "transfers"])
def test_a_schedule_makes_sense(sort: str) -> None:
    """P4: frequency, start and end."""
    made = an_expense if sort == "expenses" else a_transfer
    accounts = [CASH, an_account("savings", kind="savings")]
    once = problem(accounts=accounts, **{sort: [made(frequency="once")]})
    assert once == f"{sort}[0].first_payment: is needed for something that happens once."
    backwards = problem(accounts=accounts, **{sort: [made(start="2027-02-01", end="2027-01-31")]})
    assert backwards == f"{sort}[0].end: is before the start, 2027-02-01."


def test_money_is_not_moved_to_where_it_is() -> None:
    assert problem(transfers=[a_transfer(to_account="checking")]) == (
        "transfers[0].to_account: is the account it comes from."
    )


def test_a_group_holds_a_thing_once() -> None:
    """P1: equity would count it twice."""
    group = {"id": "g", "name": "G", "accounts": ["house", "checking", "house"], "debts": ["loan", "loan"]}
    assert problems(accounts=[CASH, HOUSE], debts=[a_debt()], groups=[group]) == [
        'groups[0].accounts[2]: "house" is in this group already.',
        'groups[0].debts[1]: "loan" is in this group already.',
    ]
