"""Exact decimal numbers, such as rates: how they are read, bounded and written."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

CHARACTERS_MAX = 40
"""Longer numbers are refused unread."""

BITS_MAX = 256
"""Larger whole numbers are as good as infinite."""

_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?(e[+-]?\d{1,2})?", re.ASCII | re.IGNORECASE)


def exact(value: object) -> Decimal | None:
    """Return a whole number, a decimal number or text as the number it writes, or None."""
    match value:
        case bool():
            return None
        case int():
            return (
                Decimal(value) if value.bit_length() < BITS_MAX else Decimal("Infinity") * (value > 0 or -1)
            )
        case Decimal():
            return value if value.is_finite() else None
        case str():
            written = value.strip()
            fits = len(written) <= CHARACTERS_MAX and _NUMBER.fullmatch(written)
            return Decimal(written.replace(",", "")) if fits else None
        case _:
            return None


def read_decimal(text: str) -> Decimal:
    """Read a decimal number of a file; one too long to be meant is no number, which every field refuses."""
    try:
        return Decimal(text) if len(text) <= CHARACTERS_MAX else Decimal("NaN")
    except InvalidOperation:  # an exponent that Decimal itself cannot hold
        return Decimal("NaN")


def read_whole(text: str) -> int | Decimal:
    """Read a whole number of a file; one too long to be meant is no number, which every field refuses."""
    return int(text) if len(text) <= CHARACTERS_MAX else Decimal("NaN")


def refuse(message: str, **values: object) -> NoReturn:
    """Say what a field must be; `values` fill the braces of the message."""
    raise PydanticCustomError("number", message, values)


@dataclass(frozen=True, slots=True)
class NumberField:
    """The bounds of an exact decimal number, such as a rate, and how the codec reads and writes it."""

    least: Decimal
    most: Decimal
    places: int = 10
    hint: str = ""

    def read(self, value: object) -> Decimal:
        """Read a number or its text; a float stands for the shortest decimal that writes it."""
        number = exact(repr(value) if isinstance(value, float) else value)
        said = {"least": str(self.least), "most": str(self.most), "hint": self.hint and f" ({self.hint})"}
        if number is None or not self.least <= number <= self.most:
            refuse("must be a number from {least} to {most}{hint}", **said)
        if number != round(number, self.places):
            refuse("must be a number with at most {places} decimals", places=self.places)
        return Decimal(format((number + 0).normalize(), "f"))

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.read, serialization=core_schema.to_string_ser_schema(when_used="json")
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        bounds = {"minimum": float(self.least), "maximum": float(self.most)}
        return {"type": ["number", "string"], "format": "decimal", **bounds, "description": self.hint}
