"""The handful of settings; everything else is a named constant beside its use."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from planner.domain.errors import Refused

PORT = 8710
HOST = "127.0.0.1"
GRACE_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class MailServer:
    """Who takes our mail. Without `implicit_tls` the connection begins in the clear and is made safe."""

    host: str
    port: int
    implicit_tls: bool
    sender: str
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Webhook:
    """An address that alerts are posted to, and the secret that signs them. The address may be one, too."""

    url: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Alerting:
    """Where alerts go: by mail to the addresses `to`, and to a webhook; nowhere unless somebody says so."""

    mail: MailServer | None = None
    to: tuple[str, ...] = ()
    webhook: Webhook | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Where the database is, where to listen (port 0: any free one), and how long stopping may take.

    `time_zone` is where the people are: their days and months begin by it. None: the machine's date.
    `trace_exporters` are names of OpenTelemetry's exporters; none: nothing is traced.
    """

    database: Path
    host: str = HOST
    port: int = PORT
    examples: bool = True
    grace_seconds: float = GRACE_SECONDS
    time_zone: str | None = None
    alerting: Alerting = Alerting()
    trace_exporters: tuple[str, ...] = ()


def zone_named(name: str | None) -> ZoneInfo:
    """Return a time zone; None: that of UTC. Raises Refused for one that nobody knows."""
    try:
        return ZoneInfo(name or "UTC")
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise Refused(f"There is no time zone called {name!r}; one is Europe/Berlin.") from error


def default_database(environment: Mapping[str, str]) -> Path:
    """Return where the database is unless the user says otherwise: in the user's own data folder."""
    if sys.platform == "win32":
        folder = Path(environment.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Application Support"
    else:
        folder = Path(environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return folder / "planner" / "planner.db"


def make_default_folder(database: Path) -> None:
    """Make the folder of the default database, private to the user.

    Only that one is made: a folder that the user names and that is not there may be a disk not yet mounted.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    if os.name == "posix":
        database.parent.chmod(0o700)


def server_file(database: Path) -> Path:
    """Return the file that says where a server answers for the database; it is beside it, past any links."""
    real = database.resolve()
    return real.with_name(real.name + ".server.json")
