"""The operations page: how planner is doing at one look, and what can be done about it."""

from planner.actors.timetable import EntryView
from planner.storage.overview import Shows
from planner.storage.tables import SYSTEM
from planner.web.pages.drawing import draw
from planner.web.pages.operations_live import generation, live_now
from planner.web.pages.operations_shown import EntryRow, HouseholdRow, MessageRow, OperationsPage
from planner.web.pages.shown import MetricTile, Notice
from planner.web.pages.state import job_line
from planner.web.pages.words import NOTHING, count, duration, instant, percent, plain
from planner.work.kinds import KINDS
from planner.work.operations import operations
from planner.work.operations_views import AlertView, HouseholdLine, MessageView, Operations
from planner.work.world import World

PAGE = 25
ADDRESS = "/operations"
OVER_SHOWN = 3
LAG_WARN_SECONDS = 0.25
STANDS = {
    Shows.SET_ASIDE: ("failed", "set aside"),
    Shows.STUCK: ("failed", "stuck"),
    Shows.FAILING: ("failed", "failing"),
    Shows.BEHIND: ("stale", "behind"),
    Shows.BUSY: ("working", "busy"),
    Shows.IDLE: ("plain", "at rest"),
}
MISSED = {"skip": "left out", "once": "made up for once", "all": "each made up for"}
MESSAGE_STATES = {"waiting": "stale", "sent": "succeeded", "failed": "failed"}
OUTCOMES = {"succeeded": "done", "partial": "partly done"}
TITLES = {kind.name: kind.title for kind in KINDS}


async def operations_page(world: World, start: int) -> str:
    """Return the page with the households from the place `start` on."""
    mark = generation(world)
    look = await operations(world, start=start, limit=PAGE)
    page = OperationsPage(
        generation=mark,
        address=f"{ADDRESS}?start={start}" if start else ADDRESS,
        notices=_notices(look.alerts),
        tiles=_tiles(look),
        figures=_figures(look),
        households=tuple(map(_household, look.households)),
        household_count=count(look.actors.total, "household"),
        first_page=ADDRESS if start else None,
        next_page=None if look.next is None else f"{ADDRESS}?start={look.next}",
        timetable=tuple(map(_entry, look.timetable)),
        messages=tuple(_message(each, can_send=bool(world.post.channels)) for each in look.outbox.messages),
        message_counts=", ".join(
            f"{number:,} {state}" for state, number in sorted(look.outbox.counts.items())
        ),
    )
    return draw("operations.html", page="operations", shown=page, live=live_now(world))


def _notices(alerts: tuple[AlertView, ...]) -> tuple[Notice, ...]:
    """Return what is raised, and the last few that are over."""
    raised = [each for each in alerts if each.resolved_at is None]
    over = [each for each in alerts if each.resolved_at is not None]
    return tuple(map(_notice, (*raised, *over[:OVER_SHOWN])))


def _notice(alert: AlertView) -> Notice:
    of = f": {alert.subject_name}" if alert.subject else ""
    since = f"Since {instant(alert.raised_at)}"
    if alert.resolved_at is not None:
        return Notice(title=f"Over: {alert.title}{of}", text=f"{since} until {instant(alert.resolved_at)}.")
    detail = alert.detail.rstrip(".")
    return Notice(title=f"{alert.title}{of}", text=f"{detail}. {alert.advice} {since}.", tone="bad")


def _tile(label: str, value: str, note: str = "", *, bad: bool = False) -> MetricTile:
    return MetricTile(key="", label=label, value=value, note=note, tone="bad" if bad else "")


def _tiles(look: Operations) -> tuple[MetricTile, ...]:
    waits = ", ".join(f"{number:,} {priority}" for priority, number in look.waiting.items() if number)
    rate, changes, ended, asked = look.throughput, look.changes, look.ended, look.requests
    age = f"the oldest is {duration(changes.oldest_seconds)} old" if changes.pending else "all is worked out"
    lag = look.loop.lag_p99_seconds
    blocked = f"blocked {count(look.loop.blocked_count, 'time')}"
    hour = f"in 5 minutes; {rate.last_60_minutes:,.1f} in 60"
    return (
        _tile("Jobs a minute", f"{rate.last_5_minutes:,.1f}", hour),
        _tile("Waiting jobs", f"{sum(look.waiting.values()):,}", waits or "nothing waits"),
        _tile("Changes not worked out", f"{changes.pending:,}", age),
        _tile(
            "Failed in the last hour", f"{rate.failed_in_60_minutes:,}", _failures(look),
            bad=rate.failed_in_60_minutes > 0,
        ),
        _tile(
            "Households set aside", f"{look.actors.set_aside:,}",
            f"{look.actors.awake:,} awake, {look.actors.asleep:,} asleep", bad=look.actors.set_aside > 0,
        ),
        _tile(
            "Requests that joined a job", percent(asked.joined_share), f"of {asked.accepted + asked.joined:,}"
        ),
        _tile("Jobs that found nothing to do", percent(ended.unchanged_share), f"of {ended.finished:,}"),
        _tile(
            "Event loop late by", duration(lag), f"99 of 100 in a minute; {blocked}",
            bad=lag > LAG_WARN_SECONDS,
        ),
    )  # fmt: skip


def _failures(look: Operations) -> str:
    """Return which kinds failed since the start."""
    failed = [f"{TITLES.get(kind, plain(kind))}: {number:,}" for kind, number in look.ended.failed.items()]
    return f"since the start: {'; '.join(failed)}" if failed else "none since the start"


def _figures(look: Operations) -> tuple[MetricTile, ...]:
    writer, refused = look.writer, sum(look.requests.refused.values())
    return (
        _tile("Requests refused", f"{refused:,}", "repeated, a key used twice, or a full mailbox"),
        _tile("Time of a commit", duration(writer.commit_mean_seconds), _within(writer.commit_p99_seconds)),
        _tile("Units in a commit", f"{writer.mean_group:,.1f}", f"{writer.commits:,} commits"),
        _tile("Readers in use", f"{look.readers.in_use} of {look.readers.connections}", _reading(look)),
        _tile("Threads in use", f"{look.threads.in_use} of {look.threads.count}"),
        _tile("Households in a turn", f"{look.actors.running:,}", f"{look.actors.ready:,} wait for a slot"),
        _tile("Actors started anew", f"{look.actors.restarts:,}", f"epoch {look.epoch}"),
    )


def _within(seconds: float | None) -> str:
    return "" if seconds is None else f"99 of 100 within {duration(seconds)}"


def _reading(look: Operations) -> str:
    return f"{look.readers.waiting:,} wait" if look.readers.waiting else ""


def _household(line: HouseholdLine) -> HouseholdRow:
    state, words = STANDS[line.shows]
    error = None if line.last_error is None else (line.last_error.error or {}).get("message")
    return HouseholdRow(
        id=line.household_id,
        name=line.name,
        state=state,
        state_words=words,
        told=_told(line),
        jobs=f"{ADDRESS}/jobs?household={line.household_id}",
        running=None if line.running is None else job_line(line.running),
        trouble=line.set_aside_reason or (None if error is None else str(error)),
        set_aside=line.set_aside_reason is not None,
    )


def _told(line: HouseholdLine) -> str:
    """Tell how the household stands in a sentence."""
    waits = f"{count(line.waiting, 'job')} {'waits' if line.waiting == 1 else 'wait'}" if line.waiting else ""
    parts = [waits or "nothing waits"]
    if line.household_id == SYSTEM:
        parts.append("what planner does by itself")
    elif line.worked_out_at is None:
        parts.append("nothing worked out yet")
    else:
        of = "" if line.shown_revision == line.revision else f" of {line.revision}"
        parts.append(f"shows revision {line.shown_revision}{of}, worked out on {instant(line.worked_out_at)}")
    told = "; ".join(parts)
    return f"{told[0].upper()}{told[1:]}."


def _entry(entry: EntryView) -> EntryRow:
    outcome = entry.last_outcome
    running = entry.last_started is not None and outcome is None
    words = "running" if running else NOTHING if outcome is None else OUTCOMES.get(outcome, outcome)
    return EntryRow(
        title=entry.title,
        schedule=entry.schedule,
        missed=MISSED[entry.catch_up.value],
        last=NOTHING if entry.last_started is None else instant(entry.last_started),
        state="running" if running else outcome or "plain",
        outcome=words,
        next=instant(entry.next_due),
    )


def _message(message: MessageView, *, can_send: bool) -> MessageRow:
    tried = f"tried {count(message.attempts, 'time')}" if message.attempts else "not tried yet"
    told = [f"Written on {instant(message.created_at)}", tried]
    if message.sent_at is not None:
        told.append(f"sent on {instant(message.sent_at)}")
    if message.next_at is not None:
        told.append(f"next try from {instant(message.next_at)} on")
    return MessageRow(
        id=message.id,
        subject=message.subject,
        to=message.address,
        state=MESSAGE_STATES[message.state],
        state_words=message.state,
        told="; ".join(told) + ".",
        error=message.error,
        again=can_send and message.state != "sent",
    )
