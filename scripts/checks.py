"""Run every check of this repository, in the order in which they are quickest to fail."""

import argparse
import os
import subprocess
import sys
import time

from chromium import need_chromium
from environment import ROOT, Unready, program, ready, say
from requirement_rows import report

CHECKS = (
    ("formatting", ["ruff", "format", "--check", "--quiet"]),
    ("lint", ["ruff", "check", "--quiet"]),
    ("import contracts", ["lint-imports"]),
    ("types", ["mypy"]),
)
# Two workers: the machines that run this in public have two cores. Tests of one file stay together, so that a
# journey's server is started once.
WORKERS = ["-n", "2", "--dist", "loadfile"]


def main() -> int:
    """Parse the options, make everything ready, run the checks and the tests; return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/test", description=__doc__)
    parser.add_argument("--fast", action="store_true", help="leave out the browser tests and the journeys")
    parser.add_argument(
        "--full", action="store_true", help="also compare with PSL Tax-Calculator, which this installs"
    )
    parser.add_argument(
        "--rows", action="store_true", help="only list the requirement rows that no test names"
    )
    options, for_pytest = parser.parse_known_args()
    if options.rows:
        print(report())
        return 0
    try:
        ready("test")
        if options.full:
            ready("oracle")
        browser = None if options.fast else need_chromium()
    except Unready as reason:
        sys.exit(f"scripts/test: {reason}")
    if browser is not None:
        os.environ["PLANNER_BROWSER"] = str(browser)
    failed = [] if for_pytest else [name for name, command in CHECKS if not passes(name, command)]
    left_out = ["browser", "journey"] if options.fast else []
    left_out += [] if options.full else ["oracle"]
    chosen = ["-m", " and ".join(f"not {mark}" for mark in left_out)] if left_out else []
    if not passes("tests", ["pytest", *WORKERS, "--quiet", *chosen, *for_pytest]):
        failed.append("tests")
    if failed:
        say("failed: " + ", ".join(failed))
    return 1 if failed else 0


def passes(name: str, command: list[str]) -> bool:
    """Run one tool of .venv from the root of the repository; return whether it was content."""
    tool, *arguments = command
    started = time.monotonic()
    code = subprocess.run([str(program(tool)), *arguments], check=False, cwd=ROOT).returncode
    verdict = "well" if code == 0 else "FAILED"
    print(f"-- {name}: {verdict} ({time.monotonic() - started:.1f} s)", file=sys.stderr, flush=True)
    return code == 0


if __name__ == "__main__":
    sys.exit(main())
