"""What a household spends, and what it moves between its own accounts."""

from enum import StrEnum

from planner.domain.calendar import Frequency
from planner.domain.money import Amount
from planner.domain.record import Day, Flag, Id, Name, Note, Rate, record


class ExpenseCategory(StrEnum):
    """What money is spent on."""

    HOUSING = "housing"
    UTILITIES = "utilities"
    INSURANCE = "insurance"
    TRANSPORT = "transport"
    FOOD = "food"
    HEALTHCARE = "healthcare"
    CHILDCARE = "childcare"
    EDUCATION = "education"
    HOUSEHOLD = "household"
    PERSONAL = "personal"
    ENTERTAINMENT = "entertainment"
    SUBSCRIPTIONS = "subscriptions"
    TRAVEL = "travel"
    PETS = "pets"
    GIVING = "giving"
    TAXES = "taxes"
    BUSINESS = "business"
    RENTAL = "rental"
    OTHER = "other"


@record
class Expense:
    """Something that is paid for, once or again and again.

    `first_payment` is any date on which it falls. `annual_growth` left out means it grows with inflation;
    0 means it stays as it is. Paid from the main account unless `paid_from` names another.
    """

    id: Id
    name: Name
    category: ExpenseCategory
    amount: Amount
    frequency: Frequency
    essential: Flag = False
    first_payment: Day | None = None
    start: Day | None = None
    end: Day | None = None
    annual_growth: Rate | None = None
    paid_from: Id | None = None
    note: Note = ""


@record
class Transfer:
    """Money moved on a schedule from one account to another, such as a monthly payment into an IRA."""

    id: Id
    name: Name
    from_account: Id
    to_account: Id
    amount: Amount
    frequency: Frequency
    first_payment: Day | None = None
    start: Day | None = None
    end: Day | None = None
    annual_growth: Rate | None = None
    note: Note = ""
