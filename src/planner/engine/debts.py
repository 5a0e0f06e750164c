"""What a debt costs each month: exact amortisation in whole cents, a tie of half a cent going up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import repeat
from typing import NamedTuple

import numpy as np

from planner.domain.calendar import add_months, day_in, month_number
from planner.domain.debts import Debt, DebtBalance
from planner.domain.errors import Refused
from planner.domain.money import as_text
from planner.engine.timeline import MOST_CENTS, FloatArray, IntArray, Timeline

PAYMENTS_MAX = 2_400
"""A debt that is not paid off after two hundred years counts as never paid off."""

_EXACT = Context(prec=34, rounding=ROUND_HALF_UP)
_MONTHS_IN_YEAR = 12


class DebtPayment(NamedTuple):
    """One month of a debt, in cents. `principal` is what the debt falls by; below zero interest is added."""

    month: int
    opening: int
    interest: int
    principal: int

    @property
    def closing(self) -> int:
        """What is owed afterwards."""
        return self.opening - self.principal


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DebtSchedule:
    """A debt by month of the plan, in cents; `paying` says in which months a payment is made."""

    opening: IntArray
    interest: IntArray
    principal: IntArray
    closing: IntArray
    paying: IntArray


def month_interest(cents: int, annual_rate: Decimal) -> int:
    """Return a month's interest, half up to the cent: 162,000.00 at 3.875 % is 523.125, so 523.13."""
    top, bottom = annual_rate.as_integer_ratio()
    bottom *= _MONTHS_IN_YEAR
    return (2 * cents * top + bottom) // (2 * bottom)


def level_payment(cents: int, annual_rate: Decimal, months: int) -> int:
    """Return the payment that pays `cents` off in `months` equal payments, half up to the cent."""
    if not annual_rate:
        return (2 * cents + months) // (2 * months)
    rate = _EXACT.divide(annual_rate, Decimal(_MONTHS_IN_YEAR))
    left = _EXACT.subtract(Decimal(1), _EXACT.power(_EXACT.add(Decimal(1), rate), Decimal(-months)))
    payment = _EXACT.divide(_EXACT.multiply(Decimal(cents), rate), left)
    return int(payment.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def latest_balance(debt: Debt, on: date) -> DebtBalance | None:
    """Return the last balance dated `on` or before; later ones are not known yet."""
    return next((balance for balance in reversed(debt.balances) if balance.date <= on), None)


def payments(debt: Debt, on: date, *, at: str = "") -> Iterator[DebtPayment]:
    """Yield the payments after the latest balance known `on` a day, until the debt is paid off.

    A payment due before `on` is taken to have been made. Before `first_payment` nothing is paid and whole
    months of interest are added to the debt. Refused where a payment does not cover its interest; `at` is
    where the debt stands among the facts.
    """
    balance = latest_balance(debt, on)
    if balance is None or balance.value == 0:
        return
    owed = balance.value
    month = month_number(balance.date)
    if day_in(month, debt.payment_day) <= balance.date:
        month += 1
    rates = _rates(debt, month)
    while debt.first_payment is not None and day_in(month, debt.payment_day) < debt.first_payment:
        rate = next(rates)
        whole = add_months(day_in(month, debt.payment_day), -1) >= balance.date
        interest = month_interest(owed, rate) if whole else 0
        yield DebtPayment(month, owed, interest, -interest)
        owed += interest
        month += 1
        if owed >= MOST_CENTS:
            raise Refused.one(
                _field(at, "annual_rate"), f'makes "{debt.name}" grow beyond what can be counted.'
            )
    yield from _paid_off(debt, owed, month, rates, at)


def _paid_off(debt: Debt, owed: int, month: int, rates: Iterator[Decimal], at: str) -> Iterator[DebtPayment]:
    term = debt.term_months
    due = debt.payment or 0
    last_rate = None
    top, bottom = 0, 1
    for number in range(PAYMENTS_MAX):
        rate = next(rates)
        if rate != last_rate:
            last_rate = rate
            top, bottom = rate.as_integer_ratio()
            bottom *= _MONTHS_IN_YEAR
            if term is not None:
                due = level_payment(owed, rate, max(1, term - number))
        interest = (2 * owed * top + bottom) // (2 * bottom)
        if debt.minimum_payment is not None:
            due = _least_payment(debt, owed, interest)
        elif term is not None:
            due = max(due, interest + 1)
        last = term is not None and number >= term - 1
        principal = owed if last else min(owed, due + debt.extra_payment - interest)
        if principal <= 0 and debt.minimum_payment is None:
            raise Refused.one(_field(at, "payment"), _never_ends(debt, month, interest))
        yield DebtPayment(month, owed, interest, principal)
        owed -= principal
        month += 1
        if owed == 0:
            return


def _field(at: str, field: str) -> str:
    return f"{at}.{field}" if at else field


def _least_payment(debt: Debt, owed: int, interest: int) -> int:
    """Return a card's minimum: the interest and a percent of the balance (a cent at least), or more."""
    rule = debt.minimum_payment
    assert rule is not None
    top, bottom = rule.percent.as_integer_ratio()
    share = (2 * owed * top + bottom) // (2 * bottom)
    return max(interest + (max(1, share) if top else 0), rule.at_least)


def _never_ends(debt: Debt, month: int, interest: int) -> str:
    year, index = divmod(month, _MONTHS_IN_YEAR)
    return (
        f'never pays "{debt.name}" off: in {year}-{index + 1:02d} the interest alone is {as_text(interest)}.'
    )


def _rates(debt: Debt, month: int) -> Iterator[Decimal]:
    """Yield the yearly rate of each month's payment, from `month` on."""
    rate = debt.annual_rate
    for change in debt.rate_changes:
        change_month = month_number(change.date)
        if day_in(change_month, debt.payment_day) < change.date:
            change_month += 1
        if change_month > month:
            yield from repeat(rate, change_month - month)
            month = change_month
        rate = change.annual_rate
    yield from repeat(rate)


def payoff_month(debt: Debt, on: date, *, at: str = "") -> int | None:
    """Return the month number of the last payment; None when there is none to make or it never ends."""
    last = None
    for last in payments(debt, on, at=at):  # noqa: B007 - the last one is what is wanted
        pass
    return last.month if last is not None and last.closing == 0 else None


def owed_on(debt: Debt, on: date, *, at: str = "") -> int:
    """Return what is owed when a day begins: the latest balance less the payments due before it."""
    known = latest_balance(debt, on)
    owed = 0 if known is None else known.value
    for payment in payments(debt, on, at=at):
        if day_in(payment.month, debt.payment_day) >= on:
            break
        owed = payment.closing
    return owed


def amortise(debt: Debt, line: Timeline, *, at: str = "") -> DebtSchedule:
    """Return the debt by month of the plan, or raise Refused when it would never be paid off."""
    opening, interest, principal, paying = np.zeros((4, line.months), dtype=np.int64)
    first = line.first_month
    if day_in(first, debt.payment_day) < line.start:
        first += 1
    rows = []
    for payment in payments(debt, line.start, at=at):
        if payment.month >= line.first_month + line.months:
            break
        if payment.month >= first:
            rows.append(payment)
    opening[:] = owed_on(debt, line.start, at=at)
    if rows:
        months, openings, interests, principals = np.array(rows, dtype=np.int64).T
        months -= line.first_month
        opening[: months[0] + 1] = openings[0]
        opening[months] = openings
        opening[months[-1] + 1 :] = rows[-1].closing
        interest[months] = interests
        principal[months] = principals
        paying[months] = interests + principals > 0
    return DebtSchedule(
        opening=opening,
        interest=interest,
        principal=principal,
        closing=opening - principal,
        paying=paying,
    )


def insurance(debt: Debt, schedule: DebtSchedule, worth: FloatArray | None) -> IntArray:
    """Return mortgage insurance by month: until the debt has fallen to its share of what secures it.

    `worth` is what `secured_by` is worth at each month's start; without it, until the debt is paid off.
    """
    charged = schedule.paying * debt.mortgage_insurance
    if worth is not None and debt.mortgage_insurance:
        reached = schedule.opening <= worth * float(debt.mortgage_insurance_until)
        charged = np.where(np.logical_or.accumulate(reached), 0, charged)
    return charged
