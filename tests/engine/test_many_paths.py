"""One engine for one path and for many: the month loop gives every path what it would get alone."""

from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
from engine.households import START, a_household, a_salary, projected

from planner.domain.errors import Refused
from planner.domain.files import read_household
from planner.domain.scenarios import Assumptions
from planner.engine.months import run_months
from planner.engine.plan import Plan, outlook
from planner.engine.project import project
from planner.engine.scheduled import scheduled


@pytest.mark.parametrize("name", ["family", "young_couple", "near_retirement"])
def test_every_path_is_what_one_path_is(name: str) -> None:
    """P10: arrays are [path, month]; tax by arrays and by floats are the same to the last bit."""
    facts = read_household((files("planner.examples") / f"{name}.toml").read_bytes(), "toml").facts
    view = outlook(Plan(facts=facts, start=date(2026, 11, 23), assumptions=facts.assumptions, months=240))
    known = scheduled(view)
    one, three = run_months(view, known, paths=1), run_months(view, known, paths=3)
    assert three.closing.shape == (240, 3, len(view.accounts.accounts))
    for path in range(3):
        assert (three.closing[:, path] == one.closing[:, 0]).all()
        assert (three.settlement[:, path] == one.settlement[:, 0]).all()


def test_long_runs_say_where_they_are_and_can_be_stopped() -> None:
    """R24: a beat for each simulated year, from the code that does the work; it may raise to stop the run."""
    plan = Plan(facts=a_household(incomes=(a_salary(),)), start=START, assumptions=Assumptions(), months=36)
    heard: list[tuple[float, str]] = []
    project(plan, beat=lambda fraction, doing: heard.append((fraction, doing)))
    assert [each for each in heard if each[0]] == [
        (12 / 36, "worked out 2026"),
        (24 / 36, "worked out 2027"),
        (1.0, "worked out 2028"),
    ]
    assert "working out paychecks" in {doing for fraction, doing in heard if not fraction}

    class Stopped(Exception):
        pass

    def stop(_fraction: float, _doing: str) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        project(plan, beat=stop)


def test_amounts_that_cannot_be_counted_are_refused() -> None:
    """P10: what grows beyond whole cents is refused with what to look for, not shown wrongly."""
    wild = Assumptions(salary_growth=Decimal(1))
    with pytest.raises(Refused, match="far too high"):
        projected(a_household(incomes=(a_salary(),), assumptions=wild), months=720)
    with pytest.raises(Refused, match="inflation"):
        projected(a_household(assumptions=Assumptions(inflation=Decimal(-1))))


def test_rows_are_the_columns_month_by_month() -> None:
    """P10: what the API and CSV show is what the columns hold."""
    found = projected(a_household(incomes=(a_salary(),)), months=14)
    rows = found.rows(12)
    assert [row["month"] for row in rows] == ["2027-01", "2027-02"]
    for name in found.columns:
        table: Any = rows[1]
        for step in name.split("."):
            table = table[step]
        assert Decimal(table) == Decimal(int(found.column(name)[13])) / 100
