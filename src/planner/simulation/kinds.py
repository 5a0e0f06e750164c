"""Sample kinds of job whose handlers succeed, fail, hang and exceed limits, and say which they did."""

import random
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import trio
from sqlalchemy import Connection

from planner.actors.idempotency import Once, Strict
from planner.actors.kind import RESULT_BYTES_MAX, Child, Kind, Outcome, Request
from planner.actors.merge import REPLACE, Debounce, Merge
from planner.actors.turn import Turn
from planner.domain.errors import Refused
from planner.storage.derived import DerivedRecord, put_derived
from planner.storage.job_rows import JobRow, JobState, Priority

WELL: Final = "well"
ENDS_WELL: Final = frozenset({WELL, "partial", "unchanged", "follow"})
ENDS_BADLY: Final = frozenset({"bug", "refusal", "hang", "too_large", "bad_write"})
ATTEMPTS_MAX: Final = 3
BATCH: Final = "many"
CHILD_KINDS: Final = ("part", "part", "tidy")
CHILDREN_AT_MOST: Final = 5
NAMES: Final = (
    "refresh", "refresh", "flows", "baseline", "tidy", "letter", "newest", "sum", "quiet", "once", "strict",
    BATCH, BATCH, "part",
)  # fmt: skip
"""What clients ask for, the more common ones twice."""

TICK: Final = "tick"
"""What the timetable asks for."""

REMEMBERING: Final = frozenset({"once", "strict"})
"""Kinds that answer a repeat with what they did for older facts, if it was not asked for newer ones."""

REMEMBERED_SECONDS: Final = 6 * 86_400.0
COMPUTING_SHARE: Final = 0.2
FOLLOWED_BY: Final = "refresh"
PAUSES_SECONDS: Final = (0.0, 0.0, 0.0, 0.01, 0.2, 0.7)
_LONG_AGO: Final = datetime(2026, 1, 1, tzinfo=UTC)


class Passing(OSError):
    """A fault that passes; jobs are tried again."""


@dataclass
class Script:
    """Draws what each attempt does, and keeps what it did: the model is held against it.

    `fates` are by (job, attempt), and so is how many children were `planned`. `active` are the households
    in a turn; it is empty between two lives.
    """

    chance: random.Random
    rates: Mapping[str, float]
    fates: dict[tuple[str, int], str] = field(default_factory=dict)
    active: set[str] = field(default_factory=set)
    planned: dict[tuple[str, int], int] = field(default_factory=dict)
    followed: int = 0
    calm: bool = False

    def draw(self) -> str:
        """Draw what an attempt comes to."""
        if self.calm:
            return WELL
        point = self.chance.random()
        for fate, rate in self.rates.items():
            if fate != "unloadable":
                point -= rate
                if point < 0:
                    return fate
        return WELL

    def load(self, _conn: Connection, _job: JobRow) -> object:
        """Read the snapshot, or fail as a statement does that is wrong."""
        rate = self.rates.get("unloadable", 0.0)
        if rate and not self.calm and self.chance.random() < rate:
            raise sqlite3.OperationalError("no such table: simulated")
        return None

    async def handle(self, turn: Turn) -> Outcome:
        """Be the only turn of the household, take a while, and come to what was drawn."""
        with self._alone(turn):
            fate = self.draw()
            await self._take_a_while(turn)
            self.fates[turn.job.id, turn.attempt] = fate
            return await self._come_to(fate, turn)

    async def plan(self, turn: Turn) -> Outcome:
        """Plan some children, or come to something else that was drawn."""
        with self._alone(turn):
            fate = self.draw()
            await self._take_a_while(turn)
            self.fates[turn.job.id, turn.attempt] = fate
            if fate not in (WELL, "follow"):
                return await self._come_to(fate, turn)
            numbers = range(self.chance.randint(1, CHILDREN_AT_MOST))
            self.planned[turn.job.id, turn.attempt] = len(numbers)
            return Outcome(
                children=tuple(
                    Child(kind=self.chance.choice(CHILD_KINDS), arguments={"n": n}) for n in numbers
                ),
                follow=(_follower(turn),) if fate == "follow" else (),
            )

    async def around(self, handle: Callable[[Turn], Awaitable[Outcome]], turn: Turn) -> Outcome:
        """Be the only turn of the household, do as a kind of planner's does, and count the effect."""
        with self._alone(turn):
            try:
                came_to = await handle(turn)
            except Refused:
                self.fates[turn.job.id, turn.attempt] = "refusal"
                raise
        self.fates[turn.job.id, turn.attempt] = "partial" if came_to.errors else WELL
        self.followed += len(came_to.follow)
        self.planned[turn.job.id, turn.attempt] = len(came_to.children)
        if came_to.unchanged or came_to.children:
            return came_to
        return replace(came_to, writes=(*came_to.writes, partial(_count_effect, turn=turn)))

    @contextmanager
    def _alone(self, turn: Turn) -> Iterator[None]:
        household_id = turn.job.household_id
        assert household_id not in self.active, f"two turns of household {household_id} at once"
        self.active.add(household_id)
        try:
            yield
        finally:
            self.active.discard(household_id)

    async def _take_a_while(self, turn: Turn) -> None:
        for _ in range(self.chance.choice([0, 1, 1, 3])):
            await trio.sleep(self.chance.choice(PAUSES_SECONDS))
        if self.chance.random() < COMPUTING_SHARE:
            await turn.compute(turn.beat, 0.5, "computing")

    async def _come_to(self, fate: str, turn: Turn) -> Outcome:
        match fate:
            case "passing":
                raise Passing("it passes")
            case "bug":
                raise ZeroDivisionError("a bug")
            case "refusal":
                raise Refused("There is nothing to be done with these facts.")
            case "hang":
                await trio.sleep_forever()
            case _:
                return _outcome(fate, turn)
        raise AssertionError("it slept for ever")


def _outcome(fate: str, turn: Turn) -> Outcome:
    effect = partial(_write_effect, turn=turn)
    match fate:
        case "unchanged":
            return Outcome(unchanged=True)
        case "partial":
            errors = ({"part": "second", "message": "failed"},)
            return Outcome(state=JobState.PARTIAL, writes=(effect,), errors=errors)
        case "too_large":
            return Outcome(result={"text": "x" * RESULT_BYTES_MAX}, writes=(effect,))
        case "bad_write":
            return Outcome(writes=(effect, _write_badly))
        case "follow":
            return Outcome(writes=(effect,), follow=(_follower(turn),))
        case _:
            return Outcome(result={"revision": turn.revision}, writes=(effect,))


def _follower(turn: Turn) -> Request:
    return Request(
        household_id=turn.job.household_id, kind=FOLLOWED_BY, arguments={"n": 9}, requested_by=turn.job.id
    )


def _write_effect(conn: Connection, *, turn: Turn) -> None:
    """Count one effect, and put what was derived in its place."""
    _count_effect(conn, turn=turn)
    put_derived(conn, turn.job.household_id, _derived(turn))


def _count_effect(conn: Connection, *, turn: Turn) -> None:
    job = turn.job
    conn.exec_driver_sql(
        "INSERT INTO simulated_effects VALUES (?, ?, ?, ?, ?)",
        (job.id, job.household_id, job.kind, turn.revision, turn.attempt),
    )


def _derived(turn: Turn) -> DerivedRecord:
    return DerivedRecord(
        subject=turn.job.merge_key,
        revision=turn.revision,
        engine_version="simulated",
        law_version="simulated",
        inputs_fingerprint="",
        output_fingerprint="",
        job_id=turn.job.id,
        at=_LONG_AGO,
        summary={},
        body=b"",
    )


def _write_badly(conn: Connection) -> None:
    conn.exec_driver_sql("INSERT INTO simulated_nowhere VALUES (1)")


def _both(waiting: Mapping[str, Any], asked: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"n": sorted({*waiting["n"], *asked["n"]})}


def _anything(arguments: Mapping[str, object]) -> Mapping[str, object]:
    return dict(arguments)


def sample_kinds(script: Script) -> tuple[Kind, ...]:
    """Return kinds that do as `script` says, each with other declarations."""

    def kind(name: str, **options: Any) -> Kind:
        values: dict[str, Any] = {
            "handle": script.handle,
            "load": script.load,
            "check_arguments": _anything,
            "attempts_max": ATTEMPTS_MAX,
            "retry_on": (Passing,),
            "deadline_seconds": 10.0,
            "stuck_after_seconds": 5.0,
            **options,
        }
        return Kind(name=name, title=name.capitalize(), **values)

    return (
        kind("refresh"),
        kind("newest", merge=REPLACE),
        kind("sum", merge=Merge(_both)),
        kind("quiet", merge=Debounce(window_seconds=1.0, at_most_seconds=3.0)),
        kind("once", idempotency=Once(REMEMBERED_SECONDS)),
        kind("strict", idempotency=Strict()),
        kind("flows"),
        kind("baseline", absorbs=frozenset({"flows"})),
        kind("part"),
        kind(BATCH, handle=script.plan, children=frozenset(CHILD_KINDS)),
        kind("tidy", priority=Priority.BULK, after_crash="fail"),
        kind(TICK, priority=Priority.SCHEDULED),
        kind("letter", priority=Priority.SCHEDULED, after_crash="ask"),
    )


def watched(script: Script, kinds: Iterable[Kind]) -> tuple[Kind, ...]:
    """Return planner's own kinds, so that `script` sees what they do."""
    return tuple(replace(kind, handle=partial(script.around, kind.handle)) for kind in kinds)
