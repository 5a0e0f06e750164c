"""Build households for tests: small valid facts, with what the test is about as arguments."""

from datetime import date
from typing import Any

from planner.domain.codec import Plain, facts_from_plain
from planner.domain.household import Facts

TODAY = date(2026, 11, 1)
BALANCE_DAY = "2026-10-31"


def a_member(ident: str = "ann", **fields: Any) -> Plain:
    return {"id": ident, "name": ident.title(), "birth_date": "1985-05-05", "role": "head", **fields}


def an_account(ident: str = "checking", *, value: object = 10_000, **fields: Any) -> Plain:
    balances = [] if value is None else [{"date": BALANCE_DAY, "value": value}]
    return {"id": ident, "name": ident.title(), "kind": "checking", "balances": balances, **fields}


def a_salary(ident: str = "job", *, amount: object = 60_000, **fields: Any) -> Plain:
    """A salary of so much a year, paid on the 15th and the last day of the month."""
    paid = {"kind": "salary", "amount": amount, "amount_per": "year", "pay_frequency": "semimonthly"}
    return {"id": ident, "name": ident.title(), **paid, **fields}


def a_debt(ident: str = "loan", *, owed: object = 10_000, **fields: Any) -> Plain:
    """A personal loan at 6 %, paid off in five years unless the fields say otherwise."""
    rules = {"payment", "term_months", "minimum_payment"} & set(fields)
    rule = {} if rules else {"term_months": 60}
    balances = [{"date": BALANCE_DAY, "value": owed}]
    loan = {"kind": "personal_loan", "annual_rate": "0.06", "balances": balances}
    return {"id": ident, "name": ident.title(), **loan, **rule, **fields}


def an_expense(ident: str = "food", *, amount: object = 500, **fields: Any) -> Plain:
    spent = {"category": "food", "amount": amount, "frequency": "monthly"}
    return {"id": ident, "name": ident.title(), **spent, **fields}


def a_transfer(ident: str = "saving", *, amount: object = 100, **fields: Any) -> Plain:
    moved = {"from_account": "checking", "to_account": "savings", "amount": amount, "frequency": "monthly"}
    return {"id": ident, "name": ident.title(), **moved, **fields}


def a_plain_household(*, salary: object = 60_000, **fields: Any) -> Plain:
    """One person with a checking account and a salary (None: without), as a plain dictionary."""
    return {
        "name": "A household",
        "filing_status": "single",
        "members": [a_member()],
        "accounts": [an_account()],
        "incomes": [] if salary is None else [a_salary(amount=salary, owner="ann")],
        **fields,
    }


def a_household(*, salary: object = 60_000, **fields: Any) -> Facts:
    """The facts of `a_plain_household`; raises Refused when the fields do not make a valid one."""
    return facts_from_plain(a_plain_household(salary=salary, **fields))
