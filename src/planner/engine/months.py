"""The month loop: every account of every path, month after month, in whole cents."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.domain.errors import Refused
from planner.engine.accounts import Accounts
from planner.engine.beat import Beat, months_between_beats
from planner.engine.plan import Outlook
from planner.engine.scheduled import Scheduled
from planner.engine.timeline import MOST_CENTS, FloatArray, half_up
from planner.engine.withdrawals import Books, cover, distribute, open_books, required_divisors
from planner.engine.year_tax import YearTax, year_tax

SETTLED_IN = 4
DECEMBER = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """What the month loop found: cents by [month, path, account], taxes by [month, path].

    `settlement` and `self_employment` are paid in April for the year before. `years` has every calendar
    year the plan touches; the last one's tax may not be settled within the plan.
    """

    inflow: FloatArray
    outflow: FloatArray
    growth: FloatArray
    closing: FloatArray
    settlement: FloatArray
    self_employment: FloatArray
    years: tuple[YearTax, ...]


def run_months(view: Outlook, known: Scheduled, *, paths: int, beat: Beat | None = None) -> Run:
    """Work out every month of every path; refused when amounts grow beyond what can be counted.

    `beat` hears every December, and more often the more paths there are.
    """
    line, accounts = view.line, view.accounts
    shape = (line.months, paths, len(accounts.accounts))
    # Filled month by month: all at once would take longer than any month, with no beat.
    inflow, outflow, growth, closing = np.empty((4, *shape))
    settlement, self_employment = np.zeros((2, line.months, paths))
    years: list[YearTax] = []
    books = open_books(accounts, paths)
    divisors = required_divisors(view.facts, accounts, view.laws)
    sales = _sales(known, accounts)
    calendar = line.calendar_months.tolist()
    year_began, heard = 0, -1
    often = months_between_beats(paths * len(accounts.accounts))
    for month in range(line.months):
        inflow[month], outflow[month] = known.inflow[month], known.outflow[month]
        books.moved_in, books.moved_out = inflow[month], outflow[month]
        if calendar[month] == 1:
            books.start_year()
            year_began = month
        half_up(np.maximum(books.balance, 0.0) * accounts.growth[month], out=growth[month])
        _apply_schedule(books, growth[month], known, month, sales.get(month, ()))
        if calendar[month] == SETTLED_IN and years:
            settlement[month], self_employment[month] = years[-1].settlement, years[-1].self_employment
            _settle(books, settlement[month] + self_employment[month])
        if calendar[month] == DECEMBER:
            distribute(books, divisors[len(years)])
        cover(books)
        closing[month] = books.balance
        if calendar[month] == DECEMBER or month == line.months - 1:
            interest = np.maximum(growth[year_began : month + 1], 0.0).sum(axis=0) @ accounts.interest_bearing
            books.interest = interest
            years.append(year_tax(view, known.yearly, len(years), books))
            countable(books.balance)
            heard = month - often
        if beat is not None and month - heard >= often:
            beat((month + 1) / line.months, f"worked out {line.years[month]}")
            heard = month
    return Run(
        inflow=inflow,
        outflow=outflow,
        growth=growth,
        closing=closing,
        settlement=settlement,
        self_employment=self_employment,
        years=tuple(years),
    )


def _sales(known: Scheduled, accounts: Accounts) -> dict[int, list[int]]:
    """Return which investments are sold on schedule, by month."""
    sold: dict[int, list[int]] = {}
    for month, place in np.argwhere((known.outflow > 0) & accounts.invested).tolist():
        sold.setdefault(month, []).append(place)
    return sold


def _apply_schedule(
    books: Books, grown: FloatArray, known: Scheduled, month: int, sales: Sequence[int]
) -> None:
    """Let accounts grow, receive and pay what falls in the month."""
    books.balance += grown
    books.balance += known.inflow[month]
    books.basis += known.inflow[month]
    for place in sales:
        books.sell(place, known.outflow[month, place])
    books.balance -= known.outflow[month]
    for transfer in known.limited:
        held = np.maximum(books.balance[:, transfer.giving], 0.0)
        cents = np.minimum(held, transfer.cents[month])
        if cents.any():
            books.move(transfer.giving, transfer.taking, cents)


def _settle(books: Books, due: FloatArray) -> None:
    """Pay last year's tax from the main account, or receive the refund."""
    main = books.accounts.main
    books.balance[:, main] -= due
    books.moved_out[:, main] += np.maximum(due, 0.0)
    books.moved_in[:, main] += np.maximum(-due, 0.0)


def countable(cents: FloatArray) -> None:
    """Refuse amounts that whole cents cannot be counted in."""
    if not np.abs(cents).max(initial=0.0) < MOST_CENTS:
        raise Refused(
            "The plan's amounts grow beyond what can be counted; look for a return, a raise or an inflation "
            "that is far too high."
        )
