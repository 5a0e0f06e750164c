"""Flows and baseline: one turn brings both up to date, and they are stored together or not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import cast

from sqlalchemy import Connection

from planner.actors.kind import Kind, Outcome, Request
from planner.actors.turn import Turn
from planner.domain.codec import Plain
from planner.domain.household import Facts
from planner.engine.flows import generate_flows, withholding_only
from planner.engine.project import Plan, project
from planner.storage.derived import DerivedRecord, derived_head, derived_record, drop_derived_but
from planner.storage.facts import facts_of
from planner.storage.job_rows import JobRow, Priority
from planner.work.derive import Subject, Write, confirm, put
from planner.work.fingerprints import facts_fingerprint, fingerprint
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

Beat = Callable[[float, str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """What these turns work from, read in one moment."""

    facts: Facts
    flows: DerivedRecord | None
    baseline: DerivedRecord | None


def _load(conn: Connection, job: JobRow) -> Snapshot:
    return Snapshot(
        facts=facts_of(conn, job.household_id),
        flows=derived_head(conn, job.household_id, FLOWS),
        baseline=derived_head(conn, job.household_id, BASELINE),
    )


def _load_with_flows(conn: Connection, job: JobRow) -> Snapshot:
    return Snapshot(
        facts=facts_of(conn, job.household_id),
        flows=derived_record(conn, job.household_id, FLOWS),
        baseline=None,
    )


def _flows_subject(facts: Facts, today: date) -> Subject:
    return Subject(name=FLOWS, inputs=fingerprint(FLOWS, facts_fingerprint(facts), today))


def _baseline_subject(facts: Facts, today: date) -> Subject:
    return Subject(name=BASELINE, inputs=fingerprint(BASELINE, facts_fingerprint(facts), today))


def make_flows(facts: Facts, on: date) -> bytes:
    """Return the flows of a day as they are stored."""
    return flows_to_bytes(generate_flows(facts, on))


def make_projection(plan: Plan, beat: Beat | None = None) -> tuple[bytes, Plain]:
    """Return a projection as it is stored, and its summary."""
    projection = project(plan, beat=beat)
    return projection.to_blob(), projection.summary()


async def _refresh_baseline(turn: Turn, clock: Clock) -> Outcome:
    """Bring flows and baseline up to the facts of the turn; scenarios follow by themselves."""
    snapshot = cast("Snapshot", turn.snapshot)
    facts, today = snapshot.facts, clock.today()
    flows, baseline = _flows_subject(facts, today), _baseline_subject(facts, today)
    follow = tuple(_project_scenario(turn, scenario.id) for scenario in facts.scenarios)
    gone = partial(_drop_scenarios, turn.job.household_id, tuple(each.id for each in facts.scenarios))
    if flows.is_current(snapshot.flows) and baseline.is_current(snapshot.baseline):
        writes = (confirm(turn, flows), confirm(turn, baseline), gone)
        return Outcome(writes=writes, unchanged=True, follow=follow)
    plan = Plan(
        facts=facts,
        start=today,
        assumptions=facts.assumptions,
        months=facts.assumptions.horizon_months,
    )
    made_flows, (body, summary) = await turn.compute(_work_out, plan, turn.beat)
    at = clock.now()
    return Outcome(
        result=summary,
        writes=(put(turn, flows, made_flows, {}, at=at), put(turn, baseline, body, summary, at=at), gone),
        follow=follow,
    )


def _work_out(plan: Plan, beat: Beat) -> tuple[bytes, tuple[bytes, Plain]]:
    beat(0.0, "Working out paychecks, payments and other flows")
    flows = make_flows(plan.facts, plan.start)
    return flows, make_projection(plan, beat)


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
    if subject.is_current(snapshot.flows):
        return Outcome(writes=(confirm(turn, subject),), unchanged=True)
    body = await turn.compute(make_flows, snapshot.facts, today)
    return Outcome(writes=(put(turn, subject, body, {}, at=clock.now()),))


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
    return Outcome(writes=writes, unchanged=body == before.body)


def _withhold_again(facts: Facts, body: bytes, on: date) -> bytes:
    return flows_to_bytes(withholding_only(facts, flows_from_bytes(body), on))


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
