"""Flows and baseline: one turn brings both up to date, and they are stored together or not at all."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import cast

from sqlalchemy import Connection

from planner.actors.kind import Kind, Outcome, Request
from planner.actors.turn import Turn
from planner.domain.codec import Plain
from planner.domain.household import Facts
from planner.domain.scenarios import Assumptions, Scenario, assumed
from planner.engine.beat import Beat
from planner.engine.flows import generate_flows, withholding_only
from planner.engine.project import Plan, project
from planner.storage.derived import DerivedRecord, derived_head, derived_record, drop_derived_but
from planner.storage.facts import facts_of
from planner.storage.job_rows import JobRow, Priority
from planner.work.derive import Subject, Write, confirm, put
from planner.work.inputs import given_to_flows, given_to_projection, inputs_fingerprint, naming
from planner.work.names import (
    PROJECT_SCENARIO,
    RECALCULATE_WITHHOLDING,
    REFRESH_BASELINE,
    REGENERATE_FLOWS,
)
from planner.work.subjects import (
    BASELINE,
    FLOWS,
    SCENARIO_PREFIX,
    flows_from_bytes,
    flows_to_bytes,
    scenario_subject,
)
from planner.work.world import Clock


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """What these turns work from, read in one moment. `scenarios` are those that were projected, by id."""

    facts: Facts
    flows: DerivedRecord | None
    baseline: DerivedRecord | None
    scenarios: Mapping[str, DerivedRecord | None]


def _load(conn: Connection, job: JobRow) -> Snapshot:
    facts = facts_of(conn, job.household_id)
    return Snapshot(
        facts=facts,
        flows=derived_head(conn, job.household_id, FLOWS),
        baseline=derived_head(conn, job.household_id, BASELINE),
        scenarios={
            each.id: derived_head(conn, job.household_id, scenario_subject(each.id))
            for each in facts.scenarios
        },
    )


def _load_with_flows(conn: Connection, job: JobRow) -> Snapshot:
    return Snapshot(
        facts=facts_of(conn, job.household_id),
        flows=derived_record(conn, job.household_id, FLOWS),
        baseline=None,
        scenarios={},
    )


def _flows_subject(facts: Facts, today: date) -> Subject:
    return Subject(name=FLOWS, inputs=inputs_fingerprint(FLOWS, given_to_flows(facts), today))


def projection_subject(name: str, facts: Facts, assumptions: Assumptions, today: date) -> Subject:
    """Return what a projection of the facts under these assumptions is kept as."""
    given = given_to_projection(facts, assumptions)
    return Subject(name=name, inputs=inputs_fingerprint(name, given, today))


def scenario_projection(facts: Facts, scenario: Scenario, today: date) -> Subject:
    """Return what the projection of a scenario is kept as."""
    return projection_subject(
        scenario_subject(scenario.id), facts, assumed(facts.assumptions, scenario), today
    )


def make_flows(facts: Facts, on: date, beat: Beat | None = None) -> bytes:
    """Return the flows of a day as they are stored: without names."""
    with naming(facts):
        return flows_to_bytes(generate_flows(given_to_flows(facts), on, beat=beat))


def make_projection(
    facts: Facts, assumptions: Assumptions, on: date, beat: Beat | None = None
) -> tuple[bytes, Plain]:
    """Return a projection as it is stored, without names, and its summary."""
    given = given_to_projection(facts, assumptions)
    plan = Plan(facts=given, start=on, assumptions=assumptions, months=assumptions.horizon_months)
    with naming(facts):
        projection = project(plan, beat=beat)
    return projection.to_blob(beat=beat), projection.summary()


async def _refresh_baseline(turn: Turn, clock: Clock) -> Outcome:
    """Bring flows and baseline up to the facts of the turn; scenarios follow where they are concerned."""
    snapshot = cast("Snapshot", turn.snapshot)
    facts, today = snapshot.facts, clock.today()
    heads = {
        _flows_subject(facts, today): snapshot.flows,
        projection_subject(BASELINE, facts, facts.assumptions, today): snapshot.baseline,
    }
    stale = [subject.name for subject, head in heads.items() if not subject.needs_no_work(turn, head)]
    made = await turn.compute(_work_out, facts, today, stale, turn.beat) if stale else {}
    at = clock.now()
    writes = [
        put(turn, subject, *made[subject.name], at=at) if subject.name in made else confirm(turn, subject)
        for subject in heads
    ]
    current, follow = _scenarios(turn, snapshot, today)
    return Outcome(
        result=made[BASELINE][1] if BASELINE in made else {},
        writes=(*writes, *current),
        unchanged=all(
            subject.name not in made or subject.came_out_same(head, made[subject.name][0])
            for subject, head in heads.items()
        ),
        follow=follow,
    )


def _work_out(
    facts: Facts, today: date, stale: Collection[str], beat: Beat
) -> dict[str, tuple[bytes, Plain]]:
    made: dict[str, tuple[bytes, Plain]] = {}
    if FLOWS in stale:
        beat(0.0, "Working out paychecks, payments and other flows")
        made[FLOWS] = make_flows(facts, today, beat), {}
    if BASELINE in stale:
        made[BASELINE] = make_projection(facts, facts.assumptions, today, beat)
    return made


def _scenarios(turn: Turn, snapshot: Snapshot, today: date) -> tuple[list[Write], tuple[Request, ...]]:
    """Return what is written of the scenarios, and requests for those whose inputs are other ones now."""
    facts = snapshot.facts
    writes: list[Write] = [
        partial(_drop_scenarios, turn.job.household_id, tuple(each.id for each in facts.scenarios))
    ]
    follow = []
    for scenario in facts.scenarios:
        subject = scenario_projection(facts, scenario, today)
        if subject.is_current(snapshot.scenarios[scenario.id]):
            writes.append(confirm(turn, subject))
        else:
            follow.append(_project_scenario(turn, scenario.id))
    return writes, tuple(follow)


def _drop_scenarios(household_id: str, scenario_ids: tuple[str, ...], conn: Connection) -> None:
    drop_derived_but(conn, household_id, SCENARIO_PREFIX, map(scenario_subject, scenario_ids))


def _project_scenario(turn: Turn, scenario_id: str) -> Request:
    return Request(
        household_id=turn.job.household_id,
        kind=PROJECT_SCENARIO,
        arguments={"scenario": scenario_id},
        requested_by="planner",
        priority=Priority.SCHEDULED,
    )


async def _regenerate_flows(turn: Turn, clock: Clock) -> Outcome:
    """Replace the generation of flows; until then everyone sees the one before, whole."""
    snapshot = cast("Snapshot", turn.snapshot)
    today = clock.today()
    subject = _flows_subject(snapshot.facts, today)
    if subject.needs_no_work(turn, snapshot.flows):
        return Outcome(writes=(confirm(turn, subject),), unchanged=True)
    body = await turn.compute(make_flows, snapshot.facts, today, turn.beat)
    writes: tuple[Write, ...] = (put(turn, subject, body, {}, at=clock.now()),)
    return Outcome(writes=writes, unchanged=subject.came_out_same(snapshot.flows, body))


async def _recalculate_withholding(turn: Turn, clock: Clock) -> Outcome:
    """Work out anew what is withheld from the present paychecks, or all flows if they are old."""
    snapshot = cast("Snapshot", turn.snapshot)
    today = clock.today()
    before = snapshot.flows
    if before is None or before.revision != turn.revision:
        return await _regenerate_flows(turn, clock)
    body = await turn.compute(_withhold_again, snapshot.facts, before.body, today)
    subject = Subject(name=FLOWS, inputs=before.inputs_fingerprint)
    writes: tuple[Write, ...] = (put(turn, subject, body, {}, at=clock.now()),)
    return Outcome(writes=writes, unchanged=subject.came_out_same(before, body))


def _withhold_again(facts: Facts, body: bytes, on: date) -> bytes:
    with naming(facts):
        return flows_to_bytes(withholding_only(given_to_flows(facts), flows_from_bytes(body), on))


def baseline_kinds(clock: Clock) -> tuple[Kind, ...]:
    """Return the kinds of this family. Each covers the ones after it, so their waiting jobs become one."""
    return (
        Kind(
            name=REFRESH_BASELINE,
            title="Bring the projection up to date",
            load=_load,
            handle=partial(_refresh_baseline, clock=clock),
            absorbs=frozenset({REGENERATE_FLOWS}),
        ),
        Kind(
            name=REGENERATE_FLOWS,
            title="Work out the recurring flows",
            load=_load,
            handle=partial(_regenerate_flows, clock=clock),
            absorbs=frozenset({RECALCULATE_WITHHOLDING}),
        ),
        Kind(
            name=RECALCULATE_WITHHOLDING,
            title="Work out what is withheld from paychecks",
            load=_load_with_flows,
            handle=partial(_recalculate_withholding, clock=clock),
        ),
    )
