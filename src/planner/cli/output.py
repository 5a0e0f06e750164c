"""What goes to the terminal: lines, tables, JSON, progress; nothing that a name could smuggle into it."""

import json
import sys
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final, TypeAlias

import click

Progress: TypeAlias = Callable[[float | None, str], None]
"""Takes the fraction that is done, None while that is unknown, and what is being done."""

TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of writing, with which a text can pass for another."""


def visible(text: str) -> str:
    """Return `text` on one line and without control characters, which a terminal would obey."""
    return "".join(
        " " if character in TURNING or unicodedata.category(character) in {"Cc", "Zl", "Zp"} else character
        for character in text
    )


def say(line: str = "") -> None:
    """Print one line."""
    click.echo(visible(line))


def say_json(value: object) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def say_table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[str] = (), empty: str = ""
) -> None:
    """Print rows in columns under their headings; columns named in `right` are aligned to the right.

    `empty` is said in the place of a table without rows.
    """
    if not rows and empty:
        say(empty)
        return
    lines = [[visible(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(_width(line[column]) for line in lines) for column in range(len(headings))]
    for line in lines:
        cells = (
            _padded(cell, width, to_the_right=heading in right)
            for cell, width, heading in zip(line, widths, headings, strict=True)
        )
        click.echo("  ".join(cells).rstrip())


def _padded(cell: str, width: int, *, to_the_right: bool) -> str:
    space = " " * (width - _width(cell))
    return space + cell if to_the_right else cell + space


def _width(text: str) -> int:
    """Return how many columns a terminal gives to `text`: wide characters take two, accents none."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def when(instant: str | None) -> str:
    """Return an instant of the API as people read it, in the terminal's own time zone."""
    if instant is None:
        return "-"
    return datetime.fromisoformat(instant).astimezone().strftime("%Y-%m-%d %H:%M:%S")


@contextmanager
def progress_bar(title: str, *, wanted: bool | None = None) -> Iterator[Progress]:
    """Show a bar while the block runs, if there is a terminal to show it on; it leaves nothing behind.

    `wanted` says so otherwise, for a command whose output goes elsewhere while people watch stderr.
    """
    if not (sys.stdout.isatty() if wanted is None else wanted):
        yield lambda _fraction, _doing: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Bar(*columns, console=console, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(title, total=None)

        def show(fraction: float | None, doing: str) -> None:
            description = visible(f"{title}: {doing}" if doing else title)
            total = None if fraction is None else 1.0
            bar.update(task, description=description, total=total, completed=fraction or 0.0)

        yield show
