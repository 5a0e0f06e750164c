"""The commands `planner import` and `planner export`: a household as one readable file, both ways."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli.door import Door, Plain, find_household, follow, through_door
from planner.cli.options import chosen_database, data_option, file_format_option, read_file, write_file
from planner.cli.output import progress_bar, say

if TYPE_CHECKING:
    from planner.domain.files import FileFormat

NO_BASELINE = 1


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--format", "given", type=file_format_option, help="Say which it is, instead of its ending.")
@click.option("--no-wait", is_flag=True, help="Do not wait until the household's baseline is there.")
@data_option
@click.pass_context
def import_(
    context: click.Context, file: Path, given: "FileFormat | None", data: Path | None, *, no_wait: bool
) -> None:
    """Store the household of a FILE and print its id.

    FILE is TOML or JSON by its ending; - reads standard input, and needs --format.
    """
    from planner.domain.files import read_household

    content, file_format = read_file(file, given)
    read_household(content, file_format)  # what is wrong with it is told before a database is opened

    async def store(door: Door) -> Plain | None:
        made = await door.create(content, file_format)
        say(made["household_id"])
        if no_wait or made["job_id"] is None:
            return None
        with progress_bar("Working out the baseline") as show:
            return await follow(door, made["job_id"], show)

    job = through_door(chosen_database(data), store, may_create=True)
    if job is not None and job["state"] not in {"succeeded", "partial"}:
        message = (job["error"] or {}).get("message", "")
        click.echo(
            f"planner: The household is stored; its baseline {job['state']}. {message}".rstrip(), err=True
        )
        context.exit(NO_BASELINE)


@click.command()
@click.argument("household")
@click.option(
    "--format", "file_format", type=file_format_option, help="[default: by FILE's ending, else toml]"
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write to this file instead of standard output.",
)  # fmt: skip
@data_option
def export(household: str, file_format: "FileFormat | None", output: Path | None, data: Path | None) -> None:
    """Write a HOUSEHOLD as a file, to be read or imported.

    A household is named by its id, the beginning of its id, or its whole name.
    """
    by_ending: FileFormat = "json" if output is not None and output.suffix.lower() == ".json" else "toml"

    async def written(door: Door) -> str:
        return await door.export(await find_household(door, household), file_format or by_ending)

    text = through_door(chosen_database(data), written)
    if output is None:
        sys.stdout.write(text)
    else:
        write_file(output, text)
