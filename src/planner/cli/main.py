"""The command `planner`: runs one command, and turns every refusal into one line and exit status 2.

What a command needs beyond click it imports when it runs, so that `planner --version`, `--help` and
completion answer at once.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from typing import Final

import click

from planner.cli.calc import calc
from planner.cli.completion import completion
from planner.cli.doctor import doctor
from planner.cli.files import export, import_
from planner.cli.households import households, journal
from planner.cli.jobs import jobs
from planner.cli.operations import operations, outbox, timetable
from planner.cli.output import visible
from planner.cli.paychecks import paychecks
from planner.cli.project import project
from planner.cli.serve import serve
from planner.cli.supervision import ask, attempts, resume
from planner.domain.errors import PlannerError, Refused

REFUSED: Final = 2
INTERRUPTED: Final = 130
NOBODY_READS: Final = 141


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 -- click's
    if not wanted or context.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = version("planner")
    except PackageNotFoundError:
        found = "(from its sources, not installed)"
    click.echo(f"planner {found}")
    context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version,
    help="Show the version and exit.",
)  # fmt: skip
def planner() -> None:
    """A household financial planner: facts go in, a plan comes out and stays up to date."""


for command in (
    serve, import_, export, project, paychecks, calc, households, journal, jobs, resume, operations,
    timetable, outbox, doctor, completion,
):  # fmt: skip
    planner.add_command(command)
for command in (ask, attempts):
    jobs.add_command(command)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; problems are told on stderr."""
    try:
        status = planner.main(arguments, prog_name="planner", standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read has gone; Python's own last flush must not complain about it either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "planner"
        _complain([f"{error.format_message()} See `{command} --help`."])
        return REFUSED
    except click.ClickException as error:
        _complain([error.format_message()])
        return REFUSED
    except Refused as error:
        _complain(map(str, error.problems))
        return REFUSED
    except PlannerError as error:
        _complain([str(error)])
        return REFUSED
    return status if isinstance(status, int) else 0


def _complain(lines: Iterable[str]) -> None:
    for line in lines:
        said = visible(line)
        click.echo(said if said.startswith("planner ") else f"planner: {said}", err=True)


def main() -> None:
    """Run the command line and end the process with its status."""
    sys.exit(run())
