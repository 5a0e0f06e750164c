"""What every fact is made of: frozen records and the constrained types of their fields."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeVar, dataclass_transform

from pydantic import BeforeValidator, Field, Strict, StringConstraints
from pydantic_core import PydanticCustomError

from planner.domain.numbers import NumberField

T = TypeVar("T")

EARLIEST_DATE = date(1900, 1, 1)
LATEST_DATE = date(2200, 12, 31)

ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"
CURRENCY_PATTERN = "^[A-Z]{3}$"
_BIDI = "\u202a-\u202e\u2066-\u2069"
LINE_PATTERN = f"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029{_BIDI}]*$"
TEXT_PATTERN = f"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f{_BIDI}]*$"
PATTERNS = {
    ID_PATTERN: "must be lower-case letters, digits and hyphens, at most 63",
    CURRENCY_PATTERN: "must be the three capital letters of a currency, such as USD",
    LINE_PATTERN: "must be one line of text without control characters",
    TEXT_PATTERN: "must be text without control characters",
}
"""What a text must match, and how that is said to people."""

Id = Annotated[
    str,
    StringConstraints(pattern=ID_PATTERN),
    Field(description="a short name of your own: lower-case letters, digits and hyphens"),
]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=LINE_PATTERN)
]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120, pattern=LINE_PATTERN)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000, pattern=TEXT_PATTERN)]
Currency = Annotated[str, StringConstraints(pattern=CURRENCY_PATTERN)]

Whole = Annotated[int, Strict()]
"""A whole number; never true or false, and never text."""

Flag = Annotated[bool, Strict()]
"""Yes or no; never 1, 0 or text."""

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _day(value: object) -> date:
    """Read a date or its ISO text; an instant or a number is not a date, though it could be made one."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return _within_planning(value)
    if not isinstance(value, str) or not _ISO_DATE.fullmatch(value.strip()):
        raise PydanticCustomError("day", "must be a date such as 2026-11-30")
    try:
        day = date.fromisoformat(value.strip())
    except ValueError:
        raise PydanticCustomError("day", "is not a day of the calendar") from None
    return _within_planning(day)


def _within_planning(day: date) -> date:
    if not EARLIEST_DATE <= day <= LATEST_DATE:
        years = {"earliest": EARLIEST_DATE.year, "latest": LATEST_DATE.year}
        raise PydanticCustomError("day", "must be a date from {earliest} to {latest}", years)
    return day


Day = Annotated[date, BeforeValidator(_day)]

Rate = Annotated[Decimal, NumberField(least=Decimal(-1), most=Decimal(1), hint="0.05 is 5 % a year")]
"""A signed rate of change a year, as a fraction."""

Share = Annotated[Decimal, NumberField(least=Decimal(0), most=Decimal(1), hint="0.05 is 5 %")]
"""A part of a whole, as a fraction."""

InterestRate = Annotated[
    Decimal, NumberField(least=Decimal(0), most=Decimal("1.5"), hint="yearly, 0.05 is 5 %")
]

StateCode = Literal[
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS",
    "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC",
    "ND", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY",
]  # fmt: skip


@dataclass_transform(frozen_default=True, kw_only_default=True)
def record(cls: type[T]) -> type[T]:
    """Make `cls` a frozen value with named arguments; the codec refuses fields it does not have."""
    cls.__pydantic_config__ = {"extra": "forbid"}  # type: ignore[attr-defined]
    return dataclass(frozen=True, kw_only=True, slots=True)(cls)
