"""Everything that shows a household: one answer, one snapshot, and the revision it is from."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

import trio
from sqlalchemy import Connection

from planner.domain.codec import Plain
from planner.domain.errors import Refused
from planner.domain.household import Facts
from planner.domain.instants import as_text, from_microseconds
from planner.engine import ENGINE_VERSION
from planner.engine.flows import Flows
from planner.engine.metrics import Metric, metrics
from planner.engine.payroll import PayrollYear
from planner.engine.projection import Projection, from_blob
from planner.storage import facts as stored_facts
from planner.storage.derived import DerivedRecord, derived_head, derived_record
from planner.storage.facts import HouseholdRecord, JournalEntry
from planner.storage.jobs import live_of_kinds
from planner.taxes.law import LAW_VERSION
from planner.work.inputs import named_flows, named_projection
from planner.work.names import (
    GENERATE_MISSING_PAYCHECKS,
    PROJECT_SCENARIO,
    RECALCULATE_MONTH,
    RECALCULATE_PAYCHECKS,
    REFRESH_BASELINE,
    REGENERATE_FLOWS,
)
from planner.work.paychecks import paychecks_inputs
from planner.work.subjects import (
    BASELINE,
    FLOWS,
    PAYCHECKS_PREFIX,
    flows_from_bytes,
    paychecks_subject,
    payroll_from_bytes,
    scenario_subject,
)
from planner.work.world import World

T = TypeVar("T")
PAGE = 200

_PAID_BY = (GENERATE_MISSING_PAYCHECKS, RECALCULATE_MONTH, RECALCULATE_PAYCHECKS)
_BROUGHT_BY = {FLOWS: (REGENERATE_FLOWS, REFRESH_BASELINE), BASELINE: (REFRESH_BASELINE,)}


@dataclass(frozen=True, kw_only=True, slots=True)
class HouseholdSummary:
    """A household in a list. `summary` has the baseline's main figures, empty until there is one."""

    id: str
    name: str
    example: bool
    revision: int
    created_at: datetime
    updated_at: datetime
    set_aside_reason: str | None
    summary: Plain


@dataclass(frozen=True, kw_only=True, slots=True)
class Freshness:
    """From which revision something shown is, and which job brings the next.

    `revision` is None when nothing was worked out yet. Fresh: it holds for the current revision, and was
    worked out by this engine under this law.
    """

    revision: int | None
    current_revision: int
    fresh: bool
    job_id: str | None
    worked_out_at: datetime | None
    engine_version: str | None
    law_version: str | None

    def to_plain(self) -> Plain:
        """Return it as JSON has it."""
        return {
            "revision": self.revision,
            "current_revision": self.current_revision,
            "fresh": self.fresh,
            "job_id": self.job_id,
            "worked_out_at": None if self.worked_out_at is None else as_text(self.worked_out_at),
            "engine_version": self.engine_version,
            "law_version": self.law_version,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown(Generic[T]):
    """Something derived, with its freshness; `value` is None when nothing was worked out yet."""

    freshness: Freshness
    value: T | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Dashboard:
    """What the first page of a household shows, of one moment."""

    record: HouseholdRecord
    flows: Shown[Flows]
    projection: Shown[Projection]
    metrics: tuple[Metric, ...]


async def list_households(world: World) -> list[HouseholdSummary]:
    """Return all households by name, read in pages so that no writer waits behind a long list."""
    found: list[HouseholdSummary] = []
    while True:
        page = await world.store.read(_summaries, found[-1].id if found else "")
        found += page
        if len(page) < PAGE:
            return sorted(found, key=lambda each: (each.name.casefold(), each.id))


def _summaries(conn: Connection, after_id: str) -> list[HouseholdSummary]:
    return [
        HouseholdSummary(
            id=row.id,
            name=row.name,
            example=bool(row.example),
            revision=row.revision,
            created_at=from_microseconds(row.created_at_us),
            updated_at=from_microseconds(row.updated_at_us),
            set_aside_reason=row.set_aside_reason,
            summary=_summary(conn, row.id),
        )
        for row in stored_facts.households_after(conn, after_id, PAGE)
    ]


def _summary(conn: Connection, household_id: str) -> Plain:
    head = derived_head(conn, household_id, BASELINE)
    return {} if head is None else head.summary


async def household(world: World, household_id: str) -> HouseholdRecord:
    """Return a household with its facts; raises NotFound."""
    return await world.store.read(stored_facts.household_record, household_id)


async def journal(
    world: World, household_id: str, *, before: int | None = None, limit: int = 50
) -> list[JournalEntry]:
    """Return changes, newest first, older than revision `before` if one is given."""
    return await world.store.read(stored_facts.journal_before, household_id, before, limit)


async def flows(
    world: World, household_id: str, *, at_least: int | None = None, wait_seconds: float = 0.0
) -> Shown[Flows]:
    """Return the flows; with `at_least`, wait for those of that revision (see `projection`)."""

    def unit(conn: Connection) -> Shown[Flows]:
        return _shown(conn, household_id, FLOWS, _flows_of)

    return await _awaited(world, household_id, unit, at_least, wait_seconds)


async def paychecks(
    world: World, household_id: str, year: int, *, at_least: int | None = None, wait_seconds: float = 0.0
) -> Shown[PayrollYear]:
    """Return a year's paychecks, as the last job left them (see `projection` for `at_least`).

    They are fresh if the facts of now would give the same ones, whatever else has changed since.
    """
    month = world.today().replace(day=1)

    def unit(conn: Connection) -> Shown[PayrollYear]:
        shown = _shown(conn, household_id, paychecks_subject(year), _payroll_of)
        subject = paychecks_inputs(stored_facts.facts_of(conn, household_id), year, month)
        fresh = subject.is_current(derived_head(conn, household_id, subject.name))
        return replace(shown, freshness=replace(shown.freshness, fresh=fresh))

    return await _awaited(world, household_id, unit, at_least, wait_seconds)


async def projection(
    world: World,
    household_id: str,
    *,
    scenario: str | None = None,
    at_least: int | None = None,
    wait_seconds: float = 0.0,
) -> Shown[Projection]:
    """Return the baseline, or a scenario's projection.

    With `at_least`, wait up to `wait_seconds` for one of that revision or newer; when it does not come in
    time, return what there is, which says that it is not fresh. Raises NotFound, and Refused for a revision
    that does not exist yet.
    """

    def unit(conn: Connection) -> Shown[Projection]:
        if scenario is None:
            return _shown(conn, household_id, BASELINE, _projection_of)
        known = stored_facts.facts_of(conn, household_id)
        stored_facts.known_scenario(known, scenario)
        return _shown(conn, household_id, scenario_subject(scenario), _projection_of)

    return await _awaited(world, household_id, unit, at_least, wait_seconds)


async def baseline_freshness(world: World, household_id: str) -> Freshness:
    """Return how fresh the baseline is, without reading it; raises NotFound."""

    def unit(conn: Connection) -> Freshness:
        revision = stored_facts.facts_of(conn, household_id).revision
        head = derived_head(conn, household_id, BASELINE)
        return _freshness(conn, household_id, revision, BASELINE, head)

    return await world.store.read(unit)


async def dashboard(world: World, household_id: str) -> Dashboard:
    """Return all of a household's first page, of one moment; raises NotFound."""
    today = world.today()

    def unit(conn: Connection) -> Dashboard:
        record = stored_facts.household_record(conn, household_id)
        made = _shown(conn, household_id, FLOWS, _flows_of)
        plan = _shown(conn, household_id, BASELINE, _projection_of)
        known: tuple[Metric, ...] = ()
        if made.value is not None and plan.value is not None:
            known = metrics(record.facts, made.value, plan.value, today)
        return Dashboard(record=record, flows=made, projection=plan, metrics=known)

    return await world.store.read(unit)


async def _awaited(
    world: World,
    household_id: str,
    unit: Callable[[Connection], Shown[T]],
    at_least: int | None,
    wait_seconds: float,
) -> Shown[T]:
    """Read; while it is older than `at_least`, read again at the end of every turn, until time runs out."""
    shown = await world.store.read(unit)
    if at_least is None:
        return shown
    if at_least > shown.freshness.current_revision:
        raise Refused.one(
            "at_least",
            f"revision {at_least} does not exist; the latest is {shown.freshness.current_revision}.",
        )
    with trio.move_on_after(wait_seconds):
        while True:
            ended = world.households.turn_ended(household_id)
            shown = await world.store.read(unit)
            if _reaches(shown.freshness, at_least) or shown.freshness.job_id is None:
                return shown
            await ended
    return shown


def _reaches(freshness: Freshness, revision: int) -> bool:
    return freshness.revision is not None and freshness.revision >= revision


def _flows_of(facts: Facts, body: bytes) -> Flows:
    return named_flows(facts, flows_from_bytes(body))


def _payroll_of(_facts: Facts, body: bytes) -> PayrollYear:
    return payroll_from_bytes(body)


def _projection_of(facts: Facts, body: bytes) -> Projection:
    return named_projection(facts, from_blob(body))


def _shown(
    conn: Connection, household_id: str, subject: str, decode: Callable[[Facts, bytes], T]
) -> Shown[T]:
    facts: Facts = stored_facts.facts_of(conn, household_id)
    record = derived_record(conn, household_id, subject)
    return Shown(
        freshness=_freshness(conn, household_id, facts.revision, subject, record),
        value=None if record is None else decode(facts, record.body),
    )


def _brought_by(subject: str) -> tuple[str, ...]:
    if subject.startswith(PAYCHECKS_PREFIX):
        return _PAID_BY
    return _BROUGHT_BY.get(subject, (PROJECT_SCENARIO, REFRESH_BASELINE))


def _freshness(
    conn: Connection, household_id: str, current_revision: int, subject: str, record: DerivedRecord | None
) -> Freshness:
    bringing = live_of_kinds(conn, household_id, _brought_by(subject))
    same_versions = record is not None and (record.engine_version, record.law_version) == (
        ENGINE_VERSION,
        LAW_VERSION,
    )
    return Freshness(
        revision=None if record is None else record.revision,
        current_revision=current_revision,
        fresh=record is not None and same_versions and record.revision == current_revision,
        job_id=bringing[0].id if bringing else None,
        worked_out_at=None if record is None else record.at,
        engine_version=None if record is None else record.engine_version,
        law_version=None if record is None else record.law_version,
    )
