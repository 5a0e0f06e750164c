"""The recurring flows of a household: what comes in, goes out and moves, each traceable to a fact."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import chain
from typing import Annotated

from pydantic import Field

from planner.domain.calendar import PER_YEAR, Frequency, day_in, occurrences
from planner.domain.codec import Plain, decode, encode
from planner.domain.debts import Debt
from planner.domain.expenses import Expense, Transfer
from planner.domain.holidays import pay_dates
from planner.domain.household import Collection, Facts
from planner.domain.income import WAGES
from planner.domain.money import Money
from planner.domain.record import record
from planner.engine import income as incomes
from planner.engine import spending
from planner.engine.accounts import balance_on, cash_accounts, main_account
from planner.engine.beat import Beat, between
from planner.engine.debts import payments
from planner.engine.paystub import Part, PartKind, nominal_year, parts_of

MONTHS_IN_YEAR = 12
NEXT_WITHIN = timedelta(days=400)


class FlowKind(StrEnum):
    """What a flow is to the household's cash."""

    INCOME = "income"
    EXPENSE = "expense"
    DEBT_PAYMENT = "debt_payment"
    TRANSFER = "transfer"


@record
class Source:
    """The fact a flow follows from."""

    collection: Collection
    id: str


@record
class Flow:
    """Something that recurs. Amounts are positive; `kind` says which way they go.

    `amount` is what reaches or leaves `account` each time: net pay, a whole debt payment. `parts` split it;
    `generated` is false for what people entered as it is. `in_force` is false for what starts later.
    """

    id: str
    source: Source
    generated: bool
    kind: FlowKind
    name: str
    category: str
    amount: Money
    frequency: Frequency
    next_date: date | None
    in_force: bool
    yearly: Money
    monthly: Money
    account: str
    to_account: str | None = None
    parts: tuple[Part, ...] = ()


@record
class FlowTotals:
    """A month of the flows in force. income + employer match are gross; what is left in cash is `surplus`.

    surplus = income - taxes - spending - debt_service - contributions.
    """

    income: Money = 0
    taxes: Money = 0
    spending: Money = 0
    debt_service: Money = 0
    contributions: Money = 0
    employer_match: Money = 0
    surplus: Money = 0


@record
class Flows:
    """One generation of flows, in the user's order: income, spending, debts, transfers."""

    on: date
    flows: Annotated[tuple[Flow, ...], Field(max_length=2_000)]
    totals: FlowTotals

    def to_plain(self) -> Plain:
        """Return the flows as JSON has them."""
        return encode(self)


def flows_from_plain(plain: object) -> Flows:
    """Read flows back from what `to_plain` gave."""
    return decode(Flows, plain)


def generate_flows(facts: Facts, on: date, *, beat: Beat | None = None) -> Flows:
    """Return all recurring flows that are in force `on` a day or start later; `beat` hears after each."""
    flows = chain(
        _income_flows(facts, on),
        _expense_flows(facts, on),
        _debt_flows(facts, on),
        _transfer_flows(facts, on),
    )
    made = tuple(between(flows, beat, 0.0, "Working out paychecks, payments and other flows"))
    return Flows(on=on, flows=made, totals=_totals(facts, made))


def withholding_only(facts: Facts, flows: Flows, on: date) -> Flows:
    """Return `flows` with the paychecks worked out anew; everything else stays as it was generated."""
    anew = {flow.id: flow for flow in _income_flows(facts, on)}
    made = tuple(anew.get(flow.id, flow) for flow in flows.flows)
    return replace(flows, flows=made, totals=_totals(facts, made))


def _income_flows(facts: Facts, on: date) -> Iterator[Flow]:
    for income, stub in nominal_year(facts, on):
        start = income.start or on
        if not incomes.comes_again(income, on):
            continue
        anchor = incomes.pay_anchor(income)
        yield Flow(
            id=f"incomes/{income.id}",
            source=Source(collection="incomes", id=income.id),
            generated=True,
            kind=FlowKind.INCOME,
            name=income.name,
            category=income.kind,
            amount=stub.net,
            frequency=income.pay_frequency,
            next_date=_next(
                income.pay_frequency,
                anchor,
                on,
                income.start,
                income.end,
                falling=pay_dates if income.kind in WAGES else occurrences,
            ),
            in_force=start <= on,
            yearly=stub.yearly_net,
            monthly=_monthly(stub.yearly_net),
            account=income.deposit_to or main_account(facts).id,
            parts=parts_of(income, stub),
        )


def _expense_flows(facts: Facts, on: date) -> Iterator[Flow]:
    for expense in facts.expenses:
        if spending.comes_again(expense, on):
            account = expense.paid_from or main_account(facts).id
            yield _scheduled(expense, on, kind=FlowKind.EXPENSE, category=expense.category, account=account)


def _transfer_flows(facts: Facts, on: date) -> Iterator[Flow]:
    for transfer in facts.transfers:
        if spending.comes_again(transfer, on):
            flow = _scheduled(
                transfer, on, kind=FlowKind.TRANSFER, category="transfer", account=transfer.from_account
            )
            yield replace(flow, to_account=transfer.to_account)


def _scheduled(item: Expense | Transfer, on: date, *, kind: FlowKind, category: str, account: str) -> Flow:
    collection: Collection = "expenses" if kind is FlowKind.EXPENSE else "transfers"
    yearly = item.amount * PER_YEAR[item.frequency]
    return Flow(
        id=f"{collection}/{item.id}",
        source=Source(collection=collection, id=item.id),
        generated=False,
        kind=kind,
        name=item.name,
        category=category,
        amount=item.amount,
        frequency=item.frequency,
        next_date=_next(item.frequency, spending.payment_anchor(item), on, item.start, item.end),
        in_force=item.start is None or item.start <= on,
        yearly=yearly,
        monthly=_monthly(yearly),
        account=account,
    )


def _debt_flows(facts: Facts, on: date) -> Iterator[Flow]:
    for place, debt in enumerate(facts.debts):
        flow = _debt_flow(facts, debt, on, at=f"debts[{place}]")
        if flow is not None:
            yield flow


def _debt_flow(facts: Facts, debt: Debt, on: date, *, at: str) -> Flow | None:
    """Return the next payment of a debt, exact to the cent; None when there is nothing left to pay."""
    due = next(
        (
            (payment, day)
            for payment in payments(debt, on, at=at)
            if (day := day_in(payment.month, debt.payment_day)) >= on and payment.interest + payment.principal
        ),
        None,
    )
    if due is None:
        return None
    payment, day = due
    parts = {
        PartKind.PRINCIPAL: payment.principal,
        PartKind.INTEREST: payment.interest,
        PartKind.ESCROW: debt.escrow,
        PartKind.MORTGAGE_INSURANCE: _insurance(facts, debt, payment.opening, on),
    }
    amount = sum(parts.values())
    return Flow(
        id=f"debts/{debt.id}",
        source=Source(collection="debts", id=debt.id),
        generated=True,
        kind=FlowKind.DEBT_PAYMENT,
        name=debt.name,
        category=debt.kind,
        amount=amount,
        frequency=Frequency.MONTHLY,
        next_date=day,
        in_force=debt.first_payment is None or debt.first_payment <= day_in(payment.month, 31),
        yearly=amount * MONTHS_IN_YEAR,
        monthly=amount,
        account=debt.paid_from or main_account(facts).id,
        parts=tuple(
            Part(kind=kind, name=kind.words, amount=cents, yearly=cents * MONTHS_IN_YEAR)
            for kind, cents in parts.items()
            if cents
        ),
    )


def _insurance(facts: Facts, debt: Debt, owed: int, on: date) -> int:
    worth = next((account for account in facts.accounts if account.id == debt.secured_by), None)
    balance = balance_on(worth, on) if worth is not None else None
    if balance is not None and owed <= balance.value * debt.mortgage_insurance_until:
        return 0
    return debt.mortgage_insurance


def _next(
    frequency: Frequency,
    anchor: date,
    on: date,
    start: date | None,
    end: date | None,
    *,
    falling: Callable[[Frequency, date, date, date], Iterable[date]] = occurrences,
) -> date | None:
    first = on if start is None else max(on, start)
    last = first + NEXT_WITHIN
    return next(iter(falling(frequency, anchor, first, last if end is None else min(last, end))), None)


def _monthly(yearly: int) -> int:
    """Return a twelfth, half up to the cent."""
    return (2 * yearly + MONTHS_IN_YEAR) // (2 * MONTHS_IN_YEAR)


def _totals(facts: Facts, flows: Iterable[Flow]) -> FlowTotals:
    cash = cash_accounts(facts)
    income = taxes = spent = service = saved = match = 0
    for flow in flows:
        if not flow.in_force:
            continue
        match flow.kind:
            case FlowKind.INCOME:
                income += _yearly(flow, PartKind.GROSS)
                taxes += sum(_yearly(flow, kind) for kind in PartKind if kind.is_tax)
                saved += _yearly(flow, PartKind.CONTRIBUTION)
                spent += _yearly(flow, PartKind.DEDUCTION)
                match += _yearly(flow, PartKind.EMPLOYER_MATCH)
            case FlowKind.EXPENSE:
                spent += flow.yearly
            case FlowKind.DEBT_PAYMENT:
                service += flow.yearly
            case FlowKind.TRANSFER if flow.account in cash and flow.to_account not in cash:
                saved += flow.yearly
            case FlowKind.TRANSFER:
                pass
    months = [_monthly(yearly) for yearly in (income, taxes, spent, service, saved)]
    return FlowTotals(
        income=months[0],
        taxes=months[1],
        spending=months[2],
        debt_service=months[3],
        contributions=months[4],
        employer_match=_monthly(match),
        surplus=months[0] - sum(months[1:]),
    )


def _yearly(flow: Flow, kind: PartKind) -> int:
    return sum(part.yearly for part in flow.parts if part.kind is kind)
