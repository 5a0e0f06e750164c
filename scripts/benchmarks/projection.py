"""How long a 120-month projection of the family example takes, and its flows alone, in milliseconds."""

import time
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from statistics import median, quantiles

from planner.domain.files import read_household
from planner.engine.flows import generate_flows
from planner.engine.plan import Plan
from planner.engine.project import project
from planner.engine.projection import from_blob

START = date(2026, 11, 1)
MONTHS = 120
LONG_MONTHS = 720
RUNS = 200
AIM_PROJECTION_MS = 5.0
AIM_FLOWS_MS = 2.0


def run() -> dict[str, object]:
    """Measure; `ours` is the median of the projection and `yardstick` the aim."""
    content = (files("planner.examples") / "family.toml").read_bytes()
    facts = read_household(content, "toml").facts
    plan = Plan(facts=facts, start=START, assumptions=facts.assumptions, months=MONTHS)
    long = Plan(facts=facts, start=START, assumptions=facts.assumptions, months=LONG_MONTHS)
    made = project(plan)
    blob = made.to_blob()
    projection, projection_p99 = timed(lambda: project(plan))
    flows, flows_p99 = timed(lambda: generate_flows(facts, START))
    return {
        "ours": projection,
        "yardstick": AIM_PROJECTION_MS,
        "ratio": projection / AIM_PROJECTION_MS,
        "unit": "milliseconds, median; the yardstick is the aim",
        "projection_p99_ms": projection_p99,
        "projection_processor_ms": timed(lambda: project(plan), clock=time.process_time)[0],
        "flows_ms": flows,
        "flows_p99_ms": flows_p99,
        "flows_processor_ms": timed(lambda: generate_flows(facts, START), clock=time.process_time)[0],
        "flows_aim_ms": AIM_FLOWS_MS,
        "projection_720_months_ms": timed(lambda: project(long), runs=20)[0],
        "to_blob_ms": timed(made.to_blob)[0],
        "from_blob_ms": timed(lambda: from_blob(blob))[0],
        "blob_bytes": len(blob),
        "rows_ms": timed(made.rows, runs=50)[0],
    }


def timed(
    work: Callable[[], object], *, runs: int = RUNS, clock: Callable[[], float] = time.perf_counter
) -> tuple[float, float]:
    """Return the median and the 99th percentile of some runs, in milliseconds, after a few to warm up."""
    for _ in range(5):
        work()
    taken = []
    for _ in range(runs):
        began = clock()
        work()
        taken.append((clock() - began) * 1000)
    return median(taken), quantiles(taken, n=100)[-1]
