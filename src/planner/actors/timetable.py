"""The timetable: one task that turns what is due into requests at the same door that everybody uses."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final

import trio
from sqlalchemy import Connection

from planner.actors.accept import Decided
from planner.actors.households import Households
from planner.actors.ids import Now, instant, microseconds, written
from planner.actors.kind import Request
from planner.actors.schedule import Schedule, is_due, last_due, next_due
from planner.domain.errors import Busy, Refused
from planner.storage import timetable
from planner.storage.database import Store
from planner.storage.job_rows import JobRow, Priority
from planner.storage.tables import SYSTEM
from planner.storage.timetable import TimetableRow

log = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS: Final = 60.0
"""Wall clocks are set: however far away the next moment seems, the clock is looked at again after this."""

LATE_AFTER: Final = timedelta(seconds=2 * LOOK_AGAIN_SECONDS)
"""A moment that is older was missed; a younger one is only being dealt with."""

BACK_AT_MOST: Final = timedelta(days=1)
"""A clock put back further than this was wrong before, and what ran then counts no more."""

CATCH_UP_AT_MOST: Final = timedelta(days=31)
"""Of moments that were missed longer ago than this none is made up for, which is logged."""

REQUESTED_BY: Final = "timetable"


class CatchUp(StrEnum):
    """What becomes of moments that were missed: nothing, one run for all of them, or one for each."""

    SKIP = "skip"
    ONCE = "once"
    ALL = "all"


def no_arguments_for(_due: datetime) -> Mapping[str, object]:
    """Return the arguments of an entry whose runs are all alike."""
    return {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """Something that is asked for again and again; `arguments` are of the moment that was due, in UTC.

    With `catch_up` ALL those of different moments must differ, or the requests become one job. Where
    `only_if` (of a connection and the time in microseconds) says no, the moment passes without a job.
    """

    name: str
    title: str
    schedule: Schedule
    kind: str
    catch_up: CatchUp = CatchUp.ONCE
    arguments: Callable[[datetime], Mapping[str, object]] = no_arguments_for
    only_if: Callable[[Connection, int], bool] | None = None
    household_id: str = SYSTEM
    priority: Priority | None = Priority.SCHEDULED

    def __post_init__(self) -> None:
        alike = self.arguments is no_arguments_for
        assert not (alike and self.catch_up is CatchUp.ALL), f"the runs of {self.name} would become one job"

    def request(self, due: datetime) -> Request:
        """Return what is asked for at the moment."""
        return Request(
            household_id=self.household_id,
            kind=self.kind,
            arguments=self.arguments(due),
            requested_by=f"{REQUESTED_BY}: {self.name}",
            priority=self.priority,
        )


@dataclass(frozen=True, slots=True)
class Step:
    """What to do with an entry now: run it for the moment `due`, if there is one, and when to look next."""

    due: datetime | None
    next_due: datetime


def next_step(schedule: Schedule, catch_up: CatchUp, known: TimetableRow | None, now: datetime) -> Step:
    """Decide what becomes of an entry at `now`, from what is recorded of it.

    A new entry waits for its first moment. One whose schedule is no longer the one it was recorded
    under, or whose record comes from a clock that was far ahead, begins anew.
    """
    if known is None or known.next_due_us is None:
        return Step(None, next_due(schedule, now))
    expected = instant(known.next_due_us)
    if expected > now or not is_due(schedule, expected):
        handled = now if known.last_due_us is None else instant(known.last_due_us)
        behind = handled if now < handled <= now + BACK_AT_MOST else now
        return Step(None, next_due(schedule, behind))
    if catch_up is CatchUp.ALL:
        due = max(expected, next_due(schedule, now - CATCH_UP_AT_MOST))
        return Step(due if due <= now else None, next_due(schedule, due) if due <= now else due)
    latest = last_due(schedule, now)
    if catch_up is CatchUp.SKIP and now - latest > LATE_AFTER:
        return Step(None, next_due(schedule, now))
    return Step(latest, next_due(schedule, latest))


async def run_timetable(households: Households, store: Store, entries: Sequence[Entry], *, now: Now) -> None:
    """Ask for whatever is due, for ever. `now` is the wall clock; the waiting is on trio's."""
    assert len({entry.name for entry in entries}) == len(entries), "two entries share a name"
    while True:
        seen = await store.read(_look, entries, microseconds(now()))
        # An entry that could not be asked for waits its time without holding up the others.
        waits = [await _deal_with(households, store, each, now) for each in seen]
        await trio.sleep(min([LOOK_AGAIN_SECONDS, *waits]))


@dataclass(frozen=True, slots=True)
class _Seen:
    """An entry in one moment: what is recorded, the job of its last run, whether it may run."""

    entry: Entry
    known: TimetableRow | None
    job: JobRow | None
    passes: bool


def _look(conn: Connection, entries: Sequence[Entry], now_us: int) -> list[_Seen]:
    rows = timetable.timetable_rows(conn)
    return [_seen(conn, entry, rows.get(entry.name), now_us) for entry in entries]


def _seen(conn: Connection, entry: Entry, known: TimetableRow | None, now_us: int) -> _Seen:
    goes_on = known is not None and known.last_outcome is None
    job = timetable.job_of_run(conn, known) if known is not None and goes_on else None
    return _Seen(entry, known, job, entry.only_if is None or entry.only_if(conn, now_us))


async def _deal_with(households: Households, store: Store, seen: _Seen, now: Now) -> float:
    """Do what is to be done for one entry; return the seconds until it wants to be looked at again."""
    entry, known = seen.entry, seen.known
    step = next_step(entry.schedule, entry.catch_up, known, now())
    try:
        await _note_end(store, seen)
        if step.due is not None and known is not None and seen.passes:
            _say_what_is_left_out(entry, known, step.due)
            await _ask(households, store, seen, step, microseconds(now()))
            return 0.0
        if step.due is None and (known is None or known.next_due_us != microseconds(step.next_due)):
            _say_what_is_left_out(entry, known, step.next_due)
            await store.write(timetable.expect_next, entry.name, microseconds(step.next_due))
    except Busy as busy:
        log.warning("the timetable puts %s off: %s", entry.name, busy.message)
        return busy.retry_after_seconds
    return max(0.0, (step.next_due - now()).total_seconds())


async def _ask(households: Households, store: Store, seen: _Seen, step: Step, at_us: int) -> None:
    """Ask for the run, and record the moment in the same transaction: both, or neither."""
    entry, due = seen.entry, step.due
    assert due is not None
    assert seen.known is not None
    assert seen.known.next_due_us is not None
    take = partial(
        timetable.take_moment,
        name=entry.name,
        expected_us=seen.known.next_due_us,
        due_us=microseconds(due),
        next_due_us=microseconds(step.next_due),
        at_us=at_us,
    )

    def note(conn: Connection, _taken: bool, decided: Decided) -> None:  # noqa: FBT001 -- what `take` returned
        timetable.note_job(conn, entry.name, decided.job.id)

    try:
        await households.accept(lambda taken: entry.request(due) if taken else None, before=take, after=note)
    except Refused as refused:
        log.error("the timetable cannot ask for %s: %s", entry.name, refused.message)  # noqa: TRY400 -- an answer
        await store.write(_note_refused, entry.name, take, refused.message, at_us)


def _note_refused(
    conn: Connection, name: str, take: Callable[[Connection], bool], message: str, at_us: int
) -> None:
    if take(conn):
        timetable.note_outcome(conn, name, f"refused: {message}", at_us)


async def _note_end(store: Store, seen: _Seen) -> None:
    """Record how the last run ended, once it has: the record of the job is kept less long."""
    known, job = seen.known, seen.job
    if known is None or known.last_job_id is None or known.last_outcome is not None:
        return
    if job is None:
        await store.write(timetable.note_outcome, known.name, "unknown", known.last_started_us or 0)
    elif job.state.is_final:
        finished_us = job.finished_at_us or job.accepted_at_us
        await store.write(timetable.note_outcome, known.name, job.state.value, finished_us)


def _say_what_is_left_out(entry: Entry, known: TimetableRow | None, goes_on_at: datetime) -> None:
    if known is None or known.next_due_us is None or entry.catch_up is CatchUp.ONCE:
        return
    expected = instant(known.next_due_us)
    if expected < goes_on_at and entry.only_if is None:
        level = logging.WARNING if entry.catch_up is CatchUp.ALL else logging.INFO
        log.log(
            level, "%s missed what was due from %s on, and goes on at %s", entry.name, expected, goes_on_at
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryView:
    """An entry as people see it: when it ran last and how that ended, and when it runs next."""

    name: str
    title: str
    schedule: str
    catch_up: CatchUp
    next_due: datetime
    last_due: datetime | None
    last_started: datetime | None
    last_finished: datetime | None
    last_outcome: str | None
    last_job_id: str | None

    def to_plain(self) -> dict[str, object]:
        """Return it as JSON has it."""
        plain: dict[str, object] = {name: getattr(self, name) for name in EntryView.__dataclass_fields__}
        return {
            name: written(value) if isinstance(value, datetime) else value for name, value in plain.items()
        }


async def timetable_views(store: Store, entries: Sequence[Entry], now: datetime) -> list[EntryView]:
    """Return every entry with its last and its next run; a run that goes on has no outcome yet."""
    return await store.read(timetable_in, entries, now)


def timetable_in(conn: Connection, entries: Sequence[Entry], now: datetime) -> list[EntryView]:
    """Return the same within the caller's snapshot."""
    return [_view(seen, now) for seen in _look(conn, entries, microseconds(now))]


def _view(seen: _Seen, now: datetime) -> EntryView:
    entry, job = seen.entry, seen.job
    row = seen.known or TimetableRow(name=entry.name)
    ended = job is not None and job.state.is_final
    return EntryView(
        name=entry.name,
        title=entry.title,
        schedule=str(entry.schedule),
        catch_up=entry.catch_up,
        next_due=_next_shown(entry, row, now),
        last_due=_instant(row.last_due_us),
        last_started=_instant(row.last_started_us),
        last_finished=_instant(job.finished_at_us if job is not None and ended else row.last_finished_us),
        last_outcome=job.state.value if job is not None and ended else row.last_outcome,
        last_job_id=row.last_job_id,
    )


def _next_shown(entry: Entry, row: TimetableRow, now: datetime) -> datetime:
    step = next_step(entry.schedule, entry.catch_up, row, now)
    return step.next_due if step.due is None or entry.only_if is not None else step.due


def _instant(at_us: int | None) -> datetime | None:
    return None if at_us is None else instant(at_us)
