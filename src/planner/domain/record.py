"""What every fact is made of: frozen records and the constrained types of their fields."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, TypeVar, dataclass_transform

from pydantic import Field, StringConstraints

T = TypeVar("T")

EARLIEST_DATE = date(1900, 1, 1)
LATEST_DATE = date(2200, 12, 31)

Id = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$"),
    Field(description="a short name of your own: lower-case letters, digits and hyphens"),
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)]
Day = Annotated[date, Field(ge=EARLIEST_DATE, le=LATEST_DATE)]

Rate = Annotated[
    Decimal, Field(ge=Decimal(-1), le=Decimal(10), max_digits=12, description="0.05 is 5 % a year")
]
"""A signed rate of change a year, as a fraction."""

Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=12, description="0.05 is 5 %")]
"""A part of a whole, as a fraction."""

InterestRate = Annotated[
    Decimal, Field(ge=0, le=Decimal("1.5"), max_digits=12, description="yearly, 0.05 is 5 %")
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
