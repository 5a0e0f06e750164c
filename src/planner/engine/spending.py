"""What is spent and moved each month, on the dates that apply."""

from datetime import date
from decimal import Decimal

from planner.domain.calendar import Frequency
from planner.domain.expenses import Expense, Transfer
from planner.domain.scenarios import Assumptions
from planner.engine.timeline import FloatArray, Timeline, anchor_for, counts, half_up, rising

FIRST_OF_MONTH = 1


def payment_anchor(item: Expense | Transfer) -> date:
    """Return a date on which it falls; without one of its own the start, the first, or a Friday."""
    return anchor_for(item.frequency, item.first_payment, item.start, day=FIRST_OF_MONTH)


def yearly_growth(item: Expense | Transfer, assumptions: Assumptions) -> Decimal:
    """Return by how much it rises each January: spending with prices, transfers not, unless it says so."""
    if item.annual_growth is not None:
        return item.annual_growth
    return assumptions.inflation if isinstance(item, Expense) else Decimal(0)


def spent(item: Expense | Transfer, line: Timeline, assumptions: Assumptions) -> FloatArray:
    """Return the cents that fall in each month of the plan; `amount` is in today's money."""
    times = counts(line, item.frequency, payment_anchor(item), item.start, item.end)
    each = half_up(item.amount * rising(line, yearly_growth(item, assumptions)))
    return times * each


def comes_again(item: Expense | Transfer, on: date) -> bool:
    """Say whether it recurs and is in force `on` a day or starts later."""
    return item.frequency is not Frequency.ONCE and (item.end is None or item.end >= on)
