"""The way in: through the server that holds the database or, where there is none, into the file itself."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from planner.cli.options import CannotUse
from planner.cli.output import Progress
from planner.domain.errors import NotFound, Refused

if TYPE_CHECKING:
    from planner.domain.files import FileFormat

T = TypeVar("T")
Plain = dict[str, Any]

SYSTEM: Final = "system"
LOOK_AGAIN_SECONDS: Final = 0.1
FINAL: Final = frozenset({"succeeded", "partial", "failed", "cancelled", "superseded"})


class Door(Protocol):
    """What commands ask of planner; the answers are plain, as the API writes them."""

    async def households(self) -> list[Plain]:
        """Return all households: id, name, example, revision, updated_at."""
        ...

    async def create(self, content: bytes, file_format: "FileFormat") -> Plain:
        """Store the household that a file holds; return household_id, revision and job_id."""
        ...

    async def export(self, household_id: str, file_format: "FileFormat") -> str:
        """Return a household as a file."""
        ...

    async def journal(self, household_id: str, limit: int) -> list[Plain]:
        """Return the last changes, newest first: revision, at, author, change."""
        ...

    async def jobs(
        self, household_id: str | None, state: str | None, limit: int, kind: str | None = None
    ) -> list[Plain]:
        """Return the last jobs, newest first; of all households and planner itself where none is named."""
        ...

    async def job(self, job_id: str) -> Plain:
        """Return one job."""
        ...

    async def children(self, job_id: str) -> list[Plain]:
        """Return the items of a batch, in their order."""
        ...

    async def cancel(self, job_id: str) -> Plain:
        """Cancel a job; return it as it is then."""
        ...

    async def why(self, job_id: str) -> Plain:
        """Return why a job is where it is."""
        ...

    async def attempts(self, job_id: str) -> list[Plain]:
        """Return the runs of a job, first to last."""
        ...

    async def ask(self, household_id: str, kind: str, arguments: Plain, *, force: bool) -> str:
        """Ask for a job; return the id of the one that will answer."""
        ...

    async def resume(self, household_id: str) -> None:
        """Let a household that was set aside go on."""
        ...

    async def keys(self, household_id: str) -> list[Plain]:
        """Return what the household remembers as done: key, kind, job_id, at, expires_at."""
        ...

    async def clear_key(self, household_id: str, key: str) -> None:
        """Forget a key, so that what was done under it can be done again."""
        ...

    async def operations(self, households: int) -> Plain:
        """Return how planner is doing, with so many households, those with something to show first."""
        ...

    async def timetable(self) -> list[Plain]:
        """Return what planner does by itself."""
        ...

    async def outbox(self, limit: int) -> list[Plain]:
        """Return the last messages, newest first."""
        ...

    async def retry_message(self, message_id: int) -> None:
        """Let a message be tried again now."""
        ...


def through_door(database: Path, ask: Callable[[Door], Awaitable[T]], *, may_create: bool = False) -> T:
    """Return what `ask` returns, asked of the server that holds the database, or of the database.

    A database opened here is worked on while it is open: jobs that waited in it run. Refused when there is
    none, unless it `may_create` one.
    """
    import trio

    from planner.cli.server import find_server

    address = find_server(database)
    if address is not None:
        from planner.cli.remote import Remote

        return trio.run(ask, Remote(address))
    from planner.cli.local import ask_locally

    if not database.parent.is_dir():
        raise CannotUse(f"The folder {database.parent} is not there. Make it, or choose another with --data.")
    if not (may_create or database.exists()):
        raise CannotUse(f"There is no database at {database}; `planner serve` or `planner import` makes one.")
    logging.basicConfig(level=logging.WARNING, format="planner: %(message)s")
    return trio.run(ask_locally, database, ask)


async def find_household(door: Door, wanted: str) -> str:
    """Return the id of the household whose id, whole name or beginning of an id is `wanted`.

    "system" is planner's own, which is on no list.
    """
    if wanted == SYSTEM:
        return SYSTEM
    known = await door.households()
    ways: tuple[Callable[[Plain], bool], ...] = (
        lambda each: each["id"] == wanted,
        lambda each: each["name"] == wanted,
        lambda each: each["id"].startswith(wanted.lower()),
    )
    for way in ways:
        found = [each for each in known if wanted and way(each)]
        if len(found) == 1:
            return str(found[0]["id"])
        if found:
            listed = ", ".join(each["id"] for each in found[:5])
            raise Refused(f"{len(found)} households answer to {wanted!r}; name one by its id: {listed}.")
    raise NotFound(f"There is no household {wanted!r}. `planner households` lists them.")


async def follow(door: Door, job_id: str, show: Progress) -> Plain:
    """Return the job when it is final, or the one that took its place; show its progress meanwhile."""
    import trio

    while True:
        job = await door.job(job_id)
        if job["state"] == "superseded" and job["successor_id"]:
            job_id = job["successor_id"]
        elif job["state"] in FINAL:
            return job
        else:
            progress = job["progress"] or {}
            show(progress.get("fraction"), progress.get("doing") or job["state"])
            await trio.sleep(LOOK_AGAIN_SECONDS)
