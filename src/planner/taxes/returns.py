"""A federal income tax return: what goes in."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final, Generic, TypeVar

from planner.domain.errors import Problem, Refused
from planner.domain.members import FilingStatus

Given = TypeVar("Given", covariant=True)  # noqa: PLC0105 -- functions are generic in it too
OLDEST = 150
MANY_CHILDREN = 50


@dataclass(frozen=True, kw_only=True)
class AboveTheLine(Generic[Given]):
    """What may be deducted from gross income, as it was paid; the law's limits are applied here.

    `workplace_plan` says that a person has a retirement plan at work; whoever defers pay has one.
    `self_employed_plans` are retirement plans and health insurance of the self-employed, in full.
    """

    ira_head: Given | int = 0
    ira_spouse: Given | int = 0
    workplace_plan_head: bool = False
    workplace_plan_spouse: bool = False
    hsa_head: Given | int = 0
    hsa_spouse: Given | int = 0
    hsa_family: bool = False
    student_loan_interest: Given | int = 0
    self_employed_plans: Given | int = 0


@dataclass(frozen=True, kw_only=True)
class Itemized(Generic[Given]):
    """What Schedule A asks for. `state_income_tax` is income or sales tax, whichever was chosen.

    `mortgage_balance` is the average debt in the year, 0 where it is under the limit. `casualty` and `other`
    are what is deductible of them. `spouse_itemizes`: filing separately, there is then no standard deduction.
    `choice` is True to itemise, False not to, None for whichever deduction is larger.
    """

    medical: Given | int = 0
    state_income_tax: Given | int = 0
    real_estate_tax: Given | int = 0
    personal_property_tax: Given | int = 0
    mortgage_interest: Given | int = 0
    mortgage_balance: Given | int = 0
    mortgage_before_2018: bool = False
    charity_cash: Given | int = 0
    charity_property: Given | int = 0
    casualty: Given | int = 0
    other: Given | int = 0
    spouse_itemizes: bool = False
    choice: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Business(Generic[Given]):
    """What the deduction for qualified business income depends on beside self-employment.

    `services`: a specified service trade or business, such as law, health or consulting. `other_income` is
    qualified income that stands elsewhere on the return (a partnership, rents of a trade or business).
    """

    services: bool = False
    wages_paid: Given | int = 0
    property_basis: Given | int = 0
    other_income: Given | int = 0
    trust_dividends: Given | int = 0
    """Dividends of real estate investment trusts; they are among the nonqualified dividends too."""


@dataclass(frozen=True, kw_only=True)
class Temporary(Generic[Given]):
    """The deductions of 2025 to 2028, as Schedule 1-A defines what qualifies."""

    tips: Given | int = 0
    overtime: Given | int = 0
    car_loan_interest: Given | int = 0


@dataclass(frozen=True, kw_only=True)
class Claims(Generic[Given]):
    """What credits are claimed for.

    `care_benefits` is what an employer or a dependent care FSA paid. `opportunity_expenses` are those of each
    student for the American opportunity credit. `savings` are contributions to Roth accounts and others that
    this return does not show elsewhere. `foreign_tax` is the credit itself.
    """

    care_persons: int = 0
    care_expenses: Given | int = 0
    care_benefits: Given | int = 0
    opportunity_expenses: tuple[Given | int, ...] = ()
    lifetime_learning_expenses: Given | int = 0
    savings_head: Given | int = 0
    savings_spouse: Given | int = 0
    foreign_tax: Given | int = 0


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
    blind_head: bool = False
    blind_spouse: bool = False
    children_under_17: int = 0
    other_dependents: int = 0
    older_children: int = 0
    """Those of the other dependents who count for the earned income credit: 17 and 18, students to 23."""
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
    short_term_carryover: Given | int = 0
    long_term_carryover: Given | int = 0
    """Losses of earlier years that are still to be used."""
    rental: Given | int = 0
    rental_carryover: Given | int = 0
    pension: Given | int = 0
    """Pensions, and distributions from traditional accounts, as far as they are taxed."""
    social_security: Given | int = 0
    other_income: Given | int = 0
    adjustments: Given | int = 0
    """Deductions above the line that are not among `above_the_line`, as they are deducted."""
    above_the_line: AboveTheLine[Given] | None = None
    itemized: Itemized[Given] | None = None
    business: Business[Given] | None = None
    temporary: Temporary[Given] | None = None
    claims: Claims[Given] | None = None


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
COUNTS: Final = (
    ("age_head", OLDEST),
    ("age_spouse", OLDEST),
    ("children_under_17", MANY_CHILDREN),
    ("other_dependents", MANY_CHILDREN),
    ("older_children", MANY_CHILDREN),
)
GROUPS: Final = {
    "above_the_line": AboveTheLine,
    "itemized": Itemized,
    "business": Business,
    "temporary": Temporary,
    "claims": Claims,
}
_FLAGS: Final = {"blind_head", "blind_spouse", "lived_apart"}
_NOT_AMOUNTS: Final = {"filing_status", *_FLAGS, *dict(COUNTS), *GROUPS}
AMOUNTS: Final = tuple(one.name for one in fields(Return) if one.name not in _NOT_AMOUNTS)
NEVER_NEGATIVE: Final = tuple(name for name in AMOUNTS if name not in MAY_BE_LOSSES)
GROUP_AMOUNTS: Final = {
    group: tuple(one.name for one in fields(kind) if one.type not in (bool, bool | None))
    for group, kind in GROUPS.items()
}
SPOUSES: Final = tuple(one.name for one in fields(Return) if one.name.endswith("_spouse"))


def check(facts: Return[int]) -> None:
    """Refuse a return that cannot be: every problem at once."""
    problems = [*_out_of_bounds(facts), *_contradictions(facts)]
    if problems:
        raise Refused(problems=problems)


def _out_of_bounds(facts: Return[int]) -> Iterator[Problem]:
    for name, most in COUNTS:
        if not 0 <= getattr(facts, name) <= most:
            yield Problem(name, f"This must be from 0 to {most}.")
    for name in NEVER_NEGATIVE:
        if getattr(facts, name) < 0:
            yield Problem(name, "This cannot be negative.")
    for group, names in GROUP_AMOUNTS.items():
        part = getattr(facts, group)
        if part is None:
            continue
        for name in names:
            amount = getattr(part, name)
            if (
                name not in MAY_BE_LOSSES
                and (min(amount, default=0) if isinstance(amount, tuple) else amount) < 0
            ):
                yield Problem(f"{group}.{name}", "This cannot be negative.")


def _of_spouses(facts: Return[int]) -> Iterator[str]:
    """Yield what is said of a spouse; one who files separately may have an age."""
    married = facts.filing_status is FilingStatus.MARRIED_FILING_SEPARATELY
    yield from (name for name in SPOUSES if getattr(facts, name) and not (married and name == "age_spouse"))
    for group in GROUPS:
        part = getattr(facts, group)
        yield from (
            f"{group}.{name}"
            for name, value in vars(part or facts).items()
            if part is not None and name.endswith("_spouse") and value
        )


def _contradictions(facts: Return[int]) -> Iterator[Problem]:
    if facts.filing_status is not FilingStatus.MARRIED_FILING_JOINTLY:
        for path in _of_spouses(facts):
            yield Problem(path, "Only a joint return includes a spouse.")
    for person in ("head", "spouse"):
        if getattr(facts, f"pretax_401k_{person}") > getattr(facts, f"wages_{person}") >= 0:
            yield Problem(f"pretax_401k_{person}", "More is deferred than earned.")
    if facts.older_children > facts.other_dependents >= 0:
        yield Problem("older_children", "These are among the other dependents, who are fewer.")
    if facts.lived_apart and facts.filing_status is not FilingStatus.MARRIED_FILING_SEPARATELY:
        yield Problem("lived_apart", "Only spouses who file separately say whether they lived apart.")
