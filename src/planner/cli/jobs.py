"""The commands `planner jobs ...`: what waits, what runs, what became of it, and why."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import click

from planner.cli.door import FINAL, Door, Plain, find_household, through_door
from planner.cli.options import chosen_database, data_option, json_option
from planner.cli.output import say, say_json, say_table, when

STATES: Final = ("pending", "running", *sorted(FINAL))
HEADINGS: Final = ("Id", "State", "What", "Household", "Accepted", "Took", "Progress")
CHILD_HEADINGS: Final = ("Id", "State", "Item", "Took", "Progress")
KEY_HEADINGS: Final = ("Key", "What", "Job", "Until")
LOOK_AGAIN_SECONDS: Final = 0.5
HIDDEN: Final = frozenset({"links", "seq"})


class ListFirst(click.Group):
    """A group whose commands may be left out: what is none of them is an argument of `list`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `list` before arguments that name no command."""
        first = args[0] if args else ""
        completing = ctx.resilient_parsing and not args
        if not completing and first not in self.commands and first not in ctx.help_option_names:
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=ListFirst)
def jobs() -> None:
    """List jobs, look at one, cancel it.

    `planner jobs [HOUSEHOLD]` is short for `planner jobs list [HOUSEHOLD]`.
    """


@jobs.command("list")
@click.argument("household", required=False)
@click.option("--state", type=click.Choice(STATES), help="Only jobs in this state.")
@click.option("--kind", metavar="NAME", help="Only jobs of this kind, such as refresh_baseline.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--watch", is_flag=True, help="Go on, with a line for each job that changes, until Ctrl-C.")
@data_option
@json_option
def list_jobs(
    household: str | None,
    state: str | None,
    kind: str | None,
    limit: int,
    data: Path | None,
    *,
    watch: bool,
    as_json: bool,
) -> None:
    """List the last jobs, of all households or of one, newest first.

    The HOUSEHOLD `system` is planner itself.
    """
    if watch and as_json:
        raise click.UsageError("--watch writes lines for people; leave out --json.")

    async def listed(door: Door) -> list[Plain]:
        wanted = None if household is None else await find_household(door, household)

        async def look() -> list[Plain]:
            return await door.jobs(wanted, state, limit, kind)

        found = await look()
        if watch:
            await _watch(look)
        return found

    found = through_door(chosen_database(data), listed)
    if as_json:
        say_json(found)
    else:
        say_table(HEADINGS, [row_of(job) for job in found], right=["Took"], empty="There are no such jobs.")


async def _watch(look: Callable[[], Awaitable[list[Plain]]]) -> None:
    """Print a line for each job that is new or has changed since the last look; never ends by itself."""
    import trio

    seen: dict[str, list[str]] = {}
    while True:
        found = {job["id"]: row_of(job) for job in await look()}
        for job_id, row in reversed(found.items()):
            if seen.get(job_id) != row:
                say("  ".join(cell for cell in row if cell))
        seen = found
        await trio.sleep(LOOK_AGAIN_SECONDS)


def row_of(job: Plain) -> list[str]:
    """Return a job as a row of the list."""
    return [
        job["id"],
        job["state"],
        job["title"],
        job["household_id"],
        when(job["accepted_at"]),
        _seconds(job),
        _progress(job),
    ]


def _seconds(job: Plain) -> str:
    from datetime import datetime

    if job["started_at"] is None or job["finished_at"] is None:
        return ""
    took = datetime.fromisoformat(job["finished_at"]) - datetime.fromisoformat(job["started_at"])
    return f"{took.total_seconds():.3f} s"


def _progress(job: Plain) -> str:
    if job["state"] in ("failed", "partial"):
        return str((job["error"] or {}).get("message", ""))
    progress = job["progress"] or {}
    fraction, doing, left = (progress.get(name) for name in ("fraction", "doing", "seconds_left"))
    parts = [
        "" if fraction is None else f"{fraction:.0%}",
        doing or "",
        "" if left is None else f"{left:.0f} s left",
    ]
    return ", ".join(part for part in parts if part)


@jobs.command()
@click.argument("job_id", metavar="ID")
@data_option
@json_option
def show(job_id: str, data: Path | None, *, as_json: bool) -> None:
    """Show everything about a job."""
    _about_one(data, lambda door: door.job(job_id), as_json=as_json)


@jobs.command()
@click.argument("job_id", metavar="ID")
@data_option
@json_option
def children(job_id: str, data: Path | None, *, as_json: bool) -> None:
    """List the items of a batch, each with what it came to so far."""
    found = through_door(chosen_database(data), lambda door: door.children(job_id))
    if as_json:
        say_json([{name: value for name, value in each.items() if name not in HIDDEN} for each in found])
        return
    rows = [[each["id"], each["state"], _item(each), _seconds(each), _progress(each)] for each in found]
    say_table(CHILD_HEADINGS, rows, right=["Took"], empty="It is no batch, or planned nothing.")


def _item(job: Plain) -> str:
    return ", ".join(f"{name} {value}" for name, value in job["arguments"].items())


@jobs.command()
@click.argument("job_id", metavar="ID")
@data_option
@json_option
def cancel(job_id: str, data: Path | None, *, as_json: bool) -> None:
    """Cancel a job that waits or runs; one that has ended stays as it is.

    Of a batch, every item is cancelled that has not ended; the others keep what they came to.
    """
    _about_one(data, lambda door: door.cancel(job_id), as_json=as_json)


@jobs.command()
@click.argument("job_id", metavar="ID")
@data_option
@json_option
def why(job_id: str, data: Path | None, *, as_json: bool) -> None:
    """Say what a job waits for, or what became of it."""
    found = through_door(chosen_database(data), lambda door: door.why(job_id))
    if as_json:
        say_json(found)
    else:
        say(found["sentence"])


@jobs.command()
@click.argument("household")
@click.option("--clear", metavar="KEY", help="Forget this key, so that it can be done again.")
@data_option
@json_option
def keys(household: str, clear: str | None, data: Path | None, *, as_json: bool) -> None:
    """List what a household remembers as done, so that it is not done twice."""

    async def asked(door: Door) -> list[Plain]:
        household_id = await find_household(door, household)
        if clear is not None:
            await door.clear_key(household_id, clear)
        return await door.keys(household_id)

    found = through_door(chosen_database(data), asked)
    if as_json:
        say_json([{name: value for name, value in each.items() if name not in HIDDEN} for each in found])
        return
    rows = [[each["key"], each["kind"], each["job_id"], when(each["expires_at"])] for each in found]
    say_table(KEY_HEADINGS, rows, empty="Nothing is remembered as done.")


def _about_one(data: Path | None, ask: Callable[[Door], Awaitable[Plain]], *, as_json: bool) -> None:
    job = through_door(chosen_database(data), ask)
    if as_json:
        say_json(job)
        return
    shown = {name: value for name, value in job.items() if value not in (None, {}, "") and name not in HIDDEN}
    width = max(map(len, shown))
    for name, value in shown.items():
        say(f"{name.replace('_', ' '):<{width}}  {_words(name, value)}")


def _words(name: str, value: object) -> str:
    if isinstance(value, str):
        return when(value) if name.endswith("_at") else value
    return json.dumps(value, ensure_ascii=False)
