"""What a state's return is worked out from: the people, and what their federal return says."""

from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any, TypeVar

from planner.domain.members import FilingStatus
from planner.taxes.schedule import ZERO

ELDERLY_AGE = 65
Amounts = TypeVar("Amounts", "Filer", "FederalForStates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filer:
    """One who signs the return, and the income of a year that is their own, in dollars."""

    age: int
    wages: Decimal = ZERO
    self_employment: Decimal = ZERO
    pension: Decimal = ZERO
    social_security: Decimal = ZERO
    taxable_interest: Decimal = ZERO
    qualified_dividends: Decimal = ZERO
    other_dividends: Decimal = ZERO
    long_term_gains: Decimal = ZERO
    other: Decimal = ZERO
    """Short-term gains, rental and what else is in federal income."""
    payroll_tax: Decimal = ZERO
    """Social Security and Medicare withheld from wages."""

    def within(self, lowest: int | Decimal, highest: int | Decimal) -> bool:
        """Say whether the age is inside limits; an age that is not known is taken to be."""
        return not self.age or lowest <= self.age <= highest

    @property
    def earned(self) -> Decimal:
        """Wages and what self-employment makes."""
        return self.wages + self.self_employment

    @property
    def dividends(self) -> Decimal:
        """Dividends of both sorts."""
        return self.qualified_dividends + self.other_dividends

    @property
    def gross(self) -> Decimal:
        """All income without Social Security."""
        return self.earned + self.pension + self.investment + self.other

    @property
    def investment(self) -> Decimal:
        """Interest, dividends and gains."""
        return self.taxable_interest + self.dividends + self.long_term_gains

    def of(self, kind: str) -> Decimal:
        """Return one kind of income by the name that states' files use."""
        match kind:
            case "private_pension":
                return self.pension
            case "taxable_interest":
                return self.taxable_interest
            case "qualified_dividends":
                return self.dividends
            case "long_term_gains":
                return self.long_term_gains
            case _:
                raise AssertionError(f"{kind} is no kind of income")


@dataclass(frozen=True, slots=True, kw_only=True)
class FederalForStates:
    """What states take from the federal return, in dollars.

    `taxable_income` may be below nothing: income less deductions. The credit for earned income comes in the
    parts that states build on: as allowed, as it would be without limits of age, what earnings alone make
    of it, its largest amount, the income at which it ends, and what investments may yield.
    """

    agi: Decimal
    taxable_social_security: Decimal
    taxable_income: Decimal
    deduction: Decimal
    """The standard deduction, or the itemised ones; without the deduction for seniors."""
    basic_deduction: Decimal
    aged_deduction: Decimal
    senior_deduction: Decimal
    tax_before_credits: Decimal
    tax_before_refundable_credits: Decimal
    refundable_credits: Decimal
    child_credit: Decimal
    """What was allowed against the tax."""
    child_credit_refundable: Decimal
    earned_income_credit: Decimal
    earned_income_credit_any_age: Decimal
    earned_income_credit_by_earnings: Decimal
    earned_income_credit_most: Decimal
    earned_income_credit_ends: Decimal
    investment_income_limit: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StateReturn:
    """A year of a household as its state sees it. `children` are the ages of all dependents."""

    year: int
    filing_status: FilingStatus
    filers: tuple[Filer, ...]
    children: tuple[int, ...]
    federal: FederalForStates

    def aged(self, age: int | Decimal = ELDERLY_AGE) -> int:
        """Return how many filers have reached an age."""
        return sum(filer.age >= age for filer in self.filers)

    def under(self, age: Decimal) -> int:
        """Return how many dependents have not reached an age."""
        return sum(child < age for child in self.children)

    @property
    def joint(self) -> bool:
        """Whether two people sign."""
        return self.filing_status is FilingStatus.MARRIED_FILING_JOINTLY

    @property
    def people(self) -> int:
        """Filers and dependents."""
        return len(self.filers) + len(self.children)

    def born(self, filer: Filer) -> int:
        """Return the year of birth of one who reaches that age in the year."""
        return self.year - filer.age

    @property
    def earned(self) -> Decimal:
        """What both earn."""
        return sum((filer.earned for filer in self.filers), ZERO)

    @property
    def social_security(self) -> Decimal:
        """All benefits."""
        return sum((filer.social_security for filer in self.filers), ZERO)

    @property
    def untaxed_social_security(self) -> Decimal:
        """Benefits that are not in federal income."""
        return self.social_security - self.federal.taxable_social_security

    @property
    def pension(self) -> Decimal:
        """All pensions."""
        return sum((filer.pension for filer in self.filers), ZERO)

    @property
    def long_term_gains(self) -> Decimal:
        """All long-term gains."""
        return sum((filer.long_term_gains for filer in self.filers), ZERO)

    @property
    def investment(self) -> Decimal:
        """Interest, dividends and gains of both."""
        return sum((filer.investment for filer in self.filers), ZERO)


def in_prices(facts: StateReturn, level: Decimal) -> StateReturn:
    """Return the year in dollars of a year whose prices were lower by a factor."""
    return replace(
        facts,
        filers=tuple(_divided(filer, level) for filer in facts.filers),
        federal=_divided(facts.federal, level),
    )


def _divided(value: Amounts, level: Decimal) -> Amounts:
    made: dict[str, Any] = {}
    for one in fields(value):
        amount = getattr(value, one.name)
        made[one.name] = amount / level if isinstance(amount, Decimal) else amount
    return replace(value, **made)
