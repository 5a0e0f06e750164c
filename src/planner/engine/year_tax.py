"""The federal tax of each year on all income together, and what of it was withheld; states have no return."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, TypeVar

import numpy as np

from planner.domain.calendar import age_on
from planner.domain.household import Facts
from planner.domain.income import Income, IncomeKind
from planner.domain.members import FilingStatus, Member, Role
from planner.engine.income import Earned, by_year
from planner.engine.paychecks import CENTS, Paychecks
from planner.engine.plan import Outlook
from planner.engine.timeline import FloatArray, half_up
from planner.engine.withdrawals import Books
from planner.taxes.income_tax import income_tax_array, income_tax_float
from planner.taxes.returns import Return
from planner.taxes.rules import Law
from planner.taxes.worked import Worked

Amount = TypeVar("Amount", FloatArray, float)

PERSONS = 2
SORTS = ("wages", "self_employment", "pension", "rental", "social_security", "other")
CHILD_CREDIT_BELOW = 17
DEPENDENT_CHILD_BELOW = 19
TWO_FILERS = frozenset({FilingStatus.MARRIED_FILING_JOINTLY, FilingStatus.MARRIED_FILING_SEPARATELY})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class YearlyIncome:
    """What is known of each year before its months are worked out: cents by [person, year].

    Person 0 is the head and everyone else, person 1 the spouse. `income` is all of it together, less what
    is deferred, and `withheld` the federal tax on it; both by year.
    """

    wages: FloatArray
    deferred: FloatArray
    self_employment: FloatArray
    pension: FloatArray
    rental: FloatArray
    social_security: FloatArray
    other: FloatArray
    income: FloatArray
    withheld: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class YearTax:
    """A year's federal tax by path, in cents. `settlement` and `self_employment` are due in April after it.

    settlement + self_employment = tax - withheld; negative is a refund.
    """

    income: FloatArray
    tax: FloatArray
    settlement: FloatArray
    self_employment: FloatArray


def person_of(facts: Facts, income: Income) -> int:
    """Return whose income it is on a return: 1 for the spouse's, where two file; else 0."""
    spouse = _first(facts, Role.SPOUSE)
    return int(facts.filing_status in TWO_FILERS and spouse is not None and income.owner == spouse.id)


def _first(facts: Facts, role: Role) -> Member | None:
    return next((member for member in facts.members if member.role is role), None)


def yearly_income(view: Outlook, pays: Sequence[Earned], checks: Sequence[Paychecks | None]) -> YearlyIncome:
    """Add up what each person earns in each calendar year, what was earned before the start included."""
    facts, line = view.facts, view.line
    shape = (PERSONS, line.year_count)
    wages, deferred, own, pension, rental, benefits, other, social = np.zeros((8, *shape))
    withheld = np.zeros(line.year_count)
    for paid, check in zip(pays, checks, strict=True):
        income = paid.income
        if not income.taxable:
            continue
        person = person_of(facts, income)
        match income.kind:
            case IncomeKind.SALARY | IncomeKind.HOURLY:
                assert check is not None
                wages[person] += by_year(paid, check.medicare_wages, line)
                deferred[person] += by_year(paid, check.deferred, line)
                social[person] += by_year(paid, check.social_security, line)
                withheld += by_year(paid, check.federal + check.additional_medicare, line)
            case IncomeKind.SELF_EMPLOYMENT:
                own[person] += by_year(paid, paid.gross, line)
            case IncomeKind.PENSION:
                pension[person] += by_year(paid, paid.gross, line)
            case IncomeKind.RENTAL:
                rental[person] += by_year(paid, paid.gross, line)
            case IncomeKind.SOCIAL_SECURITY:
                benefits[person] += by_year(paid, paid.gross, line)
            case IncomeKind.INVESTMENT | IncomeKind.OTHER:
                other[person] += by_year(paid, paid.gross, line)
    return YearlyIncome(
        wages=wages,
        deferred=deferred,
        self_employment=own,
        pension=pension,
        rental=rental,
        social_security=benefits,
        other=other,
        income=(wages - deferred + own + pension + rental + benefits + other).sum(axis=0),
        withheld=withheld + _over_wage_base(social, view.laws),
    )


def _over_wage_base(withheld: FloatArray, laws: Sequence[Law]) -> FloatArray:
    """Return the Social Security tax that two employers of one person withheld over the base: a credit."""
    most = [
        half_up(np.asarray(float(law.payroll.wage_base * law.payroll.social_security * 100))) for law in laws
    ]
    over: FloatArray = np.maximum(withheld - np.array(most)[None, :], 0.0).sum(axis=0)
    return over


class _OfYear(NamedTuple):
    """One year's income in dollars."""

    yearly: YearlyIncome
    year: int

    def dollars(self, name: str, person: int) -> float:
        amounts: FloatArray = getattr(self.yearly, name)
        return float(amounts[person, self.year]) / CENTS

    def together(self, name: str, *, joint: bool) -> float:
        return self.dollars(name, 0) + (self.dollars(name, 1) if joint else 0.0)

    def has_any(self, person: int) -> bool:
        return any(self.dollars(name, person) for name in SORTS)


def year_tax(view: Outlook, yearly: YearlyIncome, year: int, books: Books) -> YearTax:
    """Work out the tax of the plan's year number `year`, with what the books know of it."""
    law, of = view.laws[year], _OfYear(yearly, year)
    accounts = (books.interest, books.gains, books.distributions)
    worked: list[Worked[float]] | list[Worked[FloatArray]]
    if len(books.interest) == 1:
        numbers = [float(cents[0]) / CENTS for cents in accounts]
        worked = [income_tax_float(law, each) for each in _returns(view.facts, law, of, numbers)]
    else:
        arrays = [cents / CENTS for cents in accounts]
        worked = [income_tax_array(law, each) for each in _returns(view.facts, law, of, arrays)]
    total, own = np.zeros((2, *books.interest.shape))
    for each in worked:
        total += each.total
        own += each.self_employment_tax
    tax, own = half_up(total * CENTS), half_up(own * CENTS)
    return YearTax(
        income=yearly.income[year] + books.interest + books.gains + books.distributions,
        tax=tax,
        settlement=tax - own - yearly.withheld[year],
        self_employment=own,
    )


def _returns(
    facts: Facts, law: Law, of: _OfYear, accounts: Sequence[Amount]
) -> Iterator[Return[Amount | float]]:
    """Yield the household's return, or one for each spouse where they file separately; dollars.

    `accounts` are the interest, gains and distributions of the year; they are on the head's return.
    """
    interest, gains, distributions = accounts
    head, spouse = _first(facts, Role.HEAD) or next(iter(facts.members), None), _first(facts, Role.SPOUSE)
    children, others = _dependents(facts, law.year)
    joint = facts.filing_status is FilingStatus.MARRIED_FILING_JOINTLY
    yield Return(
        filing_status=facts.filing_status,
        age_head=_age(head, law.year),
        age_spouse=_age(spouse, law.year) if joint else 0,
        children_under_17=children,
        other_dependents=others,
        wages_head=of.dollars("wages", 0),
        wages_spouse=of.dollars("wages", 1) if joint else 0.0,
        pretax_401k_head=of.dollars("deferred", 0),
        pretax_401k_spouse=of.dollars("deferred", 1) if joint else 0.0,
        self_employment_head=of.dollars("self_employment", 0),
        self_employment_spouse=of.dollars("self_employment", 1) if joint else 0.0,
        taxable_interest=interest,
        long_term_gains=gains,
        pension=distributions + of.together("pension", joint=joint),
        rental=of.together("rental", joint=joint),
        social_security=of.together("social_security", joint=joint),
        other_income=of.together("other", joint=joint),
    )
    if facts.filing_status is FilingStatus.MARRIED_FILING_SEPARATELY and of.has_any(1):
        yield Return(
            filing_status=facts.filing_status,
            age_head=_age(spouse, law.year),
            wages_head=of.dollars("wages", 1),
            pretax_401k_head=of.dollars("deferred", 1),
            self_employment_head=of.dollars("self_employment", 1),
            pension=of.dollars("pension", 1),
            rental=of.dollars("rental", 1),
            social_security=of.dollars("social_security", 1),
            other_income=of.dollars("other", 1),
        )


def _age(member: Member | None, year: int) -> int:
    """Return the age at the end of the year; who is born on 1 January counts as a day older."""
    return 0 if member is None else max(0, age_on(member.birth_date, date(year + 1, 1, 1)))


def _dependents(facts: Facts, year: int) -> tuple[int, int]:
    """Return the children that count for the child tax credit, and the other dependents."""
    end = date(year, 12, 31)
    children = others = 0
    for member in facts.members:
        age = age_on(member.birth_date, end)
        if member.role is Role.CHILD and 0 <= age < CHILD_CREDIT_BELOW:
            children += 1
        elif member.role is Role.DEPENDENT or (
            member.role is Role.CHILD and 0 <= age < DEPENDENT_CHILD_BELOW
        ):
            others += 1
    return children, others
