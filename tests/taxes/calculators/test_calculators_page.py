"""The page about calculators lists every one with its fields and an example with its real answer."""

import calculators_page
import pytest

from planner.taxes.calculators import NAMES, answer_to, calculator


def test_the_page_is_that_of_the_registry() -> None:
    """P6, P7: `python scripts/calculators_page.py` writes it anew, and works every example out."""
    page = calculators_page.PAGE.read_text(encoding="utf-8")
    assert calculators_page.written(page) == page, "run python scripts/calculators_page.py"
    assert '{"withholding": "279.77", "withholding_whole_dollar": "280.00"}' in page
    assert "| `item_mortgage_interest` | dollars | 0.00 |" in page


@pytest.mark.parametrize("name", NAMES)
def test_every_calculator_has_an_example_that_is_answered(name: str) -> None:
    """P6, P7: and what a page shows on top is part of the answer, whose every part is described."""
    chosen = calculator(name)
    answer = answer_to(chosen, dict(chosen.example))
    assert chosen.example, f"{name} has no example"
    assert "error" not in answer, answer
    assert set(chosen.headline) <= set(answer) <= set(chosen.outputs)
