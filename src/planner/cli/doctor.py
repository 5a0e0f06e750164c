"""The command `planner doctor`: checks a database file, also while it is served, and changes nothing."""

from datetime import UTC, datetime
from pathlib import Path

import click

from planner.cli.options import chosen_database, data_option, json_option
from planner.cli.output import say, say_json

FOUND = 1


@click.command()
@data_option
@json_option
@click.pass_context
def doctor(context: click.Context, data: Path | None, *, as_json: bool) -> None:
    """Check the database for what must always hold.

    Changes nothing, and works while a server runs. Exit status: 0 all is well,
    1 something was found, 2 it could not be checked.
    """
    from dataclasses import asdict

    from planner.cli.server import find_server
    from planner.storage.doctor import examine

    database = chosen_database(data)
    served = find_server(database) is not None
    findings = examine(database, alive_at=datetime.now(UTC) if served else None, decode=read_derived)
    if as_json:
        say_json(
            {"database": str(database), "served": served, "findings": [asdict(each) for each in findings]}
        )
    elif not findings:
        say(f"{database}: all is well.")
    for finding in () if as_json else findings:
        say(f"{finding.check}: {finding.message} {finding.remedy}")
    if findings:
        context.exit(FOUND)


def read_derived(subject: str, body: bytes) -> object:
    """Read a derived body as its readers do; raises ValueError when it cannot be read."""
    import zlib

    from planner.domain.errors import Refused
    from planner.engine.projection import from_blob
    from planner.work.subjects import FLOWS, flows_from_bytes

    try:
        return flows_from_bytes(body) if subject == FLOWS else from_blob(body)
    except (AssertionError, KeyError, TypeError, zlib.error, Refused) as error:
        raise ValueError(str(error) or type(error).__name__) from error
