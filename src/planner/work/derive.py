"""Working out one subject of derived data: skipped when its inputs are the same, stored whole otherwise."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from planner.actors.turn import Turn
from planner.domain.codec import Plain
from planner.engine import ENGINE_VERSION
from planner.storage import derived as stored
from planner.storage.derived import DerivedRecord
from planner.taxes.law import LAW_VERSION
from planner.work.fingerprints import fingerprint

Write = Callable[[Connection], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """A piece of derived data that a turn answers for: its name, and the digest of what goes into it."""

    name: str
    inputs: str

    def is_current(self, head: DerivedRecord | None) -> bool:
        """Whether what is stored was worked out from the same inputs by the same engine and law."""
        return (
            head is not None
            and head.inputs_fingerprint == self.inputs
            and (head.engine_version, head.law_version) == (ENGINE_VERSION, LAW_VERSION)
        )

    def needs_no_work(self, turn: Turn, head: DerivedRecord | None) -> bool:
        """Whether the turn may leave what is stored as it is: it is current, and nobody insists."""
        return not turn.forced and self.is_current(head)

    def came_out_same(self, head: DerivedRecord | None, body: bytes) -> bool:
        """Whether what was worked out is what is stored already, though it was from other inputs."""
        return head is not None and head.output_fingerprint == fingerprint(body)


def confirm(turn: Turn, subject: Subject) -> Write:
    """Return the write which says that what is stored holds for the turn's revision too."""

    def write(conn: Connection) -> None:
        stored.confirm_derived(conn, turn.job.household_id, subject.name, turn.revision)

    return write


def put(turn: Turn, subject: Subject, body: bytes, summary: Plain, *, at: datetime) -> Write:
    """Return the write that puts a new result in the place of the old; lists show its `summary`."""
    record = DerivedRecord(
        subject=subject.name,
        revision=turn.revision,
        engine_version=ENGINE_VERSION,
        law_version=LAW_VERSION,
        inputs_fingerprint=subject.inputs,
        output_fingerprint=fingerprint(body),
        job_id=turn.job.id,
        at=at,
        summary=summary,
        body=body,
    )

    def write(conn: Connection) -> None:
        stored.put_derived(conn, turn.job.household_id, record)

    return write
