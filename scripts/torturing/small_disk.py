"""A disk of its own for the database, small enough to be filled: a tmpfs, where one may be mounted."""

import errno
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

BALLAST: Final = "ballast"
CHUNK_BYTES: Final = 64 * 1024


@contextmanager
def a_small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    """Mount a disk of so many megabytes at the folder; needs Linux and the right to mount.

    What is on it in the end is in the folder afterwards.
    """
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        with tempfile.TemporaryDirectory() as aside:
            shutil.copytree(folder, aside, dirs_exist_ok=True)
            subprocess.run(["umount", str(folder)], check=True)
            shutil.copytree(aside, folder, dirs_exist_ok=True)


def fill_up(folder: Path) -> None:
    """Leave no room on the disk."""
    try:
        with (folder / BALLAST).open("wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(CHUNK_BYTES))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


def make_room(folder: Path) -> None:
    """Give the room back."""
    (folder / BALLAST).unlink(missing_ok=True)
