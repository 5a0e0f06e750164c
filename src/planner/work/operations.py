"""One look at what is going on: rates, what waits, what is behind, households, timetable and outbox."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import trio
from sqlalchemy import Connection

from planner.actors.ids import instant, microseconds
from planner.actors.statistics import SchedulerStatistics
from planner.actors.timetable import EntryView, timetable_in
from planner.actors.watchdog import LoopStatistics
from planner.domain.errors import NotFound
from planner.storage import outbox
from planner.storage.alerts import AlertRow, alert_rows
from planner.storage.job_rows import Priority
from planner.storage.outbox import OutboxRow
from planner.storage.overview import Line, Lines, lines_from, names_of
from planner.storage.standing import Standing, standing
from planner.storage.writer import WriterStatistics
from planner.work.alert_rules import Key, rule_named
from planner.work.alerts import send_request
from planner.work.operations_views import (
    Actors,
    AlertView,
    Changes,
    Ended,
    HouseholdLine,
    Loop,
    MessageView,
    Operations,
    Outbox,
    Requests,
    Threads,
    Throughput,
    Writer,
)
from planner.work.subjects import BASELINE
from planner.work.world import World

MESSAGES_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class _Seen:
    stands: Standing
    lines: Lines
    alerts: list[AlertRow]
    names: dict[str, str]
    timetable: list[EntryView]
    messages: list[OutboxRow]


async def operations(world: World, *, start: int = 0, limit: int = 50) -> Operations:
    """Return what is going on, with `limit` households from the place `start` on."""
    now = world.now()
    set_aside, stuck = world.households.set_aside(), world.households.stuck()

    def look(conn: Connection) -> _Seen:
        alerts = all_alerts(alert_rows(conn), world.vitals.raised)
        stands = standing(conn, BASELINE, microseconds(now))
        behind = stands.behind.household_ids
        return _Seen(
            stands=stands,
            lines=lines_from(
                conn, start, limit, set_aside=set_aside, stuck=stuck, behind=behind, subject=BASELINE
            ),
            alerts=alerts,
            names=names_of(conn, {row.subject for row in alerts}),
            timetable=timetable_in(conn, world.timetable, now),
            messages=outbox.messages_before(conn, limit=MESSAGES_SHOWN),
        )

    began = trio.current_time()
    seen = await world.store.read(look)
    world.vitals.look_seconds = trio.current_time() - began
    scheduler = world.households.statistics()
    stands = seen.stands
    return Operations(
        at=now,
        epoch=world.store.epoch,
        read_only_reason=world.store.read_only_reason,
        throughput=_throughput(world, scheduler),
        waiting={each.name.lower(): stands.waiting[each] for each in Priority},
        requests=Requests(
            accepted=scheduler.accepted.total(),
            joined=scheduler.joined.total(),
            joined_share=round(scheduler.joined_share, 4),
            refused=dict(scheduler.refused),
        ),
        ended=_ended(scheduler),
        changes=Changes(
            pending=stands.behind.changes,
            households=stands.behind.households,
            oldest_seconds=stands.behind.age_seconds(microseconds(now)),
        ),
        actors=_actors(scheduler, stands.households),
        threads=Threads(count=scheduler.threads, in_use=scheduler.threads_in_use),
        loop=_loop(world.loop_watch.statistics()),
        writer=_writer(world.store.statistics),
        readers=world.store.reading,
        alerts=tuple(_alert_view(row, seen.names) for row in seen.alerts),
        timetable=tuple(seen.timetable),
        outbox=Outbox(
            counts=stands.messages,
            undelivered=stands.undelivered,
            messages=tuple(map(message_view, seen.messages)),
        ),
        households=tuple(_line(world, line, set_aside) for line in seen.lines.lines),
        next=seen.lines.next_start,
    )


def _throughput(world: World, scheduler: SchedulerStatistics) -> Throughput:
    at = trio.current_time()
    short, long = (world.vitals.over(seconds, scheduler, at) for seconds in (300.0, 3_600.0))
    return Throughput(
        last_5_minutes=round(short.finished_a_minute, 2),
        last_60_minutes=round(long.finished_a_minute, 2),
        failed_in_60_minutes=long.failed,
    )


def _ended(scheduler: SchedulerStatistics) -> Ended:
    by_state: dict[str, Counter[str]] = {"failed": Counter(), "partial": Counter()}
    for (kind, state), count in scheduler.finished.items():
        if state in by_state:
            by_state[state][kind] += count
    return Ended(
        finished=scheduler.finished.total(),
        unchanged=scheduler.unchanged.total(),
        unchanged_share=round(scheduler.unchanged_share, 4),
        failed=dict(by_state["failed"]),
        partial=dict(by_state["partial"]),
    )


def _actors(scheduler: SchedulerStatistics, total: int) -> Actors:
    return Actors(
        total=total,
        awake=scheduler.awake,
        asleep=max(0, total - scheduler.awake - scheduler.set_aside),
        running=scheduler.running,
        ready=scheduler.ready,
        set_aside=scheduler.set_aside,
        restarts=scheduler.restarts,
    )


def _loop(loop: LoopStatistics) -> Loop:
    blocked = loop.last_blocked
    return Loop(
        lag_p50_seconds=loop.lag_p50_seconds,
        lag_p99_seconds=loop.lag_p99_seconds,
        lag_max_seconds=loop.lag_max_seconds,
        blocked_count=loop.blocked_count,
        last_blocked_at=None if blocked is None else blocked.at,
        last_blocked_seconds=None if blocked is None else blocked.seconds,
        last_blocked_task=None if blocked is None else blocked.task,
    )


def _writer(writer: WriterStatistics) -> Writer:
    bounds = [writer.latency.quantile(share) for share in (0.5, 0.99)]
    p50, p99 = (None if bound == float("inf") else bound for bound in bounds)
    return Writer(
        commits=writer.commits,
        units=writer.units,
        mean_group=round(writer.mean_group, 2),
        last_group=writer.last_group,
        commit_mean_seconds=writer.latency.mean,
        commit_p50_seconds=p50,
        commit_p99_seconds=p99,
    )


def all_alerts(recorded: Iterable[AlertRow], raised: Mapping[Key, AlertRow]) -> list[AlertRow]:
    """Return what stands raised, and then what was lately; a full disk keeps some from being recorded."""
    known = {(row.rule, row.subject): row for row in recorded} | dict(raised)
    return sorted(known.values(), key=lambda row: (row.resolved_at_us is not None, -row.raised_at_us))


def _alert_view(row: AlertRow, names: Mapping[str, str]) -> AlertView:
    rule = rule_named(row.rule)
    return AlertView(
        rule=row.rule,
        title=row.rule if rule is None else rule.title,
        subject=row.subject,
        subject_name=names.get(row.subject, row.subject),
        detail=row.detail,
        advice="" if rule is None else rule.advice,
        raised_at=instant(row.raised_at_us),
        resolved_at=None if row.resolved_at_us is None else instant(row.resolved_at_us),
    )


def message_view(row: OutboxRow) -> MessageView:
    """Show a message."""
    return MessageView(
        id=row.id,
        key=row.key,
        household_id=row.household_id,
        channel=row.channel,
        address=row.address,
        subject=row.subject,
        state=row.state,
        attempts=row.attempts,
        created_at=instant(row.created_at_us),
        next_at=instant(row.next_at_us) if row.state == "waiting" else None,
        sent_at=None if row.sent_at_us is None else instant(row.sent_at_us),
        error=row.error,
    )


def _line(world: World, line: Line, set_aside: Mapping[str, str]) -> HouseholdLine:
    look = line.look
    running = next((job for job in look.live if job.started_at_us is not None), look.batch)
    return HouseholdLine(
        household_id=look.door.household_id,
        name=line.name,
        shows=line.shows,
        revision=look.door.revision,
        shown_revision=line.shown_revision,
        worked_out_at=None if line.worked_out_us is None else instant(line.worked_out_us),
        waiting=look.waiting_count,
        running=None if running is None else world.households.view(running),
        last_error=None if look.last_failure is None else world.households.view(look.last_failure),
        set_aside_reason=set_aside.get(look.door.household_id) or look.door.set_aside_reason,
    )


async def messages(world: World, *, before: int | None = None, limit: int = 50) -> list[MessageView]:
    """Return messages of the outbox, the newest first."""
    rows = await world.store.read(outbox.messages_before, before, limit)
    return [message_view(row) for row in rows]


async def try_message_again(world: World, message_id: int, *, author: str) -> None:
    """Let a message that was given up, or waits, be tried now; raises NotFound."""
    if not world.post.channels:
        raise NotFound("Alerts go nowhere: this planner was not told where to send them.")
    again = partial(outbox.send_again, row_id=message_id, at_us=microseconds(world.now()))
    await world.households.accept(send_request(author), before=again)
