"""The stubs of a year are the paychecks of the projection, to the cent."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from engine.households import a_household, a_salary, an_account, incomes
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from planner.domain.accounts import AccountKind
from planner.domain.calendar import Frequency
from planner.domain.household import Facts
from planner.domain.income import WAGES, Deduction, DeductionKind, Income
from planner.domain.members import Member, Role
from planner.engine.income import earned, gross_cents
from planner.engine.paychecks import Taxation, paychecks
from planner.engine.payroll import IncomeYear, expected, month_anew, payroll_year, with_missing
from planner.engine.payroll_plain import kept, payroll_from
from planner.engine.timeline import timeline
from planner.taxes.deductions import asked_for
from planner.taxes.law import law_for
from planner.taxes.stubs import Taking

TODAY = date(2026, 5, 1)
KNOWN = [
    an_account(),
    an_account(AccountKind.TRADITIONAL_401K),
    an_account(AccountKind.ROTH_401K),
    an_account(AccountKind.HSA),
]
DEFERRAL = Deduction(
    name="401(k)", kind=DeductionKind.TRADITIONAL_401K, percent=Decimal("0.20"), to_account="traditional-401k"
)
ANN = Member(id="ann", name="Ann", birth_date=date(1964, 6, 1), role=Role.HEAD)


def household(*wages: Income, **more: object) -> Facts:
    return a_household(members=(ANN,), accounts=tuple(KNOWN), incomes=wages, **more)


def plausible(income: Income) -> bool:
    """Deductions leave something: where nothing is left, the projection spreads the lack in another order."""
    names = {(each.kind, each.name) for each in income.deductions}
    asked = sum(asked_for(each, gross_cents(income)) for each in income.deductions)
    return gross_cents(income) > 2 * asked and len(names) == len(income.deductions)


jobs = incomes(0, KNOWN, ["ann"]).filter(lambda income: income.kind in WAGES)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(jobs, st.sampled_from((2026, 2027)))
def test_stubs_are_the_paychecks_of_the_projection(income: Income, year: int) -> None:
    """P6, R18: same days, gross and net pay in this year and the next, raises and limits included."""
    assume(plausible(income))
    facts = household(income)
    line = timeline(TODAY, 20)
    laws = [law_for(each, facts.assumptions.inflation) for each in (2026, 2027)]
    prices = np.array([1.0, 1.0 + float(facts.assumptions.inflation)])
    pays = earned(income, line, facts.assumptions)
    checks = paychecks(pays, Taxation(facts=facts, laws=laws, prices=prices))
    place = next((place for number, place in pays.spans if number == year - 2026), slice(0, 0))
    stubs = payroll_year(facts, year, TODAY).of(income.id).stubs
    assert [each.payment.day.toordinal() for each in stubs] == pays.days[place].tolist()
    assert [each.stub.paid.gross for each in stubs] == pays.gross[place].tolist()
    # The engine reckons in floats: where an exact figure lies on half a cent, it may fall to the other side.
    assert [each.stub.net for each in stubs] == pytest.approx(checks.net[place].tolist(), rel=0, abs=1)
    assert [each.stub.paid.employer for each in stubs] == checks.match[place].tolist()


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(jobs)
def test_what_is_kept_is_read_back_whole(income: Income) -> None:
    """R18: the year to date is added up again, not kept; twice is the same, and nothing is missing."""
    assume(plausible(income))
    facts = household(income)
    made = payroll_year(facts, 2026, TODAY)
    again = payroll_from(kept(made))
    assert kept(again) == kept(made)
    for one, other in zip(made.of(income.id).stubs, again.of(income.id).stubs, strict=True):
        assert (one.payment, one.stub.paid, one.stub.to_date) == (
            other.payment, other.stub.paid, other.stub.to_date,
        )  # fmt: skip
    assert kept(with_missing(facts, again, TODAY)) == kept(made)
    for month in range(1, 13):
        assert kept(month_anew(facts, again, month, TODAY)) == kept(made)


def test_the_income_that_comes_first_uses_a_person_s_limit_first() -> None:
    """P3: two employers, one person: 24,500 and the catch-up of 62 together; each has its own wage base."""
    first = a_salary(120_000_00, owner="ann", deductions=(DEFERRAL,))
    second = a_salary(100_000_00, id="second", owner="ann", deductions=(DEFERRAL,))
    made = payroll_year(household(first, second), 2026, TODAY)
    taken = [deferred(made.of(each.id)) for each in (first, second)]
    assert taken == [24_000_00, 24_500_00 + 11_250_00 - 24_000_00]
    assert [each.stubs[-1].stub.to_date.social_security for each in made.incomes] == [7_440_00, 6_200_04]


def deferred(year: IncomeYear) -> int:
    return sum(each.stub.taken(Taking.PRETAX) for each in year.stubs)


def test_a_raise_takes_effect_in_its_month() -> None:
    """Issue 4.5: raises: amounts are today's until the first raise after the present month."""
    salary = a_salary(120_000_00, annual_raise=Decimal("0.10"), raise_month=9)
    gross = [each.gross for each in expected(household(salary), salary, 2026, TODAY)]
    assert gross == [10_000_00] * 8 + [11_000_00] * 4
    assert {each.gross for each in expected(household(salary), salary, 2025, TODAY)} == {10_000_00}


def test_pay_starts_and_ends_in_mid_year() -> None:
    """Issue 4.5: mid-year starts and ends; and a year in which nothing is paid has no stubs."""
    salary = a_salary(
        52_000_00, pay_frequency=Frequency.WEEKLY, start=date(2026, 3, 1), end=date(2026, 3, 31)
    )
    made = payroll_year(household(salary), 2026, TODAY)
    assert [each.payment.day.day for each in made.of("job").stubs] == [6, 13, 20, 27]
    assert payroll_year(household(salary), 2025, TODAY).count == 0


def test_the_state_of_the_household_withholds_by_its_formula_unless_the_income_has_a_rate() -> None:
    """P6: state tax and contributions by the state's own rules from 2026 on; a rate of one's own instead."""
    salary = a_salary(120_000_00)
    (of_state,) = payroll_year(household(salary, state="CA"), 2026, TODAY).incomes
    lines = {line.taking: line.cents for line in of_state.stubs[0].stub.lines}
    assert lines[Taking.STATE] > 0
    assert lines[Taking.STATE_CONTRIBUTION] == 130_00  # 1.3 % of 10,000
    rated = a_salary(120_000_00, state_withholding_rate=Decimal("0.05"))
    (by_rate,) = payroll_year(household(rated, state="CA"), 2026, TODAY).incomes
    assert by_rate.stubs[0].stub.taken(Taking.STATE) == 500_00
    (early,) = payroll_year(household(salary, state="CA"), 2025, TODAY).incomes
    assert early.stubs[0].stub.taken(Taking.STATE) == 0
