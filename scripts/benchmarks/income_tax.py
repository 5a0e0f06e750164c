"""How long a federal return takes, with its whole working; memory and import time of planner.taxes."""

import subprocess
import sys
import time
from random import Random
from statistics import median

from benchmarks import _tax_calculator as tax_calculator

from planner.taxes.calculators import calculate

CASES = 2_000
ROUNDS = 5
ALONE = 500
STARTS = 5
AIM_US = 300.0
# Prints the milliseconds of the import with all law of 2026, and the kilobytes that it takes.
IMPORT = """
import sys, time, tracemalloc
{trace}
began = time.perf_counter()
from planner.taxes.calculators import calculators
from planner.taxes.law import law
list(calculators()), law(2026)
took = (time.perf_counter() - began) * 1000
print(took if not tracemalloc.is_tracing() else tracemalloc.get_traced_memory()[0] / 1024)
"""


def run() -> dict[str, object]:
    """Measure; `yardstick` is Tax-Calculator with the same households in one call, compiled before."""
    random = Random(1040)
    cases = [_case(random) for _ in range(CASES)]
    calculate("income-tax", cases[:50])
    together = min(_seconds(cases) for _ in range(ROUNDS))
    alone = median(_seconds([case]) for case in cases[:ALONE])
    theirs = tax_calculator.seconds(cases)
    ours_us = together / CASES * 1e6
    theirs_us = None if theirs is None else theirs / CASES * 1e6
    return {
        "ours": ours_us,
        "yardstick": theirs_us,
        "ratio": None if theirs_us is None else ours_us / theirs_us,
        "unit": "microseconds a household, 2,000 in one call; yardstick: Tax-Calculator, compiled",
        "households_a_second": round(CASES / together),
        "alone_us": alone * 1e6,
        "aim_us": AIM_US,
        "import_ms": median(_said("") for _ in range(STARTS)),
        "import_memory_kb": _said("tracemalloc.start()"),
    }


def _seconds(cases: list[dict[str, object]]) -> float:
    began = time.perf_counter()
    calculate("income-tax", cases)
    return time.perf_counter() - began


def _said(trace: str) -> float:
    program = [sys.executable, "-c", IMPORT.format(trace=trace)]
    return float(subprocess.run(program, capture_output=True, text=True, check=True).stdout)


def _case(random: Random) -> dict[str, object]:
    status = random.choice(tuple(tax_calculator.STATUSES))
    joint, wages = status == "married_filing_jointly", random.randrange(5_000, 300_000)
    case: dict[str, object] = {
        "year": 2026,
        "filing_status": status,
        "age_head": random.randrange(20, 80),
        "age_spouse": random.randrange(20, 80) if joint else 0,
        "children_under_17": random.choice((0, 0, 1, 2, 3)),
        "wages_head": wages,
        "wages_spouse": random.randrange(100_000) if joint else 0,
        "taxable_interest": random.randrange(3_000),
        "qualified_dividends": random.choice((0, random.randrange(9_000))),
        "long_term_gains": random.choice((0, random.randrange(30_000))),
        "self_employment": random.choice((0, 0, random.randrange(60_000))),
        "social_security": random.choice((0, 0, random.randrange(40_000))),
    }
    if random.random() < 0.3:  # noqa: PLR2004 (a share)
        case |= {
            "item_mortgage_interest": random.randrange(30_000),
            "item_state_income_tax": wages // 20,
            "item_real_estate_tax": random.randrange(15_000),
            "item_charity_cash": random.randrange(9_000),
        }
    return case
