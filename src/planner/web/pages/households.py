"""The list of households, and how one comes in: from a file or from text that is pasted."""

from decimal import Decimal

import trio
from quart import Request
from werkzeug.datastructures import FileStorage

from planner.domain.errors import Problem, Refused
from planner.domain.files import FileFormat, read_household
from planner.domain.money import to_cents
from planner.web.pages.drawing import draw
from planner.web.pages.shown import Form, HouseholdCard
from planner.web.pages.words import day_words, rounded
from planner.web.resolve import caller_of
from planner.work import read
from planner.work.accept import create_household
from planner.work.read import HouseholdSummary
from planner.work.world import World

FORMATS: dict[str, FileFormat] = {"toml": "toml", "json": "json"}


async def list_page(world: World) -> str:
    """Return all households."""
    found = await read.list_households(world)
    return draw(
        "households.html",
        households=[_card(summary) for summary in found],
        examples=sum(summary.example for summary in found),
    )


def _card(summary: HouseholdSummary) -> HouseholdCard:
    worth = summary.summary.get("net_worth_now")
    return HouseholdCard(
        id=summary.id,
        name=summary.name,
        example=summary.example,
        net_worth=rounded(None if worth is None else to_cents(Decimal(worth))),
        updated=f"Changed on {day_words(summary.updated_at.date())}",
        trouble=summary.set_aside_reason,
    )


def new_page(form: Form | None = None) -> str:
    """Return the form that takes a household file."""
    return draw("new.html", form=form or Form(values={"format": "toml"}))


async def create_from_form(world: World, request: Request) -> tuple[str | None, Form]:
    """Import what was sent; return the new household's id, or None and the form with what is wrong."""
    sent, files = await request.form, await request.files
    text = sent.get("text", "")
    values = {"text": text, "format": sent.get("format", "toml")}
    try:
        content, file_format = _content(files.get("file"), text, values["format"])
        # Megabytes of TOML take seconds to read: not on the event loop.
        household = await trio.to_thread.run_sync(read_household, content, file_format)
        created = await create_household(world, household, author=caller_of(request).name)
    except Refused as refused:
        own = {
            problem.path: problem.message for problem in refused.problems if problem.path in {"file", "text"}
        }
        others = tuple(problem for problem in refused.problems if problem.path not in own)
        return None, Form(values=values, errors=own, others=others, labels={"file": "File", "text": "Text"})
    return created.household_id, Form(values=values)


def _content(file: FileStorage | None, text: str, written_in: str) -> tuple[bytes, FileFormat]:
    if file is not None and file.filename:
        ending = file.filename.rpartition(".")[2].lower()
        if ending not in FORMATS:
            raise Refused.one("file", "must have a name that ends in .toml or .json.")
        return file.read(), FORMATS[ending]
    if not text.strip():
        raise Refused(problems=[Problem("file", "is missing: choose one, or paste its text below.")])
    if written_in not in FORMATS:
        raise Refused.one("text", "is written in TOML or JSON.")
    return text.encode(), FORMATS[written_in]
