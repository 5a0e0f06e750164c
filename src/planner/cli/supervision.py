"""The commands that ask for work, look at its attempts, and let a household that was set aside go on."""

import json
from pathlib import Path
from typing import Final

import click

from planner.cli.door import Door, Plain, find_household, follow, through_door
from planner.cli.options import chosen_database, data_option, json_option
from planner.cli.output import progress_bar, say, say_json, say_table, when

HEADINGS: Final = ("Number", "Began", "Ended", "Outcome", "Error")
NOT_DONE: Final = 1


@click.command()
@click.argument("job_id", metavar="ID")
@data_option
@json_option
def attempts(job_id: str, data: Path | None, *, as_json: bool) -> None:
    """List the runs of a job, and below them the tracebacks of those that broke."""
    found = through_door(chosen_database(data), lambda door: door.attempts(job_id))
    if as_json:
        say_json(found)
        return
    rows = [
        [
            str(each["number"]),
            when(each["started_at"]),
            when(each["ended_at"]),
            each["outcome"] or "running",
            str((each["error"] or {}).get("message", "")),
        ]
        for each in found
    ]
    say_table(HEADINGS, rows, right=["Number"], empty="It has not run yet.")
    for each in found:
        if each["traceback"]:
            say()
            say(f"Attempt {each['number']}:")
            for line in each["traceback"].splitlines():
                say(line)


@click.command()
@click.argument("household")
@click.argument("kind")
@click.option("--argument", "given", multiple=True, metavar="NAME=VALUE", help="An argument of the kind.")
@click.option("--force", is_flag=True, help="Work it out again, even if nothing has changed since.")
@click.option("--no-wait", is_flag=True, help="Do not wait until the job has ended.")
@data_option
@json_option
@click.pass_context
def ask(
    context: click.Context,
    household: str,
    kind: str,
    given: tuple[str, ...],
    data: Path | None,
    *,
    force: bool,
    no_wait: bool,
    as_json: bool,
) -> None:
    """Ask for a job of a KIND for a HOUSEHOLD, such as refresh_baseline; equal requests share one."""
    arguments = dict(map(_argument, given))

    async def asked(door: Door) -> Plain:
        household_id = await find_household(door, household)
        job_id = await door.ask(household_id, kind, arguments, force=force)
        if no_wait:
            return await door.job(job_id)
        with progress_bar(kind) as show:
            return await follow(door, job_id, show)

    job = through_door(chosen_database(data), asked)
    if as_json:
        say_json(job)
    else:
        say(f"{job['id']} {job['state']}{', unchanged' if job['unchanged'] else ''}")
    if job["state"] in {"failed", "cancelled"}:
        click.echo(f"planner: {(job['error'] or {}).get('message', '')}", err=True)
        context.exit(NOT_DONE)


def _argument(text: str) -> tuple[str, object]:
    """Return NAME=VALUE apart; a value is JSON where it can be read as that, else text."""
    name, is_there, value = text.partition("=")
    if not (name and is_there):
        raise click.UsageError(f"--argument {text!r} is not NAME=VALUE.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


@click.command()
@click.argument("household")
@data_option
def resume(household: str, data: Path | None) -> None:
    """Let a HOUSEHOLD go on whose work crashed so often that it was set aside."""

    async def resumed(door: Door) -> None:
        await door.resume(await find_household(door, household))

    through_door(chosen_database(data), resumed)
    say("It goes on.")
