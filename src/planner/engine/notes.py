"""What a reader of a projection should know, in plain words."""

from collections.abc import Iterator

import numpy as np

from planner.domain.accounts import AccountKind
from planner.domain.calendar import add_months, first_day
from planner.domain.income import IncomeKind
from planner.engine.accounts import UNALLOCATED, balance_on
from planner.engine.debts import latest_balance
from planner.engine.months import Run
from planner.engine.plan import Outlook
from planner.engine.scheduled import Scheduled
from planner.engine.withdrawals import has_distributions, owner_birth

EARLY_UNTIL_MONTHS = 59 * 12 + 6
"""Before this age a distribution costs an additional tax (IRC sec. 72(t))."""


def notes(view: Outlook, known: Scheduled, run: Run, *, path: int) -> tuple[str, ...]:
    """Return the notes on one path of a projection."""
    return (
        *_on_accounts(view),
        *_on_debts(view, known),
        *_on_taxes(view),
        *_on_early_distributions(view, known, run, path),
        *_on_shortfall(view, run, path),
    )


def _on_accounts(view: Outlook) -> Iterator[str]:
    accounts, start = view.accounts, view.line.start
    for name in accounts.missing:
        yield f'"{name}" has no balance on {start} or before and starts at zero.'
    if accounts.accounts[accounts.main] is UNALLOCATED:
        yield f'No cash account is entered; cash goes through "{UNALLOCATED.name}", starting at zero.'
    for account in view.facts.accounts:
        balance = balance_on(account, start)
        bought = account.kind in {AccountKind.BROKERAGE, AccountKind.CRYPTO}
        if bought and balance is not None and balance.cost_basis is None:
            yield f'"{account.name}" has no cost basis; it counts as bought for what it is worth now.'


def _on_debts(view: Outlook, known: Scheduled) -> Iterator[str]:
    for debt, owed in zip(view.facts.debts, known.debts, strict=True):
        if latest_balance(debt, view.line.start) is None:
            yield f'"{debt.name}" has no balance on {view.line.start} or before and counts as nothing owed.'
        if debt.escrow and owed.schedule.opening[0] and not owed.schedule.closing[-1]:
            yield (
                f'Escrow of "{debt.name}" ends with its last payment; enter property tax and insurance as '
                "expenses from then on."
            )


def _on_taxes(view: Outlook) -> Iterator[str]:
    if any(income.kind is IncomeKind.SELF_EMPLOYMENT for income in view.facts.incomes):
        yield "Tax on self-employment is not withheld: all of it is paid in April of the next year."
    if any(income.state_withholding_rate for income in view.facts.incomes):
        yield "State income tax is the flat share withheld from pay; no state return is worked out."


def _on_early_distributions(view: Outlook, known: Scheduled, run: Run, path: int) -> Iterator[str]:
    for place, account in enumerate(view.accounts.accounts):
        born = owner_birth(view.facts, account)
        drawn = np.flatnonzero(run.outflow[:, path, place] > known.outflow[:, place])
        if born is None or not has_distributions(account) or not drawn.size:
            continue
        if first_day(view.line.first_month + int(drawn[0])) < add_months(born, EARLY_UNTIL_MONTHS):
            yield (
                f'Money is drawn from "{account.name}" before its owner is 59 and a half; the additional tax '
                "of 10 % on that is not worked out."
            )


def _on_shortfall(view: Outlook, run: Run, path: int) -> Iterator[str]:
    short = np.flatnonzero(run.closing[:, path, view.accounts.main] < 0)
    if short.size:
        month = first_day(view.line.first_month + int(short[0]))
        yield f"Cash runs out in {month:%Y-%m}: nothing is left to draw on."
