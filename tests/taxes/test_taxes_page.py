"""The page about federal taxes lists every field and every answer of the calculator."""

import taxes_page


def test_the_tables_of_the_page_are_those_of_the_code() -> None:
    """P7: `python scripts/taxes_page.py` writes them anew."""
    page = taxes_page.PAGE.read_text(encoding="utf-8")
    assert taxes_page.written(page) == page
    assert "| `item_mortgage_interest` |" in page
    assert "| `income_tax_after_credits` |" in page
