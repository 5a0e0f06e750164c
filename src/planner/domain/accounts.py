"""What a household owns."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from planner.domain.money import Amount, Money
from planner.domain.record import Day, Id, Line, Name, Note, Rate, record


class AccountKind(StrEnum):
    """What sort of thing is owned."""

    CHECKING = "checking"
    SAVINGS = "savings"
    MONEY_MARKET = "money_market"
    CERTIFICATE_OF_DEPOSIT = "certificate_of_deposit"
    CASH = "cash"
    BROKERAGE = "brokerage"
    CRYPTO = "crypto"
    TRADITIONAL_401K = "traditional_401k"
    ROTH_401K = "roth_401k"
    TRADITIONAL_403B = "traditional_403b"
    ROTH_403B = "roth_403b"
    TRADITIONAL_457B = "traditional_457b"
    ROTH_457B = "roth_457b"
    TRADITIONAL_TSP = "traditional_tsp"
    ROTH_TSP = "roth_tsp"
    TRADITIONAL_IRA = "traditional_ira"
    ROTH_IRA = "roth_ira"
    SEP_IRA = "sep_ira"
    SIMPLE_IRA = "simple_ira"
    HSA = "hsa"
    EDUCATION_529 = "education_529"
    PENSION = "pension"
    ANNUITY = "annuity"
    PRIMARY_HOME = "primary_home"
    SECOND_HOME = "second_home"
    RENTAL_PROPERTY = "rental_property"
    COMMERCIAL_PROPERTY = "commercial_property"
    LAND = "land"
    VEHICLE = "vehicle"
    BOAT = "boat"
    JEWELRY = "jewelry"
    ART = "art"
    PERSONAL_PROPERTY = "personal_property"
    BUSINESS_EQUITY = "business_equity"
    RECEIVABLE = "receivable"
    OTHER_ASSET = "other_asset"


class AssetClass(StrEnum):
    """Which assumption an account grows by, unless it has a return of its own."""

    CASH = "cash"
    INVESTMENT = "investment"
    PROPERTY = "property"
    VEHICLE = "vehicle"
    FIXED = "fixed"


class TaxTreatment(StrEnum):
    """How money that leaves the account is taxed."""

    TAXABLE = "taxable"
    DEFERRED = "deferred"
    ROTH = "roth"
    HEALTH = "health"
    EDUCATION = "education"


@dataclass(frozen=True, slots=True)
class Traits:
    """What follows from an account's kind."""

    grows_as: AssetClass
    taxed_as: TaxTreatment
    liquid: bool
    retirement: bool


def _traits() -> dict[AccountKind, Traits]:
    kind, grows, taxed = AccountKind, AssetClass, TaxTreatment
    cash = Traits(grows.CASH, taxed.TAXABLE, liquid=True, retirement=False)
    taxable = Traits(grows.INVESTMENT, taxed.TAXABLE, liquid=True, retirement=False)
    deferred = Traits(grows.INVESTMENT, taxed.DEFERRED, liquid=False, retirement=True)
    roth = Traits(grows.INVESTMENT, taxed.ROTH, liquid=False, retirement=True)
    property_ = Traits(grows.PROPERTY, taxed.TAXABLE, liquid=False, retirement=False)
    vehicle = Traits(grows.VEHICLE, taxed.TAXABLE, liquid=False, retirement=False)
    fixed = Traits(grows.FIXED, taxed.TAXABLE, liquid=False, retirement=False)
    return {
        kind.CHECKING: cash,
        kind.SAVINGS: cash,
        kind.MONEY_MARKET: cash,
        kind.CERTIFICATE_OF_DEPOSIT: cash,
        kind.CASH: cash,
        kind.BROKERAGE: taxable,
        kind.CRYPTO: taxable,
        kind.TRADITIONAL_401K: deferred,
        kind.ROTH_401K: roth,
        kind.TRADITIONAL_403B: deferred,
        kind.ROTH_403B: roth,
        kind.TRADITIONAL_457B: deferred,
        kind.ROTH_457B: roth,
        kind.TRADITIONAL_TSP: deferred,
        kind.ROTH_TSP: roth,
        kind.TRADITIONAL_IRA: deferred,
        kind.ROTH_IRA: roth,
        kind.SEP_IRA: deferred,
        kind.SIMPLE_IRA: deferred,
        kind.HSA: Traits(grows.INVESTMENT, taxed.HEALTH, liquid=False, retirement=False),
        kind.EDUCATION_529: Traits(grows.INVESTMENT, taxed.EDUCATION, liquid=False, retirement=False),
        kind.PENSION: Traits(grows.FIXED, taxed.DEFERRED, liquid=False, retirement=True),
        kind.ANNUITY: deferred,
        kind.PRIMARY_HOME: property_,
        kind.SECOND_HOME: property_,
        kind.RENTAL_PROPERTY: property_,
        kind.COMMERCIAL_PROPERTY: property_,
        kind.LAND: property_,
        kind.VEHICLE: vehicle,
        kind.BOAT: vehicle,
        kind.JEWELRY: fixed,
        kind.ART: fixed,
        kind.PERSONAL_PROPERTY: fixed,
        kind.BUSINESS_EQUITY: fixed,
        kind.RECEIVABLE: fixed,
        kind.OTHER_ASSET: fixed,
    }


TRAITS = _traits()
assert set(TRAITS) == set(AccountKind)


@record
class Balance:
    """What an account was worth on a day; a negative value is an overdraft. `cost_basis` is what was paid."""

    date: Day
    value: Money
    cost_basis: Amount | None = None


@record
class Account:
    """Something owned, with its dated balances, oldest first."""

    id: Id
    name: Name
    kind: AccountKind
    balances: Annotated[tuple[Balance, ...], Field(max_length=2_000)] = ()
    owner: Id | None = None
    institution: Line = ""
    annual_return: Rate | None = None
    note: Note = ""


@record
class AssetGroup:
    """Things that belong together, such as a house and its mortgage: equity and loan-to-value follow."""

    id: Id
    name: Name
    accounts: Annotated[tuple[Id, ...], Field(max_length=50)] = ()
    debts: Annotated[tuple[Id, ...], Field(max_length=50)] = ()
