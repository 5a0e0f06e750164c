"""From the blocks of the law's files to the rules of deductions, credits and other taxes of a return."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from planner.domain.members import FilingStatus
from planner.taxes.law.blocks import Block, undated
from planner.taxes.return_rules import (
    AdjustmentsLaw,
    AmtLaw,
    BusinessLaw,
    ByStatus,
    CareLaw,
    CreditsLaw,
    EarnedIncomeLaw,
    EducationLaw,
    EstimatesLaw,
    ItemizedLaw,
    PhaseOut,
    SaversLaw,
)
from planner.taxes.schedule import ZERO, from_tops

Blocks = Mapping[str, Block]
JOINT = FilingStatus.MARRIED_FILING_JOINTLY
SEPARATE = FilingStatus.MARRIED_FILING_SEPARATELY
_ONE = Decimal(1)
_HALF = Decimal("0.5")


def in_force(blocks: Blocks, name: str) -> Block:
    """Return the block of that name, or of that name and the year in which its figures began."""
    (found,) = (block for key, block in blocks.items() if undated(key) == name)
    return found


def by_status(block: Block, factor: Decimal, *, missing: Decimal | None = None) -> ByStatus:
    """Return an amount for each filing status; a status without one has `missing`."""
    return MappingProxyType(
        {
            status: block.amount(status, factor)
            if missing is None
            else block.amounts_or(status, missing, factor)
            for status in FilingStatus
        }
    )


def _shared(amount: Decimal) -> ByStatus:
    """Return an amount of a return, halved for spouses who file separately."""
    return MappingProxyType(
        {status: amount * _HALF if status is SEPARATE else amount for status in FilingStatus}
    )


def _for_all(amount: Decimal, joint: Decimal) -> ByStatus:
    return MappingProxyType({status: joint if status is JOINT else amount for status in FilingStatus})


def itemized(blocks: Blocks, factor: Decimal) -> ItemizedLaw:
    """Read Schedule A."""
    salt = in_force(blocks, "state_and_local_taxes")
    debts, charity = blocks["mortgage_interest"], blocks["charity"].rates
    floor, limit = blocks.get("charity_floor"), blocks.get("itemized_limit")
    most = salt.amount("most", factor)
    return ItemizedLaw(
        medical_floor=blocks["medical_expenses"].rates["floor"],
        salt_most=_shared(most),
        salt_phase_out=salt.rates["phase_out"] if salt.rates else ZERO,
        salt_phase_out_above=_shared(salt.amounts_or("phase_out_above", ZERO, factor)),
        salt_least=_shared(salt.amounts_or("least", most, factor)),
        debt=_shared(debts.amount("debt", factor)),
        debt_before_2018=_shared(debts.amount("debt_before_2018", factor)),
        charity_cash=charity["cash"],
        charity_property=charity["property"],
        charity_floor=floor.rates["floor"] if floor else ZERO,
        charity_without_itemizing=by_status(floor, factor) if floor else _shared(ZERO),
        lost_at_the_top=Decimal(limit.rates["lost"]) / limit.rates["of"] if limit else ZERO,
    )


def adjustments(blocks: Blocks, factor: Decimal) -> AdjustmentsLaw:
    """Read the deductions above the line, and those of 2025 to 2028."""
    ira, width = blocks["ira_phase_out"], blocks["ira_phase_out_width"]
    student, rental = blocks["student_loan_interest"], blocks["rental_losses"]
    return AdjustmentsLaw(
        ira_above=by_status(ira, factor),
        ira_width=by_status(width, factor),
        ira_spouse_above=ira.amount("spouse", factor),
        ira_spouse_width=width.amount("spouse", factor),
        ira_rounded_up_to=width.amount("rounded_up_to", factor),
        ira_least=width.amount("least", factor),
        student_loan_most=student.amount("most", factor),
        student_loan_above=by_status(blocks["student_loan_phase_out"], factor),
        student_loan_width=by_status(student, factor, missing=ZERO),
        rental_most=rental.amount("most", factor),
        rental_most_apart=rental.amount("most_apart", factor),
        rental_above=rental.amount("phase_out_above", factor),
        rental_above_apart=rental.amount("phase_out_above_apart", factor),
        rental_phase_out=rental.rates["phase_out"],
        tips=_phase_out(blocks, "tips", factor),
        overtime=_phase_out(blocks, "overtime", factor, double=True),
        car_loan=_phase_out(blocks, "car_loan_interest", factor),
    )


def _phase_out(blocks: Blocks, name: str, factor: Decimal, *, double: bool = False) -> PhaseOut | None:
    """Read a deduction that is phased out; a status without a threshold has nothing of it."""
    block = blocks.get(name)
    if block is None:
        return None
    most = block.amount("most", factor)
    each = {
        status: (most * 2 if double and status is JOINT else most) if status in block.amounts else ZERO
        for status in FilingStatus
    }
    above = by_status(block, factor, missing=ZERO)
    return PhaseOut(most=MappingProxyType(each), above=above, rate=block.rates["phase_out"])


def business(blocks: Blocks, factor: Decimal) -> BusinessLaw:
    """Read the deduction for qualified business income."""
    block = in_force(blocks, "business_income")
    return BusinessLaw(
        rate=block.rates["rate"],
        wages=block.rates["wages"],
        wages_with_property=block.rates["wages_with_property"],
        property=block.rates["property"],
        above=by_status(blocks["business_income_limits"], factor),
        width=by_status(block, factor),
        least=block.amounts_or("least", ZERO, factor),
        least_income=block.amounts_or("least_income", ZERO, factor),
    )


def amt(blocks: Blocks, factor: Decimal) -> AmtLaw:
    """Read the alternative minimum tax."""
    rates = blocks["amt_rates"]
    pair = (rates.rates["first"], rates.rates["second"])
    schedules = {status: from_tops((rates.amount(status, factor),), pair) for status in FilingStatus}
    return AmtLaw(
        exemption=by_status(blocks["amt_exemption"], factor),
        above=by_status(blocks["amt_phase_out"], factor),
        phase_out=blocks["amt_phase_out"].rates["rate"],
        rates=MappingProxyType(schedules),
    )


def credits(blocks: Blocks, factor: Decimal) -> CreditsLaw:  # noqa: A001 -- the law's word
    """Read the credits beside that for children."""
    return CreditsLaw(
        earned_income=_earned_income(blocks, factor),
        care=_care(in_force(blocks, "dependent_care_credit"), factor),
        education=_education(blocks["education_credits"], factor),
        savers=_savers(blocks, factor),
    )


def _earned_income(blocks: Blocks, factor: Decimal) -> EarnedIncomeLaw:
    rates, block = blocks["earned_income_credit_rates"].rates, blocks["earned_income_credit"]
    return EarnedIncomeLaw(
        credit=tuple(rates["credit"]),
        phase_out=tuple(rates["phase_out"]),
        most=block.amount_list("most", factor),
        above=block.amount_list("phase_out_above", factor),
        joint_more=block.amount_list("joint_more", factor),
        investments_most=blocks["earned_income_credit_investments"].amount("most", factor),
        ages=range(rates["youngest"], rates["oldest"] + 1),
    )


def _care(block: Block, factor: Decimal) -> CareLaw:
    def both(name: str) -> ByStatus:
        alone, joint = (block.amounts_or(key, _ONE, factor) for key in (name, f"{name}_joint"))
        return _for_all(alone, joint)

    return CareLaw(
        highest=block.rates["highest"],
        second=block.rates["second"],
        lowest=block.rates["lowest"],
        each=block.amount("each", factor),
        above=block.amount("phase_out_above", factor),
        step=block.amount("step", factor),
        second_above=both("second_above"),
        second_step=both("second_step"),
    )


def _education(block: Block, factor: Decimal) -> EducationLaw:
    def both(name: str) -> ByStatus:
        return _for_all(block.amount(name, factor), block.amount(f"{name}_joint", factor))

    return EducationLaw(
        first_part=block.amount("first_part", factor),
        second_part=block.amount("second_part", factor),
        second_rate=block.rates["second"],
        refundable=block.rates["refundable"],
        lifetime_most=block.amount("lifetime", factor),
        lifetime_rate=block.rates["lifetime"],
        above=both("phase_out_above"),
        width=both("phase_out_width"),
    )


def _savers(blocks: Blocks, factor: Decimal) -> SaversLaw | None:
    block = blocks.get("savers_credit_rates")
    if block is None:
        return None
    joint = blocks["savers_credit"].amount_list("joint", factor)
    tops = {status: tuple(top * block.rates[status] for top in joint) for status in FilingStatus}
    return SaversLaw(
        rates=tuple(block.rates["credit"]),
        tops=MappingProxyType(tops),
        each=block.amount("each", factor),
        youngest=block.rates["youngest"],
    )


def estimates(blocks: Blocks, factor: Decimal) -> EstimatesLaw:
    """Read what must be paid during the year."""
    block = blocks["estimated_tax"]
    high = {
        status: block.amount("high_above_separate" if status is SEPARATE else "high_above", factor)
        for status in FilingStatus
    }
    return EstimatesLaw(
        this_year=block.rates["this_year"],
        last_year=block.rates["last_year"],
        last_year_high=block.rates["last_year_high"],
        high_above=MappingProxyType(high),
        least=block.amount("least", factor),
    )
