"""Options and arguments that several commands share, and the files that they name."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from planner.domain.errors import PlannerError, Refused

if TYPE_CHECKING:
    from planner.domain.files import FileFormat

F = TypeVar("F", bound=Callable[..., Any])

file_format_option = click.Choice(["toml", "json"])


class CannotUse(PlannerError):
    """A file or folder that was named cannot be read or written."""


def data_option(command: F) -> F:
    """Add `--data PATH`, handed on as `data`: None means the default database."""
    option = click.option(
        "--data",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="PATH",
        help="The database file. [default: planner.db in your own data folder]",
    )
    return option(command)


def json_option(command: F) -> F:
    """Add `--json`, handed on as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")(command)


def chosen_database(data: Path | None) -> Path:
    """Return the database that was named, or the default one, whose folder is made."""
    from planner.settings import default_database, make_default_folder

    if data is not None:
        return data
    database = default_database(os.environ)
    try:
        make_default_folder(database)
    except OSError as error:
        raise CannotUse(f"The folder {database.parent} cannot be made ({error.strerror}).") from error
    return database


def read_file(path: Path, given: "FileFormat | None" = None) -> "tuple[bytes, FileFormat]":
    """Return the content of a household file and its format, by its ending unless it is `given`."""
    endings: dict[str, FileFormat] = {".toml": "toml", ".json": "json"}
    found = given or endings.get(path.suffix.lower())
    if found is None and str(path) == "-":
        raise Refused("Say with --format whether standard input is toml or json.")
    if found is None:
        raise Refused(f"{path} ends neither in .toml nor in .json, so it is not known how to read it.")
    try:
        return (sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()), found
    except OSError as error:
        raise CannotUse(f"{path} cannot be read ({error.strerror}).") from error


def write_file(path: Path, text: str) -> None:
    """Put `text` in the place of the file at once: a reader sees the old or the new, whole."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        if path.exists() and not path.is_file():  # a device or a pipe is written to, never replaced
            path.write_text(text, encoding="utf-8", newline="")
            return
        unfinished.write_text(text, encoding="utf-8", newline="")
        unfinished.replace(path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise CannotUse(f"{path} cannot be written ({error.strerror}).") from error
