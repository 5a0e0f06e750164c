"""PSL Tax-Calculator as a yardstick: how long it takes for the same households, if it is installed."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec

ROUNDS = 3
STATUSES = {
    "single": 1,
    "married_filing_jointly": 2,
    "married_filing_separately": 3,
    "head_of_household": 4,
}
# Fields of the calculator `income-tax`, and what Tax-Calculator calls them.
NAMES = {
    "age_head": "age_head",
    "age_spouse": "age_spouse",
    "wages_head": "e00200p",
    "wages_spouse": "e00200s",
    "self_employment": "e00900p",
    "taxable_interest": "e00300",
    "qualified_dividends": "e00650",
    "long_term_gains": "p23250",
    "pension": "e01700",
    "social_security": "e02400",
    "item_mortgage_interest": "e19200",
    "item_state_income_tax": "e18400",
    "item_real_estate_tax": "e18500",
    "item_charity_cash": "e19800",
    "children_under_17": "n24",
}


def seconds(cases: Sequence[Mapping[str, object]]) -> float | None:
    """Return the least seconds for all `cases` of one year, once compiled; None if it is not there."""
    if find_spec("taxcalc") is None:
        return None
    asked = json.dumps(list(cases))
    said = subprocess.run([sys.executable, __file__], input=asked, capture_output=True, text=True, check=True)
    return float(said.stdout)


def main() -> None:
    """Time what is on standard input: making its records and working them out."""
    import pandas as pd  # noqa: PLC0415 -- installed beside Tax-Calculator only
    import taxcalc  # noqa: PLC0415

    cases = json.load(sys.stdin)
    rows = [_row(place, case) for place, case in enumerate(cases)]
    policy = taxcalc.Policy()
    policy.set_year(cases[0]["year"])
    frame, taken = pd.DataFrame(rows), []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        records = taxcalc.Records(
            data=frame, start_year=cases[0]["year"], gfactors=None, weights=None, exact_calculations=True
        )
        calculator = taxcalc.Calculator(policy=policy, records=records, verbose=False)
        calculator.calc_all()
        taken.append(time.perf_counter() - began)
    sys.stdout.write(str(min(taken)))


def _row(place: int, case: Mapping[str, float]) -> dict[str, float]:
    row: dict[str, float] = {theirs: case.get(ours, 0) for ours, theirs in NAMES.items()}
    mars = STATUSES[str(case["filing_status"])]
    adults = 1 + (mars == STATUSES["married_filing_jointly"])
    return row | {
        "RECID": place + 1,
        "MARS": mars,
        "FLPDYR": case["year"],
        "num": adults,
        "XTOT": adults + row["n24"],
        "nu18": row["n24"],
        "EIC": min(3, row["n24"]),
        "e00200": row["e00200p"] + row["e00200s"],
        "e00900": row["e00900p"],
        "e00600": row["e00650"],
        "e01500": row["e01700"],
    }


if __name__ == "__main__":
    main()
