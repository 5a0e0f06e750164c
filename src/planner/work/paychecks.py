"""Paychecks of a year: creating the missing ones, and working out a month or all of them anew.

A year is one generation, replaced whole. What a job leaves as it finds it, it leaves to the cent; a second
job of the same sort finds nothing to change. A generation in which some paychecks are from older facts than
the others keeps the revision of the older.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Final, cast

from sqlalchemy import Connection

from planner.actors.kind import Kind, Outcome
from planner.actors.turn import Turn
from planner.domain.codec import Plain, stored
from planner.domain.errors import Refused
from planner.domain.household import Facts
from planner.domain.scenarios import Assumptions
from planner.engine.beat import Beat
from planner.engine.payroll import YEARS_AHEAD, PayrollYear, month_anew, payroll_year, with_missing
from planner.storage import derived as kept
from planner.storage.derived import DerivedRecord, derived_record
from planner.storage.facts import facts_of
from planner.storage.job_rows import JobRow, Priority
from planner.taxes.law import FIRST_YEAR
from planner.taxes.pay_year import PayStub
from planner.taxes.residence import law_of_state
from planner.work.derive import Subject, Write, confirm, put
from planner.work.fingerprints import fingerprint
from planner.work.inputs import given_to_projection, naming
from planner.work.names import GENERATE_MISSING_PAYCHECKS, RECALCULATE_MONTH, RECALCULATE_PAYCHECKS
from planner.work.subjects import paychecks_subject, payroll_from_bytes, payroll_to_bytes
from planner.work.world import Clock

MONTHS_IN_YEAR: Final = 12

Arguments = Mapping[str, object]
Working = Callable[[Facts, PayrollYear, Arguments, date], PayrollYear]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Snapshot:
    facts: Facts
    record: DerivedRecord | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Made:
    """A generation as it is to be kept, whether all of it follows from the facts of now, and what it has."""

    body: bytes
    whole: bool
    result: Plain


def _load(conn: Connection, job: JobRow) -> _Snapshot:
    subject = paychecks_subject(cast("int", job.arguments["year"]))
    return _Snapshot(
        facts=facts_of(conn, job.household_id), record=derived_record(conn, job.household_id, subject)
    )


async def _bring(turn: Turn, clock: Clock, working: Working) -> Outcome:
    """Work out what is asked for, and put it in the place of what was there, unless it is the same."""
    snapshot = cast("_Snapshot", turn.snapshot)
    facts, record, month = given_to_paychecks(snapshot.facts), snapshot.record, clock.today().replace(day=1)
    year = cast("int", turn.arguments["year"])
    subject = paychecks_inputs(snapshot.facts, year, month)
    if subject.needs_no_work(turn, record):
        return Outcome(writes=(confirm(turn, subject),), unchanged=True)
    body = b"" if record is None else record.body
    with naming(snapshot.facts):
        made = await turn.compute(_work_out, facts, body, turn.arguments, month, working, turn.beat)
    if made.whole:
        write = put(turn, subject, made.body, made.result, at=clock.now())
    else:
        assert record is not None
        write = _put_partly(turn, record, made, clock)
    return Outcome(result=made.result, writes=(write,), unchanged=subject.came_out_same(record, made.body))


def _work_out(  # noqa: PLR0917 -- what a thread is given
    facts: Facts, body: bytes, arguments: Arguments, month: date, working: Working, beat: Beat
) -> _Made:
    beat(0.0, "Working out paychecks")
    year = cast("int", arguments["year"])
    before = payroll_from_bytes(body) if body else PayrollYear(year)
    anew = payroll_year(facts, year, month)
    beat(0.5, "Working out paychecks")
    after = working(facts, before, arguments, month) if body else anew
    written = payroll_to_bytes(after)
    known, made = _by_key(before), _by_key(payroll_from_bytes(written))
    result: Plain = {
        "year": year,
        "paychecks": len(made),
        "created": len(made.keys() - known.keys()),
        "changed": sum(made[key] != known[key] for key in made.keys() & known.keys()),
        "removed": len(known.keys() - made.keys()),
    }
    return _Made(body=written, whole=written == payroll_to_bytes(anew), result=result)


def _by_key(payroll: PayrollYear) -> Mapping[tuple[str, date, str], PayStub]:
    return {
        (each.income, stub.payment.day, stub.payment.bonus): stub
        for each in payroll.incomes
        for stub in each.stubs
    }


def _put_partly(turn: Turn, record: DerivedRecord, made: _Made, clock: Clock) -> Write:
    """Return the write of a generation that keeps paychecks of older facts."""
    output = fingerprint(made.body)
    partly = replace(
        record,
        inputs_fingerprint=fingerprint("partly", record.inputs_fingerprint, output),
        output_fingerprint=output,
        job_id=turn.job.id,
        at=clock.now(),
        summary=made.result,
        body=made.body,
    )
    if output == record.output_fingerprint:
        partly = record

    def write(conn: Connection) -> None:
        kept.put_derived(conn, turn.job.household_id, partly)

    return write


def given_to_paychecks(facts: Facts) -> Facts:
    """Return what paychecks follow from: of the assumptions, inflation and raises."""
    assumed = facts.assumptions
    return given_to_projection(
        facts, Assumptions(inflation=assumed.inflation, salary_growth=assumed.salary_growth)
    )


def paychecks_inputs(facts: Facts, year: int, month: date) -> Subject:
    """Return what a year's paychecks are kept as, and the digest of what they follow from."""
    name = paychecks_subject(year)
    law = "" if facts.state is None else law_of_state(facts.state)
    return Subject(name=name, inputs=fingerprint(name, stored(given_to_paychecks(facts)), law, month))


def _missing(facts: Facts, before: PayrollYear, _arguments: Arguments, month: date) -> PayrollYear:
    return with_missing(facts, before, month)


def _one_month(facts: Facts, before: PayrollYear, arguments: Arguments, month: date) -> PayrollYear:
    return month_anew(facts, before, cast("int", arguments["month"]), month)


def _all(facts: Facts, before: PayrollYear, _arguments: Arguments, month: date) -> PayrollYear:
    return payroll_year(facts, before.year, month)


def _check_year(arguments: Arguments, clock: Clock) -> Arguments:
    """Return the year; left out, it is this one."""
    return _checked(arguments, clock, ("year",))


def _check_month(arguments: Arguments, clock: Clock) -> Arguments:
    """Return year and month; left out, they are those of today."""
    return _checked(arguments, clock, ("year", "month"))


def _checked(arguments: Arguments, clock: Clock, names: tuple[str, ...]) -> Arguments:
    today = clock.today()
    given: dict[str, object] = {"year": today.year, "month": today.month}
    bounds = {"year": (FIRST_YEAR, today.year + YEARS_AHEAD), "month": (1, MONTHS_IN_YEAR)}
    for name in arguments:
        if name not in names:
            raise Refused.one(f"arguments.{name}", f"is not an argument here; give {' and '.join(names)}.")
    for name in names:
        value = arguments.get(name, given[name])
        low, high = bounds[name]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Refused.one(f"arguments.{name}", f"is a whole number from {low} to {high}.")
        given[name] = value
    return {name: given[name] for name in names}


def paycheck_kinds(clock: Clock) -> tuple[Kind, ...]:
    """Return the kinds of this family."""
    return (
        Kind(
            name=GENERATE_MISSING_PAYCHECKS,
            title="Create the paychecks that are missing",
            load=_load,
            handle=partial(_bring, clock=clock, working=_missing),
            check_arguments=partial(_check_year, clock=clock),
            example_arguments=({"year": 2026}, {"year": 2027}),
        ),
        Kind(
            name=RECALCULATE_MONTH,
            title="Work out a month's paychecks anew",
            load=_load,
            handle=partial(_bring, clock=clock, working=_one_month),
            check_arguments=partial(_check_month, clock=clock),
            example_arguments=({"year": 2026, "month": 3}, {"year": 2026, "month": 12}),
        ),
        Kind(
            name=RECALCULATE_PAYCHECKS,
            title="Work out all paychecks of a year anew",
            load=_load,
            handle=partial(_bring, clock=clock, working=_all),
            check_arguments=partial(_check_year, clock=clock),
            example_arguments=({"year": 2026}, {"year": 2027}),
            priority=Priority.BULK,
        ),
    )
