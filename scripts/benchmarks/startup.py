"""How soon planner is there: `planner --version`, and a server over an existing database."""

import statistics
import subprocess
import sys
import tempfile
import time
from importlib import resources
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

PLANNER = (sys.executable, "-m", "planner")
ROUNDS = 15
STARTS = 7
READY_SECONDS_MAX = 60.0

opener = build_opener(ProxyHandler({}))


def run() -> dict[str, object]:
    """Measure both; the yardstick is Python starting to do nothing."""
    version = [_took(*PLANNER, "--version") for _ in range(ROUNDS)]
    nothing = [_took(sys.executable, "-c", "pass") for _ in range(ROUNDS)]
    ready = _server_ready()
    ours, yardstick = statistics.median(version), statistics.median(nothing)
    return {
        "ours": round(ours, 1),
        "yardstick": round(yardstick, 1),
        "ratio": round(ours / yardstick, 2),
        "unit": "ms until `planner --version` has ended; yardstick: python -c pass",
        "version_ms": {"median": round(ours, 1), "most": round(max(version), 1)},
        "server_ready_ms": {"median": round(statistics.median(ready), 1), "most": round(max(ready), 1)},
    }


def _took(*command: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return 1000 * (time.perf_counter() - began)


def _server_ready() -> list[float]:
    """Return the ms from starting a server until /readyz says 200, on a database with the examples."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "planner.db"
        for name in ("family", "young_couple", "near_retirement"):
            with resources.as_file(resources.files("planner.examples") / f"{name}.toml") as file:
                _took(*PLANNER, "import", str(file), "--data", str(database))
        return [_start(database) for _ in range(STARTS)]


def _start(database: Path) -> float:
    began = time.perf_counter()
    with subprocess.Popen(
        [*PLANNER, "serve", "--data", str(database), "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[-1]
            with opener.open(f"{address}readyz", timeout=READY_SECONDS_MAX) as answer:
                assert answer.status == 200, answer.status  # noqa: PLR2004 -- OK
            return 1000 * (time.perf_counter() - began)
        finally:
            server.terminate()
            server.wait(READY_SECONDS_MAX)
