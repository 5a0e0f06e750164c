"""Keeps watch: each minute the figures are judged by the alert rules, and people are told what changed."""

import logging
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

import trio
from sqlalchemy import Connection

from planner.actors.ids import instant, microseconds, written
from planner.domain.errors import Busy
from planner.storage import alerts as stored
from planner.storage import outbox
from planner.work.alert_rules import RULES, Key, Reading, Readings, Rule, Verdict, judge
from planner.work.alerts import Alert, message_key, raise_alerts
from planner.work.delivery import NotNow, RefusedThere
from planner.work.vitals import TALLY_SECONDS
from planner.work.world import World

log = logging.getLogger(__name__)

WINDOW_SECONDS: Final = 300.0
UNTOLD_MAX: Final = 1_000
REQUESTED_BY: Final = "alert rules"


async def keep_watch(
    world: World, rules: Sequence[Rule] = RULES, *, every_seconds: float = TALLY_SECONDS
) -> None:
    """Judge every minute, for ever. What is raised is kept, so that a restart tells nobody twice."""
    untold: list[Verdict] = []
    turning: dict[Key, float] = {}
    told_directly: set[str] = set()
    world.vitals.take(world.households.statistics(), trio.current_time())
    world.vitals.raised.update(await _raised_before(world))
    while True:
        await trio.sleep(every_seconds)
        readings = await take_readings(world)
        at, now_us = trio.current_time(), microseconds(world.now())
        for verdict in judge(rules, readings, world.vitals.raised, turning, at=at, now_us=now_us):
            become(world, verdict)
            untold.append(verdict)
        del untold[:-UNTOLD_MAX]
        if untold:
            await tell(world, untold, told_directly)


async def _raised_before(world: World) -> dict[Key, stored.AlertRow]:
    while True:
        try:
            rows = await world.store.read(stored.alert_rows)
        except Busy as busy:
            await trio.sleep(busy.retry_after_seconds)
        else:
            return {(row.rule, row.subject): row for row in rows if row.resolved_at_us is None}


async def take_readings(world: World) -> Readings:
    """Return the figures of this moment, and count the minute that is over."""
    scheduler, at = world.households.statistics(), trio.current_time()
    recent = world.vitals.over(WINDOW_SECONDS, scheduler, at)
    world.vitals.take(scheduler, at)
    failed = 100.0 * recent.generations_failed / recent.generations if recent.generations else 0.0
    reason = world.store.read_only_reason
    set_aside = world.households.set_aside()
    lag = world.loop_watch.statistics().lag_max_seconds
    found: dict[str, list[Reading]] = {
        "generations_failed_percent": [Reading(value=failed)],
        "duplicates_refused": [Reading(value=recent.duplicates)],
        "set_aside": [Reading(value=1, subject=each, detail=why) for each, why in set_aside.items()],
        "stuck": [Reading(value=1, subject=each) for each in world.households.stuck()],
        "threads_lost": [Reading(value=scheduler.threads_lost)],
        "loop_lag_seconds": [Reading(value=lag)],
        "read_only": [Reading(value=reason is not None, detail=reason or "")],
    }
    now_us = microseconds(world.now())
    try:
        stands = await world.vitals.stands(world.store, now_us)
    except Busy as busy:
        log.warning("the alert rules cannot look into the database: %s", busy.message)
        return found
    return {
        **found,
        "changes_pending": [Reading(value=stands.behind.changes)],
        "stale_seconds": [Reading(value=stands.behind.age_seconds(now_us))],
        "undelivered": [Reading(value=stands.undelivered)],
    }


def become(world: World, verdict: Verdict) -> None:
    """Let the verdict stand, and say so in the log."""
    row = verdict.row
    if verdict.is_raised:
        world.vitals.raised[row.rule, row.subject] = row
        log.warning("alert: %s: %s", subject_of(verdict), row.detail)
    else:
        world.vitals.raised.pop((row.rule, row.subject), None)
        log.warning("alert resolved: %s", subject_of(verdict))


async def tell(world: World, untold: list[Verdict], told_directly: set[str]) -> None:
    """Record what changed and put it into the outbox, all in one transaction; later, if that is not possible.

    A disk that is full cannot take the message that says so: that one goes straight out.
    """
    alerts = [alert_of(each) for each in untold]
    note = partial(_note, verdicts=untold, told_directly=told_directly, at_us=microseconds(world.now()))
    try:
        await raise_alerts(world, alerts, requested_by=REQUESTED_BY, note=note)
    except Busy as busy:
        log.warning("what the alert rules say is written down later: %s", busy.message)
        if world.store.read_only_reason is not None:
            await _tell_directly(world, alerts, told_directly)
        return
    untold.clear()
    told_directly.clear()


def _note(conn: Connection, verdicts: Sequence[Verdict], told_directly: Iterable[str], at_us: int) -> None:
    for verdict in verdicts:
        row = verdict.row
        if row.resolved_at_us is None:
            stored.put_raised(conn, row)
        else:
            stored.put_resolved(conn, row.rule, row.subject, at_us=row.resolved_at_us)
    for key in told_directly:
        outbox.mark_sent_directly(conn, key, at_us=at_us)


async def _tell_directly(world: World, alerts: Sequence[Alert], told_directly: set[str]) -> None:
    """Send without the outbox, each message once; it has the key and the id that it will have there."""
    for alert in alerts:
        for channel, address in world.post.addresses:
            key = message_key(alert, channel, address)
            if key in told_directly:
                continue
            try:
                await world.post.deliver(await _letter(world, alert, key, channel, address))
            except (Busy, NotNow, RefusedThere) as error:
                log.warning("%s could not be told: %s", address, error)
            else:
                told_directly.add(key)


async def _letter(world: World, alert: Alert, key: str, channel: str, address: str) -> outbox.OutboxRow:
    now_us = microseconds(world.now())
    return outbox.OutboxRow(
        id=0,
        key=key,
        household_id=None,
        channel=channel,
        address=address,
        subject=alert.subject,
        body=alert.body,
        message_id=await world.store.read(outbox.message_id, key),
        state="waiting",
        attempts=1,
        next_at_us=now_us,
        created_at_us=now_us,
        sent_at_us=None,
        error=None,
    )


def subject_of(verdict: Verdict) -> str:
    """Return what happened as a few words."""
    of = f" ({verdict.row.subject})" if verdict.row.subject else ""
    return f"{verdict.rule.title}{of}"


def alert_of(verdict: Verdict) -> Alert:
    """Return what people are told: once when it is raised, once when it is resolved."""
    row = verdict.row
    since = written(instant(row.raised_at_us))
    key = f"alert {row.rule} {row.subject} since {since}"
    if row.resolved_at_us is None:
        body = f"{row.detail}\n\n{verdict.rule.advice}\n\nSince {since}."
        return Alert(key=key, subject=f"planner: {subject_of(verdict)}", body=body)
    body = f"It is over.\n\nIt was: {row.detail}\n\nFrom {since} to {written(instant(row.resolved_at_us))}."
    return Alert(key=f"{key}, resolved", subject=f"planner: resolved: {subject_of(verdict)}", body=body)
