"""From adjusted gross to taxable income: the larger deduction, those of 2025 to 2028, business income."""

from dataclasses import dataclass
from typing import Generic

from planner.taxes.arithmetic import Number
from planner.taxes.desk import Desk
from planner.taxes.earnings import Earnings
from planner.taxes.itemized import (
    ScheduleA,
    charity_without_itemizing,
    limited_at_the_top,
    schedule_a,
    standard_deduction,
)
from planner.taxes.qbi import business_income_deduction
from planner.taxes.returns import Given
from planner.taxes.temporary import ScheduleOneA, schedule_1a


@dataclass(frozen=True, slots=True, kw_only=True)
class Deducted(Generic[Number]):
    """What is deducted, and what is left. `standard` and `itemized` are what could be taken.

    `left` is income less deductions even where that is less than nothing; `amt_income` is alternative minimum
    taxable income.
    """

    standard: Number
    schedule_a: ScheduleA[Number]
    itemized: Number
    taken: Number
    temporary: ScheduleOneA[Number]
    business: Number
    left: Number
    taxable: Number
    amt_income: Number


def deducted(
    desk: Desk[Number, Given], earned: Earnings[Number], preferred: Number, agi: Number
) -> Deducted[Number]:
    """Deduct from adjusted gross income; `preferred` is income taxed as gains."""
    arithmetic, facts = desk.arithmetic, desk.facts
    gifts = charity_without_itemizing(desk)
    standard = standard_deduction(desk) + gifts
    schedule = schedule_a(desk, facts.itemized, agi)
    temporary = schedule_1a(desk, agi)
    spent = temporary.tips + temporary.overtime + temporary.car_loan
    before = agi - spent - temporary.senior
    most = arithmetic.most(standard, schedule.total)
    business = business_income_deduction(desk, earned, arithmetic.above(before, most), preferred)
    itemized, taken, for_amt = schedule.total, standard, gifts
    if facts.itemized is not None:
        itemized = limited_at_the_top(desk, schedule.total, before - business)
        without_taxes = schedule.total - schedule.state_and_local
        if facts.itemized.choice is None:
            taken = arithmetic.most(standard, itemized)
            for_amt = arithmetic.where_above(itemized, standard, without_taxes, gifts)
        elif facts.itemized.choice:
            taken, for_amt = itemized, without_taxes
    left = before - taken - business
    return Deducted(
        standard=standard,
        schedule_a=schedule,
        itemized=itemized,
        taken=taken,
        temporary=temporary,
        business=business,
        left=left,
        taxable=arithmetic.most(left, desk.nothing),
        amt_income=agi - spent - business - for_amt,
    )
