"""The rules: what must be true of the database when every fault is over and all is quiet."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, cast

from planner.actors.timetable import REQUESTED_BY, CatchUp
from planner.simulation.kinds import ATTEMPTS_MAX, ENDS_BADLY, ENDS_WELL, REMEMBERING, TICK
from planner.simulation.model import Model, refuse
from planner.storage.job_rows import JobState
from planner.work.names import REFRESH_BASELINE
from planner.work.subjects import BASELINE

WELL_STATES: Final = ("succeeded", "partial")
FORWARD: Final = frozenset(
    [(None, "pending"), ("pending", "running"), ("running", "running")]
    + [("running", end) for end in ("succeeded", "partial", "failed", "cancelled", "superseded")]
    + [("pending", end) for end in ("failed", "cancelled", "superseded")]
)


@dataclass(frozen=True, slots=True)
class Job:
    """One job, as the rules look at it."""

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
    parent_id: str | None
    children: int | None
    children_left: int | None

    @property
    def is_batch(self) -> bool:
        """Whether it was spread over children, which say how it ended."""
        return self.children is not None


Jobs = Mapping[str, Job]


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
        if end.kind != asked.kind or end.kind in {"newest", *model.planners}:
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
        if job.is_batch:
            continue
        if job.state == "cancelled" and not {job.id, job.parent_id} & model.cancelling:
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
        if job.state in WELL_STATES and not (job.unchanged or job.is_batch)
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
    born = "SELECT job_id, pending, covering FROM simulated_births WHERE pending > 0 OR covering > 0"
    for job_id, pending, covering in model.query(born):
        job = jobs.get(job_id)
        forced = job is None or (job.household_id, job.kind, job.arguments) in model.forced
        if pending or not forced:
            yield job_id, {"pending": pending, "covering": covering}


def waiters_get_the_outcome_of_their_job(model: Model, jobs: Jobs) -> Iterator[object]:
    """I6: of the job or of the one that took over, and it is still what they were told."""
    for job_id, view in model.told:
        if view.household_id in model.removed:
            continue
        end = _last(jobs, job_id)
        if (view.id, view.state.value, view.covers_revision) != (end.id, end.state, end.covers_revision):
            yield job_id, view.id, view.state, end


def who_follows_a_job_misses_nothing(model: Model, jobs: Jobs) -> Iterator[object]:
    """R37: the events of a job are seen from its beginning, in order, each once."""
    logged: dict[str, list[str]] = {}
    for job_id, event_type in model.query("SELECT job_id, type FROM events ORDER BY id"):
        logged.setdefault(job_id, []).append(event_type)
    for job_id, seen in model.watched:
        if job_id in jobs and seen != logged[job_id][: len(seen)]:
            yield job_id, seen, logged[job_id]


def every_request_is_counted(model: Model, jobs: Jobs) -> Iterator[object]:
    """I6: `joined` counts all that were answered by one outcome, and no more than were sent."""
    answered = Counter(_last(jobs, asked.job_id).id for asked in model.asked if not asked.repeated)
    for job_id, count in answered.items():
        if jobs[job_id].joined + 1 < count:
            yield jobs[job_id], count
    total = sum(job.joined + 1 for job in jobs.values() if job.state != "superseded" and not job.parent_id)
    followed = model.script.followed + sum(fate == "follow" for fate in model.script.fates.values())
    ticked = sum(count for name, count in _asked_by(model).items() if name.startswith(REQUESTED_BY))
    if total > model.sent + followed + ticked:
        yield "more than were sent", total, model.sent


def _asked_by(model: Model) -> Counter[str]:
    sql = "SELECT requested_by FROM jobs WHERE parent_id IS NULL UNION ALL SELECT requested_by FROM requests"
    rows = model.query(sql)
    return Counter(row[0] for row in rows)


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
    by = _asked_by(model)
    for job in jobs.values():
        fate = model.script.fates.get((job.id, job.attempts))
        if by[job.id] != (fate == "follow" and (job.is_batch or job.state == JobState.SUCCEEDED)):
            yield job, by[job.id]


def derived_data_is_what_the_last_turn_left(model: Model, jobs: Jobs) -> Iterator[object]:
    """R14: never newer than the facts, never older than an outcome that was told."""
    best: dict[tuple[str, str], int] = {}
    for job in jobs.values():
        simulated = job.kind not in model.planners and not (job.unchanged or job.is_batch)
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


def batches_end_as_their_children_did(model: Model, jobs: Jobs) -> Iterator[object]:
    """R2, R7, I11: each planned child is there once, none outlives its batch, and all of them decide it."""
    children: dict[str, list[str]] = {}
    for job in jobs.values():
        if job.parent_id is not None:
            children.setdefault(job.parent_id, []).append(job.state)
    for job in jobs.values():
        if not job.is_batch and model.script.planned.get((job.id, job.attempts)) and job.state in WELL_STATES:
            yield "planned and not spread", job
        if not job.is_batch:
            continue
        states = children.pop(job.id, [])
        planned = model.script.planned.get((job.id, job.attempts))
        if not (planned == len(states) == job.children) or job.children_left or job.state != _came_to(states):
            yield job, planned, states
    yield from children.items()


def _came_to(states: list[str]) -> str:
    """Say how a batch ends of which the children ended so."""
    if set(states) == {"succeeded"}:
        return "succeeded"
    if set(states) & set(WELL_STATES):
        return "partial"
    return "failed" if "failed" in states else "cancelled"


def who_follows_a_batch_sees_each_child_end(model: Model, jobs: Jobs) -> Iterator[object]:
    """R37: its events count down to the end, each child once."""
    told: dict[str, list[int]] = {}
    left_then = "json_extract(data, '$.children_left')"
    sql = f"SELECT job_id, {left_then} FROM events WHERE type = 'child_ended' ORDER BY id"  # noqa: S608
    for job_id, left in model.query(sql):
        told.setdefault(job_id, []).append(left)
    for job in jobs.values():
        if job.children is not None and told.get(job.id) != list(reversed(range(job.children))):
            yield job, told.get(job.id)


RULES: Final[tuple[Callable[[Model, Jobs], Iterator[object]], ...]] = (
    every_request_is_answered_by_a_job_that_covers_it,
    every_request_is_answered_with_its_arguments,
    what_is_remembered_is_done_once,
    nothing_fails_or_is_cancelled_without_a_cause,
    effects_are_there_exactly_once,
    states_only_move_forward,
    equal_requests_share_a_job,
    waiters_get_the_outcome_of_their_job,
    who_follows_a_job_misses_nothing,
    every_request_is_counted,
    changes_are_made_exactly_once,
    what_follows_is_asked_for,
    derived_data_is_what_the_last_turn_left,
    each_moment_of_the_timetable_is_one_job,
    batches_end_as_their_children_did,
    who_follows_a_batch_sees_each_child_end,
)


def judge(model: Model) -> None:
    """Hold the model against what is in the database: every rule."""
    model.check_durable()
    columns = ", ".join(Job.__slots__)
    jobs = {row[0]: Job(*row) for row in model.query(f"SELECT {columns} FROM jobs")}  # noqa: S608
    refuse("never ended", [job for job in jobs.values() if job.state in ("pending", "running")])
    for rule in RULES:
        refuse(f"not true that {rule.__name__.replace('_', ' ')}", list(rule(model, jobs)))


def _last(jobs: Jobs, job_id: str) -> Job:
    job = jobs[job_id]
    while job.successor_id is not None:
        job = jobs[job.successor_id]
    return job
