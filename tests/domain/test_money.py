"""Prove that money is whole cents, read exactly or refused."""

from decimal import Decimal
from typing import Annotated

import pytest
from domain.strategies import money
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from planner.domain.money import (
    LARGEST_CENTS,
    Amount,
    Money,
    MoneyField,
    as_text,
    for_people,
    to_cents,
    to_dollars,
)


def short(value: object) -> str:
    """Name a test case by its value; Python refuses to write the longest whole numbers."""
    return hex(value)[:12] if isinstance(value, int) else repr(value)[:20]


signed = TypeAdapter[int](Money)
amount = TypeAdapter[int](Amount)


@pytest.mark.parametrize(
    "given_as,cents",
    [
        (1250, 125_000),
        (0, 0),
        (Decimal("1250.5"), 125_050),
        (Decimal("1250.500"), 125_050),
        (Decimal("1E+3"), 100_000),
        ("1250.50", 125_050),
        ("1,234,567.89", 123_456_789),
        (" 7 ", 700),
        ("+7", 700),
        ("1e3", 100_000),
        ("-0", 0),
    ],
)
def test_an_amount_is_read_exactly(given_as: object, cents: int) -> None:
    assert amount.validate_python(given_as) == cents


@pytest.mark.parametrize(
    "given_as",
    [
        True,
        None,
        12.5,
        "",
        "twelve",
        "$5",
        "5 USD",
        "12,34",
        "1,23,456",
        "1_000",
        "0x10",
        "\uff11\uff12",
        "1.2.3",
        "1 000",
        "NaN",
        "Infinity",
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("-Infinity"),
        "9" * 41,
        [],
        {},
        b"5",
    ],
)
def test_what_is_not_an_amount_is_refused(given_as: object) -> None:
    """P20: nothing is taken for an amount that is not one."""
    with pytest.raises(ValidationError, match=r"must be an amount such as 1250 or 1250\.50"):
        signed.validate_python(given_as)


@pytest.mark.parametrize("given_as", [Decimal("0.001"), "0.005", Decimal("1E-999999"), "1e-3"])
def test_parts_of_a_cent_are_refused_not_rounded(given_as: object) -> None:
    with pytest.raises(ValidationError, match="at most two decimals"):
        amount.validate_python(given_as)


@pytest.mark.parametrize(
    "given_as",
    [10**15, 1 << 15_000, Decimal("1E+999999999"), "1e99", "100000000000.01", 1 << 10**6],
    ids=short,
)
def test_absurd_amounts_are_refused_at_once(given_as: object) -> None:
    with pytest.raises(ValidationError, match=r"must be 100000000000\.00 or less"):
        amount.validate_python(given_as)


@pytest.mark.parametrize("given_as", [-1, "-0.01", Decimal("-1E+999999999"), -(1 << 15_000)], ids=short)
def test_an_amount_is_not_negative(given_as: object) -> None:
    with pytest.raises(ValidationError, match=r"must be 0\.00 or more"):
        amount.validate_python(given_as)


def test_the_bounds_of_an_amount_belong_to_it() -> None:
    within = TypeAdapter[int](Annotated[int, MoneyField(least=-100, most=100)])
    assert within.validate_python("-1.00") == -100
    assert within.validate_python("1.00") == 100
    with pytest.raises(ValidationError):
        within.validate_python("1.01")
    assert signed.validate_python(as_text(-LARGEST_CENTS)) == -LARGEST_CENTS


@given(money)
def test_what_is_written_is_read_back(text: str) -> None:
    """P20: an amount goes out and comes in without loss."""
    cents = signed.validate_python(text)
    assert as_text(cents) == text
    assert signed.dump_python(cents, mode="json") == text
    assert signed.validate_python(signed.dump_python(cents)) == cents
    assert signed.validate_json(signed.dump_json(cents)) == cents


@given(st.integers(-(10**18), 10**18))
def test_half_a_cent_goes_away_from_zero(cents: int) -> None:
    """P8: 162,000 at 3.875 % is 523.125 a month, and every such tie is rounded the same way."""
    half = to_dollars(cents) + Decimal("0.005").copy_sign(cents)
    assert to_cents(half) == cents + (1 if cents >= 0 else -1)


@pytest.mark.parametrize(
    "cents,text",
    [(0, "$0.00"), (5, "$0.05"), (-5, "-$0.05"), (123_456_789, "$1,234,567.89"), (-100, "-$1.00")],
)
def test_people_read_amounts_with_separators(cents: int, text: str) -> None:
    assert for_people(cents) == text
    assert for_people(cents, symbol="") == text.replace("$", "")
