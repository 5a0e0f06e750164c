"""The whole process under attack, repeatably and without threads: `python -m planner.simulation`."""

from planner.simulation.run import Report, simulate

__all__ = ["Report", "simulate"]
