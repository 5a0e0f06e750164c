"""The server under attack: the real command in a process of its own, life after life."""

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import trio

READY: Final = "planner is ready: "
START_SECONDS_MAX: Final = 60.0
DISK_FULL: Final = " is full: planner can show everything and change nothing."
LOG_TAIL_BYTES: Final = 4_000


class NotReady(Exception):
    """The server ended before it was ready."""


class Server:
    """One life of the server after the other, over one database file."""

    def __init__(self, database: Path, environment: Mapping[str, str]) -> None:
        self.database = database
        self.log = database.with_name("server.log")
        self._environment = {**os.environ, "PYTHONWARNINGS": "error", **environment}
        self._process: trio.Process | None = None
        self.spawned_at = 0.0
        self.ready_seconds: list[float] = []
        self._told = 0

    async def spawn(self) -> None:
        """Begin a life; `ready` says when it serves."""
        command = [sys.executable, "-m", "planner", "serve", "--port", "0", "--empty"]
        with self.log.open("ab") as log:
            self._process = await trio.lowlevel.open_process(
                [*command, "--data", str(self.database)],
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._environment,
            )
        self.spawned_at = time.perf_counter()

    async def ready(self) -> str:
        """Return the address once it serves; raises NotReady when it ends before."""
        process = self._living()
        assert process.stdout is not None
        said = b""
        with trio.fail_after(START_SECONDS_MAX):
            while b"\n" not in said:
                part = await process.stdout.receive_some()
                if not part:
                    raise NotReady
                said += part
        self.ready_seconds.append(time.perf_counter() - self.spawned_at)
        line = said.decode().splitlines()[0]
        assert line.startswith(READY), line
        return line.removeprefix(READY).strip().rstrip("/")

    def _living(self) -> trio.Process:
        assert self._process is not None
        return self._process

    @property
    def usual_start(self) -> float:
        """How many seconds a start has taken so far."""
        return statistics.median(self.ready_seconds)

    @property
    def ended(self) -> bool:
        """Whether the process of this life is over."""
        return self._living().poll() is not None

    def send(self, which: signal.Signals) -> None:
        """Send a signal, if there is anyone to get it."""
        if not self.ended:
            self._living().send_signal(which)

    async def wait(self) -> int:
        """Wait for the end of this life; return the exit status."""
        process = self._living()
        status = await process.wait()
        if process.stdout is not None:
            await process.stdout.aclose()
        return status

    def complaints(self) -> list[str]:
        """Return what the log tells of crashes since the last look."""
        with self.log.open("rb") as log:
            log.seek(self._told)
            text = log.read().decode(errors="replace")
            self._told = log.tell()
        lines = [line for line in text.splitlines() if DISK_FULL not in line]
        return [
            line
            for line in lines
            if " ERROR " in line or " CRITICAL " in line or line.startswith("Traceback")
        ]

    def tail(self) -> str:
        """Return the end of the log."""
        return self.log.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace")
