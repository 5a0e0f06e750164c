"""The command `planner serve`: the pages and the API over one database, until Ctrl-C or SIGTERM."""

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from planner.cli.options import chosen_database, data_option, surroundings, surroundings_options
from planner.cli.output import say
from planner.domain.errors import Refused
from planner.settings import HOST, PORT, Settings

LEVELS = ("debug", "info", "warning", "error")


@click.command()
@data_option
@click.option("--host", default=HOST, show_default=True, help="The address of this machine to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=PORT, show_default=True, help="0: any free one."
)
@click.option("--empty", is_flag=True, help="Begin a new database without the example households.")
@click.option("--log-level", type=click.Choice(LEVELS), default="warning", show_default=True)
@surroundings_options
def serve(
    data: Path | None, host: str, port: int, log_level: str, *, empty: bool, **around: str | None
) -> None:
    """Serve planner's pages and API on this machine."""
    refuse_foreign(host)
    said = surroundings(**around)
    settings = Settings(
        database=chosen_database(data),
        host=host,
        port=port,
        examples=not empty,
        trace_exporters=trace_exporters(os.environ),
        **said,
    )
    logging.basicConfig(
        level=log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    from functools import partial

    import trio

    from planner.process import run

    trio.run(partial(run, settings, task_status=Announcement(settings.database)))


def trace_exporters(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return OpenTelemetry's exporters that the environment names; if it is silent none, unlike its SDK."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return ()
    said = [each.strip() for each in environment.get("OTEL_TRACES_EXPORTER", "").split(",")]
    protocol = (
        environment.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
        or environment.get("OTEL_EXPORTER_OTLP_PROTOCOL")
        or "http/protobuf"
    )
    otlp = f"otlp_proto_{protocol.partition('/')[0]}"
    return tuple(otlp if each == "otlp" else each for each in said if each and each != "none")


def refuse_foreign(host: str) -> None:
    """Refuse to listen to other machines, before anything is opened."""
    from ipaddress import ip_address

    try:
        loopback = ip_address("127.0.0.1" if host == "localhost" else host.strip("[]")).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise Refused(
            f"--host {host} is not an address of this machine alone (127.0.0.1, ::1 or localhost). There are "
            "no users and no sign-in yet: whoever could reach planner could read and change every household."
        )


class Announcement:
    """Hears that the server is ready, and says so."""

    def __init__(self, database: Path) -> None:
        self._database = database

    def started(self, value: Any = None) -> None:
        """Say where planner listens and where its data is."""
        say(f"planner is ready: {value}")
        say(f"database: {self._database.resolve()}")
        say("Ctrl-C stops it.")
