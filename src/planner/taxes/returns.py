"""A federal income tax return: what goes in, and every amount of its working."""

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Final, Generic, TypeVar

from planner.domain.errors import Problem, Refused
from planner.domain.members import FilingStatus
from planner.taxes.arithmetic import Number

Given = TypeVar("Given", covariant=True)  # noqa: PLC0105 -- functions are generic in it too
OLDEST = 150
MANY_CHILDREN = 50


@dataclass(frozen=True, kw_only=True)  # without slots: `Return[int](...)` is how to make one
class Return(Generic[Given]):
    """A year of a household as its return sees it; what is not given is nothing.

    Amounts are cents for `income_tax`, and dollars in arrays for `income_tax_array`. Ages are those at the
    end of the year, 0 for nobody. Wages are what Medicare counts: after cafeteria deductions, before pre-tax
    deferrals, which come off here. Gains, self-employment, rental and other income may be losses.
    """

    filing_status: FilingStatus
    age_head: int = 0
    age_spouse: int = 0
    children_under_17: int = 0
    other_dependents: int = 0
    lived_apart: bool = False
    """Filing separately and apart from the spouse all year: benefits are taxed as for a single person."""
    wages_head: Given | int = 0
    wages_spouse: Given | int = 0
    pretax_401k_head: Given | int = 0
    pretax_401k_spouse: Given | int = 0
    self_employment_head: Given | int = 0
    self_employment_spouse: Given | int = 0
    taxable_interest: Given | int = 0
    tax_exempt_interest: Given | int = 0
    qualified_dividends: Given | int = 0
    nonqualified_dividends: Given | int = 0
    short_term_gains: Given | int = 0
    long_term_gains: Given | int = 0
    rental: Given | int = 0
    pension: Given | int = 0
    """Pensions, and distributions from traditional accounts, as far as they are taxed."""
    social_security: Given | int = 0
    other_income: Given | int = 0
    adjustments: Given | int = 0
    """Deductions above the line beside half of the self-employment tax: own IRA, own HSA."""


MAY_BE_LOSSES: Final = frozenset(
    {
        "self_employment_head",
        "self_employment_spouse",
        "short_term_gains",
        "long_term_gains",
        "rental",
        "other_income",
    }
)
SPOUSES: Final = ("age_spouse", "wages_spouse", "pretax_401k_spouse", "self_employment_spouse")
COUNTS: Final = (
    ("age_head", OLDEST),
    ("age_spouse", OLDEST),
    ("children_under_17", MANY_CHILDREN),
    ("other_dependents", MANY_CHILDREN),
)
_NOT_AMOUNTS: Final = {"filing_status", "lived_apart", *dict(COUNTS)}
AMOUNTS: Final = tuple(one.name for one in fields(Return) if one.name not in _NOT_AMOUNTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked(Generic[Number]):
    """Every amount of a return in dollars, unrounded, in the order in which it is worked out.

    `total` is what the household owes for the year before anything withheld: income tax after credits,
    self-employment tax, additional Medicare tax and net investment income tax. It is negative where the
    refundable credit is larger.
    """

    wages: Number
    interest: Number
    dividends: Number
    capital_gain: Number
    capital_loss_unused: Number
    self_employment: Number
    other: Number
    self_employment_deduction: Number
    adjustments: Number
    taxable_social_security: Number
    agi: Number
    standard_deduction: Number
    senior_deduction: Number
    taxable_income: Number
    taxed_as_gains: Number
    tax_before_credits: Number
    child_tax_credit: Number
    additional_child_tax_credit: Number
    self_employment_tax: Number
    additional_medicare: Number
    net_investment_income_tax: Number
    total: Number


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the working: dollars, unrounded, and the source of its rule (empty for a plain sum)."""

    name: str
    label: str
    amount: Decimal
    source: str


def check(facts: Return[int]) -> None:
    """Refuse a return that cannot be: every problem at once."""
    problems = [
        Problem(name, f"This must be from 0 to {most}.")
        for name, most in COUNTS
        if not 0 <= getattr(facts, name) <= most
    ]
    problems += [
        Problem(name, "This cannot be negative.")
        for name in AMOUNTS
        if name not in MAY_BE_LOSSES and getattr(facts, name) < 0
    ]
    if facts.filing_status is not FilingStatus.MARRIED_FILING_JOINTLY:
        problems += [
            Problem(name, "Only a joint return includes a spouse.")
            for name in SPOUSES
            if getattr(facts, name)
        ]
    problems += [
        Problem(f"pretax_401k_{person}", "More is deferred than earned.")
        for person in ("head", "spouse")
        if getattr(facts, f"pretax_401k_{person}") > getattr(facts, f"wages_{person}") >= 0
    ]
    if problems:
        raise Refused(problems=problems)
