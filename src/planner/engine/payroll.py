"""A year of everybody's paychecks as the facts have them, stub by stub, to the cent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from planner.domain.calendar import PER_YEAR
from planner.domain.household import Facts
from planner.domain.income import W4, WAGES, Deduction, Income
from planner.domain.members import Role
from planner.engine.income import earned
from planner.engine.paychecks import PER_RETURN, earner
from planner.engine.timeline import MONTHS_IN_YEAR, half_up, timeline
from planner.taxes.law import law_for
from planner.taxes.pay_year import Employment, Payment, PayStub, taken_under_limits, year_of_paychecks
from planner.taxes.rules import Limit
from planner.taxes.states.withholding import StateForm
from planner.taxes.stubs import Stub

YEARS_AHEAD: Final = 10
"""For how many years after this one stubs are worked out."""

Key = tuple[date, str]
"""Which paycheck of an income it is: its day, and the name of a bonus."""


@dataclass(frozen=True, slots=True)
class IncomeYear:
    """The paychecks of one income in the order of their days, each with the year to date."""

    income: str
    stubs: tuple[PayStub, ...]


@dataclass(frozen=True, slots=True)
class PayrollYear:
    """One generation: the paychecks of a calendar year, by income in the user's order."""

    year: int
    incomes: tuple[IncomeYear, ...] = ()

    def of(self, income_id: str) -> IncomeYear:
        """Return the paychecks of an income; none where there are none."""
        return next((each for each in self.incomes if each.income == income_id), IncomeYear(income_id, ()))

    @property
    def count(self) -> int:
        """How many paychecks there are."""
        return sum(len(each.stubs) for each in self.incomes)


def payroll_year(facts: Facts, year: int, today: date) -> PayrollYear:
    """Work out every paycheck of a year. Amounts are today's until the first raise after `today`."""
    return with_missing(facts, PayrollYear(year), today)


def with_missing(facts: Facts, payroll: PayrollYear, today: date) -> PayrollYear:
    """Return `payroll` with the paychecks that are not there; what is there and expected stands."""
    payments = {income.id: expected(facts, income, payroll.year, today) for income in _paid(facts)}
    return _worked_out(facts, payroll, payments, today)


def month_anew(facts: Facts, payroll: PayrollYear, month: int, today: date) -> PayrollYear:
    """Return `payroll` with one month worked out anew, on what came before it; other months stand."""
    others = [
        IncomeYear(each.income, tuple(one for one in each.stubs if one.payment.day.month != month))
        for each in payroll.incomes
    ]
    payments = {each.income: [one.payment for one in each.stubs] for each in others}
    for income in _paid(facts):
        due = (one for one in expected(facts, income, payroll.year, today) if one.day.month == month)
        payments[income.id] = [*payments.get(income.id, ()), *due]
    return _worked_out(facts, PayrollYear(payroll.year, tuple(others)), payments, today)


def expected(facts: Facts, income: Income, year: int, today: date) -> list[Payment]:
    """Return what an income pays in a year, as the projection that starts today has it."""
    if year < today.year:
        line = timeline(date(year, MONTHS_IN_YEAR, 1), 1)
    else:
        months = (year - today.year) * MONTHS_IN_YEAR + MONTHS_IN_YEAR - today.month + 1
        line = timeline(today, months)
    pays = earned(income, line, facts.assumptions)
    place = next((place for number, place in pays.spans if line.start.year + number == year), slice(0, 0))
    return [
        Payment(date.fromordinal(day), "", round(gross))
        for day, gross in zip(pays.days[place].tolist(), pays.gross[place].tolist(), strict=True)
    ]


def employment(facts: Facts, income: Income, year: int, today: date) -> Employment:
    """Return how an income is paid in a year: its W-4, deductions, match, and the household's state.

    A rate of the income's own takes the place of the state's formula.
    """
    w4 = income.w4 or W4(filing_status=facts.filing_status)
    by_formula = facts.state is not None and not income.state_withholding_rate
    form = StateForm(filing_status=w4.filing_status, spouse_works=w4.step2_checkbox or _both_earn(facts))
    prices = (1.0 + float(facts.assumptions.inflation)) ** max(0, year - today.year)
    return Employment(
        law=law_for(year, facts.assumptions.inflation),
        periods_per_year=PER_YEAR[income.pay_frequency],
        w4=w4,
        deductions=tuple(_risen(one, prices) for one in income.deductions),
        match=income.employer_match,
        earner=earner(facts, income.owner, year),
        state=facts.state if by_formula else None,
        state_form=form if by_formula else None,
        state_rate=income.state_withholding_rate,
        taxable=income.taxable,
    )


def _paid(facts: Facts) -> list[Income]:
    return [income for income in facts.incomes if income.kind in WAGES]


def _both_earn(facts: Facts) -> bool:
    couple = {member.id for member in facts.members if member.role in {Role.HEAD, Role.SPOUSE}}
    return len({income.owner for income in _paid(facts)} & couple) > 1


def _risen(deduction: Deduction, prices: float) -> Deduction:
    """Return the deduction of a later year: fixed amounts rise with prices, as in the projection."""
    if deduction.amount is None or prices == 1:
        return deduction
    return replace(deduction, amount=int(half_up(np.asarray(deduction.amount * prices))))


def _worked_out(
    facts: Facts, known: PayrollYear, payments: Mapping[str, Iterable[Payment]], today: date
) -> PayrollYear:
    """Work out each income's payments in the user's order: earlier incomes use shared limits first."""
    used: dict[tuple[str | None, Limit], int] = {}
    made = []
    incomes = {income.id: income for income in _paid(facts)}
    for income in incomes.values():
        job = employment(facts, income, known.year, today)
        stubs = year_of_paychecks(
            job,
            payments.get(income.id, ()),
            elsewhere={limit: used.get(_whose(limit, income), 0) for limit in Limit},
            known=_by_key(known.of(income.id)),
        )
        for limit, cents in taken_under_limits(job, stubs).items():
            whose = _whose(limit, income)
            used[whose] = used.get(whose, 0) + cents
        made.append(IncomeYear(income.id, stubs))
    gone = [each for each in known.incomes if each.income not in incomes and payments.get(each.income)]
    return PayrollYear(known.year, tuple(each for each in (*made, *gone) if each.stubs))


def _whose(limit: Limit, income: Income) -> tuple[str | None, Limit]:
    return (None if limit in PER_RETURN else income.owner, limit)


def _by_key(year: IncomeYear) -> Mapping[Key, Stub]:
    return {(each.payment.day, each.payment.bonus): each.stub for each in year.stubs}
