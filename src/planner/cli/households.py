"""The commands `planner households` and `planner journal`: what there is, and how it came to be so."""

from pathlib import Path

import click

from planner.cli.door import Door, Plain, find_household, through_door
from planner.cli.options import chosen_database, data_option, json_option
from planner.cli.output import say_json, say_table, when


@click.command()
@data_option
@json_option
def households(data: Path | None, *, as_json: bool) -> None:
    """List the households."""

    async def listed(door: Door) -> list[Plain]:
        return await door.households()

    found = through_door(chosen_database(data), listed)
    if as_json:
        say_json(found)
        return
    rows = [
        [
            each["id"],
            each["name"],
            str(each["revision"]),
            when(each["updated_at"]),
            "set aside" if each.get("set_aside_reason") else "example" if each["example"] else "",
        ]
        for each in found
    ]
    headings = ("Id", "Name", "Revision", "Changed", "")
    say_table(headings, rows, right=["Revision"], empty="There are no households.")


@click.command()
@click.argument("household")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@data_option
@json_option
def journal(household: str, limit: int, data: Path | None, *, as_json: bool) -> None:
    """List the changes of a HOUSEHOLD, newest first.

    It is named by its id, the beginning of its id, or its whole name.
    """

    async def listed(door: Door) -> list[Plain]:
        return await door.journal(await find_household(door, household), limit)

    entries = through_door(chosen_database(data), listed)
    if as_json:
        say_json(entries)
        return
    rows = [
        [str(each["revision"]), when(each["at"]), each["author"], change_in_words(each["change"])]
        for each in entries
    ]
    say_table(("Revision", "When", "Who", "What"), rows, right=["Revision"])


def change_in_words(change: Plain) -> str:
    """Return a change as a line: edit incomes ada-salary (salary, raises)."""
    parts = [str(change["type"]).replace("_", " ")]
    parts += [change[name] for name in ("of", "to", "id") if isinstance(change.get(name), str)]
    if "item" in change:
        parts.append(str(change["item"].get("id", "")))
    if "set" in change:
        parts.append(f"({', '.join(change['set'])})")
    return " ".join(parts)
