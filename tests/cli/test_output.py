"""What reaches the terminal."""

import pytest

from planner.cli.output import progress_bar, say_table, visible


def test_a_name_cannot_command_the_terminal() -> None:
    assert visible("A\x1b[31mB\nC\u202eD\x9b") == "A [31mB C D "


def test_columns_are_aligned_whatever_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    say_table(("Name", "Worth"), [["日本", "1"], ["e\u0301t", "$1,000"]], right=["Worth"])
    assert capsys.readouterr().out.splitlines() == [
        "Name   Worth",
        "日本       1",
        "e\u0301t    $1,000",
    ]


def test_no_bar_is_drawn_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """R37: on the command line; a pipe gets no control characters."""
    with progress_bar("Working") as show:
        show(0.5, "halfway")
    assert capsys.readouterr() == ("", "")


def test_a_terminal_sees_what_is_done(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """R37: percent, what it is doing, time left."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    with progress_bar("Working") as show:
        show(0.5, "year 5 of [10]")
    told = capsys.readouterr().err
    assert "Working: year 5 of [10]" in told
    assert "50%" in told
