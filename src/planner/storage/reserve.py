"""A file that holds disk space in reserve, to be let go when the disk is full."""

import logging
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

RESERVE_BYTES: Final = 4 * 1024 * 1024
FREE_BYTES_MIN: Final = 2 * RESERVE_BYTES
"""Free space below which the reserve is not made: room for it and for the writes that follow."""

_BLOCK_BYTES: Final = 256 * 1024
assert RESERVE_BYTES % _BLOCK_BYTES == 0


class Reserve:
    """Space beside the database that nobody else can take: with it, what is in hand can still be written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self) -> bool:
        """Make the reserve if it is not there; return whether it is there now."""
        try:
            if self.path.exists() and self.path.stat().st_size == RESERVE_BYTES:
                return True
            if shutil.disk_usage(self.path.parent).free < FREE_BYTES_MIN:
                return False
            block = os.urandom(_BLOCK_BYTES)  # a file system that compresses must not shrink it
            with self.path.open("wb") as file:
                for _ in range(RESERVE_BYTES // _BLOCK_BYTES):
                    file.write(block)
        except OSError as error:
            log.warning("no disk space can be held in reserve (%s)", error)
            self.release()
            return False
        return True

    def release(self) -> None:
        """Give the space back to the disk."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
