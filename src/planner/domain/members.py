"""The people of a household."""

from enum import StrEnum

from planner.domain.record import Day, Id, Name, record


class FilingStatus(StrEnum):
    """How a return is filed."""

    SINGLE = "single"
    MARRIED_FILING_JOINTLY = "married_filing_jointly"
    MARRIED_FILING_SEPARATELY = "married_filing_separately"
    HEAD_OF_HOUSEHOLD = "head_of_household"


class Role(StrEnum):
    """What a member is to the household."""

    HEAD = "head"
    SPOUSE = "spouse"
    CHILD = "child"
    DEPENDENT = "dependent"
    OTHER = "other"


@record
class Member:
    """A person; catch-up limits, required distributions and benefits follow from the birth date."""

    id: Id
    name: Name
    birth_date: Day
    role: Role
