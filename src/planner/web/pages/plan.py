"""The dashboard: key figures and charts of the baseline, and every month of it."""

from decimal import Decimal

from planner.engine.metrics import Metric, Unit
from planner.engine.projection import Projection
from planner.web.pages.charts import balances_chart, cash_flow_chart, months_table, net_worth_chart
from planner.web.pages.drawing import draw
from planner.web.pages.shown import Chart, MetricTile, Notice, Plan
from planner.web.pages.state import State, generation, home_of, page_values, state_of
from planner.web.pages.words import percent, period_words, rounded
from planner.web.resolve import Resolved
from planner.work import read
from planner.work.read import Dashboard
from planner.work.world import World

FIRST = (
    "net_worth",
    "net_worth_end",
    "monthly_income_after_tax",
    "monthly_surplus",
    "savings_rate",
    "liquid_assets",
    "debt_free_month",
    "first_shortfall_month",
)
BESIDE_A_FORM = ("net_worth_end", "monthly_income_after_tax", "monthly_surplus", "savings_rate", *FIRST[-2:])


async def dashboard_page(world: World, resolved: Resolved) -> str:
    """Return the dashboard."""
    plan, state = await plan_of(world, resolved, compact=False)
    values = page_values(resolved.record, state, "plan", "Plan")
    return draw("dashboard.html", plan=plan, **values)


async def plan_part(world: World, resolved: Resolved, *, compact: bool) -> str:
    """Return the part that fetches itself anew whenever something new was worked out."""
    plan, _ = await plan_of(world, resolved, compact=compact)
    return draw("plan.html", plan=plan, home=home_of(resolved.record))


async def months_page(world: World, resolved: Resolved) -> str:
    """Return every month of the baseline."""
    shown = await read.projection(world, resolved.household_id)
    state = await state_of(world, resolved.household_id)
    values = page_values(resolved.record, state, "months", "Month by month")
    currency = resolved.record.facts.currency
    table = None if shown.value is None else months_table(shown.value, currency)
    return draw("months.html", shown=table, **values)


async def plan_of(world: World, resolved: Resolved, *, compact: bool) -> tuple[Plan, State]:
    """Return what is derived, ready to be shown; `compact` is the net worth alone, beside a form."""
    state = await state_of(world, resolved.household_id)
    found = await read.dashboard(world, resolved.household_id)
    currency = found.record.facts.currency
    projection = found.projection.value
    tiles = {metric.name: metric_tile(metric, currency) for metric in found.metrics}
    if projection is not None:
        tiles["net_worth_end"] = _at_the_end(projection, currency)
    return (
        Plan(
            generation=generation(found.projection.freshness, state.status),
            announcement=_announcement(found),
            metrics=tuple(tiles[key] for key in (BESIDE_A_FORM if compact else FIRST) if key in tiles),
            more=() if compact else tuple(tile for key, tile in tiles.items() if key not in FIRST),
            charts=() if projection is None else _charts(projection, currency, compact=compact),
            notice=_notice(state, projection, currency),
            compact=compact,
        ),
        state,
    )


def metric_tile(metric: Metric, currency: str) -> MetricTile:
    """Return a figure in words."""
    value, tone = _figure(metric, currency), ""
    if isinstance(metric.value, int | Decimal) and metric.value < 0:
        tone = "bad"
    if metric.name == "first_shortfall_month":
        tone = "good" if metric.value is None else "bad"
        value = "none" if metric.value is None else value
    return MetricTile(
        key=metric.name,
        label=metric.title,
        value=value,
        note=metric.reason or ("a month" if metric.name.startswith("monthly_") else ""),
        tone=tone,
        meaning=metric.definition,
    )


def _figure(metric: Metric, currency: str) -> str:
    match metric.value, metric.unit:
        case None, _:
            return rounded(None)
        case int() as cents, Unit.MONEY:
            return rounded(cents, currency)
        case str() as month, Unit.MONTH:
            return period_words(month)
        case (int() | Decimal()) as share, Unit.SHARE:
            return percent(float(share))
        case (int() | Decimal()) as months, Unit.MONTHS:
            return f"{months:.1f} months"
        case (int() | Decimal()) as times, Unit.TIMES:
            return f"{times:.1f} times"
        case value, _:
            return str(value)


def _at_the_end(projection: Projection, currency: str) -> MetricTile:
    real = rounded(int(projection.column("totals.real_net_worth")[-1]), currency)
    worth = int(projection.column("totals.net_worth")[-1])
    return MetricTile(
        key="net_worth_end",
        label=f"Net worth in {period_words(projection.month_labels[-1])}",
        value=rounded(worth, currency),
        note=f"{real} in today's money",
        tone="bad" if worth < 0 else "",
    )


def _charts(projection: Projection, currency: str, *, compact: bool) -> tuple[Chart, ...]:
    worth = net_worth_chart(projection, currency)
    if compact:
        return (worth,)
    return worth, cash_flow_chart(projection, currency), balances_chart(projection, currency)


def _announcement(found: Dashboard) -> str:
    """Return what screen readers are told when this plan takes the place of another."""
    figures = [metric_tile(metric, found.record.facts.currency) for metric in found.metrics[:1]]
    figure = "".join(f" {tile.label}: {tile.value}." for tile in figures)
    return f"The plan now shows revision {found.projection.freshness.revision or 0}.{figure}"


def _notice(state: State, projection: Projection | None, currency: str) -> Notice | None:
    """Return what the reader has to know before the figures: why there are none, or that money runs short."""
    failed = state.status.last_error
    if state.status.set_aside_reason:
        return Notice(title="This household is set aside", text=state.status.set_aside_reason, tone="bad")
    if failed is not None and not state.freshness.fresh and state.freshness.job_id is None:
        why = str((failed.error or {}).get("message", ""))
        kept = "The last plan that could be worked out is shown. " if projection is not None else ""
        return Notice(title="The plan could not be worked out", text=f"{kept}{why}", tone="bad")
    if projection is None:
        return None
    summary = projection.summary()
    if summary["first_shortfall_month"] is None:
        return None
    month = period_words(summary["first_shortfall_month"])
    largest = rounded(int(projection.column("totals.shortfall").max()), currency)
    return Notice(
        title=f"Money runs short in {month}",
        text=f"From then on what is liquid does not cover everything; up to {largest} is missing in a month.",
        tone="warn",
    )
