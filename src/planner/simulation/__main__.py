"""Plays seeds from the command line: `python -m planner.simulation --seeds 1000`."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Final

from planner.simulation.exhaustive import BATCHES, SHORT, crash_everywhere
from planner.simulation.run import Report, simulate

FIGURES: Final = ("lives", "requests", "jobs", "commits", "steps", "seconds")
SAY_EVERY_SECONDS: Final = 10.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Play what was asked for; the first seed that breaks ends it, and says how to repeat it."""
    parser = argparse.ArgumentParser(prog="python -m planner.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="play this one seed")
    parser.add_argument("--seeds", type=int, default=100, help="play so many (100)")
    parser.add_argument("--first", type=int, default=0, help="begin with this one (0)")
    parser.add_argument(
        "--exhaustive", action="store_true", help="a short script, with a crash at each commit point in turn"
    )
    parser.add_argument("--every-await", action="store_true", help="and with a crash at each await in turn")
    parser.add_argument("--batches", action="store_true", help="of the short scripts, the one with batches")
    options = parser.parse_args(arguments)
    if options.exhaustive or options.every_await:
        script = BATCHES if options.batches else SHORT
        crashes = crash_everywhere(options.seed or 0, script, every_await=options.every_await)
        play((crash.report for crash in crashes), "crashes")
    elif options.seed is not None:
        play(map(simulate, [options.seed]), "seed")
    else:
        play(map(simulate, range(options.first, options.first + options.seeds)), "seeds")
    return 0


def play(reports: Iterable[Report], what: str) -> None:
    """Print the sums of what was played, and how far it is now and then."""
    began = said = time.perf_counter()
    sums: Counter[str] = Counter()
    played = 0
    last: Report | None = None
    for last in reports:
        played += 1
        figures = asdict(last)
        sums.update({name: figures[name] for name in FIGURES})
        now = time.perf_counter()
        if now - said > SAY_EVERY_SECONDS:
            said = now
            sys.stderr.write(f"{played} {what} in {now - began:.0f} s, the last one seed {last.seed}\n")
    took = time.perf_counter() - began
    sys.stdout.write(f"{played} {what} ran clean in {took:.1f} s ({played / took:.1f} a second)\n")
    sys.stdout.write(", ".join(f"{sums[name]:,.0f} {name}" for name in FIGURES) + "\n")
    if played == 1 and last is not None:
        sys.stdout.write(f"trace {last.trace}\n")


if __name__ == "__main__":
    sys.exit(main())
