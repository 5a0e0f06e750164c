"""The deductions of 2025 to 2028: for seniors, tips, overtime and interest on car loans."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Generic

from planner.taxes.arithmetic import Number
from planner.taxes.desk import Desk
from planner.taxes.itemized import elderly
from planner.taxes.return_rules import PhaseOut
from planner.taxes.returns import Given

_STEP = Decimal(1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleOneA(Generic[Number]):
    """Schedule 1-A."""

    senior: Number
    tips: Number
    overtime: Number
    car_loan: Number


def schedule_1a(desk: Desk[Number, Given], agi: Number) -> ScheduleOneA[Number]:
    """Work out the four deductions; they are taken whether or not one itemises."""
    law, asked, nothing = desk.income.adjustments, desk.facts.temporary, desk.nothing
    tips = overtime = car_loan = nothing
    if asked is not None:
        tips = _phased_out(desk, law.tips, desk.read(asked.tips), agi)
        overtime = _phased_out(desk, law.overtime, desk.read(asked.overtime), agi)
        car_loan = _phased_out(desk, law.car_loan, desk.read(asked.car_loan_interest), agi, started=True)
    return ScheduleOneA(senior=_senior(desk, agi), tips=tips, overtime=overtime, car_loan=car_loan)


def _phased_out(
    desk: Desk[Number, Given], rule: PhaseOut | None, paid: Number, agi: Number, *, started: bool = False
) -> Number:
    """Limit a deduction, and take its rate of every whole (or started) 1,000 over the threshold off it."""
    if rule is None or not rule.most[desk.status]:
        return desk.nothing
    arithmetic, step = desk.arithmetic, desk.of(_STEP)
    over = arithmetic.above(agi, desk.for_status(rule.above))
    steps = arithmetic.started(over, step) if started else arithmetic.completed(over, step)
    most = arithmetic.least(paid, desk.for_status(rule.most))
    return arithmetic.above(most, steps * desk.of(rule.rate))


def _senior(desk: Desk[Number, Given], agi: Number) -> Number:
    """Return the deduction for each person of 65 or more, which goes down evenly as income grows."""
    people, filing = elderly(desk), desk.filing
    if not people or not filing.senior_deduction:
        return desk.nothing
    over = desk.arithmetic.above(agi, desk.of(filing.senior_phase_out_above))
    each = desk.arithmetic.above(
        desk.of(filing.senior_deduction), over * desk.of(desk.income.senior_phase_out)
    )
    return each * people
