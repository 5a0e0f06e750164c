"""Run the measurements of scripts/benchmarks: one by name, or all of them as a table."""

import argparse
import importlib
import inspect
import json
import sys
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent / "benchmarks"


def main() -> int:
    """Print one object for one name, a table for all."""
    names = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=names, help="one measurement; all of them without it")
    parser.add_argument("--json", action="store_true", help="print JSON, one object to a line")
    parser.add_argument("--seconds", type=float, help="how long, for those that last as long as told")
    options = parser.parse_args()
    results = [measure(name, options.seconds) for name in ([options.name] if options.name else names)]
    if options.json:
        print("\n".join(json.dumps(result) for result in results))
    else:
        print_table(results)
    return 0


def measure(name: str, seconds: float | None) -> dict[str, object]:
    """Run the module scripts/benchmarks/<name>.py and return what its `run()` measured."""
    print(f"measuring {name} ...", file=sys.stderr, flush=True)
    sys.path.insert(0, str(FOLDER.parent))
    module = importlib.import_module(f"benchmarks.{name}")
    lasts = seconds is not None and "seconds" in inspect.signature(module.run).parameters
    result = module.run(seconds=seconds) if lasts else module.run()
    assert isinstance(result, Mapping), name
    return {"name": name, **result}


def print_table(results: list[dict[str, object]]) -> None:
    """Print each measurement with its yardstick, and its details below it."""
    print(f"{'name':<12}{'ours':>16}{'yardstick':>16}{'ratio':>10}")
    for result in results:
        ours, yardstick, ratio = (result.get(key) for key in ("ours", "yardstick", "ratio"))
        print(f"{result['name']!s:<12}{figure(ours):>16}{figure(yardstick):>16}{figure(ratio):>10}")
        for key in result.keys() - {"name", "ours", "yardstick", "ratio"}:
            print(f"    {key}: {result[key]}")


def figure(value: object) -> str:
    """Return a number with as many digits as say something."""
    if isinstance(value, int | float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004 (four digits)
    return "-" if value is None else str(value)


if __name__ == "__main__":
    sys.exit(main())
