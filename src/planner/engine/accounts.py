"""The accounts of a plan: what they hold at the start, how they grow, and what each is used for."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from planner.domain.accounts import TRAITS, Account, AccountKind, AssetClass, Balance, TaxTreatment, Traits
from planner.domain.household import Facts
from planner.domain.scenarios import Assumptions
from planner.engine.timeline import FloatArray, Timeline

UNALLOCATED = Account(id="unallocated-cash", name="Cash (no account entered)", kind=AccountKind.CASH)
"""Carries the cash of a household that has entered no cash account."""

NO_DISTRIBUTIONS = frozenset({AccountKind.PENSION, AccountKind.ANNUITY})
"""Kinds whose value is paid out as an income: neither drawn on nor subject to required distributions."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Accounts:
    """All accounts in the user's order, the implicit one last; arrays are by account.

    `opening` and `basis` are cents at the start. `growth` is [month, account]: the part by which what an
    account holds at a month's start grows in that month. `draws` is the order in which accounts are drawn
    on when the main account cannot pay.
    """

    accounts: tuple[Account, ...]
    main: int
    opening: FloatArray
    basis: FloatArray
    growth: FloatArray
    paying: NDArray[np.intp]
    interest_bearing: FloatArray
    invested: NDArray[np.bool_]
    draws: tuple[int, ...]
    missing: tuple[str, ...]

    def traits(self, place: int) -> Traits:
        """Return what follows from an account's kind."""
        return TRAITS[self.accounts[place].kind]

    def place(self, account_id: str | None) -> int:
        """Return where an account stands; the main one when none is named."""
        if account_id is None:
            return self.main
        return next(place for place, account in enumerate(self.accounts) if account.id == account_id)


def main_account(facts: Facts) -> Account:
    """Return the account that income and spending go through unless they name another."""
    for account in facts.accounts:
        cash = TRAITS[account.kind].grows_as is AssetClass.CASH
        if account.id == facts.main_account or (facts.main_account is None and cash):
            return account
    return UNALLOCATED


def balance_on(account: Account, on: date) -> Balance | None:
    """Return the last balance dated `on` or before; later ones are not known yet."""
    return next((balance for balance in reversed(account.balances) if balance.date <= on), None)


def yearly_growth(account: Account, assumptions: Assumptions) -> Decimal:
    """Return an account's own yearly return, or the assumption for what it grows as."""
    if account.annual_return is not None:
        return account.annual_return
    match TRAITS[account.kind].grows_as:
        case AssetClass.CASH:
            return assumptions.cash_return
        case AssetClass.INVESTMENT:
            return assumptions.investment_return
        case AssetClass.PROPERTY:
            return assumptions.property_growth
        case AssetClass.VEHICLE:
            return assumptions.vehicle_growth
        case AssetClass.FIXED:
            return Decimal(0)


def laid_out(facts: Facts, line: Timeline, assumptions: Assumptions) -> Accounts:
    """Return the accounts of a plan at its start. One without a balance starts at zero and is `missing`."""
    main = main_account(facts)
    accounts = facts.accounts if main is not UNALLOCATED else (*facts.accounts, UNALLOCATED)
    known = [balance_on(account, line.start) for account in accounts]
    opening = np.array([balance.value if balance else 0 for balance in known], dtype=np.float64)
    basis = [_basis(balance) for balance in known]
    traits = [TRAITS[account.kind] for account in accounts]
    cash = [each.grows_as is AssetClass.CASH for each in traits]
    return Accounts(
        accounts=accounts,
        main=next(place for place, account in enumerate(accounts) if account is main),
        opening=opening,
        basis=np.array(basis, dtype=np.float64),
        growth=_growth(accounts, line, assumptions),
        paying=np.flatnonzero([each.liquid for each in traits]),
        interest_bearing=np.array(cash, dtype=np.float64),
        invested=np.array([each.liquid and not own for each, own in zip(traits, cash, strict=True)]),
        draws=_draws(accounts, main),
        missing=tuple(
            account.name
            for account, balance in zip(accounts, known, strict=True)
            if balance is None and account is not UNALLOCATED
        ),
    )


def _basis(balance: Balance | None) -> int:
    if balance is None:
        return 0
    return max(0, balance.value) if balance.cost_basis is None else balance.cost_basis


def _growth(accounts: tuple[Account, ...], line: Timeline, assumptions: Assumptions) -> FloatArray:
    """Return monthly growth as [month, account]; the first month counts from the start on."""
    yearly = np.array([float(yearly_growth(account, assumptions)) for account in accounts])
    lengths = np.ones(line.months)
    days = int(line.month_lengths[line.lead])
    lengths[0] = (days - line.start.day + 1) / days
    grown: FloatArray = np.maximum(1.0 + yearly, 0.0)[None, :] ** (lengths[:, None] / 12.0) - 1.0
    return grown


def _draws(accounts: tuple[Account, ...], main: Account) -> tuple[int, ...]:
    """Return the order of withdrawals: cash, taxable investments, tax-deferred, Roth, health savings.

    Within a sort the user's order decides.
    """
    sorts: tuple[list[int], ...] = ([], [], [], [], [])
    for place, account in enumerate(accounts):
        traits = TRAITS[account.kind]
        if account is main or account.kind in NO_DISTRIBUTIONS:
            continue
        match traits.taxed_as:
            case TaxTreatment.TAXABLE if traits.liquid:
                sorts[0 if traits.grows_as is AssetClass.CASH else 1].append(place)
            case TaxTreatment.DEFERRED:
                sorts[2].append(place)
            case TaxTreatment.ROTH:
                sorts[3].append(place)
            case TaxTreatment.HEALTH:
                sorts[4].append(place)
            case TaxTreatment.TAXABLE | TaxTreatment.EDUCATION:
                continue
    return tuple(place for sort in sorts for place in sort)


def cash_accounts(facts: Facts) -> frozenset[str]:
    """Return the ids of the accounts that hold cash, the implicit one included."""
    cash = {account.id for account in facts.accounts if TRAITS[account.kind].grows_as is AssetClass.CASH}
    return frozenset(cash | {UNALLOCATED.id})
