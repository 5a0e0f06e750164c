"""What a household owes."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from planner.domain.money import Amount
from planner.domain.record import Day, Id, InterestRate, Name, Note, Share, Whole, record


class DebtKind(StrEnum):
    """What sort of debt it is."""

    MORTGAGE = "mortgage"
    HELOC = "heloc"
    HOME_EQUITY_LOAN = "home_equity_loan"
    CREDIT_CARD = "credit_card"
    STORE_CARD = "store_card"
    AUTO_LOAN = "auto_loan"
    STUDENT_FEDERAL = "student_federal"
    STUDENT_PRIVATE = "student_private"
    PERSONAL_LOAN = "personal_loan"
    MEDICAL = "medical"
    TAX = "tax"
    FAMILY = "family"
    OTHER = "other"


@record
class DebtBalance:
    """What was still owed on a day."""

    date: Day
    value: Amount


@record
class MinimumPayment:
    """A card's rule: the month's interest plus `percent` of the balance, at least `at_least`."""

    percent: Share
    at_least: Amount


@record
class RateChange:
    """A variable rate: from this day on the yearly rate is this one."""

    date: Day
    annual_rate: InterestRate


@record
class Debt:
    """Something owed, paid monthly.

    What is paid each month is `payment` (principal and interest), or follows from `term_months` (months
    left from the latest balance), or from the card rule in `minimum_payment`; one of the three.
    `escrow` and `mortgage_insurance` come on top; mortgage insurance ends when the debt falls to
    `mortgage_insurance_until` of what `secured_by` is worth. `extra_payment` goes to principal.
    """

    id: Id
    name: Name
    kind: DebtKind
    annual_rate: InterestRate
    balances: Annotated[tuple[DebtBalance, ...], Field(max_length=2_000)] = ()
    payment: Amount | None = None
    term_months: Annotated[Whole, Field(ge=1, le=720)] | None = None
    minimum_payment: MinimumPayment | None = None
    extra_payment: Amount = 0
    payment_day: Annotated[Whole, Field(ge=1, le=31)] = 1
    first_payment: Day | None = None
    rate_changes: Annotated[tuple[RateChange, ...], Field(max_length=200)] = ()
    escrow: Amount = 0
    mortgage_insurance: Amount = 0
    mortgage_insurance_until: Share = Decimal("0.78")
    secured_by: Id | None = None
    paid_from: Id | None = None
    owner: Id | None = None
    note: Note = ""
