"""How amounts leave a calculator: as text with two decimals, never through a binary float."""

from decimal import ROUND_HALF_UP, Decimal

_CENT = Decimal("0.01")
_RATE = Decimal("0.0001")


NOTHING = "0.00"


def text(cents: int) -> str:
    """Write cents as dollars: 123456 is 1234.56."""
    whole, part = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{part:02d}"


def dollars(amount: Decimal) -> str:
    """Write dollars to the cent, half up."""
    return str(amount.quantize(_CENT, rounding=ROUND_HALF_UP) + 0) if amount else NOTHING


def share(fraction: Decimal) -> str:
    """Write a rate with four decimals: 0.2200 is 22 %."""
    return str(fraction.quantize(_RATE, rounding=ROUND_HALF_UP) + 0)
