"""A kind of batch whose parts do as a test says, each by its number."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import trio
from actors.stage import Script, Stage, a_kind, write_effect

from planner.actors import Accepted, Child, JobView, Kind, Outcome, Turn


class Passing(Exception):
    """A fault that passes."""


@dataclass
class Parts:
    """What parts do: those in `held` wait until they are let go, those in `raises` raise, once each."""

    held: set[int] = field(default_factory=set)
    raises: dict[int, list[Exception]] = field(default_factory=dict)
    ran: list[int] = field(default_factory=list)
    unchanged: bool = False
    planning: Script = field(default_factory=Script)
    others: Script = field(default_factory=Script)
    moved: trio.Event = field(default_factory=trio.Event)

    async def plan(self, turn: Turn) -> Outcome:
        """Plan a part for each number."""
        await self.planning.handle(turn)
        numbers: Any = turn.arguments["numbers"]
        planned = tuple(Child(kind="part", arguments={"n": number}) for number in numbers)
        return Outcome(result={"planned": len(numbers)}, children=planned)

    async def work(self, turn: Turn) -> Outcome:
        """Do one part; its effect cannot be there twice."""
        number: Any = turn.arguments["n"]
        self.ran.append(number)
        self._move()
        while number in self.held:
            await self.moved.wait()
        if self.raises.get(number):
            raise self.raises[number].pop(0)
        write = partial(write_effect, household_id=turn.job.household_id, note=turn.job.id)
        return Outcome(result={"n": number}, writes=(write,), unchanged=self.unchanged)

    def _move(self) -> None:
        self.moved.set()
        self.moved = trio.Event()

    def let_go(self, *numbers: int) -> None:
        """Let parts go on, all of them if none is named."""
        self.held -= set(numbers) or self.held
        self._move()

    async def until_runs(self, number: int) -> None:
        """Wait until the part has begun."""
        while number not in self.ran:
            await self.moved.wait()

    def kinds(self, **options: Any) -> tuple[Kind, ...]:
        """A kind of batch, that of its parts with these options, and one beside them."""
        return (
            self.batch("many"),
            a_kind(Script(), "part", handle=self.work, retry_on=(Passing,), **options),
            a_kind(self.others, "other"),
        )

    def batch(self, name: str, **options: Any) -> Kind:
        """A kind of batch."""
        return a_kind(self.planning, name, handle=self.plan, children=frozenset({"part"}), **options)


async def many(stage: Stage, *numbers: int, kind: str = "many", **options: Any) -> Accepted:
    """Ask for a batch of these numbers."""
    return await stage.ask(kind=kind, arguments={"numbers": list(numbers)}, **options)


async def seen(stage: Stage, batch: Accepted) -> JobView:
    """Return the batch as it is."""
    assert batch.job_id is not None
    return await stage.households.job(batch.job_id)


async def parts_of(stage: Stage, batch: Accepted) -> list[JobView]:
    """Return the children of the batch."""
    assert batch.job_id is not None
    return await stage.households.children(batch.job_id, limit=1_000)


def states(views: Sequence[JobView]) -> list[str]:
    """Return their states, in order."""
    return [view.state.value for view in views]
