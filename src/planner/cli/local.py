"""The door into a database that no server holds: opens it, works on what waits in it, and closes it."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from planner.actors.kind import CHILDREN_MAX
from planner.actors.timetable import timetable_views
from planner.actors.views import attempt_plain, plain
from planner.cli.door import Door, Plain
from planner.cli.options import surroundings_of_environment
from planner.domain.files import FileFormat, read_household, write_household
from planner.domain.instants import as_text
from planner.process import open_world
from planner.settings import Settings
from planner.storage.history import Wanted
from planner.storage.job_rows import JobState
from planner.work import accept, operations, read
from planner.work.world import World

T = TypeVar("T")

AUTHOR = "cli"
KEYS_MAX = 10_000


async def ask_locally(database: Path, ask: Callable[[Door], Awaitable[T]]) -> T:
    """Open the database for as long as `ask` runs."""
    async with open_world(Settings(database=database, **surroundings_of_environment())) as world:
        return await ask(Local(world))


class Local:
    """A Door to an open world of this process."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def households(self) -> list[Plain]:
        """Return all households."""
        return [
            {
                "id": each.id,
                "name": each.name,
                "example": each.example,
                "revision": each.revision,
                "updated_at": as_text(each.updated_at),
                "set_aside_reason": each.set_aside_reason,
            }
            for each in await read.list_households(self._world)
        ]

    async def create(self, content: bytes, file_format: FileFormat) -> Plain:
        """Store the household that a file holds."""
        file = read_household(content, file_format)
        return asdict(await accept.create_household(self._world, file, author=AUTHOR))

    async def export(self, household_id: str, file_format: FileFormat) -> str:
        """Return a household as a file."""
        record = await read.household(self._world, household_id)
        return write_household(record.facts, file_format, example=record.example)

    async def journal(self, household_id: str, limit: int) -> list[Plain]:
        """Return the last changes, newest first."""
        entries = await read.journal(self._world, household_id, limit=limit)
        return [{**asdict(entry), "at": as_text(entry.at)} for entry in entries]

    async def jobs(
        self, household_id: str | None, state: str | None, limit: int, kind: str | None = None
    ) -> list[Plain]:
        """Return the last jobs, newest first."""
        states = None if state is None else [JobState(state)]
        wanted = Wanted(household_id=household_id, states=states, kind=kind)
        found: list[Plain] = []
        before: int | None = None
        while len(found) < limit:
            page = await self._world.households.jobs_page(wanted, before, limit - len(found))
            found += [job.to_plain() for job in page.jobs]
            before = page.next_seq
            if before is None:
                break
        return found

    async def job(self, job_id: str) -> Plain:
        """Return one job."""
        return (await self._world.households.job(job_id)).to_plain()

    async def children(self, job_id: str) -> list[Plain]:
        """Return the items of a batch."""
        found = await self._world.households.children(job_id, limit=CHILDREN_MAX)
        return [job.to_plain() for job in found]

    async def cancel(self, job_id: str) -> Plain:
        """Cancel a job."""
        return (await self._world.households.cancel(job_id)).to_plain()

    async def why(self, job_id: str) -> Plain:
        """Return why a job is where it is."""
        return (await self._world.households.why(job_id)).to_plain()

    async def attempts(self, job_id: str) -> list[Plain]:
        """Return the runs of a job."""
        return [attempt_plain(each) for each in await self._world.households.attempts(job_id)]

    async def ask(self, household_id: str, kind: str, arguments: Plain, *, force: bool) -> str:
        """Ask for a job."""
        asked = await accept.request_job(
            self._world, household_id, kind, arguments, author=AUTHOR, force=force
        )
        return str(asked.job_id)

    async def resume(self, household_id: str) -> None:
        """Let a household go on."""
        await self._world.households.resume(household_id)

    async def keys(self, household_id: str) -> list[Plain]:
        """Return what the household remembers as done."""
        found = await self._world.households.done_keys(household_id, limit=KEYS_MAX)
        return [each.to_plain() for each in found]

    async def clear_key(self, household_id: str, key: str) -> None:
        """Forget a key."""
        await self._world.households.clear_key(household_id, key)

    async def operations(self, households: int) -> Plain:
        """Return how planner is doing."""
        return dict(plain(await operations.operations(self._world, limit=households)))

    async def timetable(self) -> list[Plain]:
        """Return what planner does by itself."""
        views = await timetable_views(self._world.store, self._world.timetable, self._world.now())
        return [each.to_plain() for each in views]

    async def outbox(self, limit: int) -> list[Plain]:
        """Return the last messages."""
        return [plain(each) for each in await operations.messages(self._world, limit=limit)]

    async def retry_message(self, message_id: int) -> None:
        """Let a message be tried again now."""
        await operations.try_message_again(self._world, message_id, author=AUTHOR)
