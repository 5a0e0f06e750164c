"""Finds the planner server, if there is one, that holds a database."""

import json
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from planner.settings import server_file

ANSWER_SECONDS_MAX: Final = 5.0

# Not through a proxy, whatever the environment says: the server is on this machine.
opener = build_opener(ProxyHandler({}))


def find_server(database: Path) -> str | None:
    """Return the address of the server that holds `database` and answers, or None."""
    try:
        address = json.loads(server_file(database).read_bytes())["address"]
        with opener.open(f"{address}healthz", timeout=ANSWER_SECONDS_MAX):
            return str(address)
    except (OSError, URLError, ValueError, KeyError, TypeError):
        return None  # no such file, one left behind by a crash, or one just being written
