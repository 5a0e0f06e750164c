"""The paychecks of a year from one employer, each with the year to date."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from planner.domain.income import W4, Deduction, EmployerMatch
from planner.taxes.deductions import Earner
from planner.taxes.paycheck import ANYONE, NO_STATE_TAX, NOTHING_YET, NOWHERE, Occasion, paycheck
from planner.taxes.residence import Residence, is_known
from planner.taxes.rules import Law, Limit
from planner.taxes.states.withholding import StateForm
from planner.taxes.stubs import Stub, Totals


@dataclass(frozen=True, slots=True, order=True)
class Payment:
    """What an employer pays on a day, in cents; `bonus` is the name of one, empty for regular pay."""

    day: date
    bonus: str
    gross: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Employment:
    """How one employer pays: what is withheld and deducted, and what it adds.

    `state` with its form withholds by the state's formula; without it, or where that is not known for a day,
    `state_rate` of federal wages is withheld.
    """

    law: Law
    periods_per_year: int
    w4: W4
    deductions: tuple[Deduction, ...] = ()
    match: EmployerMatch | None = None
    earner: Earner = ANYONE
    state: str | None = None
    state_form: StateForm | None = None
    state_rate: Decimal = NO_STATE_TAX
    taxable: bool = True


@dataclass(frozen=True, slots=True)
class PayStub:
    """One payment and what it became."""

    payment: Payment
    stub: Stub


def year_of_paychecks(
    employment: Employment,
    payments: Iterable[Payment],
    *,
    elsewhere: Mapping[Limit, int] = NOWHERE,
    known: Mapping[tuple[date, str], Stub] | None = None,
) -> tuple[PayStub, ...]:
    """Work out the payments of a calendar year in the order of their days, each on what came before it.

    Wage base, limits, caps and the tax on bonuses count to date; a deduction that reaches its limit stops in
    that paycheck. `elsewhere` is what the earner puts aside at other employers in the year, by limit. Stubs
    that are `known` stand as they are, by day and bonus, and count to date like the others.
    """
    ordered = sorted(payments)
    last = max((one for one in ordered if not one.bonus), default=None)
    made: list[PayStub] = []
    to_date = NOTHING_YET
    for payment in ordered:
        stub = (known or {}).get((payment.day, payment.bonus))
        if stub is None:
            stub = one_of_year(employment, payment, to_date, elsewhere=elsewhere, is_last=payment is last)
        else:
            stub = replace(stub, to_date=to_date.plus(stub.paid))
        made.append(PayStub(replace(payment, gross=stub.paid.gross), stub))
        to_date = stub.to_date
    return tuple(made)


def one_of_year(
    employment: Employment,
    payment: Payment,
    to_date: Totals,
    *,
    elsewhere: Mapping[Limit, int] = NOWHERE,
    is_last: bool = False,
) -> Stub:
    """Work out one payment, given what this employer paid and took before it in the year."""
    form, state = employment.state_form, employment.state
    residence = None
    if state is not None and form is not None and is_known(state, payment.day):
        residence = Residence(code=state, pay_date=payment.day, form=form)
    return paycheck(
        employment.law,
        payment.gross,
        employment.periods_per_year,
        employment.w4,
        deductions=employment.deductions,
        match=employment.match,
        to_date=to_date,
        earner=employment.earner,
        state_rate=employment.state_rate,
        residence=residence,
        elsewhere=elsewhere,
        occasion=Occasion(supplemental=bool(payment.bonus), last_of_year=is_last, taxable=employment.taxable),
    )


def taken_under_limits(employment: Employment, stubs: Sequence[PayStub]) -> Mapping[Limit, int]:
    """Return the cents that a year's stubs used of each limit."""
    used: dict[Limit, int] = {}
    for stub in stubs:
        for (kind, _), cents in stub.stub.paid.deducted.items():
            limit = employment.law.limits.deductions[kind].limit
            if limit is not Limit.NONE:
                used[limit] = used.get(limit, 0) + cents
    return used
