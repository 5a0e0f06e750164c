"""A schedule gives the same tax exactly and for arrays."""

from decimal import Decimal

import numpy as np
import pytest

from planner.taxes.schedule import from_rows, from_tops

BRACKETS = from_tops([Decimal(100), Decimal(300)], [Decimal("0.1"), Decimal("0.2"), Decimal("0.4")])


@pytest.mark.parametrize(
    "dollars,tax", [("-5", "0"), ("0", "0"), ("99.99", "9.999"), ("100", "10"), ("250", "40"), ("400", "90")]
)
def test_each_part_is_taxed_at_its_own_rate(dollars: str, tax: str) -> None:
    """P7: brackets."""
    assert BRACKETS.exact(Decimal(dollars)) == Decimal(tax)
    assert BRACKETS.array(np.array([float(dollars)])) == pytest.approx(float(tax))


def test_published_bases_are_kept_as_they_are() -> None:
    """P6: a table's rounded taxes are the law, not what they were rounded from."""
    table = from_rows(
        [(Decimal(0), Decimal(0), Decimal("0.1")), (Decimal(5), Decimal("0.6"), Decimal("0.2"))]
    )
    assert table.exact(Decimal(5)) == Decimal("0.6")
    assert table.array(np.array([5.0, 4.0])) == pytest.approx([0.6, 0.4])


def test_rows_that_do_not_ascend_are_a_fault() -> None:
    with pytest.raises(AssertionError):
        from_tops([Decimal(300), Decimal(100)], [Decimal(0)] * 3)
