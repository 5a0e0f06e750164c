"""Clients: each plays a random program of requests, and goes on with it after a crash of the process."""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, Final

import trio
from sqlalchemy import Connection

from planner.actors.households import Households
from planner.actors.kind import Request
from planner.actors.timetable import Entry, timetable_views
from planner.actors.views import Accepted
from planner.domain.errors import Busy, Conflict, Gone, NotFound
from planner.simulation.changes import INFLATIONS, Change
from planner.simulation.faults import NEW_YEAR
from planner.simulation.kinds import NAMES, REMEMBERING
from planner.simulation.model import Broken, Model
from planner.simulation.swarm import Swarm
from planner.storage.database import Store
from planner.storage.facts import delete_household
from planner.storage.job_rows import JobState, Priority
from planner.storage.jobs import household_revision
from planner.storage.tables import SYSTEM

WAIT_SECONDS: Final = (0.0, 0.05, 1.0, 60.0)
PAUSE_SECONDS: Final = (0.0, 0.05, 0.3, 2.0, 40.0)
FOLLOWING_A_CHANGE: Final = 3
TRIES_MAX: Final = 20
READ_SECONDS: Final = 30.0
FORCED_SHARE: Final = 0.1
WAITING_SHARE: Final = 0.4
FINAL: Final = frozenset(state.value for state in JobState if state.is_final)


@dataclass(frozen=True, slots=True)
class Process:
    """What a client sees of a process that is up."""

    store: Store
    households: Households
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Menu:
    """What may be asked for: of which households, and planner's own kinds with arguments that they take."""

    households: Sequence[str]
    planners: Mapping[str, Sequence[Mapping[str, object]]]


class Client:
    """One client. What it sent and was not answered may have happened; with a key, it asks again."""

    def __init__(self, name: str, model: Model, swarm: Swarm, menu: Menu, seed: int) -> None:
        self.name = name
        self._model = model
        self._swarm = swarm
        self._menu = menu
        self._chance = random.Random(f"{seed} {name}")
        self._left = swarm.steps
        self._known: list[str] = []
        self._changes = 0
        self._unanswered: list[tuple[str, str]] = []
        self._tries = 0

    async def run(self, process: Process) -> None:
        """Go on with the program until it is played or the process dies."""
        actions = self._actions()
        while self._left or self._unanswered:
            if self._unanswered:
                await self._send_again(process)
                continue
            self._left -= 1
            name = self._chance.choices(list(self._swarm.actions), list(self._swarm.actions.values()))[0]
            await self._polite(process, actions[name])

    async def _send_again(self, process: Process) -> None:
        """Repeat a change that was not answered; give it up when nobody takes it for long."""
        self._tries += 1
        if self._tries > TRIES_MAX:
            self._unanswered.pop(0)
            self._tries = 0
        else:
            await self._polite(process, self._send_change)

    def _actions(self) -> dict[str, Callable[[Process], Awaitable[None]]]:
        return {
            "ask": self._ask,
            "storm": self._storm,
            "change": self._change,
            "repeat": self._repeat,
            "cancel": self._cancel,
            "wait": self._wait,
            "look": self._look,
            "read": self._read,
            "watch": self._watch,
            "pause": self._pause,
            "resume": self._resume,
            "remove": self._remove,
        }

    async def _polite(self, process: Process, action: Callable[[Process], Awaitable[None]]) -> None:
        """Do one thing; told to come later, rest and give it up. It disconnects now and then."""
        try:
            if self._chance.random() < self._swarm.disconnect:
                with trio.move_on_after(self._chance.choice([0.0, 0.0, 0.001, 0.1, 1.0])):
                    await action(process)
            else:
                await action(process)
        except Busy as busy:
            await trio.sleep(busy.retry_after_seconds)
        except Gone:
            if not self._swarm.clock_jumps:
                raise
        except NotFound:
            if not self._model.removed:
                raise
            self._unanswered.clear()

    def _household(self) -> str:
        return self._chance.choice(self._menu.households)

    def _request(self) -> Request:
        kind = self._chance.choice((*(self._swarm.kinds or NAMES), *self._menu.planners))
        number = self._chance.choice([0, 0, 1])
        arguments: Mapping[str, object] = {"n": [number] if kind == "sum" else number}
        household_id = self._household()
        if kind in self._menu.planners:
            arguments = self._chance.choice(self._menu.planners[kind])
            household_id = self._chance.choice([household_id, SYSTEM])
        return Request(
            household_id=household_id,
            kind=kind,
            arguments=arguments,
            requested_by=self.name,
            priority=self._chance.choice([None, None, *Priority]),
            force=kind not in REMEMBERING and self._chance.random() < FORCED_SHARE,
        )

    async def _send(self, process: Process, request: Request) -> None:
        """Ask for a job; the revision that its outcome must cover is read in the same transaction."""

        def before(conn: Connection) -> int:
            return household_revision(conn, request.household_id)

        self._model.send(request)
        try:
            accepted = await process.households.accept(lambda _: request, before)
        except Conflict:
            if request.kind != "strict":
                raise
            return
        # A kind that remembers may answer with what it did for older facts: newer ones were not demanded.
        revision = 0 if request.kind in REMEMBERING else accepted.before
        self._note(accepted, request, revision, repeated=accepted.remembered)

    def _note(self, accepted: Accepted, request: Request, revision: int, *, repeated: bool) -> None:
        assert accepted.job_id is not None
        self._model.acknowledge(accepted, request, revision, repeated=repeated)
        self._known.append(accepted.job_id)

    async def _ask(self, process: Process) -> None:
        await self._send(process, self._request())
        if self._known and self._chance.random() < WAITING_SHARE:
            await self._await(process, self._known[-1])

    async def _storm(self, process: Process) -> None:
        """Many equal requests at once, from so many connections."""
        request = replace(self._request(), force=False)

        async def one() -> None:
            try:
                await self._send(process, request)
            except (Busy, NotFound):
                return

        async with trio.open_nursery() as nursery:
            for _ in range(self._chance.randint(self._swarm.storm_min, self._swarm.storm_max)):
                nursery.start_soon(one)

    async def _change(self, process: Process) -> None:
        """Change the facts, and ask for what follows from them, in one transaction."""
        self._changes += 1
        key = f"{self.name} change {self._changes}"
        self._unanswered.append((key, self._household()))
        await self._send_change(process)

    async def _repeat(self, process: Process) -> None:
        """Send a change that was answered once more, as a client does that lost the answer."""
        if self._changes and not self._unanswered:
            keys = [key for key in self._model.changes if key.startswith(self.name + " ")]
            key = self._chance.choice(keys)
            household_id = self._model.changed[key]
            self._unanswered.append((key, household_id))
            await self._send_change(process)

    async def _send_change(self, process: Process) -> None:
        key, household_id = self._unanswered[0]
        self._model.changes.setdefault(key, False)
        self._model.changed[key] = household_id
        change = Change(
            key,
            household_id,
            self._chance.choice(["baseline", "refresh", *self._menu.planners][:FOLLOWING_A_CHANGE]),
            self._chance.choice(INFLATIONS),
        )
        self._model.send(change.job)
        accepted = await process.households.accept(change.request, change.before, change.after)
        self._unanswered.pop(0)
        self._tries = 0
        self._model.changes[key] = True
        made = accepted.before
        if made["repeated"]:
            accepted = replace(accepted, job_id=made["job_id"], household_id=household_id, joined=True)
        self._note(accepted, change.job, made["revision"], repeated=made["repeated"])

    async def _cancel(self, process: Process) -> None:
        if self._known:
            job_id = self._chance.choice(self._known)
            self._model.cancelling.add(job_id)
            view = await process.households.cancel(job_id)
            if not (view.state.is_final or self._swarm.disk):
                raise Broken(f"cancelled, and it goes on: {view}")

    async def _wait(self, process: Process) -> None:
        if self._known:
            await self._await(process, self._chance.choice(self._known))

    async def _await(self, process: Process, job_id: str) -> None:
        view = await process.households.wait(job_id, self._chance.choice(WAIT_SECONDS))
        if view.state.is_final and view.state is not JobState.SUPERSEDED:
            self._model.tell(job_id, view)

    async def _look(self, process: Process) -> None:
        """Ask everything that can be asked; it is answered, whatever goes on."""
        household_id = self._household()
        status = await process.households.status(household_id)
        if status.running is not None and status.running.state is not JobState.RUNNING:
            raise Broken(f"shown as running: {status.running}")
        await process.households.jobs(household_id, limit=5)
        process.households.statistics()
        await timetable_views(process.store, process.entries, NEW_YEAR)
        if self._known:
            await process.households.why(self._chance.choice(self._known))

    async def _read(self, process: Process) -> None:
        """Wait for derived data of the present revision, as a read with at_least does, without polling."""
        household_id = self._household()
        await self._send(process, Request(household_id=household_id, kind="refresh", requested_by=self.name))
        wanted = self._model.asked[-1].revision
        with trio.move_on_after(READ_SECONDS):
            while True:
                ended = process.households.turn_ended(household_id)
                shown = await process.store.read(_shown, household_id)
                if shown >= wanted:
                    return
                if (await process.households.job(self._known[-1])).state.is_final:
                    return
                await ended

    async def _watch(self, process: Process) -> None:
        """Follow a job from its beginning: its events come in order, and none is missing."""
        if not self._known:
            return
        seen: list[str] = []
        job_id = self._chance.choice(self._known)
        self._model.watched.append((job_id, seen))
        with trio.move_on_after(READ_SECONDS):
            async with (
                process.households.watch(job_id=job_id) as events,
                aclosing(_types(events)) as types,
            ):
                async for event_type in types:
                    seen.append(event_type)
                    if event_type in FINAL:
                        break

    async def _pause(self, _process: Process) -> None:
        await trio.sleep(self._chance.choice(PAUSE_SECONDS))

    async def _resume(self, process: Process) -> None:
        await process.households.resume(self._household())

    async def _remove(self, process: Process) -> None:
        """Remove a household with all its jobs, as `work.accept` does, whatever it is doing."""
        household_id = self._household()
        self._model.removed.add(household_id)
        await process.store.write(delete_household, household_id)
        process.households.forget(household_id)


async def _types(events: Any) -> Any:
    async for event in events:
        if event.id is not None:
            yield event.type


def _shown(conn: Connection, household_id: str) -> int:
    sql = "SELECT coalesce(max(revision), 0) FROM derived WHERE household_id = ? AND subject LIKE 'refresh:%'"
    return int(conn.exec_driver_sql(sql, (household_id,)).scalar_one())
