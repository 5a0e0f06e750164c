"""What moves between accounts because of what they hold: limits, distributions, and cash that runs out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from planner.domain.accounts import TRAITS, Account, TaxTreatment
from planner.domain.calendar import age_on
from planner.domain.household import Facts
from planner.domain.members import Role
from planner.engine.accounts import NO_DISTRIBUTIONS, Accounts
from planner.engine.timeline import FloatArray, half_up
from planner.taxes.rmd import divisor
from planner.taxes.rules import Law


@dataclass(slots=True, kw_only=True, eq=False)
class Books:
    """The accounts of every path while the months are worked out: cents by [path, account].

    `moved_in` and `moved_out` are the month's. The year's are: `interest`, `gains` and `distributions` for
    the tax return, by path; `distributed`; and `year_opening`, what accounts held when it began.
    """

    accounts: Accounts
    balance: FloatArray
    basis: FloatArray
    moved_in: FloatArray
    moved_out: FloatArray
    interest: FloatArray
    gains: FloatArray
    distributions: FloatArray
    distributed: FloatArray
    year_opening: FloatArray

    def start_year(self) -> None:
        """Begin a calendar year."""
        self.gains = np.zeros_like(self.gains)
        self.distributions = np.zeros_like(self.distributions)
        self.distributed = np.zeros_like(self.distributed)
        self.year_opening = self.balance.copy()

    def move(self, giving: int, taking: int, cents: FloatArray) -> None:
        """Move cents by path from one account to another, with what the tax return must know of it."""
        if self.accounts.invested[giving]:
            self.sell(giving, cents)
        elif self.accounts.traits(giving).taxed_as is TaxTreatment.DEFERRED:
            self.distributed[:, giving] += cents
            if self.accounts.traits(taking).taxed_as is not TaxTreatment.DEFERRED:
                self.distributions += cents
        self.balance[:, giving] -= cents
        self.moved_out[:, giving] += cents
        self.balance[:, taking] += cents
        self.moved_in[:, taking] += cents
        self.basis[:, taking] += cents

    def sell(self, place: int, cents: FloatArray) -> None:
        """Realise the gain on what is sold of an investment, at its average cost; call before it leaves."""
        held = np.maximum(self.balance[:, place], 0.0)
        sold = np.minimum(cents, held)
        cost = self.basis[:, place] * np.divide(sold, held, out=np.zeros_like(sold), where=held > 0)
        self.gains += half_up(sold - cost)
        self.basis[:, place] -= cost


def open_books(accounts: Accounts, paths: int) -> Books:
    """Open the books at the start of a plan."""
    shape = (paths, len(accounts.accounts))
    balance = np.broadcast_to(accounts.opening, shape).copy()
    return Books(
        accounts=accounts,
        balance=balance,
        basis=np.broadcast_to(accounts.basis, shape).copy(),
        moved_in=np.zeros(shape),
        moved_out=np.zeros(shape),
        interest=np.zeros(paths),
        gains=np.zeros(paths),
        distributions=np.zeros(paths),
        distributed=np.zeros(shape),
        year_opening=balance.copy(),
    )


def cover(books: Books) -> None:
    """Let no paying account end a month below zero while another can help.

    The main account tops up every other one, and is itself topped up in the order of `draws`. What is still
    missing stays below zero in the main account: a shortfall.
    """
    if books.balance.min() >= 0.0 or books.balance[:, books.accounts.paying].min() >= 0.0:
        return
    main = books.accounts.main
    for place in books.accounts.paying:
        overdrawn = np.maximum(-books.balance[:, place], 0.0)
        if place != main and overdrawn.any():
            books.move(main, int(place), overdrawn)
    short = np.maximum(-books.balance[:, main], 0.0)
    for place in books.accounts.draws:
        if not short.any():
            return
        drawn = np.minimum(short, np.maximum(books.balance[:, place], 0.0))
        books.move(place, main, drawn)
        short = short - drawn


def required_divisors(facts: Facts, accounts: Accounts, laws: Sequence[Law]) -> FloatArray:
    """Return by [year, account] what last year's closing is divided by; infinity: nothing is due."""
    found = np.full((len(laws), len(accounts.accounts)), np.inf)
    for place, account in enumerate(accounts.accounts):
        born = owner_birth(facts, account)
        if born is None or not has_distributions(account):
            continue
        for year, law in enumerate(laws):
            years = divisor(law, max(0, age_on(born, date(law.year, 12, 31))), born.year)
            if years is not None:
                found[year, place] = float(years)
    return found


def has_distributions(account: Account) -> bool:
    """Say whether the law requires distributions from the account."""
    return TRAITS[account.kind].taxed_as is TaxTreatment.DEFERRED and account.kind not in NO_DISTRIBUTIONS


def owner_birth(facts: Facts, account: Account) -> date | None:
    """Return when the owner was born; an account without one is taken to be the head's."""
    owners = [member for member in facts.members if member.id == account.owner]
    heads = [member for member in facts.members if member.role is Role.HEAD] or list(facts.members)
    chosen = owners or (heads if account.owner is None else [])
    return chosen[0].birth_date if chosen else None


def distribute(books: Books, divisors: FloatArray) -> None:
    """Pay the year's required distributions to the main account, less what was drawn during the year."""
    for place in np.flatnonzero(np.isfinite(divisors)):
        required = half_up(np.maximum(books.year_opening[:, place], 0.0) / divisors[place])
        due = np.minimum(
            np.maximum(required - books.distributed[:, place], 0.0), np.maximum(books.balance[:, place], 0.0)
        )
        if due.any():
            books.move(int(place), books.accounts.main, due)
