"""The model: what clients were told, which has to be true whatever becomes of the process."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from planner.actors.kind import Request
from planner.actors.views import Accepted, JobView
from planner.simulation.disk import Drive
from planner.simulation.kinds import Script
from planner.simulation.swarm import Swarm
from planner.storage.job_rows import canonical_json

SHOWN: Final = 3


class Broken(AssertionError):
    """Something that must always be true was not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One acknowledged request: its job, and the household's revision when it was accepted.

    `repeated`: it had been accepted before, and was answered from memory.
    """

    job_id: str
    household_id: str
    kind: str
    arguments: Mapping[str, object]
    revision: int
    repeated: bool


@dataclass
class Model:
    """What the world outside the process knows. It outlives every crash.

    `sent` counts requests, acknowledged or not; `changes` says of each change's key whether it was
    acknowledged, and `changed` what it changed; `forced` are requests that insisted on a new run;
    `told` are the outcomes that waiters were given, `watched` the events that those who follow a job saw.
    """

    drive: Drive
    script: Script
    swarm: Swarm
    planners: Collection[str] = ()
    asked: list[Asked] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    forced: set[tuple[str, str, str]] = field(default_factory=set)
    cancelling: set[str] = field(default_factory=set)
    changes: dict[str, bool] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)
    told: list[tuple[str, JobView]] = field(default_factory=list)
    watched: list[tuple[str, list[str]]] = field(default_factory=list)
    sent: int = 0

    def query(self, sql: str, *parameters: object) -> list[Any]:
        """Look at what is durable."""
        if self.drive.in_transaction:
            raise Broken("somebody was answered while a transaction was open")
        return sqlite_rows(self.drive, sql, parameters)

    def send(self, request: Request) -> None:
        """A client sends a request; whether it arrives is another matter."""
        self.sent += 1
        if request.force:
            self.forced.add((request.household_id, request.kind, canonical_json(request.arguments)))

    def acknowledge(self, accepted: Accepted, request: Request, revision: int, *, repeated: bool) -> None:
        """A client was told that its request is accepted; it must be durable by then (I2)."""
        assert accepted.job_id is not None
        assert accepted.household_id is not None
        there = self.query("SELECT 1 FROM jobs WHERE id = ?", accepted.job_id)
        if not (there or accepted.household_id in self.removed):
            raise Broken(f"job {accepted.job_id} was acknowledged before it was durable")
        self.asked.append(
            Asked(
                job_id=accepted.job_id,
                household_id=accepted.household_id,
                kind=request.kind,
                arguments=request.arguments,
                revision=revision,
                repeated=repeated,
            )
        )

    def tell(self, job_id: str, view: JobView) -> None:
        """A client that waited for `job_id` was told how it ended."""
        self.told.append((job_id, view))

    def check_durable(self) -> None:
        """After a crash: whatever was acknowledged is there (R27)."""
        self.asked = [asked for asked in self.asked if asked.household_id not in self.removed]
        there = {row[0] for row in self.query("SELECT id FROM jobs")}
        lost = [asked for asked in self.asked if asked.job_id not in there]
        refuse("acknowledged and lost", lost)


def sqlite_rows(drive: Drive, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
    """Return the rows of a query that no fault can reach."""
    return drive.cursor().execute(sql, tuple(parameters)).fetchall()


def refuse(what: str, cases: Sequence[object]) -> None:
    """Break unless there is no such case."""
    if cases:
        more = f" and {len(cases) - SHOWN} more" if len(cases) > SHOWN else ""
        raise Broken(f"{what}: {cases[:SHOWN]}{more}")
