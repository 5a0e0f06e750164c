"""Money is whole cents: what is recorded or shown is exact, and a tie rounds away from zero."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

CENT = Decimal("0.01")
LARGEST_CENTS = 100_000_000_000_00
DIGITS_MAX = 30
"""Longer numbers are refused unread: 1e999999999 written out would fill the memory."""

_GROUPED = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d{1,2})?$", re.ASCII)
_WRITTEN = re.compile(r"^[+-]?\d{1,15}(\.\d{1,2})?$", re.ASCII)


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
        if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
            raise PydanticCustomError("money", 'must be an amount such as 1250, 1250.50 or "1250.50"')
        if isinstance(value, Decimal) and not (value.is_finite() and abs(value.adjusted()) < DIGITS_MAX):
            raise PydanticCustomError("money", "must be an amount with at most two decimals")
        written = value.strip() if isinstance(value, str) else format(Decimal(value), "f")
        if _GROUPED.match(written):
            written = written.replace(",", "")
        if not _WRITTEN.match(written):
            raise PydanticCustomError("money", "must be an amount with at most two decimals")
        cents = int(Decimal(written).scaleb(2))
        if cents < self.least:
            raise PydanticCustomError("money", "must be {least} or more", {"least": as_text(self.least)})
        if cents > self.most:
            raise PydanticCustomError("money", "must be {most} or less", {"most": as_text(self.most)})
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
            "type": ["string", "number"],
            "format": "money",
            "examples": ["1250.50"],
            "description": f"dollars and cents, from {as_text(self.least)} to {as_text(self.most)}",
        }


def _write(cents: int, info: core_schema.SerializationInfo[Any]) -> Decimal | str:
    return as_text(cents) if info.mode_is_json() else to_dollars(cents)


Money = Annotated[int, MoneyField()]
"""Whole cents, of either sign."""

Amount = Annotated[int, MoneyField(least=0)]
"""Whole cents, zero or more."""
