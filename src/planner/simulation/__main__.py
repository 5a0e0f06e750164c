"""Plays seeds from the command line: `python -m planner.simulation --seeds 1000`."""

import argparse
import sys
import time

from planner.simulation.run import simulate


def main() -> int:
    """Play what was asked for; the first seed that breaks ends it."""
    parser = argparse.ArgumentParser(prog="python -m planner.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="play this one")
    parser.add_argument("--seeds", type=int, default=100, help="play so many (100)")
    parser.add_argument("--first", type=int, default=0, help="begin with this one (0)")
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.seeds) if options.seed is None else [options.seed]
    began = time.perf_counter()
    for seed in seeds:
        report = simulate(seed)
        if options.seed is not None:
            sys.stdout.write(f"{report}\n")
    sys.stdout.write(f"{len(seeds)} seeds ran clean in {time.perf_counter() - began:.1f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
