"""Make planner ready and serve it; options go to `planner serve`."""

import sys

from environment import Unready, become, program, ready


def main() -> None:
    """Install if anything changed, then become the server."""
    try:
        ready()
    except Unready as reason:
        sys.exit(f"planner: {reason}")
    become([str(program("planner")), "serve", *sys.argv[1:]])


if __name__ == "__main__":
    main()
