"""What the law of one year says, as frozen values in dollars."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from planner.domain.income import DeductionKind
from planner.domain.members import FilingStatus
from planner.taxes.retirement_rules import MedicareLaw, RetirementLaw, SavingsLaw, SocialSecurityLaw
from planner.taxes.return_rules import (
    AdjustmentsLaw,
    AmtLaw,
    BusinessLaw,
    CreditsLaw,
    EstimatesLaw,
    ItemizedLaw,
)
from planner.taxes.schedule import Schedule


class Limit(StrEnum):
    """What a yearly limit is shared by."""

    NONE = "none"
    ELECTIVE_DEFERRAL = "elective_deferral"
    DEFERRAL_457B = "deferral_457b"
    HSA = "hsa"
    HEALTH_FSA = "health_fsa"
    DEPENDENT_CARE = "dependent_care"
    COMMUTER = "commuter"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WithholdingLaw:
    """The tables of Publication 15-T, Worksheet 1A."""

    standard: Mapping[FilingStatus, Schedule]
    step_2: Mapping[FilingStatus, Schedule]
    allowance: Mapping[FilingStatus, Decimal]
    pay_periods: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayrollLaw:
    """Social Security and Medicare, withheld and by self-employment."""

    wage_base: Decimal
    social_security: Decimal
    medicare: Decimal
    additional_medicare: Decimal
    additional_withheld_above: Decimal
    supplemental_flat: Decimal
    supplemental_above: Decimal
    supplemental_flat_to: Decimal
    self_employed_share: Decimal
    self_employed_social_security: Decimal
    self_employed_medicare: Decimal
    self_employed_deductible: Decimal
    self_employed_floor: Decimal


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FilingLaw:
    """The figures of an income tax return that depend on its filing status."""

    brackets: Schedule
    long_term_gains: Schedule
    standard_deduction: Decimal
    additional_standard_deduction: Decimal
    senior_deduction: Decimal
    senior_phase_out_above: Decimal
    benefit_bases: tuple[Decimal, ...]
    net_investment_above: Decimal
    additional_medicare_above: Decimal
    child_phase_out_above: Decimal
    capital_loss_most: Decimal


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IncomeLaw:
    """The income tax return."""

    filing: Mapping[FilingStatus, FilingLaw]
    elderly_age: int
    senior_phase_out: Decimal
    benefit_rates: tuple[Decimal, Decimal]
    benefit_bases_apart: tuple[Decimal, ...]
    net_investment: Decimal
    child: Decimal
    child_refundable: Decimal
    other_dependent: Decimal
    child_phase_out: Decimal
    child_phase_out_step: Decimal
    refundable_rate: Decimal
    refundable_earned_above: Decimal
    refundable_by_payroll_taxes_from: int
    """Children from whom on payroll taxes may raise the refundable credit."""
    itemized: ItemizedLaw
    adjustments: AdjustmentsLaw
    business: BusinessLaw
    amt: AmtLaw
    credits: CreditsLaw
    estimates: EstimatesLaw


@dataclass(frozen=True, slots=True)
class DeductionRule:
    """What a kind of paycheck deduction reduces, and the limit it counts towards."""

    reduces_federal: bool
    reduces_fica: bool
    limit: Limit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LimitsLaw:
    """Yearly limits of what may be put aside, and what each paycheck deduction reduces."""

    deductions: Mapping[DeductionKind, DeductionRule]
    elective_deferral: Decimal
    deferral_457b: Decimal
    catch_up: Decimal
    catch_up_age: int
    catch_up_larger: Decimal
    catch_up_larger_ages: range
    annual_additions: Decimal
    ira: Decimal
    ira_catch_up: Decimal
    ira_catch_up_age: int
    hsa_self_only: Decimal
    hsa_family: Decimal
    hsa_catch_up: Decimal
    hsa_catch_up_age: int
    health_fsa: Decimal
    dependent_care: Decimal
    dependent_care_separate: Decimal
    commuter_monthly: Decimal


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Law:
    """The law of one year. `indexed_by` is 1 for a published year.

    `sources` names where the figures of each block come from.
    """

    year: int
    indexed_by: Decimal
    withholding: WithholdingLaw
    payroll: PayrollLaw
    income: IncomeLaw
    limits: LimitsLaw
    retirement: RetirementLaw
    social_security: SocialSecurityLaw
    savings: SavingsLaw
    medicare: MedicareLaw
    sources: Mapping[str, str]
