"""Projecting what-ifs, one or many: the baseline's facts under a scenario's assumptions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import cast

from sqlalchemy import Connection

from planner.actors.kind import CHILDREN_MAX, Child, Kind, Outcome
from planner.actors.turn import Turn
from planner.domain.errors import Refused
from planner.domain.household import Facts
from planner.domain.scenarios import Scenario, assumed
from planner.storage.derived import DerivedRecord, derived_head
from planner.storage.facts import facts_of, known_scenario
from planner.storage.job_rows import JobRow
from planner.work.baseline import make_projection, scenario_projection
from planner.work.derive import confirm, put
from planner.work.names import PROJECT_SCENARIO, PROJECT_SCENARIOS
from planner.work.subjects import scenario_subject
from planner.work.world import Clock


@dataclass(frozen=True, kw_only=True, slots=True)
class _Snapshot:
    facts: Facts
    scenario: Scenario | None
    projection: DerivedRecord | None


def _load(conn: Connection, job: JobRow) -> _Snapshot:
    facts = facts_of(conn, job.household_id)
    scenario_id = str(job.arguments["scenario"])
    return _Snapshot(
        facts=facts,
        scenario=next((each for each in facts.scenarios if each.id == scenario_id), None),
        projection=derived_head(conn, job.household_id, scenario_subject(scenario_id)),
    )


def _check_arguments(arguments: Mapping[str, object]) -> Mapping[str, object]:
    for name in arguments:
        if name != "scenario":
            raise Refused.one(f"arguments.{name}", "is not an argument here; give `scenario`, its id.")
    scenario = arguments.get("scenario")
    if not isinstance(scenario, str) or not scenario:
        raise Refused.one("arguments.scenario", "is missing: the id of the scenario to project.")
    return {"scenario": scenario}


async def _project_scenario(turn: Turn, clock: Clock) -> Outcome:
    """Project the scenario; one that was removed while the job waited needs nothing any more."""
    snapshot = cast("_Snapshot", turn.snapshot)
    scenario, today = snapshot.scenario, clock.today()
    if scenario is None:
        return Outcome(result={"removed": True}, unchanged=True)
    facts = snapshot.facts
    subject = scenario_projection(facts, scenario, today)
    if subject.needs_no_work(turn, snapshot.projection):
        return Outcome(writes=(confirm(turn, subject),), unchanged=True)
    assumptions = assumed(facts.assumptions, scenario)
    body, summary = await turn.compute(make_projection, facts, assumptions, today, turn.beat)
    return Outcome(
        result=summary,
        writes=(put(turn, subject, body, summary, at=clock.now()),),
        unchanged=subject.came_out_same(snapshot.projection, body),
    )


def _load_facts(conn: Connection, job: JobRow) -> Facts:
    return facts_of(conn, job.household_id)


def _check_list(arguments: Mapping[str, object]) -> Mapping[str, object]:
    """Return the ids in order, each once; without them it is every scenario there is when its turn comes."""
    for name in arguments:
        if name != "scenarios":
            raise Refused.one(f"arguments.{name}", "is not an argument here; give `scenarios`, or nothing.")
    scenarios = arguments.get("scenarios")
    if scenarios is None:
        return {}
    if not isinstance(scenarios, list) or not all(isinstance(each, str) and each for each in scenarios):
        raise Refused.one("arguments.scenarios", "is a list of ids of scenarios, or left out for all.")
    if not 0 < len(set(scenarios)) <= CHILDREN_MAX:
        raise Refused.one("arguments.scenarios", f"has 1 to {CHILDREN_MAX} ids.")
    return {"scenarios": sorted(set(scenarios))}


async def _project_scenarios(turn: Turn) -> Outcome:
    """Plan a projection for each scenario; one whose inputs are those of its last one is not worked out."""
    facts = cast("Facts", turn.snapshot)
    chosen = cast("list[str] | None", turn.arguments.get("scenarios"))
    ids = [each.id for each in facts.scenarios] if chosen is None else chosen
    for scenario_id in ids:
        known_scenario(facts, scenario_id)
    return Outcome(
        children=tuple(Child(kind=PROJECT_SCENARIO, arguments={"scenario": each}) for each in ids),
        unchanged=not ids,
    )


def scenario_kinds(clock: Clock) -> tuple[Kind, ...]:
    """Return the kinds of this family."""
    return (
        Kind(
            name=PROJECT_SCENARIO,
            title="Project a scenario",
            load=_load,
            handle=partial(_project_scenario, clock=clock),
            check_arguments=_check_arguments,
            example_arguments=({"scenario": "lean-markets"}, {"scenario": "early-retirement"}),
        ),
        Kind(
            name=PROJECT_SCENARIOS,
            title="Project scenarios",
            load=_load_facts,
            handle=_project_scenarios,
            check_arguments=_check_list,
            children=frozenset({PROJECT_SCENARIO}),
            example_arguments=({}, {"scenarios": ["lean-markets"]}),
        ),
    )
