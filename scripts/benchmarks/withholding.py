"""How long federal withholding takes for a paycheck: 10,000 cases in one call, and one case alone."""

import time
from random import Random
from statistics import median

from benchmarks import _tax_calculator as tax_calculator

from planner.taxes.calculators import calculate

CASES = 10_000
ROUNDS = 5
ALONE = 2_000
AIM_US = 50.0
FREQUENCIES = ("weekly", "biweekly", "semimonthly", "monthly")
STATUSES = tuple(tax_calculator.STATUSES)


def run() -> dict[str, object]:
    """Measure; `yardstick` is what Tax-Calculator takes for a household with the same wages for a year."""
    random = Random(15)
    cases = [_case(random) for _ in range(CASES)]
    yearly = [
        {"year": 2026, "filing_status": case["filing_status"], "age_head": 40, "wages_head": case["wages"]}
        for case in cases
    ]
    asked = [{name: value for name, value in case.items() if name != "wages"} for case in cases]
    calculate("withholding", asked[:100])
    together = min(_seconds(lambda: calculate("withholding", asked)) for _ in range(ROUNDS))
    alone = [_seconds(lambda case=case: calculate("withholding", [case])) for case in asked[:ALONE]]
    theirs = tax_calculator.seconds(yearly)
    ours_us = together / CASES * 1e6
    theirs_us = None if theirs is None else theirs / CASES * 1e6
    return {
        "ours": ours_us,
        "yardstick": theirs_us,
        "ratio": None if theirs_us is None else ours_us / theirs_us,
        "unit": "microseconds a paycheck, 10,000 in one call; yardstick: Tax-Calculator, a return",
        "paychecks_a_second": round(CASES / together),
        "alone_us": median(alone) * 1e6,
        "aim_us": AIM_US,
    }


def _case(random: Random) -> dict[str, object]:
    wages = random.randrange(1_000, 1_500_000)
    return {
        "year": 2026,
        "pay_frequency": random.choice(FREQUENCIES),
        "filing_status": random.choice(STATUSES),
        "taxable_wages": f"{wages / 100:.2f}",
        "step2_checkbox": random.random() < 0.3,  # noqa: PLR2004 (a share)
        "step3_credits": random.choice((0, 2200)),
        "step4a_other_income": random.choice((0, "1500.50")),
        "step4b_deductions": 0,
        "step4c_extra": random.choice((0, 25)),
        "wages": wages / 4,
    }


def _seconds(work: object) -> float:
    assert callable(work)
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
