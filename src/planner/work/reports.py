"""The daily report: what planner did on a day, what failed and why, what stands still, what took longest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from planner.actors.ids import microseconds
from planner.actors.kind import Kind, Outcome
from planner.actors.schedule import moment
from planner.actors.turn import Turn
from planner.domain.errors import Refused
from planner.storage.job_rows import JobRow, Priority
from planner.storage.operations import COUNTED_MAX, Operations, operations_between
from planner.work.alerts import Alert, put_alert, send_request
from planner.work.names import DAILY_REPORT
from planner.work.post import Post
from planner.work.system_jobs import for_planner_itself
from planner.work.world import Clock

SLOWEST_SHOWN: Final = 5
MESSAGE_CHARACTERS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class _Day:
    operations: Operations
    day: date


def day_before(due: datetime, zone: ZoneInfo) -> Mapping[str, object]:
    """Return the arguments of the report that is due: the day that is over where people are."""
    return {"day": (due.astimezone(zone).date() - timedelta(days=1)).isoformat()}


def report_kinds(clock: Clock, post: Post) -> tuple[Kind, ...]:
    """Return the kind that reports on a day."""

    def load(conn: Connection, job: JobRow) -> _Day:
        day = date.fromisoformat(str(job.arguments["day"]))
        start, end = _midnight(day, clock), _midnight(day + timedelta(days=1), clock)
        return _Day(operations_between(conn, microseconds(start), microseconds(end)), day)

    return (
        Kind(
            name=DAILY_REPORT,
            title="Report on a day's operations",
            load=for_planner_itself(load),
            handle=partial(_report, clock=clock, post=post),
            check_arguments=_check_arguments,
            example_arguments=({"day": "2026-11-22"}, {"day": "2026-11-23"}),
            priority=Priority.SCHEDULED,
            retention_days=31,
        ),
    )


def _midnight(day: date, clock: Clock) -> datetime:
    if isinstance(clock.zone, ZoneInfo):
        return moment(day, time(0), clock.zone)
    return datetime.combine(day, time(0)).astimezone(clock.zone)


async def _report(turn: Turn, clock: Clock, post: Post) -> Outcome:
    """Put the day into words, and into the outbox with the outcome of this job."""
    seen = cast("_Day", turn.snapshot)
    alert = Alert(
        key=f"daily report of {seen.day.isoformat()}",
        subject=f"planner on {seen.day.isoformat()}: {_headline(seen.operations)}",
        body="\n".join(_lines(seen.operations)),
    )

    def put(conn: Connection) -> None:
        put_alert(conn, alert, post, at_us=microseconds(clock.now()))

    return Outcome(
        result=_plain(seen),
        writes=(put,),
        follow=(send_request(DAILY_REPORT),) if post.addresses else (),
    )


def _headline(operations: Operations) -> str:
    failed = sum(count for (_, state), count in operations.ended.items() if state == "failed")
    parts = [f"{sum(operations.ended.values())} jobs", f"{failed} failed"]
    if operations.set_aside:
        parts.append(f"{len(operations.set_aside)} households set aside")
    return ", ".join(parts)


def _lines(operations: Operations) -> Iterator[str]:
    cut = f" (of the last {COUNTED_MAX:,} jobs; there were more)" if operations.is_cut else ""
    yield f"Jobs that ended, by kind and state{cut}:"
    for (kind, state), count in sorted(operations.ended.items()):
        yield f"  {kind}: {count} {state}"
    yield ""
    yield f"Failures ({len(operations.failures)} shown):"
    for job in operations.failures:
        yield f"  {job.kind} of {job.household_id}, job {job.id}: {_reason(job)}"
    yield ""
    yield "Households set aside:"
    for household_id, reason in sorted(operations.set_aside.items()):
        yield f"  {household_id}: {reason[:MESSAGE_CHARACTERS_MAX]}"
    yield ""
    yield "Slowest:"
    for job in operations.slowest[:SLOWEST_SHOWN]:
        yield f"  {job.kind} of {job.household_id}: {_seconds(job):.1f} s"
    yield ""
    states = ", ".join(f"{count} {state}" for state, count in sorted(operations.messages.items()))
    yield f"Waiting now: {operations.waiting} jobs. Messages: {states or 'none'}."


def _plain(seen: _Day) -> dict[str, object]:
    operations = seen.operations
    by_kind: dict[str, dict[str, int]] = {}
    for (kind, state), count in sorted(operations.ended.items()):
        by_kind.setdefault(kind, {})[state] = count
    return {
        "day": seen.day.isoformat(),
        "ended": by_kind,
        "failures": [
            {"job_id": job.id, "household_id": job.household_id, "kind": job.kind, "reason": _reason(job)}
            for job in operations.failures
        ],
        "set_aside": operations.set_aside if len(operations.set_aside) <= SLOWEST_SHOWN else {},
        "set_aside_count": len(operations.set_aside),
        "slowest": [
            {"job_id": job.id, "kind": job.kind, "seconds": round(_seconds(job), 3)}
            for job in operations.slowest[:SLOWEST_SHOWN]
        ],
        "messages": operations.messages,
        "waiting": operations.waiting,
        "is_cut": operations.is_cut,
    }


def _reason(job: JobRow) -> str:
    message = "" if job.error is None else str(job.error.get("message", ""))
    parts = job.error.get("parts") if job.error is not None else None
    if isinstance(parts, list) and parts and isinstance(parts[0], dict):
        message = str(parts[0].get("message", message))
    return message[:MESSAGE_CHARACTERS_MAX]


def _seconds(job: JobRow) -> float:
    if job.started_at_us is None or job.finished_at_us is None:
        return 0.0
    return max(0, job.finished_at_us - job.started_at_us) / 1e6


def _check_arguments(arguments: Mapping[str, object]) -> Mapping[str, object]:
    for name in arguments:
        if name != "day":
            raise Refused.one(f"arguments.{name}", "is not an argument here; give `day`, as 2026-11-23.")
    try:
        return {"day": date.fromisoformat(str(arguments.get("day"))).isoformat()}
    except ValueError as error:
        raise Refused.one("arguments.day", "is a date, as 2026-11-23.") from error
