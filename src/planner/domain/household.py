"""The facts of a household, whole."""

from typing import Annotated, Literal, TypeVar

from pydantic import Field

from planner.domain.accounts import Account, AssetGroup
from planner.domain.debts import Debt
from planner.domain.expenses import Expense, Transfer
from planner.domain.income import Income
from planner.domain.members import FilingStatus, Member
from planner.domain.record import Currency, Id, Name, StateCode, Whole, record
from planner.domain.scenarios import Assumptions, Scenario

ITEMS_MAX = 500
"""How many facts of one sort a household may have."""

REVISION_MAX = 2**53
"""Larger whole numbers are not exact everywhere that reads JSON."""

T = TypeVar("T")
Many = Annotated[tuple[T, ...], Field(max_length=ITEMS_MAX)]

Collection = Literal[
    "members", "accounts", "debts", "groups", "incomes", "expenses", "transfers", "scenarios"
]
Fact = Member | Account | Debt | AssetGroup | Income | Expense | Transfer | Scenario


@record
class Facts:
    """Everything people entered. `revision` counts the changes that led here.

    The order of every collection is the user's own and decides ties; nothing depends on ids.
    Income and spending that name no account go through `main_account` (left out: the first cash account).
    """

    name: Name
    filing_status: FilingStatus
    revision: Annotated[Whole, Field(ge=0, le=REVISION_MAX)] = 0
    currency: Currency = "USD"
    state: StateCode | None = None
    main_account: Id | None = None
    members: Many[Member] = ()
    accounts: Many[Account] = ()
    debts: Many[Debt] = ()
    groups: Many[AssetGroup] = ()
    incomes: Many[Income] = ()
    expenses: Many[Expense] = ()
    transfers: Many[Transfer] = ()
    scenarios: Many[Scenario] = ()
    assumptions: Assumptions = Assumptions()


COLLECTIONS: dict[Collection, type[Fact]] = {
    "members": Member,
    "accounts": Account,
    "debts": Debt,
    "groups": AssetGroup,
    "incomes": Income,
    "expenses": Expense,
    "transfers": Transfer,
    "scenarios": Scenario,
}


def items(facts: Facts, collection: Collection) -> tuple[Fact, ...]:
    """Return the facts of one sort, in the user's order."""
    found: tuple[Fact, ...] = getattr(facts, collection)
    return found


def find(facts: Facts, collection: Collection, item_id: str) -> Fact | None:
    """Return the fact with that id, or None."""
    return next((item for item in items(facts, collection) if item.id == item_id), None)
