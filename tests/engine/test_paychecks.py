"""Paychecks worked out all at once are those of the exact law, to the cent, and reach their accounts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from engine.households import a_household, a_salary, an_account, incomes, projected
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from planner.domain.accounts import AccountKind
from planner.domain.calendar import PER_YEAR, Frequency
from planner.domain.household import Facts
from planner.domain.income import W4, WAGES, Deduction, DeductionKind, EmployerMatch, Income, MatchTier
from planner.domain.members import FilingStatus, Member, Role
from planner.domain.scenarios import Assumptions
from planner.engine.flows import generate_flows
from planner.engine.income import gross_cents
from planner.engine.paychecks import earner
from planner.engine.paystub import PartKind, nominal_year
from planner.taxes.deductions import asked_for
from planner.taxes.law import law_for
from planner.taxes.paycheck import NOTHING_YET, paycheck
from planner.taxes.rules import Limit
from planner.taxes.stubs import Stub, Taking

ON = date(2026, 1, 1)
KNOWN = [
    an_account(),
    an_account(AccountKind.TRADITIONAL_401K),
    an_account(AccountKind.ROTH_401K),
    an_account(AccountKind.HSA),
]
DEFERRAL = Deduction(
    name="401(k)", kind=DeductionKind.TRADITIONAL_401K, percent=Decimal("0.10"), to_account="traditional-401k"
)


def exactly(facts: Facts, income: Income) -> list[Stub]:
    """A nominal year by the exact law, one paycheck after another."""
    law = law_for(ON.year, Decimal(0))
    periods = PER_YEAR[income.pay_frequency]
    gross = next(stub.gross for each, stub in nominal_year(facts, ON) if each is income)
    made: list[Stub] = []
    to_date = NOTHING_YET
    elsewhere: Mapping[Limit, int] = {}
    for _ in range(periods):
        made.append(
            paycheck(
                law,
                gross,
                periods,
                income.w4 or W4(filing_status=facts.filing_status),
                deductions=income.deductions,
                match=income.employer_match,
                to_date=to_date,
                earner=earner(facts, income.owner, ON.year),
                state_rate=income.state_withholding_rate,
                elsewhere=elsewhere,
            )
        )
        to_date = made[-1].to_date
    return made


wages = (
    incomes(0, KNOWN, ["ann"])
    .filter(lambda income: income.kind in WAGES and not income.employer_match)
    .filter(
        lambda income: len({(each.kind, each.name) for each in income.deductions}) == len(income.deductions)
    )
    .map(lambda income: replace(income, taxable=True, start=None, end=None))
)


@settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(wages, st.sampled_from(FilingStatus), st.dates(date(1950, 1, 1), date(2005, 1, 1)))
def test_a_year_of_paychecks_is_that_of_the_exact_law(
    income: Income, status: FilingStatus, born: date
) -> None:
    """P6: the arrays of the projection and the exact paycheck agree to the cent, limits included."""
    assume(gross_cents(income) > sum(asked_for(each, gross_cents(income)) for each in income.deductions) * 2)
    ann = Member(id="ann", name="Ann", birth_date=born, role=Role.HEAD)
    facts = a_household(filing_status=status, members=(ann,), accounts=tuple(KNOWN), incomes=(income,))
    ((_, stub),) = nominal_year(facts, ON)
    assert stub.checks is not None
    for number, exact in enumerate(exactly(facts, income)):
        assert stub.checks.net[number] == exact.paid.net
        assert stub.checks.federal[number] == exact.taken(Taking.FEDERAL)
        assert stub.checks.social_security[number] == exact.taken(Taking.SOCIAL_SECURITY)
        assert stub.checks.state[number] == exact.taken(Taking.STATE)


@pytest.mark.parametrize("yearly", [60_000_00, 240_000_00, 900_000_00])
def test_the_employer_adds_what_the_exact_law_says(yearly: int) -> None:
    """P3: employer match by tiers, with its yearly cap and the law's limit on both together."""
    match = EmployerMatch(
        to_account="traditional-401k",
        tiers=(
            MatchTier(rate=Decimal(1), up_to=Decimal("0.03")),
            MatchTier(rate=Decimal("0.5"), up_to=Decimal("0.02")),
        ),
        percent_of_gross=Decimal("0.05"),
        annual_cap=60_000_00,
    )
    salary = a_salary(
        yearly, pay_frequency=Frequency.BIWEEKLY, deductions=(DEFERRAL,), employer_match=match, w4=W4()
    )
    facts = a_household(accounts=tuple(KNOWN), incomes=(salary,))
    ((_, stub),) = nominal_year(facts, ON)
    assert stub.checks is not None
    assert stub.checks.match.tolist() == [exact.paid.employer for exact in exactly(facts, salary)]


def test_a_traditional_deferral_comes_before_a_roth_one_of_the_same_limit() -> None:
    """P3: two deferrals share one limit; the traditional one takes what is left of it first."""
    roth = Deduction(
        name="Roth", kind=DeductionKind.ROTH_401K, percent=Decimal("0.07"), to_account="roth-401k"
    )
    salary = a_salary(300_000_00, deductions=(roth, DEFERRAL), w4=W4())
    facts = a_household(accounts=tuple(KNOWN), incomes=(salary,))
    ((_, stub),) = nominal_year(facts, ON)
    assert stub.checks is not None
    taken = [sum(cents.tolist()) for cents in stub.checks.deductions]
    exact = exactly(facts, salary)[-1].to_date.deducted
    assert taken == [exact[roth.kind, "Roth"], exact[DEFERRAL.kind, "401(k)"]]
    assert sum(taken) == 24_500_00


def test_a_published_withholding_example() -> None:
    """P6: Pub. 15-T 2026: biweekly 2,000, single, W-4 without entries: 156.15."""
    salary = a_salary(52_000_00, pay_frequency=Frequency.BIWEEKLY, w4=W4())
    flow = generate_flows(a_household(incomes=(salary,)), ON).flows[0]
    parts = {part.kind: part.amount for part in flow.parts}
    assert parts[PartKind.FEDERAL_WITHHOLDING] == 156_15
    assert (parts[PartKind.SOCIAL_SECURITY], parts[PartKind.MEDICARE]) == (124_00, 29_00)
    assert flow.amount == 2_000_00 - 156_15 - 124_00 - 29_00


def test_a_deferral_reaches_its_account_and_stops_at_the_yearly_limit() -> None:
    """P3: trap: 10 % of 25,000 a month reaches the 401(k) until 24,500 are reached, and again next year."""
    salary = a_salary(300_000_00, deductions=(DEFERRAL,))
    flat = Assumptions(inflation=Decimal(0), salary_growth=Decimal(0), investment_return=Decimal(0))
    facts = a_household(accounts=tuple(KNOWN), incomes=(salary,), assumptions=flat)
    found = projected(facts, months=24).column("accounts.traditional-401k.in")
    assert found.tolist() == ([2_500_00] * 9 + [2_000_00] + [0] * 2) * 2


def test_a_match_remembers_the_months_before_the_plan() -> None:
    """P3: trap: employer match that forgets the months already past."""
    match = EmployerMatch(
        to_account="traditional-401k", percent_of_gross=Decimal("0.10"), annual_cap=10_500_00
    )
    salary = a_salary(120_000_00, employer_match=match)
    facts = a_household(accounts=tuple(KNOWN), incomes=(salary,))
    found = projected(facts, months=5, start=date(2026, 10, 1)).column("totals.employer_match")
    assert found.tolist() == [1_000_00, 500_00, 0, 1_000_00, 1_000_00]


def test_the_social_security_base_counts_to_date_and_per_employer() -> None:
    """P6: trap: the wage base of 184,500 is used up during the year, by each employer for itself."""
    jobs = (a_salary(240_000_00), a_salary(60_000_00, id="second", name="Second"))
    found = projected(a_household(incomes=jobs), months=12).column("taxes.social_security")
    base, both, second = 1_240_00, 1_550_00, 310_00
    assert found.tolist()[:9] == [both] * 9
    assert found.tolist()[9:] == [second + (184_500_00 - 180_000_00) * 62 // 1000, second, second]
    assert base + second == both


def test_flows_and_the_first_year_of_the_projection_agree() -> None:
    """P5: the first year's figures are those of the flows."""
    salary = a_salary(90_000_00, deductions=(DEFERRAL,), state_withholding_rate=Decimal("0.04"))
    facts = a_household(accounts=tuple(KNOWN), incomes=(salary,))
    flow = generate_flows(facts, ON).flows[0]
    found = projected(facts, months=12)
    parts = {part.kind: part.yearly for part in flow.parts}
    assert found.column("taxes.federal_withheld").sum() == parts[PartKind.FEDERAL_WITHHOLDING]
    assert found.column("taxes.social_security").sum() == parts[PartKind.SOCIAL_SECURITY]
    assert found.column("taxes.state_withheld").sum() == parts[PartKind.STATE_WITHHOLDING]
    assert found.column("accounts.checking.in").sum() == flow.yearly
    assert found.column("totals.contributions").sum() == parts[PartKind.CONTRIBUTION]


def test_a_match_trued_up_is_that_of_the_exact_law() -> None:
    """P3, P6: the last paycheck of the year adds what the deferrals missed that stopped at their limit."""
    tiers = (MatchTier(rate=Decimal("0.5"), up_to=Decimal("0.06")),)
    match = EmployerMatch(to_account="traditional-401k", tiers=tiers, true_up=True)
    salary = a_salary(520_000_00, deductions=(DEFERRAL,), employer_match=match)
    facts = a_household(accounts=tuple(KNOWN), incomes=(salary,))
    ((_, stub),) = nominal_year(facts, ON)
    assert stub.checks is not None
    periods = len(stub.checks.match)
    assert stub.checks.match.sum() == 12_250_00  # half of 24,500, which is below 6 % of the year's pay
    assert stub.checks.match[periods - 2] == 0
