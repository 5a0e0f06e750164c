"""The standard deduction, and the itemised ones of Schedule A with their limits."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Generic

from planner.taxes.arithmetic import Number
from planner.taxes.desk import Desk
from planner.taxes.returns import Given, Itemized


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleA(Generic[Number]):
    """Deductions after each limit of its own; `total` is before the limit of the top bracket."""

    medical: Number
    state_and_local: Number
    mortgage: Number
    charity: Number
    other: Number
    total: Number


def elderly(desk: Desk[Number, Given]) -> int:
    """Return how many of those who file are 65 or more."""
    facts, age = desk.facts, desk.income.elderly_age
    return (facts.age_head >= age) + (desk.joint and facts.age_spouse >= age)


def standard_deduction(desk: Desk[Number, Given]) -> Number:
    """Return the standard deduction, with that for each person who is 65 or more, or blind."""
    facts, filing = desk.facts, desk.filing
    if facts.itemized is not None and facts.itemized.spouse_itemizes and desk.separate:
        return desk.nothing
    times = elderly(desk) + facts.blind_head + (desk.joint and facts.blind_spouse)
    return desk.of(filing.standard_deduction + times * filing.additional_standard_deduction)


def charity_without_itemizing(desk: Desk[Number, Given]) -> Number:
    """Return the cash gifts that those who do not itemise deduct, from 2026."""
    most = desk.income.itemized.charity_without_itemizing[desk.status]
    if desk.facts.itemized is None or not most:
        return desk.nothing
    return desk.arithmetic.least(desk.read(desk.facts.itemized.charity_cash), desk.of(most))


def schedule_a(desk: Desk[Number, Given], asked: Itemized[Given] | None, agi: Number) -> ScheduleA[Number]:
    """Work out the itemised deductions."""
    nothing = desk.nothing
    if asked is None:
        return ScheduleA(
            medical=nothing,
            state_and_local=nothing,
            mortgage=nothing,
            charity=nothing,
            other=nothing,
            total=nothing,
        )
    income = desk.arithmetic.most(agi, nothing)
    medical = desk.arithmetic.above(
        desk.read(asked.medical), income * desk.of(desk.income.itemized.medical_floor)
    )
    state_and_local = _state_and_local(desk, asked, income)
    mortgage = _mortgage(desk, asked)
    charity = _charity(desk, asked, income)
    other = desk.read(asked.casualty) + desk.read(asked.other)
    return ScheduleA(
        medical=medical,
        state_and_local=state_and_local,
        mortgage=mortgage,
        charity=charity,
        other=other,
        total=medical + state_and_local + mortgage + charity + other,
    )


def _state_and_local(desk: Desk[Number, Given], asked: Itemized[Given], agi: Number) -> Number:
    """Limit state and local taxes: by the cap of the year, which goes down to its floor as income grows."""
    law, read, arithmetic = desk.income.itemized, desk.read, desk.arithmetic
    paid = read(asked.state_income_tax) + read(asked.real_estate_tax) + read(asked.personal_property_tax)
    cap = desk.for_status(law.salt_most)
    if law.salt_phase_out:
        over = arithmetic.above(agi, desk.for_status(law.salt_phase_out_above))
        cap = arithmetic.most(cap - over * desk.of(law.salt_phase_out), desk.for_status(law.salt_least))
    return arithmetic.least(paid, cap)


def _mortgage(desk: Desk[Number, Given], asked: Itemized[Given]) -> Number:
    """Return the interest on the part of the debt that is within the limit."""
    law, arithmetic = desk.income.itemized, desk.arithmetic
    interest, balance = desk.read(asked.mortgage_interest), desk.read(asked.mortgage_balance)
    limit = desk.for_status(law.debt_before_2018 if asked.mortgage_before_2018 else law.debt)
    return interest * (limit / arithmetic.most(balance, limit))


def _charity(desk: Desk[Number, Given], asked: Itemized[Given], agi: Number) -> Number:
    """Limit gifts: over the floor (from property first), property to 30 %, all together to 60 % of income."""
    law, arithmetic = desk.income.itemized, desk.arithmetic
    cash, given = desk.read(asked.charity_cash), desk.read(asked.charity_property)
    floor = agi * desk.of(law.charity_floor)
    from_property = arithmetic.least(given, floor)
    cash = arithmetic.above(cash, floor - from_property)
    given = arithmetic.least(given - from_property, agi * desk.of(law.charity_property))
    return arithmetic.least(cash + given, agi * desk.of(law.charity_cash))


def limited_at_the_top(desk: Desk[Number, Given], itemized: Number, income: Number) -> Number:
    """Return what is left of itemised deductions over the top bracket, from 2026.

    `income` is what taxable income would be without them. 2/37 is lost of the smaller of the deductions and
    of what that income is over the bracket.
    """
    lost: Decimal = desk.income.itemized.lost_at_the_top
    top = desk.of(desk.filing.brackets.starts[-1])
    if not lost or not desk.arithmetic.any_above(income, top):
        return itemized
    over = desk.arithmetic.above(income, top)
    return itemized - desk.arithmetic.least(itemized, over) * desk.of(lost)
