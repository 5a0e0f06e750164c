"""The command `planner project`: a household file in, its projection out; no server, no database."""

import csv
import io
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import click

from planner.cli.options import read_file, write_file
from planner.cli.output import say, say_json, say_table

if TYPE_CHECKING:
    from planner.domain.household import Facts
    from planner.domain.scenarios import Scenario
    from planner.engine.projection import Projection

Period = Literal["month", "year"]

FLOWS: Final = {
    "Income": "totals.income",
    "Taxes": "totals.taxes",
    "Spending": "totals.spending",
    "Debt payments": "totals.debt_service",
    "Contributions": "totals.contributions",
    "Surplus": "totals.surplus",
}
"""What a table sums over a period; the first less the others is the last."""

STOCKS: Final = {"Assets": "totals.assets", "Debts": "totals.debts", "Net worth": "totals.net_worth"}
"""What a table shows as it is at the end of a period."""


class Month(click.ParamType[date]):
    """A month written as 2026-11, read as its first day."""

    name = "YYYY-MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the first day of the month, or refuse what is none."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m").date()  # noqa: DTZ007 -- a month has no time zone
        except ValueError:
            self.fail(f"{value!r} is not a month such as 2026-11.", param, ctx)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--months", type=click.IntRange(1, 720), help="How far to look. [default: the file's own horizon]"
)
@click.option("--start", type=Month(), help="The month to start from. [default: today]")
@click.option("--scenario", metavar="ID", help="Under the assumptions of this scenario of the file.")
@click.option(
    "--format", "shape", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True
)
@click.option("--by", type=click.Choice(["year", "month"]), help="The rows of the table. [default: year]")
@click.option(
    "--chart", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.svg",
    help="Also draw net worth, assets and debts into this file.",
)  # fmt: skip
def project(  # noqa: PLR0917 -- click passes them by name
    file: Path,
    months: int | None,
    start: date | None,
    scenario: str | None,
    shape: Literal["table", "json", "csv"],
    by: Period | None,
    chart: Path | None,
) -> None:
    """Project a household FILE (TOML or JSON) month by month.

    The table shows years, or months with --by month; JSON and CSV have every column of every month.
    """
    if by is not None and shape != "table":
        raise click.UsageError(f"--by is for the table; {shape} always has every month.")
    from planner.domain.files import read_household

    facts = read_household(*read_file(file)).facts
    chosen = _scenario(facts, scenario)
    projection = _projected(facts, chosen, start or date.today(), months)  # noqa: DTZ011 -- the user's own day
    if chart is not None:
        write_file(chart, drawn(facts.name, projection))
    match shape:
        case "table":
            say(facts.name if chosen is None else f"{facts.name}: {chosen.name}")
            say_table(*table_of(projection, by or "year"), right=[*FLOWS, *STOCKS])
            say()
            for remark in remarks(projection):
                say(remark)
        case "json":
            say_json(
                {
                    "household": facts.name,
                    "scenario": scenario,
                    "summary": projection.summary(),
                    "notes": projection.notes,
                    "months": projection.rows(),
                }
            )
        case "csv":
            sys.stdout.write(csv_of(projection))


def _scenario(facts: "Facts", scenario: str | None) -> "Scenario | None":
    from planner.domain.errors import Refused

    if scenario is None:
        return None
    found = next((each for each in facts.scenarios if each.id == scenario), None)
    if found is None:
        listed = ", ".join(each.id for each in facts.scenarios) or "none"
        raise Refused(f'The file has no scenario "{scenario}" (it has: {listed}).')
    return found


def _projected(facts: "Facts", scenario: "Scenario | None", start: date, months: int | None) -> "Projection":
    from planner.domain.scenarios import assumed
    from planner.engine.project import Plan
    from planner.engine.project import project as work_out

    assumptions = assumed(facts.assumptions, scenario)
    return work_out(
        Plan(facts=facts, start=start, assumptions=assumptions, months=months or assumptions.horizon_months)
    )


def table_of(projection: "Projection", by: Period) -> tuple[list[str], list[list[str]]]:
    """Return the headings and the rows of the table."""
    from planner.domain.money import for_people

    labels = projection.month_labels
    periods: dict[str, list[int]] = {}
    for place, label in enumerate(labels):
        periods.setdefault(label if by == "month" else label[:4], []).append(place)
    columns = {name: projection.column(name).tolist() for name in (*FLOWS.values(), *STOCKS.values())}
    rows = []
    for period, places in periods.items():
        sums = [sum(columns[name][place] for place in places) for name in FLOWS.values()]
        ends = [columns[name][places[-1]] for name in STOCKS.values()]
        rows.append([_period(period, len(places)), *map(for_people, [*sums, *ends])])
    return ["Month" if by == "month" else "Year", *FLOWS, *STOCKS], rows


def _period(label: str, months: int) -> str:
    whole = len(label) > len("2026") or months == 12  # noqa: PLR2004 -- a year
    return label if whole else f"{label} ({months} {'month' if months == 1 else 'months'})"


def csv_of(projection: "Projection") -> str:
    """Return every column of every month, amounts with two decimals and no sign of currency."""
    from planner.domain.money import as_text

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["month", *projection.columns])
    columns = [[as_text(cents) for cents in projection.column(name).tolist()] for name in projection.columns]
    writer.writerows(zip(projection.month_labels, *columns, strict=True))
    return out.getvalue()


def remarks(projection: "Projection") -> list[str]:
    """Return what a reader should know, in sentences: when debts end, when money runs short."""
    from planner.domain.money import for_people

    summary = projection.summary()
    said = []
    if summary["debt_free_month"] is not None:
        said.append(f"Free of debt in {summary['debt_free_month']}.")
    elif projection.debts:
        said.append(f"Not free of debt by {summary['end']}.")
    if summary["first_shortfall_month"] is not None:
        most = for_people(int(projection.column("totals.shortfall").max()))
        said.append(f"Money is short from {summary['first_shortfall_month']} on: at most {most} is missing.")
    return [*said, *projection.notes]


def drawn(name: str, projection: "Projection") -> str:
    """Return the chart of the projection."""
    from planner.cli.chart import NetWorth, net_worth_chart

    def column(of: str) -> list[int]:
        cents: list[int] = projection.column(f"totals.{of}").tolist()
        return cents

    shown = NetWorth(
        name=name,
        months=projection.month_labels,
        assets=column("assets"),
        debts=column("debts"),
        net_worth=column("net_worth"),
        remarks=remarks(projection),
    )
    return net_worth_chart(shown)
