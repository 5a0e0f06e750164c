"""What must hold between the facts of a household, beyond the type of each field."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise

from planner.domain.accounts import TRAITS, AccountKind, AssetClass, TaxTreatment
from planner.domain.calendar import Frequency
from planner.domain.debts import Debt
from planner.domain.errors import Problem
from planner.domain.expenses import Expense, Transfer
from planner.domain.household import COLLECTIONS, Facts, items
from planner.domain.income import (
    CONTRIBUTIONS,
    PAY_FREQUENCIES,
    WAGES,
    AmountPer,
    DeductionKind,
    Income,
    IncomeKind,
)
from planner.domain.money import as_text, to_cents

Problems = Iterator[Problem]

_TAXED_AS = {
    kind: TaxTreatment.HEALTH
    if kind is DeductionKind.HSA
    else TaxTreatment.ROTH
    if kind.value.startswith("roth_")
    else TaxTreatment.DEFERRED
    for kind in CONTRIBUTIONS
}


def problems_in(facts: Facts) -> tuple[Problem, ...]:
    """Return everything that is wrong between the facts; empty when they agree."""
    return tuple(problem for rule in _RULES for problem in rule(facts))


def _unique_ids(facts: Facts) -> Problems:
    for collection in COLLECTIONS:
        seen: set[str] = set()
        for index, item in enumerate(items(facts, collection)):
            if item.id in seen:
                yield Problem(
                    f"{collection}[{index}].id", f'"{item.id}" is used twice; every id must differ.'
                )
            seen.add(item.id)


def _references(facts: Facts) -> Problems:
    known = {
        "member": {member.id for member in facts.members},
        "account": {account.id for account in facts.accounts},
        "debt": {debt.id for debt in facts.debts},
    }
    for path, sort, wanted in _named(facts):
        if wanted is not None and wanted not in known[sort]:
            listed = ", ".join(sorted(known[sort])[:8]) or "none yet"
            yield Problem(path, f'there is no {sort} "{wanted}" (there is: {listed}).')


def _named(facts: Facts) -> Iterator[tuple[str, str, str | None]]:
    """Yield every place where a fact names another: its path, the sort it names, and the id."""
    yield "main_account", "account", facts.main_account
    for n, account in enumerate(facts.accounts):
        yield f"accounts[{n}].owner", "member", account.owner
    for n, income in enumerate(facts.incomes):
        yield from _named_by_income(f"incomes[{n}]", income)
    for n, debt in enumerate(facts.debts):
        yield f"debts[{n}].owner", "member", debt.owner
        yield f"debts[{n}].secured_by", "account", debt.secured_by
        yield f"debts[{n}].paid_from", "account", debt.paid_from
    for n, expense in enumerate(facts.expenses):
        yield f"expenses[{n}].paid_from", "account", expense.paid_from
    for n, transfer in enumerate(facts.transfers):
        yield f"transfers[{n}].from_account", "account", transfer.from_account
        yield f"transfers[{n}].to_account", "account", transfer.to_account
    for n, group in enumerate(facts.groups):
        yield from ((f"groups[{n}].accounts[{k}]", "account", name) for k, name in enumerate(group.accounts))
        yield from ((f"groups[{n}].debts[{k}]", "debt", name) for k, name in enumerate(group.debts))


def _named_by_income(at: str, income: Income) -> Iterator[tuple[str, str, str | None]]:
    yield f"{at}.owner", "member", income.owner
    yield f"{at}.deposit_to", "account", income.deposit_to
    for place, deduction in enumerate(income.deductions):
        yield f"{at}.deductions[{place}].to_account", "account", deduction.to_account
    if income.employer_match:
        yield f"{at}.employer_match.to_account", "account", income.employer_match.to_account


def _paying_accounts(facts: Facts) -> Problems:
    """Money is paid from and into cash and taxable investments only."""
    liquid = {account.id for account in facts.accounts if TRAITS[account.kind].liquid}
    known = {account.id for account in facts.accounts}
    used = [("main_account", facts.main_account)]
    used += [(f"incomes[{n}].deposit_to", income.deposit_to) for n, income in enumerate(facts.incomes)]
    used += [(f"debts[{n}].paid_from", debt.paid_from) for n, debt in enumerate(facts.debts)]
    used += [(f"expenses[{n}].paid_from", expense.paid_from) for n, expense in enumerate(facts.expenses)]
    for path, account in used:
        if account in known and account not in liquid:
            yield Problem(path, f'"{account}" cannot be paid from or into; name a cash or brokerage account.')


def _income_rules(facts: Facts) -> Problems:
    for index, income in enumerate(facts.incomes):
        for field, message in _income_problems(income):
            yield Problem(f"incomes[{index}].{field}", message)


def _income_problems(income: Income) -> Iterator[tuple[str, str]]:
    hourly = income.kind is IncomeKind.HOURLY
    if hourly != (income.amount_per is AmountPer.HOUR):
        yield "amount_per", "must be `hour` for hourly income, and only for that."
    if hourly and income.hours_per_week is None:
        yield "hours_per_week", "is needed for hourly income."
    if income.kind in WAGES and income.pay_frequency not in PAY_FREQUENCIES:
        yield "pay_frequency", "of wages must be one of weekly, biweekly, semimonthly, monthly."
    if income.pay_frequency is Frequency.ONCE and income.first_payment is None:
        yield "first_payment", "is needed for an income that comes once."
    if income.pay_frequency is Frequency.ONCE and income.amount_per is not AmountPer.PAYMENT:
        yield "amount_per", "must be `payment` for an income that comes once."
    if income.kind not in WAGES:
        for field in ("w4", "deductions", "employer_match", "state_withholding_rate"):
            if getattr(income, field):
                yield field, "belongs to salaried and hourly income only."
    yield from _in_order(income.start, income.end)
    yield from _deduction_problems(income)


def _contributions(facts: Facts) -> Problems:
    """What is put by for retirement or health reaches an account that is taxed the same way."""
    kinds = {account.id: account.kind for account in facts.accounts}
    for n, income in enumerate(facts.incomes):
        for place, deduction in enumerate(income.deductions):
            kind = kinds.get(deduction.to_account or "")
            wanted = _TAXED_AS.get(deduction.kind)
            if kind and wanted and TRAITS[kind].taxed_as is not wanted:
                yield Problem(
                    f"incomes[{n}].deductions[{place}].to_account",
                    f'"{deduction.to_account}" ({kind}) cannot take a {deduction.kind} contribution.',
                )
        match = income.employer_match
        kind = kinds.get(match.to_account) if match else None
        if match and kind and not TRAITS[kind].retirement:
            yield Problem(
                f"incomes[{n}].employer_match.to_account",
                f'"{match.to_account}" ({kind}) is not a retirement account.',
            )


def _group_rules(facts: Facts) -> Problems:
    for n, group in enumerate(facts.groups):
        for field, names in (("accounts", group.accounts), ("debts", group.debts)):
            for place, name in enumerate(names):
                if name in names[:place]:
                    yield Problem(f"groups[{n}].{field}[{place}]", f'"{name}" is in this group already.')


def _deduction_problems(income: Income) -> Iterator[tuple[str, str]]:
    for place, deduction in enumerate(income.deductions):
        at = f"deductions[{place}]"
        if (deduction.amount is None) == (deduction.percent is None):
            yield at, "needs either an `amount` or a `percent`, not both."
        if deduction.kind in CONTRIBUTIONS and deduction.to_account is None:
            yield f"{at}.to_account", "is needed: say which account the contribution reaches."
    if sum((d.percent or Decimal(0) for d in income.deductions), Decimal(0)) > 1:
        yield "deductions", "take more than the whole paycheck."


def _in_order(start: date | None, end: date | None) -> Iterator[tuple[str, str]]:
    if start is not None and end is not None and end < start:
        yield "end", f"is before the start, {start}."


def _account_rules(facts: Facts) -> Problems:
    overdrawn = {AccountKind.CHECKING, AccountKind.BROKERAGE, AccountKind.CASH, AccountKind.OTHER_ASSET}
    for index, account in enumerate(facts.accounts):
        yield from _dated(f"accounts[{index}].balances", [balance.date for balance in account.balances])
        for place, balance in enumerate(account.balances):
            if balance.value < 0 and account.kind not in overdrawn:
                yield Problem(
                    f"accounts[{index}].balances[{place}].value", "cannot be negative; enter a debt instead."
                )


def _dated(path: str, days: list[date]) -> Problems:
    for place, (earlier, later) in enumerate(pairwise(days), 1):
        if later <= earlier:
            yield Problem(
                f"{path}[{place}].date", f"must come after {earlier}: one balance a day, oldest first."
            )


def _main_account(facts: Facts) -> Problems:
    main = next((account for account in facts.accounts if account.id == facts.main_account), None)
    if main is not None and TRAITS[main.kind].grows_as is not AssetClass.CASH:
        yield Problem("main_account", f'"{main.id}" is not a cash account.')


def _debt_rules(facts: Facts) -> Problems:
    for index, debt in enumerate(facts.debts):
        at = f"debts[{index}]"
        yield from _dated(f"{at}.balances", [balance.date for balance in debt.balances])
        yield from _dated(f"{at}.rate_changes", [change.date for change in debt.rate_changes])
        rules = [debt.payment is not None, debt.term_months is not None, debt.minimum_payment is not None]
        if sum(rules) != 1:
            yield Problem(at, "needs one of `payment`, `term_months` and `minimum_payment`.")
        yield from _pays_off(at, debt)


def _pays_off(at: str, debt: Debt) -> Problems:
    """Refuse a payment that does not even cover the interest: the debt would never end."""
    if not debt.balances:
        return
    owed = Decimal(debt.balances[-1].value).scaleb(-2)
    rate = debt.annual_rate
    for change in debt.rate_changes:
        if change.date <= debt.balances[-1].date:
            rate = change.annual_rate
    interest = to_cents(owed * rate / 12)
    if debt.payment is not None and owed and debt.payment + debt.extra_payment <= interest:
        yield Problem(
            f"{at}.payment",
            f"never pays the debt off: the first month's interest alone is {as_text(interest)}.",
        )
    rule = debt.minimum_payment
    if rule is not None and not rule.percent and owed and rule.at_least + debt.extra_payment <= interest:
        yield Problem(
            f"{at}.minimum_payment",
            f"never pays the debt off: give a percent, or more than the first month's interest, "
            f"{as_text(interest)}.",
        )


def _spending_rules(facts: Facts) -> Problems:
    schedules: list[tuple[str, Expense | Transfer]] = [
        *((f"expenses[{index}]", expense) for index, expense in enumerate(facts.expenses)),
        *((f"transfers[{index}]", transfer) for index, transfer in enumerate(facts.transfers)),
    ]
    for at, item in schedules:
        if item.frequency is Frequency.ONCE and item.first_payment is None:
            yield Problem(f"{at}.first_payment", "is needed for something that happens once.")
        for field, message in _in_order(item.start, item.end):
            yield Problem(f"{at}.{field}", message)
    for index, transfer in enumerate(facts.transfers):
        if transfer.from_account == transfer.to_account:
            yield Problem(f"transfers[{index}].to_account", "is the account it comes from.")


_RULES: tuple[Callable[[Facts], Problems], ...] = (
    _unique_ids,
    _references,
    _paying_accounts,
    _income_rules,
    _account_rules,
    _main_account,
    _debt_rules,
    _spending_rules,
    _contributions,
    _group_rules,
)
