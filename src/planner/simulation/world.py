"""One simulated machine: processes that come and go on one disk, and the clients outside."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final, TypeAlias, TypeVar, TypeVarTuple, Unpack
from zoneinfo import ZoneInfo

import trio
from sqlalchemy import Connection

from planner.actors.fairness import Slots
from planner.actors.households import supervise
from planner.actors.kind import Kind
from planner.actors.schedule import Every
from planner.actors.threads import Claim
from planner.actors.timetable import Entry, run_timetable
from planner.domain.errors import Crashed
from planner.domain.household import Facts
from planner.domain.journal import beginning
from planner.domain.members import FilingStatus
from planner.domain.scenarios import AssumptionChanges, Assumptions, Scenario
from planner.simulation.changes import AT
from planner.simulation.clients import Client, Process
from planner.simulation.disk import Disk
from planner.simulation.faults import AtCommit, Faults
from planner.simulation.inline_store import open_inline_store
from planner.simulation.kinds import TICK, Script
from planner.simulation.model import Broken, Model
from planner.simulation.oldfaults import OldFault
from planner.simulation.order import Steps
from planner.simulation.rules import judge
from planner.simulation.swarm import Drained, Ending, KilledAtAwait, KilledAtCommit, Swarm, When
from planner.storage import batch_checks, job_checks
from planner.storage.doctor import checks_of_rows
from planner.storage.facts import entry_of, insert_entry, insert_household
from planner.storage.finding import Findings
from planner.storage.known import as_late_as
from planner.storage.tables import SYSTEM
from planner.work.doctor import known_to_planner
from planner.work.post import NO_POST
from planner.work.timetable import make_timetable

T = TypeVar("T")
Args = TypeVarTuple("Args")

PLAYED_SECONDS: Final = 1_000_000.0
"""Virtual time after which clients that still are not through never will be."""

QUIET_SECONDS: Final = 5_000.0
ZONE: Final = ZoneInfo("America/New_York")
HORIZON_MONTHS: Final = 12
SCENARIO: Final = "lean-markets"
LEAN: Final = AssumptionChanges(investment_return=Decimal("0.03"))
Check: TypeAlias = Callable[[Connection], Findings]
AFTER_A_CRASH: Final[Sequence[Check]] = (
    job_checks.slots, job_checks.attempt_counts, job_checks.children, batch_checks.batches,
)  # fmt: skip


@dataclass
class World:
    """What outlives a process: the disk, the clients, and the model of what they were told."""

    seed: int
    swarm: Swarm
    disk: Disk
    faults: Faults
    script: Script
    model: Model
    clients: list[Client]
    steps: Steps
    households: list[str]
    kinds: tuple[Kind, ...]
    chance: random.Random
    old_fault: OldFault | None = None
    lives: int = 0

    async def play(self) -> None:
        """Live through every planned ending, then through one life that goes well, and judge."""
        with trio.move_on_after(PLAYED_SECONDS) as played:
            for ending in self.swarm.endings:
                await trio.sleep(self.chance.choice(self.swarm.down_seconds))
                self._plan(ending)
                await self._live(partial(self._until, ending))
                self._examine_durable()
            while not await self._live(self._to_the_end):
                self._examine_durable()
        if played.cancelled_caught:
            raise Broken(f"not through after {PLAYED_SECONDS:,.0f} seconds of virtual time")
        judge(self.model)
        self._examine()

    def _plan(self, ending: Ending) -> None:
        """A process may be killed from its very first commit and step on, and so while it recovers."""
        match ending:
            case KilledAtCommit():
                kill = AtCommit.KILL_BEFORE if ending.when is When.BEFORE else AtCommit.KILL_AFTER
                self.faults.plan_kill(self.disk.commits + ending.commit, kill)
            case KilledAtAwait():
                self.steps.plan(ending.step, self.disk.kill)
            case Drained():
                pass

    async def _live(self, until: Callable[[Process], Any]) -> bool:
        """Run one process; return whether it lived until it was to end."""
        self.lives += 1
        ended_well = False
        with _lost():
            async with trio.open_nursery() as process:
                self.disk.power_on(process.cancel_scope.cancel)
                store = await process.start(open_inline_store, self.disk)
                if self.old_fault is not None:
                    store = self.old_fault.break_in(store, process, self.faults.now)
                supervising = partial(
                    supervise,
                    store,
                    self.kinds,
                    now=self.faults.now,
                    chance=random.Random(f"{self.seed} {store.epoch}"),
                    compute=_inline,
                    slots=Slots(self.swarm.slots, self.swarm.slots // 4),
                    mailbox_max=self.swarm.mailbox_max,
                )
                households = await process.start(supervising)
                await until(Process(store, households, self._entries()))
                ended_well = True
                self.disk.kill()
        self.disk.power_off()
        self.steps.forget()
        self.faults.forget_kill()
        if self.script.active:
            raise Broken(f"turns outlived their process: {self.script.active}")
        return ended_well

    async def _until(self, ending: Ending, process: Process) -> None:
        """Let the clients play until the process is killed, or was drained."""
        match ending:
            case Drained():
                await self._play_and_drain(process, ending)
            case _:
                await self._play(process)

    def _entries(self) -> tuple[Entry, ...]:
        """Return the entries of the timetable: the seed's, and planner's own if its kinds are there."""
        planners = make_timetable(ZONE, NO_POST) if self.swarm.planner else ()
        ticking = tuple(
            Entry(
                name=f"entry {number}",
                title="Tick",
                schedule=Every(ticking.seconds),
                kind=TICK,
                catch_up=ticking.catch_up,
                arguments=partial(_moment, number),
            )
            for number, ticking in enumerate(self.swarm.timetable)
        )
        return (*ticking, *planners)

    async def _tick(self, process: Process) -> None:
        if process.entries:
            await run_timetable(process.households, process.store, process.entries, now=self.faults.now)

    async def _play(self, process: Process) -> None:
        async with trio.open_nursery() as timetable:
            timetable.start_soon(self._tick, process)
            async with trio.open_nursery() as outside:
                for client in self.clients:
                    outside.start_soon(client.run, process)
            timetable.cancel_scope.cancel()

    async def _play_and_drain(self, process: Process, ending: Drained) -> None:
        async with trio.open_nursery() as outside:
            outside.start_soon(self._tick, process)
            for client in self.clients:
                outside.start_soon(client.run, process)
            await trio.sleep(ending.after_seconds)
            await process.households.drain(ending.grace_seconds)
            outside.cancel_scope.cancel()

    async def _to_the_end(self, process: Process) -> None:
        """Let the clients finish; then, with no more faults, everything has to come to rest."""
        await self._play(process)
        self.faults.calm = self.script.calm = True
        await trio.sleep(QUIET_SECONDS)
        for household_id in (*self.households, SYSTEM):
            if household_id not in self.model.removed:
                await process.households.resume(household_id)
        await trio.sleep(QUIET_SECONDS)
        self.model.check_durable()
        for job_id in dict.fromkeys(asked.job_id for asked in self.model.asked):
            view = await process.households.wait(job_id, QUIET_SECONDS)
            if not view.state.is_final:
                raise Broken(f"never ended: {view}")
            self.model.tell(job_id, view)
        figures = process.households.statistics()
        left = (figures.awake, figures.running, figures.ready, figures.waiting, figures.set_aside)
        if any(left):
            raise Broken(f"all is done, and yet (awake, running, ready, waiting, set aside) are {left}")

    def _examine_durable(self) -> None:
        """Whatever it was cut off at, nothing acknowledged is lost, and what is durable is whole."""
        self.model.check_durable()
        self._refuse(AFTER_A_CRASH)

    def _examine(self) -> None:
        conn = self.disk.bound.connection
        known = replace(
            known_to_planner(self.faults.now(), alive=True),
            retention_days={kind.name: kind.retention_days for kind in self.kinds},
            entries={entry.name for entry in self._entries()},
            refresh=None,  # a client's change asks for a kind of its own
        )
        self._refuse(checks_of_rows(as_late_as(conn, known)))

    def _refuse(self, checks: Sequence[Check]) -> None:
        found = [str(finding) for check in checks for finding in check(self.disk.bound.connection)]
        if found:
            raise Broken(f"planner doctor finds: {found[:3]}")


def _moment(number: int, due: datetime) -> dict[str, object]:
    return {"entry": number, "due": due.timestamp()}


async def _inline(_claim: Claim, fn: Callable[[Unpack[Args]], T], /, *args: *Args) -> T:
    """Do arithmetic without a thread."""
    await trio.lowlevel.checkpoint()
    return fn(*args)


@contextmanager
def _lost() -> Iterator[None]:
    """A process may end because its store was lost; anything else that it raises is a finding."""
    try:
        yield
    except* Crashed:
        pass


def add_household(conn: Connection, household_id: str) -> None:
    """Store a household with hardly any facts, at revision 1."""
    facts = Facts(
        name=household_id,
        filing_status=FilingStatus.SINGLE,
        revision=1,
        assumptions=Assumptions(horizon_months=HORIZON_MONTHS),
        scenarios=(Scenario(id=SCENARIO, name="Lean markets", assumptions=LEAN),),
    )
    insert_household(conn, household_id, facts, example=False, at=AT)
    entry = entry_of(beginning(facts), before=None, after=facts, at=AT, author="simulated")
    insert_entry(conn, household_id, entry)
