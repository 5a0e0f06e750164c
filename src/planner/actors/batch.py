"""Batches: a turn plans children, which are jobs of their own, and the last of them to end decides the batch.

A child belongs to its batch alone. Its merge key holds the id of the batch, so that nobody joins it, and it
is neither absorbed nor superseded: an equal request of somebody else is a job of its own, and whichever of
the two comes second finds its inputs unchanged. No turn waits for another: between its planning turn and
the transaction that ends its last child, a batch is a row and a counter.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from planner.actors.accept import Rules, Stamp
from planner.actors.ending import expiry, remember
from planner.actors.happening import Happening, note
from planner.actors.kind import FINISHED_WELL, Checked, Child, Kind, Outcome, checked_arguments
from planner.storage import batches, jobs
from planner.storage.batches import ChildEnd
from planner.storage.job_rows import JobRow, JobState, Priority

PART_MESSAGE_CHARACTERS_MAX: Final = 300
CANCELLED: Final = {"type": "cancelled", "message": "It was cancelled."}


def spread(
    conn: Connection,
    job: JobRow,
    came_to: Outcome,
    kind: Kind,
    rules: Rules,
    *,
    stamps: Sequence[Stamp],
    at_us: int,
) -> tuple[JobRow, tuple[Happening, ...]]:
    """End the planning turn of a batch: its children wait from here on, and it lives on without a turn.

    Raises Refused for arguments that a child's kind does not take.
    """
    planned = list(_planned(came_to.children, kind, rules, stamps))
    batch = batches.spread_job(conn, job, children=len(planned), result=came_to.result)
    happenings = [note(conn, "spread", batch, job.state, at_us=at_us, children=batch.children)]
    for child_kind, checked, stamp in planned:
        child = jobs.insert_job(
            conn,
            jobs.NewJob(
                id=stamp.job_id,
                household_id=batch.household_id,
                kind=child_kind.name,
                merge_key=f"{batch.id}/{checked.merge_key}",
                arguments=checked.arguments,
                priority=Priority.BULK,
                requested_by=batch.requested_by,
                least_revision=batch.snapshot_revision or 0,
                deadline_seconds=child_kind.deadline_seconds,
                at_us=at_us,
                parent_id=batch.id,
                forced=batch.forced,
            ),
        )
        accepted = note(
            conn, "accepted", child, None, at_us=at_us, requested_by=batch.requested_by, parent_id=batch.id
        )
        happenings.append(accepted)
    return batch, tuple(happenings)


def _planned(
    children: Iterable[Child], kind: Kind, rules: Rules, stamps: Sequence[Stamp]
) -> Iterator[tuple[Kind, Checked, Stamp]]:
    """Yield each child's kind and arguments; of equal ones the first."""
    seen: set[str] = set()
    for child, stamp in zip(children, stamps, strict=True):
        assert child.kind in kind.children, f"{kind.name} does not say that it has children {child.kind}"
        child_kind = rules.kinds.asked_for(child.kind)
        checked = checked_arguments(child_kind, child.arguments, stamp.on)
        if checked.merge_key not in seen:
            seen.add(checked.merge_key)
            yield child_kind, checked, stamp


def child_ended(conn: Connection, child: JobRow, rules: Rules, *, at_us: int) -> tuple[Happening, ...]:
    """Count off a child that has just ended, in the transaction that ends it; the last one ends the batch."""
    if child.parent_id is None:
        return ()
    batch = batches.count_off(conn, child.parent_id)
    told = note(
        conn, "child_ended", batch, batch.state, at_us=at_us,
        child=child.id, child_state=child.state.value,
        children=batch.children, children_left=batch.children_left,
    )  # fmt: skip
    if batch.children_left:
        return (told,)
    return told, _end(conn, batch, rules, at_us=at_us)


def _end(conn: Connection, batch: JobRow, rules: Rules, *, at_us: int) -> Happening:
    """End a batch of which every child has ended."""
    kind = rules.kinds.get(batch.kind)
    came_to = verdict(batches.ends_of_children(conn, batch.id))
    expires_at_us = expiry(kind, at_us)
    done = jobs.finish_job(
        conn,
        batch,
        jobs.Ending(
            state=came_to.state,
            at_us=at_us,
            expires_at_us=expires_at_us,
            covers_revision=batch.snapshot_revision if came_to.state in FINISHED_WELL else None,
            result={**(batch.result or {}), "children": came_to.counts},
            error=came_to.error,
            unchanged=came_to.unchanged,
        ),
    )
    batches.keep_children(conn, batch.id, until_us=expires_at_us)
    if done.state is JobState.SUCCEEDED and kind is not None:
        remember(conn, done, kind, at_us=at_us)
    return note(
        conn, done.state.value, done, batch.state, at_us=at_us,
        covers_revision=done.covers_revision, unchanged=done.unchanged, children=came_to.counts,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a batch came to. `counts` says how many children ended in which state."""

    state: JobState
    counts: Mapping[str, int]
    error: Mapping[str, object] | None
    unchanged: bool


def verdict(ends: Sequence[ChildEnd]) -> Verdict:
    """Decide how a batch ends.

    All well: succeeded. Some done and some not: partial, and so is a batch that was cancelled after some of
    its children had done their work, for that stays. None done: failed, or cancelled if none even failed.
    """
    counts = Counter(end.state for end in ends)
    done = sum(counts[state] for state in FINISHED_WELL)
    if counts[JobState.SUCCEEDED] == len(ends):
        state = JobState.SUCCEEDED
    elif done:
        state = JobState.PARTIAL
    else:
        state = JobState.FAILED if counts[JobState.FAILED] else JobState.CANCELLED
    return Verdict(
        state=state,
        counts={each.value: counts[each] for each in JobState if counts[each]},
        error=None if state is JobState.SUCCEEDED else _error(state, ends, counts),
        unchanged=all(end.unchanged for end in ends),
    )


def _error(state: JobState, ends: Sequence[ChildEnd], counts: Counter[JobState]) -> Mapping[str, object]:
    if state is JobState.CANCELLED:
        return CANCELLED
    told = ", ".join(f"{counts[each]} {each.value}" for each in JobState if counts[each])
    parts = [_part(end) for end in ends if end.state is not JobState.SUCCEEDED]
    return {
        "type": "partial" if state is JobState.PARTIAL else "failed",
        "message": f"Of {len(ends)} items: {told}.",
        "parts": parts,
    }


def _part(end: ChildEnd) -> Mapping[str, object]:
    """Return what is wrong with a child; the whole of it stands with the child itself."""
    error = {} if end.error is None else json.loads(end.error)
    message = str(error.get("message", ""))
    if len(message) > PART_MESSAGE_CHARACTERS_MAX:
        message = message[:PART_MESSAGE_CHARACTERS_MAX] + " (the rest stands with the job)"
    return {"job_id": end.id, "state": end.state.value, "type": error.get("type"), "message": message}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cancelling:
    """A batch after all of its children that waited were cancelled, and the child that still runs, if any."""

    batch: JobRow
    running_id: str | None
    happenings: tuple[Happening, ...]


def cancel_children(conn: Connection, batch_id: str, rules: Rules, *, at_us: int) -> Cancelling:
    """Cancel every child of the batch that waits; what others of them have done stays."""
    happenings: list[Happening] = []
    running_id: str | None = None
    for child in batches.live_children(conn, batch_id):
        if child.state is JobState.RUNNING:
            running_id = child.id
            continue
        ending = jobs.Ending(
            state=JobState.CANCELLED,
            at_us=at_us,
            expires_at_us=expiry(rules.kinds.get(child.kind), at_us),
            error=CANCELLED,
        )
        done = jobs.finish_job(conn, child, ending)
        happenings.append(note(conn, "cancelled", done, child.state, at_us=at_us))
        happenings.extend(child_ended(conn, done, rules, at_us=at_us))
    batch = jobs.known_job(conn, batch_id, now_us=at_us)
    return Cancelling(batch=batch, running_id=running_id, happenings=tuple(happenings))


def is_spread(job: JobRow) -> bool:
    """Whether the job is a batch that waits for its children: live, and in no turn."""
    return job.children is not None and not job.state.is_final


def progress(batch: JobRow, now_us: int) -> Mapping[str, object]:
    """Return how far a batch that is spread is, as a turn says it."""
    assert batch.children is not None
    assert batch.children_left is not None
    assert batch.started_at_us is not None
    done = batch.children - batch.children_left
    took = max(0, now_us - batch.started_at_us) / 1e6
    return {
        "fraction": round(done / batch.children, 4),
        "doing": f"{done} of {batch.children} items have ended",
        "seconds_left": round(took * batch.children_left / done, 1) if done else None,
    }
