"""The handful of settings; everything else is a named constant beside its use."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PORT = 8710
HOST = "127.0.0.1"
GRACE_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Where the database is, where to listen (port 0: any free one), and how long stopping may take."""

    database: Path
    host: str = HOST
    port: int = PORT
    examples: bool = True
    grace_seconds: float = GRACE_SECONDS


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
