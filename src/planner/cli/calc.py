"""The command `planner calc`: questions of tax law without a household, many cases at once."""

import json
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

import click

from planner.cli.output import progress_bar, say_table
from planner.domain.errors import NotFound, Refused

if TYPE_CHECKING:
    from planner.taxes.calculators.calculator import Calculator

BLOCK: Final = 200
MANY: Final = 1_000
"""From so many cases on it is worth showing how far they are."""

EPILOG: Final = (
    "Reads a JSON array of cases from standard input and writes a JSON array of answers in the same order. "
    'A case that is wrong has {"error": ...} in its place. --help shows the fields of a calculator.'
)


class Calculators(click.Group):
    """Offers every calculator of the registry as a command; one is loaded when it is asked for."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """Return the names of all calculators."""
        from planner.taxes.calculators import NAMES

        return list(NAMES)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Return the command of one calculator, or None while words are only completed."""
        from planner.taxes.calculators import calculator

        try:
            return _command(calculator(name))
        except NotFound:
            if context.resilient_parsing:
                return None
            raise


@click.group("calc", cls=Calculators, invoke_without_command=True, epilog=EPILOG, subcommand_metavar="NAME")
@click.pass_context
def calc(context: click.Context) -> None:
    """Work out taxes and the like, case by case."""
    if context.invoked_subcommand is None:
        from planner.taxes.calculators import calculators

        say_table(["Name", "What it works out"], [[each.name, each.about] for each in calculators()])


class CalculatorCommand(click.Command):
    """A command whose help is the table of the calculator's fields."""

    chosen: "Calculator"

    def format_help(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write usage, fields and answers."""
        from planner.taxes.calculators.described import described

        self.format_usage(context, formatter)
        formatter.write_paragraph()
        formatter.write_text(self.chosen.about)
        formatter.write_paragraph()
        formatter.write_text("Reads a JSON array of cases, writes a JSON array of answers in the same order.")
        with formatter.section("Fields of a case"):
            formatter.write_dl([_told(each.name, each.takes, each.default, each.about)
                                for each in described(self.chosen)])  # fmt: skip
        with formatter.section("Answer"):
            formatter.write_dl(list(self.chosen.outputs.items()))
        self.format_options(context, formatter)


def _told(name: str, takes: str, default: str, about: str) -> tuple[str, str]:
    from planner.taxes.calculators.described import NONE, REQUIRED

    said = {REQUIRED: "; needed", NONE: ""}.get(default, f"; {default} if not given")
    return name, f"{about} ({takes}{said})"


def _command(chosen: "Calculator") -> click.Command:
    fields = click.Option(
        ["--fields"], is_flag=True, is_eager=True, expose_value=False, callback=_show_fields,
        help="Show the fields in a table and exit.",
    )  # fmt: skip
    made = CalculatorCommand(
        chosen.name, params=[fields], callback=partial(_work_out, chosen), short_help=chosen.about
    )
    made.chosen = chosen
    return made


def _show_fields(context: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 -- click's
    if not wanted or context.resilient_parsing:
        return
    from planner.taxes.calculators.described import described

    assert isinstance(context.command, CalculatorCommand)
    rows = [[each.name, each.takes, each.default, each.about] for each in described(context.command.chosen)]
    say_table(["Field", "Takes", "If not given", "What it is"], rows)
    context.exit()


def _work_out(chosen: "Calculator") -> None:
    cases = _cases()
    beside = len(cases) >= MANY and sys.stderr.isatty() and not sys.stdout.isatty()
    indent = 2 if sys.stdout.isatty() else None
    with progress_bar(chosen.title, wanted=beside) as show:
        written = 0
        for block in _blocks(chosen, cases):
            for answer in block:
                sys.stdout.write(",\n" if written else "[")
                sys.stdout.write(json.dumps(answer, indent=indent, allow_nan=False))
                written += 1
            show(written / len(cases), "")
        sys.stdout.write("]\n" if written else "[]\n")


def _blocks(chosen: "Calculator", cases: Sequence[object]) -> Iterator[list[dict[str, object]]]:
    from planner.taxes.calculators import answer_to

    answers = (answer_to(chosen, case) for case in cases)
    while block := list(islice(answers, BLOCK)):
        yield block


def _cases() -> list[object]:
    """Read the cases; amounts stay exact."""
    from planner.domain.codec import read_json

    if sys.stdin.isatty():
        click.echo("Type a JSON array of cases; Ctrl-D (on Windows Ctrl-Z and Enter) ends it.", err=True)
    cases = read_json(sys.stdin.buffer.read(), what="Standard input")
    if not isinstance(cases, list):
        raise Refused("Standard input must be a JSON array of cases.")
    return cases
