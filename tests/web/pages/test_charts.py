"""The charts show the projection: their parts add up to its totals."""

from datetime import date

import numpy as np
import pytest
from households import a_debt, a_household, an_account, an_expense
from worlds import example

from planner.domain.accounts import AccountKind
from planner.domain.debts import DebtKind
from planner.domain.household import Facts
from planner.engine.project import Plan, project
from planner.engine.projection import Projection
from planner.web.pages import charts
from planner.web.pages.shown import Chart

START = date(2026, 11, 23)


def projected(facts: Facts, months: int = 60) -> Projection:
    return project(Plan(facts=facts, start=START, assumptions=facts.assumptions, months=months))


def values(chart: Chart, name: str) -> list[float]:
    return list(next(series.values for series in chart.series if series.name == name))


@pytest.mark.parametrize("name", ["young_couple", "family", "near_retirement"])
def test_assets_less_debts_are_the_net_worth_in_every_month(name: str) -> None:
    """P10: what is drawn is what was projected, to the cent."""
    chart = charts.net_worth_chart(projected(example(name).facts), "USD")
    areas = [series for series in chart.series if series.shape == "area"]
    assert {series.stack for series in areas} == {"assets", "debts"}
    assert np.allclose(
        sum(np.array(series.values) for series in areas), values(chart, "Net worth"), atol=0.005
    )


def test_a_long_plan_shows_cash_flow_by_year_and_the_years_add_up() -> None:
    projection = projected(example().facts)
    chart = charts.cash_flow_chart(projection, "USD")
    assert chart.unit == "year"
    assert chart.periods == ("2026", "2027", "2028", "2029", "2030", "2031")
    assert sum(values(chart, "Income")) * 100 == pytest.approx(projection.column("totals.income").sum())
    assert sum(values(chart, "Taxes")) * 100 == pytest.approx(-projection.column("totals.taxes").sum())
    first_december = projection.column("totals.income")[:2].sum()
    assert values(chart, "Income")[0] * 100 == pytest.approx(first_december)


def test_a_short_plan_shows_cash_flow_by_month() -> None:
    chart = charts.cash_flow_chart(projected(example().facts, months=12), "USD")
    assert chart.unit == "month"
    assert len(chart.periods) == len(chart.table.rows) == 12


def test_what_comes_in_less_what_goes_out_is_what_is_left() -> None:
    chart = charts.cash_flow_chart(projected(example().facts), "USD")
    bars = [np.array(series.values) for series in chart.series if series.shape == "bar"]
    assert np.allclose(sum(bars), values(chart, "Left over"), atol=0.005)


def test_every_account_and_debt_is_a_line_and_equal_names_stay_apart() -> None:
    facts = a_household(
        accounts=[an_account("one", name="Savings"), an_account("two", name="Savings", value=500)],
        debts=[a_debt()],
    )
    chart = charts.balances_chart(projected(facts), "USD")
    assert [series.name for series in chart.series] == ["Savings", "Savings (2)", "Loan"]
    assert values(chart, "Savings (2)")[0] == pytest.approx(500, rel=0.01)
    assert values(chart, "Loan")[0] < 0


def test_the_table_behind_a_chart_has_each_december_and_the_ends() -> None:
    chart = charts.net_worth_chart(projected(example().facts, months=26), "USD")
    assert [name for name, _ in chart.table.rows] == ["Nov 2026", "Dec 2026", "Dec 2027", "Dec 2028"]
    assert chart.table.head == ("Month", *(series.name for series in chart.series))
    assert chart.table.rows[0][1][-1] == f"${round(values(chart, 'Net worth')[0]):,}"


def test_a_shortfall_and_the_end_of_debts_are_marked() -> None:
    """P10: shortfalls are shown."""
    poor = a_household(salary=None, accounts=[an_account(value=2_000)], expenses=[an_expense(amount=1_000)])
    marks = charts.net_worth_chart(projected(poor), "USD").marks
    assert [mark.label for mark in marks] == ["Money runs short"]
    lent = a_household(debts=[a_debt(term_months=12)])
    assert [mark.label for mark in charts.net_worth_chart(projected(lent), "USD").marks] == ["Debt-free"]


def test_every_month_is_in_the_months_table() -> None:
    projection = projected(example().facts, months=14)
    table = charts.months_table(projection, "USD")
    assert len(table.rows) == 14
    worth = dict(zip(table.head[1:], table.rows[-1][1], strict=True))["Net worth"]
    assert worth == f"${round(int(projection.column('totals.net_worth')[-1]) / 100):,}"


def test_every_kind_has_a_colour_of_the_stylesheet() -> None:
    known = {*charts.ASSET_NAMES, *charts.DEBT_NAMES}
    assert {charts.asset_role(kind) for kind in AccountKind} <= known
    assert {charts.debt_role(kind) for kind in DebtKind} <= known
