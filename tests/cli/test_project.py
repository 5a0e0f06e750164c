"""`planner project`: from a file to a table, to exact columns, and to a picture."""

import csv
import io
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from commands import EXAMPLE, Planner

SVG = "{http://www.w3.org/2000/svg}"


def amounts(row: Mapping[str, str], *names: str) -> Decimal:
    return sum((Decimal(row[name]) for name in names), Decimal(0))


def test_every_month_of_the_csv_adds_up(planner: Planner) -> None:
    """P10: opening + in - out + growth = closing, per account, and net worth is assets less debts."""
    done = planner("project", EXAMPLE, "--months", "30", "--format", "csv", "--start", "2026-11")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [row["month"] for row in rows[:3]] == ["2026-11", "2026-12", "2027-01"]
    assert len(rows) == 30
    accounts = {name.split(".")[1] for name in rows[0] if name.startswith("accounts.")}
    debts = {name.split(".")[1] for name in rows[0] if name.startswith("debts.")}
    assert accounts
    assert debts
    for row in rows:
        for account in accounts:
            at = f"accounts.{account}"
            closing = amounts(row, f"{at}.opening", f"{at}.in", f"{at}.growth") - amounts(row, f"{at}.out")
            assert closing == Decimal(row[f"{at}.closing"]), (row["month"], account)
        owned = amounts(row, *(f"accounts.{account}.closing" for account in accounts))
        owed = amounts(row, *(f"debts.{debt}.closing" for debt in debts))
        assert owned - owed == amounts(row, "totals.net_worth")


def test_json_has_the_same_months_and_a_summary(planner: Planner) -> None:
    """P20: tables as CSV and JSON say the same."""
    arguments = ("project", EXAMPLE, "--months", "13", "--start", "2026-11", "--format")
    table = list(csv.DictReader(io.StringIO(planner(*arguments, "csv").out)))
    found = json.loads(planner(*arguments, "json").out)
    assert [month["month"] for month in found["months"]] == [row["month"] for row in table]
    assert found["months"][-1]["totals"]["net_worth"] == table[-1]["totals.net_worth"]
    assert found["summary"]["net_worth_end"] == table[-1]["totals.net_worth"]


def test_the_table_sums_years_and_ends_with_remarks(planner: Planner) -> None:
    done = planner("project", EXAMPLE, "--months", "26", "--start", "2026-11")
    name, headings, first, second, *rest = done.out.splitlines()
    assert name == "The Okafor-Lindqvist family (example)"
    assert headings.split()[:3] == ["Year", "Income", "Taxes"]
    assert first.startswith("2026 (2 months) ")
    assert second.startswith("2027  ")
    assert {len(headings)} == {len(line) for line in (first, second)}, "amounts end under their headings"
    assert "Not free of debt by 2028-12." in rest
    income, taxes, spending, debts, contributions, surplus = (
        Decimal(cell.replace("$", "").replace(",", "")) for cell in second.split()[1:7]
    )
    assert income - taxes - spending - debts - contributions == surplus
    months = planner("project", EXAMPLE, "--months", "26", "--start", "2026-11", "--format", "csv").out
    of_the_year = [row for row in csv.DictReader(io.StringIO(months)) if row["month"].startswith("2027")]
    assert income == sum(Decimal(row["totals.income"]) for row in of_the_year)
    assert second.endswith(f"${Decimal(of_the_year[-1]['totals.net_worth']):,}")


def test_the_table_by_month(planner: Planner) -> None:
    done = planner("project", EXAMPLE, "--months", "2", "--start", "2026-11", "--by", "month")
    assert [line.split()[0] for line in done.out.splitlines()[1:4]] == ["Month", "2026-11", "2026-12"]


def test_the_horizon_is_the_file_s_own_unless_months_are_given(planner: Planner) -> None:
    done = planner("project", EXAMPLE, "--format", "csv")
    assert done.out.count("\n") == 1 + 240


def test_a_scenario_ends_elsewhere(planner: Planner) -> None:
    """P11: a scenario is the baseline under other assumptions."""

    def end(*more: str) -> str:
        done = planner("project", EXAMPLE, "--months", "24", "--format", "json", *more)
        return str(json.loads(done.out)["summary"]["net_worth_end"])

    assert Decimal(end("--scenario", "lean-markets")) < Decimal(end())


def test_a_shortfall_is_told(planner: Planner, tmp_path: Path) -> None:
    """P10: shortfalls are shown, never hidden."""
    poor = tmp_path / "poor.toml"
    poor.write_text(
        'name = "Poor"\nfiling_status = "single"\n'
        '[[accounts]]\nid = "cash"\nname = "Cash"\nkind = "checking"\n'
        'balances = [{ date = 2026-10-31, value = "100" }]\n'
        '[[expenses]]\nid = "rent"\nname = "Rent"\ncategory = "housing"\namount = 900\n'
        'frequency = "monthly"\n'
    )
    done = planner("project", poor, "--months", "3", "--start", "2026-11")
    assert "Money is short from 2026-11 on: at most $" in done.out


def test_the_chart_is_well_formed_and_described(planner: Planner, tmp_path: Path) -> None:
    chart = tmp_path / "chart.svg"
    done = planner("project", EXAMPLE, "--months", "60", "--chart", chart)
    assert done.status == 0
    picture = ET.parse(chart).getroot()  # noqa: S314 -- our own file
    named = {element.get("id"): element.text for element in picture.iter() if element.get("id")}
    assert named["title"] == "Net worth of The Okafor-Lindqvist family (example)"
    assert "Not free of debt by" in (named["description"] or "")
    assert picture.get("aria-labelledby") == "title description"
    lines = list(picture.iter(f"{SVG}polyline"))
    assert [len((line.get("points") or "").split()) for line in lines] == [60, 60, 60]
    assert list(tmp_path.iterdir()) == [chart]


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["nofile.toml"], "nofile.toml cannot be read (No such file or directory)."),
        (["."], "'.' is a directory"),
        ([__file__], "ends neither in .toml nor in .json"),
        ([EXAMPLE, "--months", "0"], "0 is not in the range 1<=x<=720"),
        ([EXAMPLE, "--months", "721"], "721 is not in the range 1<=x<=720"),
        ([EXAMPLE, "--months", "many"], "'many' is not a valid integer range"),
        ([EXAMPLE, "--start", "2026-13"], "'2026-13' is not a month such as 2026-11"),
        ([EXAMPLE, "--start", "1850-01"], "tax law"),
        ([EXAMPLE, "--scenario", "nix"], 'no scenario "nix" (it has: high-inflation, lean-markets)'),
        ([EXAMPLE, "--format", "pdf"], "'pdf' is not one of"),
        ([EXAMPLE, "--format", "csv", "--by", "year"], "--by is for the table"),
        ([EXAMPLE, "--chart", "/nowhere/at/all.svg"], "/nowhere/at/all.svg cannot be written"),
    ],
)
def test_what_cannot_be_projected(planner: Planner, arguments: list[str | Path], told: str) -> None:
    done = planner("project", *arguments)
    assert (done.status, done.out) == (2, "")
    assert told in done.err
    assert done.err.count("\n") == 1


def test_every_problem_of_a_file_has_its_line(planner: Planner, tmp_path: Path) -> None:
    """P20: a file is read with errors that name the key."""
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('name = "X"\nfiling_status = "sinlge"\nstaet = "NC"\n')
    done = planner("project", wrong)
    assert (done.status, done.out) == (2, "")
    assert sorted(line.split(":")[1] for line in done.err.splitlines()) == [" filing_status", " staet"]
    assert 'Did you mean "single"?' in done.err
