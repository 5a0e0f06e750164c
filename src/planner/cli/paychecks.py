"""The command `planner paychecks`: a household file in, a year of paychecks out; no server, no database."""

import csv
import io
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import click

from planner.cli.options import read_file
from planner.cli.output import say, say_json, say_table

if TYPE_CHECKING:
    from planner.domain.household import Facts
    from planner.engine.payroll import PayrollYear
    from planner.taxes.stubs import Totals

COLUMNS: Final = (
    "gross", "federal_wages", "federal", "social_security", "medicare", "additional_medicare",
    "state", "local", "state_contributions", "net", "employer",
)  # fmt: skip
HEADINGS: Final = ("Payday", "Gross", "Deducted", "Federal", "Social Security", "Medicare", "State", "Net")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--year", type=int, help="The calendar year. [default: this one]")
@click.option(
    "--format", "shape", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True
)
def paychecks(file: Path, year: int | None, shape: Literal["table", "json", "csv"]) -> None:
    """Work out every paycheck of a year for a household FILE (TOML or JSON).

    JSON has every line of every stub with the year to date; CSV has a row for each paycheck.
    """
    from planner.domain.errors import Refused
    from planner.domain.files import read_household
    from planner.engine.payroll import YEARS_AHEAD, payroll_year
    from planner.taxes.law import FIRST_YEAR

    facts = read_household(*read_file(file)).facts
    today = date.today()  # noqa: DTZ011 -- the user's own day
    wanted = today.year if year is None else year
    if not FIRST_YEAR <= wanted <= today.year + YEARS_AHEAD:
        raise Refused.one("--year", f"is a year from {FIRST_YEAR} to {today.year + YEARS_AHEAD}.")
    payroll = payroll_year(facts, wanted, today.replace(day=1))
    match shape:
        case "table":
            _say_tables(facts, payroll)
        case "json":
            from planner.engine.payroll_plain import shown_payroll

            names = {each.id: {"name": each.name, "owner": each.owner} for each in facts.incomes}
            say_json({"household": facts.name, **shown_payroll(payroll, names)})
        case "csv":
            sys.stdout.write(csv_of(payroll))


def _say_tables(facts: "Facts", payroll: "PayrollYear") -> None:
    names = {each.id: each.name for each in facts.incomes}
    if not payroll.count:
        say(f"No salary or hourly pay falls in {payroll.year}.")
    for each in payroll.incomes:
        say(f"{names[each.income]}, {payroll.year}: {len(each.stubs)} paychecks")
        rows = [[str(stub.payment.day), *_cells(stub.stub.paid)] for stub in each.stubs]
        rows.append(["Together", *_cells(each.stubs[-1].stub.to_date)])
        say_table(HEADINGS, rows, right=HEADINGS[1:])
        say()


def _cells(paid: "Totals") -> list[str]:
    from planner.domain.money import for_people

    medicare = paid.medicare + paid.additional_medicare
    state = paid.state + paid.local + paid.state_contributions
    deducted = sum(paid.deducted.values())
    parts = (paid.gross, deducted, paid.federal, paid.social_security, medicare, state, paid.net)
    return [for_people(cents) for cents in parts]


def csv_of(payroll: "PayrollYear") -> str:
    """Return a row for each paycheck, amounts with two decimals and no sign of currency."""
    from planner.domain.money import as_text

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["date", "income", *COLUMNS])
    for each in payroll.incomes:
        for stub in each.stubs:
            amounts = (as_text(getattr(stub.stub.paid, name)) for name in COLUMNS)
            writer.writerow([stub.payment.day, each.income, *amounts])
    return out.getvalue()
