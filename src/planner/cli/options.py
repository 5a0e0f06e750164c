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

SURROUNDINGS = (
    ("--time-zone", "PLANNER_TIME_ZONE", "NAME", "Where the people are. [default: the machine's]"),
    ("--smtp-url", "PLANNER_SMTP_URL", "URL", "Who takes mail: smtps://user:password@host:465."),
    ("--alert-to", "PLANNER_ALERT_TO", "ADDRESS", "Who gets alerts by mail; commas between several."),
    ("--webhook-url", "PLANNER_WEBHOOK_URL", "URL", "Where alerts are posted to."),
    ("--webhook-secret", "PLANNER_WEBHOOK_SECRET", "TEXT", "What signs them."),
)

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


def surroundings_options(command: F) -> F:
    """Add what is usually said in the environment: the time zone, and where alerts go."""
    for name, variable, metavar, help_text in reversed(SURROUNDINGS):
        option = click.option(name, envvar=variable, metavar=metavar, show_envvar=True, help=help_text)
        command = option(command)
    return command


def surroundings(
    *,
    time_zone: str | None,
    smtp_url: str | None,
    alert_to: str | None,
    webhook_url: str | None,
    webhook_secret: str | None,
) -> "dict[str, Any]":
    """Return the settings of what `surroundings_options` was given; raises Refused for what cannot be."""
    from planner.cli.alerting import alerting_from
    from planner.settings import zone_named

    zone = time_zone or machine_zone()
    zone_named(zone)
    alerting = alerting_from(
        smtp_url=smtp_url, to=alert_to, webhook_url=webhook_url, webhook_secret=webhook_secret
    )
    return {"time_zone": zone, "alerting": alerting}


def surroundings_of_environment() -> "dict[str, Any]":
    """Return the same for commands without those options: what waits in a database is worked off as said."""
    return surroundings(
        **{name[2:].replace("-", "_"): os.environ.get(variable) for name, variable, _, _ in SURROUNDINGS}
    )


def machine_zone() -> str | None:
    """Return the name of the machine's time zone, or None where it has none."""
    from tzlocal import get_localzone_name

    try:
        return get_localzone_name()
    except LookupError:
        return None


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
