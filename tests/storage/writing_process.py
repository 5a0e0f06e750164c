"""A process that writes notes as fast as it can and says which are acknowledged; it is there to be killed."""

import os
import sys
from pathlib import Path

import notes
import trio

from planner.storage import Store, open_store

TASKS = 32


async def main(path: Path) -> None:
    """Say "open <epoch>", then every acknowledged number, a line each."""
    async with trio.open_nursery() as nursery:
        store: Store = await nursery.start(open_store, path)
        say(f"open {store.epoch}")
        for task in range(TASKS):
            nursery.start_soon(write_for_ever, store, store.epoch * 10_000_000 + task)


async def write_for_ever(store: Store, number: int) -> None:
    while True:
        say(str(await store.write(notes.add, number, "x" * (number % 3000))))
        number += TASKS


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


trio.run(main, Path(sys.argv[1]))
