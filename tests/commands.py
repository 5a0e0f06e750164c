"""Runs the real command: as a process of its own, and as a server that is stopped again."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

EXAMPLE = Path(__file__).parent.parent / "src" / "planner" / "examples" / "family.toml"
FAMILY = "The Okafor-Lindqvist family (example)"
PLANNER = (sys.executable, "-m", "planner")


@dataclass(frozen=True, kw_only=True)
class Finished:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str


Planner = Callable[..., Finished]
"""Runs a command in this process: the fixture `planner`."""


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    return {**os.environ, "PYTHONWARNINGS": "error", "COLUMNS": "200", **(more or {})}


def run_planner(
    *arguments: str | Path, stdin: bytes = b"", more: Mapping[str, str] | None = None
) -> Finished:
    """Run `planner` to its end in a process of its own."""
    done = subprocess.run(
        [*PLANNER, *map(str, arguments)],
        input=stdin, capture_output=True, check=False, timeout=60, env=environment(more),
    )  # fmt: skip
    return Finished(status=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


@contextmanager
def served(database: Path, *more: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve a database on a free port until the block ends; gives the address and the process."""
    server = subprocess.Popen(
        [*PLANNER, "serve", "--data", str(database), "--port", "0", *more],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip
    try:
        assert server.stdout is not None
        assert server.stderr is not None
        ready = server.stdout.readline()
        assert ready.startswith("planner is ready: http://127.0.0.1:"), server.stderr.read()
        yield ready.removeprefix("planner is ready: ").strip(), server
    finally:
        server.terminate()
        server.communicate(timeout=30)
