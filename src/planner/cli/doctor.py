"""The command `planner doctor`: checks a database file, also while it is served, and repairs it on demand."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner.cli.options import CannotUse, chosen_database, data_option, json_option
from planner.cli.output import say, say_json, say_table

if TYPE_CHECKING:
    from planner.storage.finding import Finding

FOUND = 1
JOURNAL = frozenset({"journal", "chain", "replay", "facts", "noted"})


@click.command()
@data_option
@click.option("--repair", is_flag=True, help="Put right what can be; the server must be stopped.")
@click.option("--dry-run", is_flag=True, help="With --repair: say what it would do, and do nothing.")
@click.option("--heads", is_flag=True, help="List the newest digest of every journal, to be noted elsewhere.")
@click.option(
    "--noted",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Compare the journals with the heads in what `--json` printed before.",
)
@json_option
@click.pass_context
def doctor(
    context: click.Context,
    data: Path | None,
    noted: Path | None,
    *,
    repair: bool,
    dry_run: bool,
    heads: bool,
    as_json: bool,
) -> None:
    """Check the database for what must always hold.

    Changes nothing without --repair, and works while a server runs. Exit status:
    0 all is well, 1 something was found (or, after --repair, is left),
    2 it could not be checked.
    """
    if dry_run and not repair:
        raise click.UsageError("--dry-run belongs to --repair: without it nothing is changed anyway.")
    if repair and (heads or noted):
        raise click.UsageError("--heads and --noted look; they do not go with --repair.")
    database = chosen_database(data)
    if repair:
        is_well = _repair(database, dry_run=dry_run, as_json=as_json)
    else:
        is_well = _examine(database, noted, heads=heads, as_json=as_json)
    if not is_well:
        context.exit(FOUND)


def _examine(database: Path, noted: Path | None, *, heads: bool, as_json: bool) -> bool:
    from planner.cli.server import find_server
    from planner.storage.doctor import examine
    from planner.work.doctor import known_to_planner

    served = find_server(database) is not None
    known = known_to_planner(datetime.now(UTC), alive=served)
    examined = examine(database, known, noted=[] if noted is None else _noted(noted))
    if as_json:
        say_json({"database": str(database), "served": served, **asdict(examined)})
        return not examined.findings
    if heads:
        rows = [[str(value) for value in head.values()] for head in examined.heads]
        say_table(("Household", "Revision", "Digest"), rows, right=["Revision"], empty="There is no journal.")
    _say(f"{database}{', which is being served' if served else ''}", examined.findings)
    if any(each.repair for each in examined.findings):
        say("Some of it can be repaired: stop planner, and see `planner doctor --repair --dry-run`.")
    return not examined.findings


def _repair(database: Path, *, dry_run: bool, as_json: bool) -> bool:
    from planner.storage.repair import repair
    from planner.work.doctor import known_to_planner, means_at
    from planner.work.world import system_today

    now = datetime.now(UTC)
    repaired = repair(
        database, known_to_planner(now, alive=False), means_at(now, system_today()), dry_run=dry_run
    )
    left = repaired.left
    if as_json:
        copy = None if repaired.copy is None else str(repaired.copy)
        found = {"database": str(database), "dry_run": dry_run, "done": repaired.done, "copy": copy}
        say_json({**found, "left": [asdict(each) for each in left]})
        return not left
    if repaired.copy is not None:
        say(f"The file as it was is kept: {repaired.copy}")
    for sort, count in repaired.done.items():
        say(f"{'Would' if dry_run else 'Done:'} {sort} ({count}).")
    if left and any(each.check in JOURNAL for each in left):
        say("What people entered, and the journal of it, is never repaired: only an older copy has it.")
    _say(f"{database}{', repaired' if repaired.done and not dry_run else ''}", left)
    return not left


def _noted(path: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(path.read_bytes())["heads"]
        return [{name: each[name] for name in ("household_id", "revision", "digest")} for each in found]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotUse(f"{path} is not what `planner doctor --json` prints.") from error


def _say(database: str, findings: "Sequence[Finding]") -> None:
    """Print findings as a table, and once for each sort of them what to do."""
    if not findings:
        say(f"{database}: all is well.")
        return
    say(f"{database}: {len(findings)} finding{'' if len(findings) == 1 else 's'}.")
    say_table(("Check", "What was found"), [[each.check, each.message] for each in findings])
    advice: dict[str, list[str]] = {}
    for each in findings:
        checks = advice.setdefault(each.remedy, [])
        if each.check not in checks:
            checks.append(each.check)
    for remedy, checks in advice.items():
        say(f"{', '.join(checks)}: {remedy}")
