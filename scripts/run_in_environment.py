"""Run another script of this folder with .venv's Python, made ready with what the tests need."""

import sys
from pathlib import Path

from environment import Unready, become, program, ready


def main() -> None:
    """Install if anything changed, then become the script."""
    script, *arguments = sys.argv[1:]
    try:
        ready("test")
    except Unready as reason:
        sys.exit(f"planner: {reason}")
    become([str(program("python")), str(Path(__file__).parent / script), *arguments])


if __name__ == "__main__":
    main()
