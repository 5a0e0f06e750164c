"""The commands `planner operations`, `timetable` and `outbox`: how planner is doing, and what it sends."""

from pathlib import Path
from typing import Final

import click

from planner.cli.door import Door, Plain, through_door
from planner.cli.options import chosen_database, data_option, json_option
from planner.cli.output import say, say_json, say_table, when

HOUSEHOLDS_SHOWN: Final = 50
HOUSEHOLD_HEADINGS: Final = ("Household", "", "Name", "Waiting", "Revision", "What")
TIMETABLE_HEADINGS: Final = ("What", "When", "Missed runs", "Last run", "How it ended", "Next run")
OUTBOX_HEADINGS: Final = ("Id", "State", "To", "Subject", "Written", "Tries", "Next try", "Error")
MISSED: Final = {"skip": "left out", "once": "made up for once", "all": "each made up for"}


@click.command()
@data_option
@json_option
def operations(data: Path | None, *, as_json: bool) -> None:
    """Show how planner is doing, and which households have something to show.

    Rates and counts are those of the server that holds the database; without one there are none yet.
    """
    seen = through_door(chosen_database(data), lambda door: door.operations(HOUSEHOLDS_SHOWN))
    if as_json:
        say_json(seen)
        return
    facts = _facts(seen)
    width = max(len(name) for name, _ in facts)
    for name, value in facts:
        say(f"{name:<{width}}  {value}")
    for alert in seen["alerts"]:
        if alert["resolved_at"] is None:
            what = f"{alert['title']} {alert['subject']}".strip()
            say(f"ALERT since {when(alert['raised_at'])}: {what}: {alert['detail']}")
    shown = [each for each in seen["households"] if each["shows"] != "idle"]
    say()
    say_table(
        HOUSEHOLD_HEADINGS,
        [_household(each) for each in shown],
        right=["Waiting"],
        empty="Every household is at rest, and nothing is wrong with any.",
    )


def _facts(seen: Plain) -> list[tuple[str, str]]:
    rate, changes, actors, loop = (seen[name] for name in ("throughput", "changes", "actors", "loop"))
    waiting = ", ".join(f"{count} {priority}" for priority, count in seen["waiting"].items())
    failed = ", ".join(f"{count} {kind}" for kind, count in seen["ended"]["failed"].items()) or "none"
    return [
        ("jobs a minute", f"{rate['last_5_minutes']} in 5 minutes, {rate['last_60_minutes']} in 60"),
        ("waiting jobs", waiting),
        ("changes not worked out", f"{changes['pending']}, the oldest {changes['oldest_seconds']:.0f} s old"),
        ("failed jobs", failed),
        ("joined a job", f"{seen['requests']['joined_share']:.1%} of requests"),
        ("nothing to do", f"{seen['ended']['unchanged_share']:.1%} of jobs"),
        ("households", f"{actors['total']}: {actors['awake']} awake, {actors['set_aside']} set aside"),
        (
            "event loop late by",
            f"{1_000 * loop['lag_p99_seconds']:.1f} ms, blocked {loop['blocked_count']} times",
        ),
        (
            "commits",
            f"{seen['writer']['commits']}, {1_000 * seen['writer']['commit_mean_seconds']:.1f} ms each",
        ),
        ("disk", seen["read_only_reason"] or "can be written"),
    ]


def _household(line: Plain) -> list[str]:
    running, error = line["running"], (line["last_error"] or {}).get("error") or {}
    doing = "" if running is None else f"{running['title']}: {(running['progress'] or {}).get('doing', '')}"
    shown = "-" if line["shown_revision"] is None else str(line["shown_revision"])
    return [
        line["household_id"],
        line["shows"].replace("_", " "),
        line["name"],
        str(line["waiting"]),
        f"{shown} of {line['revision']}",
        line["set_aside_reason"] or doing or str(error.get("message", "")),
    ]


@click.command()
@data_option
@json_option
def timetable(data: Path | None, *, as_json: bool) -> None:
    """List what planner does by itself: when it did last, and when it does next."""
    entries = through_door(chosen_database(data), lambda door: door.timetable())
    if as_json:
        say_json(entries)
        return
    rows = [
        [
            each["title"],
            each["schedule"],
            MISSED[each["catch_up"]],
            when(each["last_started"]),
            each["last_outcome"] or ("running" if each["last_started"] else "-"),
            when(each["next_due"]),
        ]
        for each in entries
    ]
    say_table(TIMETABLE_HEADINGS, rows)


@click.command()
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--retry", metavar="ID", type=click.IntRange(1), help="Try this message again now.")
@data_option
@json_option
def outbox(limit: int, retry: int | None, data: Path | None, *, as_json: bool) -> None:
    """List the messages to the world outside, newest first."""

    async def listed(door: Door) -> list[Plain]:
        if retry is not None:
            await door.retry_message(retry)
        return await door.outbox(limit)

    found = through_door(chosen_database(data), listed)
    if as_json:
        say_json(found)
        return
    rows = [
        [
            str(each["id"]),
            each["state"],
            each["address"],
            each["subject"],
            when(each["created_at"]),
            str(each["attempts"]),
            when(each["next_at"]),
            each["error"] or "",
        ]
        for each in found
    ]
    say_table(OUTBOX_HEADINGS, rows, right=["Tries"], empty="No message was ever to be sent.")
