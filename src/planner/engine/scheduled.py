"""Everything of a plan that falls on known dates, by month: pay, spending, debts and transfers."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from planner.domain.accounts import TRAITS, AssetClass
from planner.domain.expenses import ExpenseCategory
from planner.domain.household import Facts
from planner.domain.income import WAGES
from planner.domain.scenarios import Assumptions
from planner.engine.accounts import Accounts
from planner.engine.beat import Beat, between
from planner.engine.debts import DebtSchedule, amortise, insurance
from planner.engine.income import Earned, by_month, earned
from planner.engine.paychecks import Paychecks, Taxation, paychecks
from planner.engine.plan import Outlook
from planner.engine.spending import spent
from planner.engine.timeline import FloatArray, Timeline, half_up, rising
from planner.engine.year_tax import YearlyIncome, yearly_income


class Owed(NamedTuple):
    """A debt by month, in cents, with what comes on top of principal and interest."""

    schedule: DebtSchedule
    escrow: FloatArray
    insurance: FloatArray


class Limited(NamedTuple):
    """A transfer out of an account that can only give what it holds."""

    giving: int
    taking: int
    cents: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scheduled:
    """What is known before the months are worked out: cents by month, moves by [month, account].

    `payroll` is what is taken from pay and reaches no account; `contributions` what people put aside.
    """

    incomes: tuple[FloatArray, ...]
    federal: FloatArray
    social_security: FloatArray
    medicare: FloatArray
    state: FloatArray
    payroll: FloatArray
    contributions: FloatArray
    match: FloatArray
    expenses: dict[ExpenseCategory, FloatArray]
    debts: tuple[Owed, ...]
    inflow: FloatArray
    outflow: FloatArray
    limited: tuple[Limited, ...]
    yearly: YearlyIncome


def scheduled(view: Outlook, *, beat: Beat | None = None) -> Scheduled:
    """Work out everything that falls on known dates; `beat` hears before each income, expense and debt."""
    facts, line, assumptions, laws = view.facts, view.line, view.assumptions, view.laws
    incomes = between(facts.incomes, beat, 0.0, "working out pay")
    pays = [earned(income, line, assumptions) for income in incomes]
    prices = np.power(1.0 + float(assumptions.inflation), np.arange(line.year_count, dtype=np.float64))
    taxation = Taxation(facts=facts, laws=laws, prices=prices)
    checks = [
        paychecks(pay, taxation) if pay.income.kind in WAGES else None
        for pay in between(pays, beat, 0.0, "working out paychecks")
    ]
    cash = Cash(view.accounts, line)
    taken = [_paid(pay, check, cash, line) for pay, check in zip(pays, checks, strict=True)]
    totals = np.sum(taken, axis=0) if taken else np.zeros((len(Withheld._fields), line.months))
    withheld = Withheld(*totals)
    expenses = _expenses(facts, line, assumptions, cash, beat)
    debts = _debts(facts, line, assumptions, cash, beat)
    saved, limited = _transfers(facts, line, assumptions, cash)
    return Scheduled(
        incomes=tuple(by_month(pay, pay.gross, line) for pay in pays),
        federal=withheld.federal,
        social_security=withheld.social_security,
        medicare=withheld.medicare,
        state=withheld.state,
        payroll=withheld.payroll,
        contributions=withheld.contributions + saved,
        match=withheld.match,
        expenses=expenses,
        debts=debts,
        inflow=cash.inflow.T.copy(),
        outflow=cash.outflow.T.copy(),
        limited=limited,
        yearly=yearly_income(view, pays, checks),
    )


class Cash:
    """Where money enters and leaves, while the schedule is made: cents by [account, month]."""

    def __init__(self, accounts: Accounts, line: Timeline) -> None:
        self.accounts = accounts
        self.inflow, self.outflow = np.zeros((2, len(accounts.accounts), line.months))

    def receive(self, account: str | None, cents: FloatArray) -> None:
        """Put cents by month into an account."""
        self.inflow[self.accounts.place(account)] += cents

    def pay(self, account: str | None, cents: FloatArray) -> None:
        """Take cents by month out of an account."""
        self.outflow[self.accounts.place(account)] += cents


class Withheld(NamedTuple):
    """What is taken from pay and added to it, by month."""

    federal: FloatArray
    social_security: FloatArray
    medicare: FloatArray
    state: FloatArray
    payroll: FloatArray
    contributions: FloatArray
    match: FloatArray


def _paid(pay: Earned, check: Paychecks | None, cash: Cash, line: Timeline) -> Withheld:
    """Pay an income out: net pay, contributions and employer match reach their accounts."""
    income = pay.income
    if check is None:
        cash.receive(income.deposit_to, by_month(pay, pay.gross, line))
        return Withheld(*np.zeros((len(Withheld._fields), line.months)))
    payroll, contributions, match = np.zeros((3, line.months))
    cash.receive(income.deposit_to, by_month(pay, check.net, line))
    for deduction, cents in zip(income.deductions, check.deductions, strict=True):
        monthly = by_month(pay, cents, line)
        if deduction.to_account is None:
            payroll += monthly
        else:
            cash.receive(deduction.to_account, monthly)
            contributions += monthly
    if income.employer_match is not None:
        match = by_month(pay, check.match, line)
        cash.receive(income.employer_match.to_account, match)
    return Withheld(
        federal=by_month(pay, check.federal, line),
        social_security=by_month(pay, check.social_security, line),
        medicare=by_month(pay, check.medicare, line),
        state=by_month(pay, check.state, line),
        payroll=payroll,
        contributions=contributions,
        match=match,
    )


def _expenses(
    facts: Facts, line: Timeline, assumptions: Assumptions, cash: Cash, beat: Beat | None
) -> dict[ExpenseCategory, FloatArray]:
    used = {expense.category for expense in facts.expenses}
    found = {category: np.zeros(line.months) for category in ExpenseCategory if category in used}
    for expense in between(facts.expenses, beat, 0.0, "working out spending"):
        cents = spent(expense, line, assumptions)
        cash.pay(expense.paid_from, cents)
        found[expense.category] += cents
    return found


def _debts(
    facts: Facts, line: Timeline, assumptions: Assumptions, cash: Cash, beat: Beat | None
) -> tuple[Owed, ...]:
    """Amortise every debt; escrow rises with prices each January."""
    prices = rising(line, assumptions.inflation)
    found = []
    for place, debt in enumerate(between(facts.debts, beat, 0.0, "working out debts")):
        schedule = amortise(debt, line, at=f"debts[{place}]")
        escrow = schedule.paying * half_up(debt.escrow * prices)
        worth = _worth(debt.secured_by, cash.accounts) if debt.mortgage_insurance else None
        insured = insurance(debt, schedule, worth).astype(np.float64)
        cash.pay(debt.paid_from, schedule.interest + schedule.principal + escrow + insured)
        found.append(Owed(schedule, escrow, insured))
    return tuple(found)


def _worth(account: str | None, accounts: Accounts) -> FloatArray | None:
    """Return what secures a debt at each month's start, by its growth alone."""
    if account is None:
        return None
    place = accounts.place(account)
    grown = np.cumprod(1.0 + accounts.growth[:, place])
    worth: FloatArray = accounts.opening[place] * np.concatenate(([1.0], grown[:-1]))
    return worth


def _transfers(
    facts: Facts, line: Timeline, assumptions: Assumptions, cash: Cash
) -> tuple[FloatArray, tuple[Limited, ...]]:
    """Return what leaves cash to be put aside, and the transfers that depend on what is there."""
    saved = np.zeros(line.months)
    limited = []
    accounts = cash.accounts
    for transfer in facts.transfers:
        cents = spent(transfer, line, assumptions)
        giving, taking = accounts.place(transfer.from_account), accounts.place(transfer.to_account)
        if not accounts.traits(giving).liquid:
            limited.append(Limited(giving, taking, cents))
            continue
        cash.pay(transfer.from_account, cents)
        cash.receive(transfer.to_account, cents)
        if _is_cash(accounts, giving) and not _is_cash(accounts, taking):
            saved += cents
    return saved, tuple(limited)


def _is_cash(accounts: Accounts, place: int) -> bool:
    return TRAITS[accounts.accounts[place].kind].grows_as is AssetClass.CASH
