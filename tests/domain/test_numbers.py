"""Prove that rates and other decimal numbers are read exactly, within bounds."""

from decimal import Decimal
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from planner.domain.numbers import NumberField, read_decimal, read_whole


def short(value: object) -> str:
    """Name a test case by its value; Python refuses to write the longest whole numbers."""
    return hex(value)[:12] if isinstance(value, int) else repr(value)[:20]


field = NumberField(least=Decimal(-1), most=Decimal(168), places=4, hint="0.05 is 5 %")
number = TypeAdapter[Decimal](Annotated[Decimal, field])


@pytest.mark.parametrize(
    "given_as,written",
    [
        ("0.0500", "0.05"),
        (0.05, "0.05"),
        (1, "1"),
        (Decimal("1E+2"), "100"),
        (Decimal("-0"), "0"),
        (Decimal("0E+9"), "0"),
        (" -0.5 ", "-0.5"),
        ("5e-2", "0.05"),
    ],
)
def test_a_number_is_kept_in_one_written_form(given_as: object, written: str) -> None:
    read = number.validate_python(given_as)
    assert str(read) == written
    assert number.dump_python(read, mode="json") == written
    assert str(number.validate_json(number.dump_json(read))) == written


@pytest.mark.parametrize(
    "given_as",
    [
        True,
        None,
        "",
        "5%",
        "five",
        [],
        {},
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        "168.0001",
        -2,
        Decimal("1E+999999999"),
        1 << 15_000,
        "1" * 41,
    ],
    ids=short,
)
def test_other_values_are_refused_with_the_bounds_and_a_hint(given_as: object) -> None:
    with pytest.raises(ValidationError, match=r"must be a number from -1 to 168 \(0\.05 is 5 %\)"):
        number.validate_python(given_as)


@pytest.mark.parametrize("given_as", ["0.00001", Decimal("1E-999999999"), "1.23456"])
def test_endless_decimals_are_refused(given_as: object) -> None:
    with pytest.raises(ValidationError, match="at most 4 decimals"):
        number.validate_python(given_as)


@given(st.decimals("-1", "168", places=4))
def test_a_number_keeps_its_value(value: Decimal) -> None:
    assert number.validate_python(value) == value
    assert number.validate_python(str(value)) == value


@pytest.mark.parametrize("read,endless", [(read_decimal, "0." + "1" * 60), (read_whole, "1" * 60)])
def test_an_endless_number_of_a_file_is_no_number(read: Any, endless: str) -> None:
    assert read(endless).is_nan()
    assert read("12") == 12


def test_an_exponent_that_nothing_can_hold_is_no_number() -> None:
    assert read_decimal("1e99999999999999999999").is_nan()
