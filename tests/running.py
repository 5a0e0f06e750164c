"""A real planner server in a process of its own, for stories over HTTP and in the browser."""

import gc
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

READY = "planner is ready: "
STOP_SECONDS = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """A server that answers at `address` (without a slash at the end)."""

    address: str
    process: subprocess.Popen[str]


@contextmanager
def dying_connections() -> Iterator[None]:
    """Let connections break off: httpx leaves the body of a request half sent when one dies under it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Async generator 'httpx", ResourceWarning)
        yield
        gc.collect()


@contextmanager
def a_server(database: Path, *options: str, ends_with: int = 0) -> Iterator[Running]:
    """Start `planner serve` on a free port, and stop it in order; it must end by itself, and well."""
    command = [sys.executable, "-m", "planner", "serve", "--data", str(database), "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith(READY), f"the server said {line!r}"
        running = Running(address=line.removeprefix(READY).strip().rstrip("/"), process=process)
        try:
            yield running
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            status = process.wait(timeout=STOP_SECONDS)
    assert status == ends_with, f"the server ended with {status}"
