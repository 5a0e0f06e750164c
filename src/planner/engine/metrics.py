"""The figures a dashboard shows first, each with its definition and, where it has no value, the reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from planner.domain.accounts import TRAITS, AssetGroup
from planner.domain.calendar import first_day
from planner.domain.codec import Plain
from planner.domain.debts import DebtKind
from planner.domain.expenses import ExpenseCategory
from planner.domain.household import Facts
from planner.domain.money import as_text
from planner.engine.debts import owed_on, payoff_month
from planner.engine.flows import FlowKind, Flows
from planner.engine.projection import Projection

HOUSING_DEBTS = frozenset({DebtKind.MORTGAGE, DebtKind.HELOC, DebtKind.HOME_EQUITY_LOAN})


class Unit(StrEnum):
    """What a metric's value is: cents, a fraction, a number of months, a month (2031-04), a multiple."""

    MONEY = "money"
    SHARE = "share"
    MONTHS = "months"
    MONTH = "month"
    TIMES = "times"


STEPS = {Unit.SHARE: Decimal("0.0001"), Unit.TIMES: Decimal("0.01"), Unit.MONTHS: Decimal("0.1")}
"""What values that are divided are rounded to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A figure. Without a value, `reason` says why."""

    name: str
    title: str
    value: Decimal | int | str | None
    unit: Unit
    definition: str
    reason: str = ""

    def to_plain(self) -> Plain:
        """Return the metric as JSON has it; money is text with two decimals, a fraction text as well."""
        value = self.value
        if value is not None:
            value = as_text(value) if isinstance(value, int) else str(value)
        return {
            "name": self.name,
            "title": self.title,
            "value": value,
            "unit": self.unit.value,
            "definition": self.definition,
            "reason": self.reason,
        }


def metrics(facts: Facts, flows: Flows, projection: Projection, on: date) -> tuple[Metric, ...]:
    """Return the dashboard's figures `on` a day, in the order in which they are shown.

    Worth is that at the start of `projection`. What `facts` know and an older projection does not is left
    out until there is a newer one.
    """
    return (
        *_worth(facts, projection),
        *_monthly(flows),
        *_ratios(facts, flows, projection),
        _debt_free(facts, on),
        _first_shortfall(projection),
        *(metric for group in facts.groups for metric in _group(group, projection)),
    )


def _worth(facts: Facts, projection: Projection) -> Iterator[Metric]:
    yield Metric(
        name="net_worth",
        title="Net worth",
        value=projection.header.net_worth_now,
        unit=Unit.MONEY,
        definition="Everything that is owned, less everything that is owed.",
    )
    yield Metric(
        name="liquid_assets",
        title="Liquid assets",
        value=_liquid(facts, projection),
        unit=Unit.MONEY,
        definition="Cash and investments outside retirement accounts: what can be spent at once.",
    )


def _liquid(facts: Facts, projection: Projection) -> int:
    return sum(
        _now(projection, f"accounts.{account.id}")
        for account in facts.accounts
        if TRAITS[account.kind].liquid
    )


def _now(projection: Projection, item: str) -> int:
    """Return what an account or a debt stands at when the projection starts."""
    name = f"{item}.opening"
    return int(projection.column(name)[0]) if name in projection.columns else 0


def _monthly(flows: Flows) -> Iterator[Metric]:
    totals = flows.totals
    yield Metric(
        name="monthly_income_after_tax",
        title="Income after tax",
        value=totals.income - totals.taxes,
        unit=Unit.MONEY,
        definition="Gross income of a month, less the taxes withheld from it.",
    )
    yield Metric(
        name="monthly_spending",
        title="Spending",
        value=totals.spending,
        unit=Unit.MONEY,
        definition="A month's expenses, with insurance and the like that is taken from pay; without debts.",
    )
    yield Metric(
        name="monthly_surplus",
        title="Surplus",
        value=totals.surplus,
        unit=Unit.MONEY,
        definition="What is left in cash of a month: income less taxes, spending, debts and contributions.",
    )


def _ratios(facts: Facts, flows: Flows, projection: Projection) -> Iterator[Metric]:
    totals = flows.totals
    after_tax = totals.income - totals.taxes
    yield _ratio(
        "savings_rate",
        "Savings rate",
        "What is put aside or left over, as a share of income after tax.",
        (totals.contributions + totals.surplus, after_tax),
        why="There is no income.",
    )
    yield _ratio(
        "liquidity_months",
        "Liquidity",
        "How many months of spending and debt payments the liquid assets last for.",
        (_liquid(facts, projection), totals.spending + totals.debt_service),
        unit=Unit.MONTHS,
        why="Nothing is spent.",
    )
    yield _ratio(
        "debt_service_coverage",
        "Debt service coverage",
        "Income after tax and spending, as a multiple of the debt payments.",
        (after_tax - totals.spending, totals.debt_service),
        unit=Unit.TIMES,
        why="There are no debt payments.",
    )
    yield _ratio(
        "debt_to_income",
        "Debt to income",
        "Debt payments, with escrow, as a share of gross income.",
        (totals.debt_service, totals.income),
        why="There is no income.",
    )
    yield _ratio(
        "housing_ratio",
        "Housing",
        "Home loans, with escrow, and housing expenses, as a share of gross income.",
        (_housing(flows), totals.income),
        why="There is no income.",
    )


def _ratio(
    name: str, title: str, definition: str, parts: tuple[int, int], *, why: str, unit: Unit = Unit.SHARE
) -> Metric:
    above, below = parts
    value = (Decimal(above) / below).quantize(STEPS[unit], rounding=ROUND_HALF_UP) if below > 0 else None
    reason = why if value is None else ""
    return Metric(name=name, title=title, value=value, unit=unit, definition=definition, reason=reason)


def _housing(flows: Flows) -> int:
    return sum(
        flow.monthly
        for flow in flows.flows
        if flow.in_force
        and (
            (flow.kind is FlowKind.DEBT_PAYMENT and flow.category in HOUSING_DEBTS)
            or (flow.kind is FlowKind.EXPENSE and flow.category == ExpenseCategory.HOUSING)
        )
    )


def _debt_free(facts: Facts, on: date) -> Metric:
    """Return the month of the last payment of all debts, also when it lies beyond the horizon."""
    owing = [debt for debt in facts.debts if owed_on(debt, on)]
    months = [payoff_month(debt, on) for debt in owing]
    last = max((month for month in months if month is not None), default=None)
    reason = "" if owing else "There are no debts."
    if None in months:
        last, reason = None, "At what is paid now, a debt is never paid off."
    return Metric(
        name="debt_free_month",
        title="Debt-free",
        value=None if last is None else first_day(last).isoformat()[:7],
        unit=Unit.MONTH,
        definition="The month of the last payment of the last debt.",
        reason=reason,
    )


def _first_shortfall(projection: Projection) -> Metric:
    month = projection.summary()["first_shortfall_month"]
    return Metric(
        name="first_shortfall_month",
        title="First shortfall",
        value=month,
        unit=Unit.MONTH,
        definition="The first month that ends without enough cash, when nothing is left to draw on.",
        reason="" if month else f"Cash lasts for all {projection.months} months of the plan.",
    )


def _group(group: AssetGroup, projection: Projection) -> Iterator[Metric]:
    owned = sum(_now(projection, f"accounts.{name}") for name in group.accounts)
    owed = sum(_now(projection, f"debts.{name}") for name in group.debts)
    yield Metric(
        name=f"groups.{group.id}.equity",
        title=f"{group.name}: equity",
        value=owned - owed,
        unit=Unit.MONEY,
        definition="What it is worth, less what is owed on it.",
    )
    yield _ratio(
        f"groups.{group.id}.loan_to_value",
        f"{group.name}: loan to value",
        "What is owed on it, as a share of what it is worth.",
        (owed, owned),
        why="It is worth nothing.",
    )
