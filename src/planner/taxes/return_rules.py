"""What the law of one year says about deductions, credits and other taxes of a return, in dollars."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from planner.domain.members import FilingStatus
from planner.taxes.schedule import Schedule

ByStatus = Mapping[FilingStatus, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemizedLaw:
    """Schedule A. What does not exist in a year is 0: the phase-down of the cap, the floor of gifts."""

    medical_floor: Decimal
    salt_most: ByStatus
    salt_phase_out: Decimal
    salt_phase_out_above: ByStatus
    salt_least: ByStatus
    debt: ByStatus
    debt_before_2018: ByStatus
    charity_cash: Decimal
    charity_property: Decimal
    charity_floor: Decimal
    charity_without_itemizing: ByStatus
    lost_at_the_top: Decimal
    """The part of the deductions that is lost over the top bracket: 2/37 from 2026, else 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseOut:
    """A deduction that goes away over a threshold: `rate` of each step."""

    most: ByStatus
    above: ByStatus
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentsLaw:
    """Above the line, and the deductions of 2025 to 2028 (None in other years)."""

    ira_above: ByStatus
    ira_width: ByStatus
    ira_spouse_above: Decimal
    ira_spouse_width: Decimal
    ira_rounded_up_to: Decimal
    ira_least: Decimal
    student_loan_most: Decimal
    student_loan_above: ByStatus
    student_loan_width: ByStatus
    rental_most: Decimal
    rental_most_apart: Decimal
    rental_above: Decimal
    rental_above_apart: Decimal
    rental_phase_out: Decimal
    tips: PhaseOut | None
    overtime: PhaseOut | None
    car_loan: PhaseOut | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessLaw:
    """The deduction for qualified business income. `least` is 0 before 2026."""

    rate: Decimal
    wages: Decimal
    wages_with_property: Decimal
    property: Decimal
    above: ByStatus
    width: ByStatus
    least: Decimal
    least_income: Decimal


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AmtLaw:
    """The alternative minimum tax."""

    exemption: ByStatus
    above: ByStatus
    phase_out: Decimal
    rates: Mapping[FilingStatus, Schedule]


@dataclass(frozen=True, slots=True, kw_only=True)
class EarnedIncomeLaw:
    """The earned income credit; rows by number of children, three or more last."""

    credit: tuple[Decimal, ...]
    phase_out: tuple[Decimal, ...]
    most: tuple[Decimal, ...]
    above: tuple[Decimal, ...]
    joint_more: tuple[Decimal, ...]
    investments_most: Decimal
    ages: range
    """Without children."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CareLaw:
    """The credit for dependent care. Where the second phase-out does not exist, `second` is `lowest`."""

    highest: Decimal
    second: Decimal
    lowest: Decimal
    each: Decimal
    above: Decimal
    step: Decimal
    second_above: ByStatus
    second_step: ByStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class EducationLaw:
    """The American opportunity and the lifetime learning credit."""

    first_part: Decimal
    second_part: Decimal
    second_rate: Decimal
    refundable: Decimal
    lifetime_most: Decimal
    lifetime_rate: Decimal
    above: ByStatus
    width: ByStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class SaversLaw:
    """The saver's credit: `rates` up to the incomes of `tops`."""

    rates: tuple[Decimal, ...]
    tops: Mapping[FilingStatus, tuple[Decimal, ...]]
    each: Decimal
    youngest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditsLaw:
    """The credits beside that for children. The saver's credit ends in 2026."""

    earned_income: EarnedIncomeLaw
    care: CareLaw
    education: EducationLaw
    savers: SaversLaw | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatesLaw:
    """Estimated tax: how much of the tax must be paid during the year."""

    this_year: Decimal
    last_year: Decimal
    last_year_high: Decimal
    high_above: ByStatus
    least: Decimal
