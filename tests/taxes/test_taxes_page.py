"""The documentation names every field and every answer, as the code does."""

from pathlib import Path

import pytest
import taxes_page


@pytest.mark.parametrize("path", taxes_page.PAGES, ids=lambda path: path.name)
def test_the_tables_of_the_page_follow_from_the_code(path: Path) -> None:
    """P7: `python scripts/taxes_page.py` writes them anew."""
    page = path.read_text(encoding="utf-8")
    assert taxes_page.written(page) == page
    assert "<!-- fields:" in page
