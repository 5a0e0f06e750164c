"""From a projection to the charts of the dashboard, each with its table."""

from collections.abc import Callable, Iterable

import numpy as np

from planner.domain.accounts import TRAITS, AccountKind, AssetClass
from planner.domain.debts import DebtKind
from planner.engine.projection import Projection
from planner.engine.timeline import IntArray
from planner.web.pages.shown import Chart, Mark, Series, Shape, Table, Unit
from planner.web.pages.words import period_words, rounded

MONTHLY_BARS_MAX = 24
DECEMBER = "-12"

# Roles are the colours of the stylesheet; the order is how they are stacked, from the zero line outwards.
ASSET_NAMES = {
    "cash": "Cash",
    "investments": "Investments",
    "retirement": "Retirement",
    "health": "Health savings",
    "education": "Education",
    "property": "Property",
    "other": "Other belongings",
}
DEBT_NAMES = {"mortgage": "Home loans", "student": "Student loans", "card": "Cards", "debt": "Other debts"}
HOME_LOANS = {DebtKind.MORTGAGE, DebtKind.HELOC, DebtKind.HOME_EQUITY_LOAN}
STUDENT_LOANS = {DebtKind.STUDENT_FEDERAL, DebtKind.STUDENT_PRIVATE}
CARDS = {DebtKind.CREDIT_CARD, DebtKind.STORE_CARD}
CASH_FLOW = (
    ("Income", "income", "income", 1),
    ("Taxes", "tax", "taxes", -1),
    ("Spending", "expense", "spending", -1),
    ("Debt payments", "payment", "debt_service", -1),
    ("Contributions", "saving", "contributions", -1),
)


def net_worth_chart(projection: Projection, currency: str) -> Chart:
    """Return assets above the line, debts below it, and what is left of them."""
    assets = _grouped(
        ((asset_role(line.kind), f"accounts.{line.id}.closing", 1) for line in projection.accounts),
        projection,
    )
    debts = _grouped(
        ((debt_role(line.kind), f"debts.{line.id}.closing", -1) for line in projection.debts), projection
    )
    worth = projection.column("totals.net_worth")
    series = (
        *(
            _series(ASSET_NAMES[role], role, "area", assets[role], "assets")
            for role in ASSET_NAMES
            if role in assets
        ),
        *(
            _series(DEBT_NAMES[role], role, "area", debts[role], "debts")
            for role in DEBT_NAMES
            if role in debts
        ),
        _series("Net worth", "result", "line", worth),
    )
    periods = projection.month_labels
    return Chart(
        id="net-worth",
        title="Net worth",
        note="Assets above the line, debts below it",
        summary=_from_to("Net worth", worth, periods, currency),
        currency=currency,
        unit="month",
        periods=periods,
        series=series,
        marks=tuple(_marks(projection)),
        table=_yearly(series, periods, currency),
    )


def cash_flow_chart(projection: Projection, currency: str) -> Chart:
    """Return what comes in and goes out, by month for a short plan and by year for a long one."""
    by_month = projection.months <= MONTHLY_BARS_MAX
    unit: Unit = "month" if by_month else "year"
    periods = projection.month_labels if by_month else _years(projection)
    total: Callable[[IntArray], IntArray] = (
        (lambda column: column) if by_month else _summed_by_year(projection)
    )
    bars = tuple(
        _series(name, role, "bar", sign * total(projection.column(f"totals.{column}")), "flow")
        for name, role, column, sign in CASH_FLOW
    )
    left = total(projection.column("totals.surplus"))
    series = (*bars, _series("Left over", "result", "line", left))
    months = int(left.sum() / projection.months)
    return Chart(
        id="cash-flow",
        title="Cash flow",
        note=f"What comes in and goes out each {unit}"
        + ("" if by_month else "; the first and last may be partial"),
        summary=f"On average {rounded(months, currency)} a month is left over.",
        currency=currency,
        unit=unit,
        periods=periods,
        series=series,
        table=_table(f"Each {unit}", unit.capitalize(), series, periods, range(len(periods)), currency),
    )


def balances_chart(projection: Projection, currency: str) -> Chart:
    """Return every account and every debt as a line of its own."""
    lines = (
        *(
            _series(
                line.name, asset_role(line.kind), "line", projection.column(f"accounts.{line.id}.closing")
            )
            for line in projection.accounts
        ),
        *(
            _series(line.name, debt_role(line.kind), "line", -projection.column(f"debts.{line.id}.closing"))
            for line in projection.debts
        ),
    )
    series = _with_names_apart(lines)
    periods = projection.month_labels
    return Chart(
        id="balances",
        title="Balances",
        note="Every account and debt at the end of the month",
        summary=f"{len(projection.accounts)} accounts and {len(projection.debts)} debts, month by month.",
        currency=currency,
        unit="month",
        periods=periods,
        series=series,
        table=_yearly(series, periods, currency),
    )


def months_table(projection: Projection, currency: str) -> Table:
    """Return every month of the plan with its totals."""
    columns = (
        ("Income", "income"),
        ("Taxes", "taxes"),
        ("Spending", "spending"),
        ("Debt payments", "debt_service"),
        ("Contributions", "contributions"),
        ("Left over", "surplus"),
        ("Shortfall", "shortfall"),
        ("Assets", "assets"),
        ("Debts", "debts"),
        ("Net worth", "net_worth"),
        ("Net worth in today's money", "real_net_worth"),
    )
    found = [projection.column(f"totals.{column}").tolist() for _, column in columns]
    return Table(
        caption="Every month of the plan",
        head=("Month", *(name for name, _ in columns)),
        rows=tuple(
            (period_words(label), tuple(rounded(cents, currency) for cents in row))
            for label, row in zip(projection.month_labels, zip(*found, strict=True), strict=True)
        ),
    )


def asset_role(kind: str) -> str:
    """Return the sort of asset an account counts as."""
    account = AccountKind(kind)
    traits = TRAITS[account]
    if traits.retirement:
        return "retirement"
    match account:
        case AccountKind.HSA:
            return "health"
        case AccountKind.EDUCATION_529:
            return "education"
        case _:
            return {
                AssetClass.CASH: "cash",
                AssetClass.INVESTMENT: "investments",
                AssetClass.PROPERTY: "property",
            }.get(traits.grows_as, "other")


def debt_role(kind: str) -> str:
    """Return the sort of debt it counts as."""
    debt = DebtKind(kind)
    if debt in HOME_LOANS:
        return "mortgage"
    if debt in STUDENT_LOANS:
        return "student"
    return "card" if debt in CARDS else "debt"


def _grouped(columns: Iterable[tuple[str, str, int]], projection: Projection) -> dict[str, IntArray]:
    found: dict[str, IntArray] = {}
    for role, column, sign in columns:
        values = sign * projection.column(column)
        found[role] = found[role] + values if role in found else values
    return {role: values for role, values in found.items() if values.any()}


def _series(name: str, role: str, shape: Shape, cents: IntArray, stack: str | None = None) -> Series:
    dollars = tuple((cents / 100).tolist())
    return Series(name=name, role=role, shape=shape, values=dollars, stack=stack)


def _with_names_apart(series: tuple[Series, ...]) -> tuple[Series, ...]:
    """Number the second and later of the same name: charts know their series by name."""
    seen: dict[str, int] = {}
    apart = []
    for one in series:
        seen[one.name] = seen.get(one.name, 0) + 1
        name = one.name if seen[one.name] == 1 else f"{one.name} ({seen[one.name]})"
        apart.append(Series(name=name, role=one.role, shape=one.shape, values=one.values, stack=one.stack))
    return tuple(apart)


def _marks(projection: Projection) -> Iterable[Mark]:
    summary = projection.summary()
    if summary["first_shortfall_month"] is not None:
        yield Mark(period=summary["first_shortfall_month"], label="Money runs short")
    if summary["debt_free_month"] not in {None, projection.month_labels[0]}:
        yield Mark(period=summary["debt_free_month"], label="Debt-free")


def _years(projection: Projection) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label[:4] for label in projection.month_labels))


def _summed_by_year(projection: Projection) -> Callable[[IntArray], IntArray]:
    labels = projection.month_labels
    starts = [place for place, label in enumerate(labels) if place == 0 or label[:4] != labels[place - 1][:4]]
    return lambda column: np.add.reduceat(column, starts)


def _from_to(what: str, cents: IntArray, periods: tuple[str, ...], currency: str) -> str:
    first, last = rounded(int(cents[0]), currency), rounded(int(cents[-1]), currency)
    return f"{what} goes from {first} in {period_words(periods[0])} to {last} in {period_words(periods[-1])}."


def _yearly(series: tuple[Series, ...], periods: tuple[str, ...], currency: str) -> Table:
    last = len(periods) - 1
    shown = [place for place, period in enumerate(periods) if period.endswith(DECEMBER) or place in {0, last}]
    caption = "At the end of the first month, of each year, and of the last month"
    return _table(caption, "Month", series, periods, shown, currency)


def _table(  # noqa: PLR0917 -- what a table is made of
    caption: str,
    first_head: str,
    series: tuple[Series, ...],
    periods: tuple[str, ...],
    shown: Iterable[int],
    currency: str,
) -> Table:
    return Table(
        caption=caption,
        head=(first_head, *(one.name for one in series)),
        rows=tuple(
            (
                period_words(periods[place]),
                tuple(rounded(round(one.values[place] * 100), currency) for one in series),
            )
            for place in shown
        ),
    )
