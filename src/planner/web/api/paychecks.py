"""The paychecks of a year: stubs with the year to date, as the last job left them."""

from functools import partial
from typing import Final

from quart import Response, request

from planner.domain.household import Facts
from planner.engine.payroll import YEARS_AHEAD
from planner.engine.payroll_plain import shown_payroll
from planner.taxes.law import FIRST_YEAR
from planner.web.api import asked
from planner.web.api.answers import answer
from planner.web.api.routes import API, COUNT, FREE, Parameter, Route, maybe, ref, shape, shown
from planner.web.api.waiting import looked
from planner.web.resolve import Role, resolve
from planner.work import read
from planner.work.world import World

LARGEST_REVISION: Final = 10**15


async def show_paychecks(world: World, household_id: str) -> Response:
    """Answer with one complete generation of a year's paychecks."""
    here = await resolve(world, request, household_id, needs=Role.VIEWER)
    today = world.today()
    year = asked.whole(request, "year", least=FIRST_YEAR, most=today.year + YEARS_AHEAD) or today.year
    at_least = asked.whole(request, "at_least", least=0, most=LARGEST_REVISION)
    look = partial(read.paychecks, world, here.household_id, year, at_least=at_least)
    found = await looked(world, look, asked.wait_seconds(request))
    names = _names(here.record.facts)
    made = None if found.value is None else shown_payroll(found.value, names)
    return answer({"freshness": found.freshness.to_plain(), "year": year, "payroll": made})


def _names(facts: Facts) -> dict[str, dict[str, object]]:
    return {income.id: {"name": income.name, "owner": income.owner} for income in facts.incomes}


ROUTES: Final = (
    Route(
        method="GET",
        path=f"{API}/households/{{household_id}}/paychecks",
        name="show_paychecks",
        summary="The paychecks of a year, each with its lines and the year to date",
        tag="derived",
        handler=show_paychecks,
        parameters=(
            Parameter(
                name="year",
                where="query",
                description=f"The calendar year, from {FIRST_YEAR} to {YEARS_AHEAD} years ahead; this year, "
                "if it is left out.",
                schema={"type": "integer", "minimum": FIRST_YEAR},
            ),
            Parameter(
                name="at_least",
                where="query",
                description="Wait for what is worked out from this revision or a later one.",
                schema=COUNT,
            ),
            Parameter(
                name="wait",
                where="query",
                description="For at most so many seconds (60); then answer with what there is.",
                schema={"type": "integer", "minimum": 0, "maximum": 60},
            ),
        ),
        answers=shown(
            "The paychecks; `payroll` is null until a job has created them.",
            shape(freshness=ref("Freshness"), year=COUNT, payroll=maybe(FREE)),
        ),
    ),
)
