"""A projection, from a plan to every month of it."""

import numpy as np

from planner.engine.beat import Beat
from planner.engine.months import run_months
from planner.engine.plan import Plan, outlook
from planner.engine.projection import Projection
from planner.engine.publish import published
from planner.engine.scheduled import scheduled

__all__ = ["Plan", "project"]


def project(plan: Plan, *, beat: Beat | None = None) -> Projection:
    """Work out every month of `plan`; `beat` hears again and again how far it is, and may raise to stop it.

    Pay, spending, debts and transfers fall on known dates; then the months run one after another, with
    growth, last year's tax, required distributions and withdrawals. Refused when a debt would never be paid
    off, the tax law of the start is not known, or the horizon is out of bounds.
    """
    with np.errstate(all="ignore"):
        view = outlook(plan, beat=beat)
        known = scheduled(view, beat=beat)
        run = run_months(view, known, paths=1, beat=beat)
        return published(view, known, run, path=0)
