"""`planner paychecks`: a year of stubs from a file."""

import csv
import io
import json
from decimal import Decimal

from commands import EXAMPLE, Planner


def test_table_csv_and_json_say_the_same(planner: Planner) -> None:
    """P6, P20: every paycheck of the year, and the year adds up in every form."""
    rows = list(
        csv.DictReader(io.StringIO(planner("paychecks", EXAMPLE, "--year", "2026", "--format", "csv").out))
    )
    found = json.loads(planner("paychecks", EXAMPLE, "--year", "2026", "--format", "json").out)
    table = planner("paychecks", EXAMPLE, "--year", "2026").out
    assert len(rows) == sum(len(each["paychecks"]) for each in found["incomes"])
    for each in found["incomes"]:
        net = sum(Decimal(row["net"]) for row in rows if row["income"] == each["income"])
        assert net == Decimal(each["totals"]["net"])
        assert f"{net:,.2f}" in table
        assert f"{each['name']}, 2026: {len(each['paychecks'])} paychecks" in table


def test_an_unknown_year_is_refused(planner: Planner) -> None:
    """Issue 4, bad input: unknown year."""
    done = planner("paychecks", EXAMPLE, "--year", "1999")
    assert done.status == 2
    assert "--year: is a year from 2024 to " in done.err
