"""The page about states says what the states' files say."""

import states_page


def test_the_page_is_written_from_the_files() -> None:
    """P7: what is simplified for a state is shown; `python scripts/states_page.py` rewrites it."""
    page = states_page.PAGE.read_text(encoding="utf-8")
    shown = page.partition(states_page.BEGIN)[2].partition(states_page.END)[0]
    assert shown.strip() == states_page.covered().strip()


def test_every_state_has_its_section() -> None:
    """P7: 51 of them, with their years."""
    text = states_page.covered()
    assert text.count("### ") == 51
    assert "### Virginia (VA)\n\n- Income tax: 2024, 2025, 2026." in text
