"""A stage for actors: a real store in a file, kinds whose handlers do as the test says, and virtual time."""

import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import trio
from sqlalchemy import Connection

from planner.actors import Accepted, Households, JobView, Kind, Outcome, Request, Turn, supervise
from planner.actors.fairness import Slots
from planner.actors.threads import Claim
from planner.storage import Store, open_store
from planner.storage.job_rows import JobRow

T = TypeVar("T")
WHOLE_TEST_SECONDS = 1_000.0
WHOLE_STAGE_SECONDS = 30 * 24 * 3600.0  # of virtual time: what waits for ever fails instead of hanging
EFFECTS = "CREATE TABLE IF NOT EXISTS effects(household_id TEXT, note TEXT, PRIMARY KEY (household_id, note))"
HOUSEHOLDS_OF_CRASHES = tuple(f"crash-{number}" for number in range(6))
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def virtual_now() -> datetime:
    """The wall clock of a test: it goes with trio's."""
    return NEW_YEAR + timedelta(seconds=trio.current_time())


async def inline(_claim: Claim, fn: Callable[..., T], /, *args: Any) -> T:
    """Do arithmetic without a thread."""
    await trio.lowlevel.checkpoint()
    return fn(*args)


def add_household(conn: Connection, household_id: str, revision: int = 1) -> None:
    """Insert a household with no facts to speak of."""
    conn.exec_driver_sql(
        "INSERT INTO households(id, name, revision, facts, created_at_us, updated_at_us) "
        "VALUES (?, ?, ?, '{}', 0, 0)",
        (household_id, household_id, revision),
    )


def change_facts(conn: Connection, household_id: str) -> int:
    """Raise the household's revision, as every change does."""
    sql = "UPDATE households SET revision = revision + 1 WHERE id = ? RETURNING revision"
    return int(conn.exec_driver_sql(sql, (household_id,)).scalar_one())


def rows(conn: Connection, sql: str, parameters: tuple[Any, ...] = ()) -> Sequence[Any]:
    """Return what a query finds."""
    found = conn.exec_driver_sql(sql, parameters)
    return found.fetchall() if found.returns_rows else []


def write_effect(conn: Connection, household_id: str, *, note: str = "", times: int = 1) -> None:
    """Do what a turn may do to the database: a row that cannot be there twice."""
    for _ in range(times):
        conn.exec_driver_sql("INSERT INTO effects VALUES (?, ?)", (household_id, note))


def anything(arguments: Mapping[str, object]) -> Mapping[str, object]:
    """Take every argument."""
    return dict(arguments)


def seen(turn: Turn) -> Outcome:
    """The outcome of a turn that only looks at the revision."""
    return Outcome(result={"revision": turn.revision})


@dataclass
class Script:
    """What the handlers of a test do and did. A gated handler waits until the gate is opened."""

    runs: list[JobRow] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    gated: bool = False
    opened: trio.Event = field(default_factory=trio.Event)
    began: trio.Event = field(default_factory=trio.Event)
    raises: list[Exception | None] = field(default_factory=list)
    outcome: Callable[[Turn], Outcome] = field(
        default=lambda turn: Outcome(result={"revision": turn.revision})
    )
    active: int = 0
    most_active: int = 0
    active_households: set[str] = field(default_factory=set)

    async def handle(self, turn: Turn) -> Outcome:
        """Note the run, wait at the gate, raise or return what the test says."""
        assert turn.job.household_id not in self.active_households, "two turns of one household at once"
        self.active_households.add(turn.job.household_id)
        self.active += 1
        self.most_active = max(self.most_active, self.active)
        self.runs.append(turn.job)
        self.turns.append(turn)
        self.began.set()
        try:
            if self.gated:
                await self.opened.wait()
            error = self.raises.pop(0) if self.raises else None
            if error is not None:
                raise error
            return self.outcome(turn)
        finally:
            self.active -= 1
            self.active_households.discard(turn.job.household_id)

    def gate(self) -> None:
        """Let handlers that begin from now on wait."""
        self.gated = True
        self.opened = trio.Event()
        self.began = trio.Event()

    def open(self) -> None:
        """Let all who wait at the gate go on."""
        self.gated = False
        self.opened.set()


def a_kind(script: Script, name: str = "refresh", **options: Any) -> Kind:
    """A kind that does as `script` says."""
    values: dict[str, Any] = {"title": name.capitalize(), "check_arguments": anything, **options}
    return Kind(name=name, handle=values.pop("handle", script.handle), **values)


@dataclass
class Stage:
    """What a test plays on."""

    store: Store
    households: Households
    nursery: trio.Nursery

    async def ask(self, household_id: str = "h", kind: str = "refresh", **options: Any) -> Accepted:
        """Ask for a job."""
        options.setdefault("requested_by", "test")
        return await self.households.accept(Request(household_id=household_id, kind=kind, **options))

    async def ask_apart(self, household_id: str = "h", kind: str = "refresh", **options: Any) -> Accepted:
        """Ask for a job in a way that leaves its start to a transaction of the actor's own."""
        options.setdefault("requested_by", "test")
        request = Request(household_id=household_id, kind=kind, **options)
        return await self.households.accept(lambda _: request)

    async def done(self, accepted: Accepted) -> JobView:
        """Wait until the job is final."""
        assert accepted.job_id is not None
        view = await self.households.wait(accepted.job_id, WHOLE_TEST_SECONDS)
        assert view.state.is_final, view
        return view

    async def change(self, household_id: str = "h") -> int:
        """Change the household's facts."""
        return await self.store.write(change_facts, household_id)

    async def query(self, sql: str, *parameters: Any) -> Sequence[Any]:
        """Look into the database."""
        return await self.store.read(rows, sql, parameters)

    async def states(self) -> dict[str, str]:
        """Return the state of every job."""
        return dict(await self.query("SELECT id, state FROM jobs"))


@asynccontextmanager
async def a_stage(
    path: Path,
    *kinds: Kind,
    households: Sequence[str] = ("h",),
    slots: Slots | None = None,
    wrap: Callable[[Store], Store] = lambda store: store,
    seed: int = 1,
    **options: Any,
) -> AsyncIterator[Stage]:
    """Open the database and the actors; leaving is a crash: nothing is drained."""
    options.setdefault("now", virtual_now)
    options.setdefault("compute", inline)
    with trio.fail_after(WHOLE_STAGE_SECONDS):
        async with trio.open_nursery() as nursery:
            store = wrap(await nursery.start(partial(open_store, path, now=virtual_now)))
            await store.write(rows, EFFECTS)
            for household_id in households:
                if not await store.read(rows, "SELECT 1 FROM households WHERE id = ?", (household_id,)):
                    await store.write(add_household, household_id)
            start = partial(
                supervise, store, kinds, chance=random.Random(f"{seed} {store.epoch}"), slots=slots, **options
            )
            async with trio.open_nursery() as acting:
                yield Stage(store, await acting.start(start), acting)
                acting.cancel_scope.cancel()
            nursery.cancel_scope.cancel()
