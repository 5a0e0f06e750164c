"""The model: what was acknowledged, and the few rules that say what must have become of it."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, cast

from planner.actors.kind import Request
from planner.actors.timetable import CatchUp
from planner.actors.views import Accepted, JobView
from planner.simulation.disk import Drive
from planner.simulation.kinds import ATTEMPTS_MAX, ENDS_BADLY, ENDS_WELL, REMEMBERING, TICK, Script
from planner.simulation.swarm import Swarm
from planner.storage.job_rows import JobState
from planner.work.names import REFRESH_BASELINE
from planner.work.subjects import BASELINE

FORWARD: Final = frozenset(
    [(None, "pending"), ("pending", "running"), ("running", "running")]
    + [("running", end) for end in ("succeeded", "partial", "failed", "cancelled", "superseded")]
    + [("pending", end) for end in ("failed", "cancelled", "superseded")]
)
SHOWN: Final = 3
WELL_STATES: Final = ("succeeded", "partial")


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

    `started` counts requests sent, acknowledged or not; `changes` says of each change's key whether it
    was acknowledged; `told` are the outcomes that waiters were given.
    """

    drive: Drive
    script: Script
    swarm: Swarm
    planners: Collection[str] = ()
    asked: list[Asked] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    forced: set[str] = field(default_factory=set)
    cancelling: set[str] = field(default_factory=set)
    changes: dict[str, bool] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)
    told: list[tuple[str, JobView]] = field(default_factory=list)
    sent: int = 0
    some_forced_unknown: bool = False

    def query(self, sql: str, *parameters: object) -> list[Any]:
        """Look at what is durable."""
        if self.drive.in_transaction:
            raise Broken("somebody was answered while a transaction was open")
        return sqlite_rows(self.drive, sql, parameters)

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
        if request.force and not accepted.joined:
            self.forced.add(accepted.job_id)

    def tell(self, job_id: str, view: JobView) -> None:
        """A client that waited for `job_id` was told how it ended."""
        self.told.append((job_id, view))

    def check_durable(self) -> None:
        """After a crash: whatever was acknowledged is there (R27)."""
        self.asked = [asked for asked in self.asked if asked.household_id not in self.removed]
        there = {row[0] for row in self.query("SELECT id FROM jobs")}
        lost = [asked for asked in self.asked if asked.job_id not in there]
        _refuse("acknowledged and lost", lost)

    def check_end(self) -> None:
        """When all is quiet: every rule."""
        self.check_durable()
        found = {row[0]: row for row in self.query(f"SELECT {', '.join(_Job.__slots__)} FROM jobs")}  # noqa: S608
        jobs = {job_id: _Job(*row) for job_id, row in found.items()}
        _refuse("never ended", [job for job in jobs.values() if job.state in ("pending", "running")])
        for rule in RULES:
            _refuse(_title(rule), list(rule(self, jobs)))


def sqlite_rows(drive: Drive, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
    """Return the rows of a query that no fault can reach."""
    return drive.cursor().execute(sql, tuple(parameters)).fetchall()


def _refuse(what: str, cases: list[Any]) -> None:
    if cases:
        more = f" and {len(cases) - SHOWN} more" if len(cases) > SHOWN else ""
        raise Broken(f"{what}: {cases[:SHOWN]}{more}")


@dataclass(frozen=True, slots=True)
class _Job:
    id: str
    household_id: str
    kind: str
    merge_key: str
    arguments: str
    state: str
    attempts: int
    joined: int
    unchanged: int
    snapshot_revision: int | None
    covers_revision: int | None
    successor_id: str | None


Jobs = Mapping[str, _Job]


def every_request_is_answered_by_a_job_that_covers_it(model: Model, jobs: Jobs) -> Iterator[object]:
    """I4, I6, I8: the outcome covers the facts as they were when the request was accepted."""
    for asked in model.asked:
        end = _last(jobs, asked.job_id)
        if end.state in WELL_STATES and (end.covers_revision or 0) < asked.revision:
            yield asked, end


def every_request_is_answered_with_its_arguments(model: Model, jobs: Jobs) -> Iterator[object]:
    """I7: equal ones, or what they were merged into; where the newest win, any newer ones."""
    for asked in model.asked:
        end = _last(jobs, asked.job_id)
        if end.kind != asked.kind or end.kind == "newest":
            continue
        arguments = json.loads(end.arguments)
        merged = end.kind == "sum" and set(cast("list[int]", asked.arguments["n"])) <= set(arguments["n"])
        if arguments != asked.arguments and not merged:
            yield asked, end


def what_is_remembered_is_done_once(model: Model, jobs: Jobs) -> Iterator[object]:
    """R16: kinds that remember what they have done succeed once with the same arguments."""
    del model
    done = Counter(
        (job.household_id, job.merge_key)
        for job in jobs.values()
        if job.kind in REMEMBERING and job.state == "succeeded"
    )
    yield from (each for each in done.items() if each[1] > 1)


def nothing_fails_or_is_cancelled_without_a_cause(model: Model, jobs: Jobs) -> Iterator[object]:
    """R15, R38: a failure has an attempt that failed; a cancellation, somebody who asked for it."""
    cut_off = Counter(
        row[0] for row in model.query("SELECT job_id FROM attempts WHERE outcome = 'interrupted'")
    )
    parked = {row[0] for row in model.query("SELECT job_id FROM attempts WHERE outcome = 'parked'")}
    passed = Counter(job_id for (job_id, _), fate in model.script.fates.items() if fate == "passing")
    for job in jobs.values():
        fate = model.script.fates.get((job.id, job.attempts))
        if job.state in WELL_STATES and fate not in ENDS_WELL:
            yield job, fate
        if job.state == "cancelled" and job.id not in model.cancelling:
            yield job, fate
        if job.state != "failed" or fate in ENDS_BADLY:
            continue
        out_of_tries = max(passed[job.id], cut_off[job.id]) >= ATTEMPTS_MAX
        given_up = job.kind in ("tidy", "letter") and (cut_off[job.id] or job.id in parked)
        if not (out_of_tries or given_up):
            yield job, fate


def effects_are_there_exactly_once(model: Model, jobs: Jobs) -> Iterator[object]:
    """I3, R11, R27: a row for every job that did something, from its last attempt, and no other."""
    rows = model.query("SELECT job_id, attempt, revision FROM simulated_effects")
    wanted = Counter(
        (job.id, job.attempts, job.covers_revision)
        for job in jobs.values()
        if job.state in WELL_STATES and not job.unchanged
    )
    there = Counter(tuple(row) for row in rows if row[0] in jobs or not model.removed)
    yield from (("missing", each) for each in wanted - there)
    yield from (("too much", each) for each in there - wanted)


def states_only_move_forward(model: Model, jobs: Jobs) -> Iterator[object]:
    """I5, I15: no way back, no way out of a final state, and a retry never becomes pending again."""
    del jobs
    before: dict[str, str | None] = {}
    for job_id, old, new in model.query("SELECT job_id, before, after FROM simulated_moves ORDER BY id"):
        if (old, new) not in FORWARD or before.get(job_id) != old:
            yield job_id, old, new
        before[job_id] = new


def equal_requests_share_a_job(model: Model, jobs: Jobs) -> Iterator[object]:
    """I4, R12: a new job only where no equal one waits, and none runs that saw the same facts."""
    del jobs
    born = "SELECT job_id, pending, covering FROM simulated_births WHERE pending > 0 OR covering > 0"
    for job_id, pending, covering in model.query(born):
        if pending or not (job_id in model.forced or model.some_forced_unknown):
            yield job_id, {"pending": pending, "covering": covering}


def waiters_get_the_outcome_of_their_job(model: Model, jobs: Jobs) -> Iterator[object]:
    """I6: of the job or of the one that took over, and it is still what they were told."""
    for job_id, view in model.told:
        if view.household_id in model.removed:
            continue
        end = _last(jobs, job_id)
        if (view.id, view.state.value, view.covers_revision) != (end.id, end.state, end.covers_revision):
            yield job_id, view.id, view.state, end


def every_request_is_counted(model: Model, jobs: Jobs) -> Iterator[object]:
    """I6: `joined` counts all that were answered by one outcome, and no more than were sent."""
    answered = Counter(_last(jobs, asked.job_id).id for asked in model.asked if not asked.repeated)
    for job_id, count in answered.items():
        if jobs[job_id].joined + 1 < count:
            yield jobs[job_id], count
    total = sum(job.joined + 1 for job in jobs.values() if job.state != "superseded" and job.kind != TICK)
    followed = model.script.followed + sum(fate == "follow" for fate in model.script.fates.values())
    if total > model.sent + followed:
        yield "more than were sent", total, model.sent


def each_moment_of_the_timetable_is_one_job(model: Model, jobs: Jobs) -> Iterator[object]:
    """R4: none twice, and none left out where each is to be made up for; clocks that jump are excused."""
    if model.swarm.clock_jumps:
        return
    moments: dict[int, list[float]] = {}
    for job in jobs.values():
        if job.kind == TICK:
            arguments = json.loads(job.arguments)
            moments.setdefault(arguments["entry"], []).append(arguments["due"])
    for entry, due in moments.items():
        ticking = model.swarm.timetable[entry]
        steps = [b - a for a, b in pairwise(sorted(due))]
        if 0 in steps or (ticking.catch_up is CatchUp.ALL and set(steps) - {ticking.seconds}):
            yield ticking, due


def changes_are_made_exactly_once(model: Model, jobs: Jobs) -> Iterator[object]:
    """R16: an acknowledged change is in the journal once, repeated or not; an unknown one at most once."""
    del jobs
    made = Counter(row[0] for row in model.query("SELECT author FROM changes"))
    for key, acknowledged in model.changes.items():
        if model.changed[key] in model.removed:
            continue
        if made[key] > 1 or (acknowledged and not made[key]):
            yield key, made[key]


def what_follows_is_asked_for(model: Model, jobs: Jobs) -> Iterator[object]:
    """I3: what a turn asks for is accepted with its outcome, once."""
    by = Counter(
        row[0]
        for row in model.query("SELECT requested_by FROM jobs UNION ALL SELECT requested_by FROM requests")
    )
    for job in jobs.values():
        fate = model.script.fates.get((job.id, job.attempts))
        if by[job.id] != (fate == "follow" and job.state == JobState.SUCCEEDED):
            yield job, by[job.id]


def derived_data_is_what_the_last_turn_left(model: Model, jobs: Jobs) -> Iterator[object]:
    """R14: never newer than the facts, never older than an outcome that was told."""
    best: dict[tuple[str, str], int] = {}
    for job in jobs.values():
        simulated = job.kind not in model.planners and not job.unchanged
        if job.state in WELL_STATES and (simulated or job.kind == REFRESH_BASELINE):
            subject = (job.household_id, job.merge_key if simulated else BASELINE)
            best[subject] = max(best.get(subject, 0), job.covers_revision or 0)
    rows = model.query(
        "SELECT household_id, subject, derived.revision, households.revision FROM derived "
        "JOIN households ON households.id = household_id"
    )
    there = {(household_id, subject): revision for household_id, subject, revision, _ in rows}
    yield from (row for row in rows if row[2] > row[3])
    yield from (each for each in best.items() if there.get(each[0]) != each[1])


RULES: Final[tuple[Callable[[Model, Jobs], Iterator[object]], ...]] = (
    every_request_is_answered_by_a_job_that_covers_it,
    every_request_is_answered_with_its_arguments,
    what_is_remembered_is_done_once,
    nothing_fails_or_is_cancelled_without_a_cause,
    effects_are_there_exactly_once,
    states_only_move_forward,
    equal_requests_share_a_job,
    waiters_get_the_outcome_of_their_job,
    every_request_is_counted,
    changes_are_made_exactly_once,
    what_follows_is_asked_for,
    derived_data_is_what_the_last_turn_left,
    each_moment_of_the_timetable_is_one_job,
)


def _title(rule: Callable[..., object]) -> str:
    return f"not true that {rule.__name__.replace('_', ' ')}"


def _last(jobs: Jobs, job_id: str) -> _Job:
    job = jobs[job_id]
    while job.successor_id is not None:
        job = jobs[job.successor_id]
    return job
