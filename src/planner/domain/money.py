"""Money is whole cents: what is recorded or shown is exact, and a tie rounds away from zero."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from planner.domain.numbers import exact, refuse

CENT = Decimal("0.01")
LARGEST_CENTS = 100_000_000_000_00


def to_cents(dollars: Decimal) -> int:
    """Round dollars to cents; an exact half goes away from zero (0.005 is one cent)."""
    return int(dollars.quantize(CENT, rounding=ROUND_HALF_UP).scaleb(2))


def to_dollars(cents: int) -> Decimal:
    """Return `cents` in dollars, always with two decimals."""
    return Decimal(cents).scaleb(-2).quantize(CENT)


def as_text(cents: int) -> str:
    """Return `cents` as plain text with two decimals, as files and the API carry it."""
    return str(to_dollars(cents))


def for_people(cents: int, *, symbol: str = "$") -> str:
    """Return `cents` as people write them: -$1,234.50."""
    return f"{'-' if cents < 0 else ''}{symbol}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"


@dataclass(frozen=True, slots=True)
class MoneyField:
    """The bounds of an amount and how the codec reads and writes it."""

    least: int = -LARGEST_CENTS
    most: int = LARGEST_CENTS

    def read(self, value: object) -> int:
        """Read an amount given as a whole number, a decimal number or text; never a binary float."""
        number = exact(value)
        if number is None:
            refuse("must be an amount such as 1250 or 1250.50")
        if number < to_dollars(self.least):
            refuse("must be {least} or more", least=as_text(self.least))
        if number > to_dollars(self.most):
            refuse("must be {most} or less", most=as_text(self.most))
        cents = to_cents(number)
        if to_dollars(cents) != number:
            refuse("must be an amount with at most two decimals")
        return cents

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.read,
            serialization=core_schema.plain_serializer_function_ser_schema(_write, info_arg=True),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {
            "type": ["number", "string"],
            "format": "money",
            "minimum": self.least // 100,
            "maximum": self.most // 100,
            "examples": ["1250.50"],
            "description": "dollars and cents",
        }


def _write(cents: int, info: core_schema.SerializationInfo[Any]) -> Decimal | str:
    return as_text(cents) if info.mode_is_json() else to_dollars(cents)


Money = Annotated[int, MoneyField()]
"""Whole cents, of either sign."""

Amount = Annotated[int, MoneyField(least=0)]
"""Whole cents, zero or more."""
