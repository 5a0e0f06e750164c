"""What the doctor is told of planner: how to read bodies, what they follow from, which kinds of job exist."""

import zlib
from datetime import date, datetime
from random import SystemRandom
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from planner.actors.accept import JOINS_RECORDED_MAX, Rules, Stamp, accept_request
from planner.actors.ids import Ids
from planner.actors.kind import Kinds, Request
from planner.domain.errors import Refused
from planner.domain.household import Facts
from planner.domain.instants import to_microseconds
from planner.domain.scenarios import assumed
from planner.engine import ENGINE_VERSION
from planner.engine.projection import Projection, from_blob
from planner.storage.job_rows import JobRow
from planner.storage.known import Known
from planner.storage.mending import Means
from planner.taxes.law import LAW_VERSION
from planner.work.fingerprints import fingerprint
from planner.work.inputs import given_to_projection, inputs_fingerprint
from planner.work.kinds import KINDS
from planner.work.names import REFRESH_BASELINE
from planner.work.post import NO_POST
from planner.work.subjects import (
    BASELINE,
    FLOWS,
    PAYCHECKS_PREFIX,
    SCENARIO_PREFIX,
    flows_from_bytes,
    payroll_from_bytes,
)
from planner.work.timetable import make_timetable

DOCTOR: Final = "doctor"
"""Who asks for what a repair brings."""

ENTRIES: Final = frozenset(entry.name for entry in make_timetable(ZoneInfo("UTC"), NO_POST))


def known_to_planner(at: datetime, *, alive: bool) -> Known:
    """Return what the doctor must know at an instant; `alive`: a planner has the database open."""
    return Known(
        at=at,
        alive=alive,
        decode=read_derived,
        inputs=inputs_of,
        fingerprint=fingerprint,
        engine_version=ENGINE_VERSION,
        law_version=LAW_VERSION,
        retention_days={kind.name: kind.retention_days for kind in KINDS},
        entries=ENTRIES,
        refresh=REFRESH_BASELINE,
        joins_recorded=JOINS_RECORDED_MAX,
    )


def means_at(at: datetime, today: date) -> Means:
    """Return what a repair at an instant needs of the kinds of job there are."""
    rules, ids = Rules(kinds=Kinds(KINDS)), Ids(lambda: at, SystemRandom())

    def ask(conn: Connection, request: Request) -> str:
        stamp = Stamp(job_id=ids.new(), at_us=to_microseconds(at), on=today)
        return accept_request(conn, request, stamp, rules, bounded=False).job.id

    def refresh(conn: Connection, household_id: str) -> None:
        ask(conn, Request(household_id=household_id, kind=REFRESH_BASELINE, requested_by=DOCTOR))

    def ask_again(conn: Connection, job: JobRow) -> str | None:
        kind = rules.kinds.get(job.kind)
        if kind is None or kind.after_crash != "rerun":
            return None
        request = Request(
            household_id=job.household_id,
            kind=job.kind,
            arguments=job.arguments,
            requested_by=DOCTOR,
            priority=job.priority,
        )
        try:
            return ask(conn, request)
        except Refused:
            return None

    return Means(refresh=refresh, ask_again=ask_again)


def read_derived(subject: str, body: bytes) -> object:
    """Read a derived body as its readers do; raises ValueError when it cannot be read."""
    try:
        if subject.startswith(PAYCHECKS_PREFIX):
            return payroll_from_bytes(body)
        return flows_from_bytes(body) if subject == FLOWS else from_blob(body)
    except (AssertionError, KeyError, TypeError, zlib.error, Refused) as error:
        raise ValueError(str(error) or type(error).__name__) from error


def inputs_of(subject: str, facts: Facts, body: object) -> str | None:
    """Return the fingerprint of what a projection is worked out from, on the day on which it starts.

    None for flows and paychecks, which do not say of which day they are, and for a scenario that is not
    there any more.
    """
    if not isinstance(body, Projection):
        return None
    if subject == BASELINE:
        assumptions = facts.assumptions
    else:
        wanted = subject.removeprefix(SCENARIO_PREFIX)
        scenario = next((each for each in facts.scenarios if each.id == wanted), None)
        if scenario is None:
            return None
        assumptions = assumed(facts.assumptions, scenario)
    return inputs_fingerprint(subject, given_to_projection(facts, assumptions), body.start)
