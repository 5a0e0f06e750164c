"""The exclusive lock on a database file: the operating system keeps it, so a dead process cannot."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from planner.storage.faults import DatabaseLocked

OWNER_BYTES_MAX: Final = 4096
_LOCKED_BYTE: Final = 1 << 30
"""Where Windows locks, whose locks forbid reading: far behind the text that names the owner."""


@contextmanager
def exclusive_lock(database: Path, started_at: datetime) -> Iterator[None]:
    """Hold the lock of `database`; raises DatabaseLocked, naming the owner, when another process has it.

    The lock file stays behind: only the lock on it means anything, and removing it could leave two
    processes with a lock each.
    """
    path = database.with_name(database.name + ".lock")
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            _lock(handle)
        except OSError as error:
            raise DatabaseLocked(_refusal(database, _read_owner(handle))) from error
        _write_owner(handle, started_at)
        yield
    finally:
        os.close(handle)


def _refusal(database: Path, owner: dict[str, object]) -> str:
    who = "another process"
    if owner:
        who = f"process {owner.get('pid')} on {owner.get('host')}, started {owner.get('started')}"
    return f"{database} is open in {who}. Use that planner, stop it first, or choose another database."


def _write_owner(handle: int, started_at: datetime) -> None:
    owner = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "started": started_at.isoformat(timespec="seconds"),
    }
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, json.dumps(owner).encode())


def _read_owner(handle: int) -> dict[str, object]:
    """Return what the owner wrote, or nothing when it is just writing it."""
    os.lseek(handle, 0, os.SEEK_SET)
    try:
        owner = json.loads(os.read(handle, OWNER_BYTES_MAX))
    except ValueError:
        return {}
    return owner if isinstance(owner, dict) else {}


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
