"""What the law says of retirement, as frozen values: distributions, benefits, savings, Medicare premiums."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from planner.domain.members import FilingStatus


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RetirementLaw:
    """Required distributions: the ages they begin at, and the years they are spread over."""

    lifetime_divisors: Mapping[int, Decimal]
    beginning_ages: tuple[tuple[int, int], ...]
    """(born in that year or later, age), ascending."""
    single_life: tuple[Decimal, ...]
    """By age from 0 on; the last holds for all later ages."""
    joint_life: Mapping[int, tuple[Decimal, ...]]
    """By the owner's age, for each age of a spouse from 0 to eleven years younger."""
    adult_age: int
    """A minor child is an eligible beneficiary up to the year of this age."""
    years_to_empty: int
    """Years after the year of death in which an inherited account must be empty, where the rule applies."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SocialSecurityLaw:
    """Old-age, spouses' and survivors' benefits. Ages are in months."""

    wage_index: Mapping[int, Decimal]
    wage_bases: Mapping[int, Decimal]
    cost_of_living: Mapping[int, Decimal]
    """The rise in December of each year."""
    computation_years: int
    formula_rates: tuple[Decimal, Decimal, Decimal]
    formula_bases: tuple[Decimal, Decimal]
    formula_base_year: int
    """The year whose wage index the bases of the bend points go with."""
    retirement_ages: tuple[tuple[int, int], ...]
    """(born in that year or later, months), ascending."""
    survivor_ages: tuple[tuple[int, int], ...]
    earliest: int
    latest: int
    survivor_earliest: int
    steep_months: int
    """Months before full retirement age that cost more than the ones before them."""
    early_own: Fraction
    early_spouse: Fraction
    early_further: Fraction
    delayed: Fraction
    spouse_share: Fraction
    survivor_least: Fraction
    survivor_limit: Fraction
    test_bases: tuple[tuple[Decimal, int], tuple[Decimal, int]]
    """(monthly amount, year of its wage index): before the year of full retirement age, and in it."""
    test_shares: tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SavingsLaw:
    """What may be put aside beside the limits of paychecks, and taken out early."""

    roth_phase_out_above: Mapping[FilingStatus, Decimal]
    roth_phase_out_width: Mapping[FilingStatus, Decimal]
    roth_least: Decimal
    roth_step: Decimal
    compensation: Decimal
    sep_share: Decimal
    simple: Decimal
    simple_catch_up: Decimal
    simple_catch_up_larger: Decimal
    roth_catch_up_wages: Decimal | None
    """Wages of the year before over which catch-up must be Roth; None where that is not yet law."""
    early_rate: Decimal
    early_simple_rate: Decimal
    early_age_months: int
    separation_age: int
    early_simple_years: int
    early_excepted_most: Mapping[str, Decimal]
    """Dollars that a reason excepts at most, by its name."""
    roth_years: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MedicareLaw:
    """Monthly premiums of Part B, and what people of high income pay on top for Parts B and D."""

    part_b: Decimal
    part_b_more: tuple[Decimal, ...]
    part_d_more: tuple[Decimal, ...]
    income_above: Mapping[FilingStatus, tuple[Decimal, ...]]
    """Modified adjusted gross income over which each tier begins."""
    tiers: Mapping[FilingStatus, tuple[int, ...]]
    """Which of the amounts each of these is."""
    years_back: int
