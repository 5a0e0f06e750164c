"""What was worked out from facts: one blob a subject, with the revision and versions it came from."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from planner.domain.codec import Plain
from planner.domain.instants import from_microseconds, to_microseconds
from planner.storage.tables import derived


@dataclass(frozen=True, kw_only=True, slots=True)
class DerivedRecord:
    """One piece of derived data. `revision` is the newest revision of the facts that it holds for."""

    subject: str
    revision: int
    engine_version: str
    law_version: str
    inputs_fingerprint: str
    output_fingerprint: str
    job_id: str | None
    at: datetime
    summary: Plain
    body: bytes


_ONE = select(derived).where(
    derived.c.household_id == bindparam("household"), derived.c.subject == bindparam("which")
)
_HEAD = select(*(column for column in derived.c if column.name != "body")).where(
    derived.c.household_id == bindparam("household"), derived.c.subject == bindparam("which")
)
_PUT = insert(derived)
_PUT = _PUT.on_conflict_do_update(
    index_elements=[derived.c.household_id, derived.c.subject],
    set_={
        column.name: _PUT.excluded[column.name]
        for column in derived.c
        if column.name not in {"household_id", "subject"}
    },
)


def derived_record(conn: Connection, household_id: str, subject: str) -> DerivedRecord | None:
    """Return the latest of a subject, or None where nothing was worked out yet."""
    row = conn.execute(_ONE, {"household": household_id, "which": subject}).one_or_none()
    return None if row is None else _record(row, row.body)


def derived_head(conn: Connection, household_id: str, subject: str) -> DerivedRecord | None:
    """Return the latest of a subject without its body (empty), or None."""
    row = conn.execute(_HEAD, {"household": household_id, "which": subject}).one_or_none()
    return None if row is None else _record(row, b"")


def put_derived(conn: Connection, household_id: str, record: DerivedRecord) -> None:
    """Put `record` in the place of what the subject had: readers see the one or the other, whole.

    Asserts that derived data never goes back to an older revision.
    """
    before = derived_head(conn, household_id, record.subject)
    assert before is None or before.revision <= record.revision, "derived data went back in time"
    conn.execute(
        _PUT,
        {
            "household_id": household_id,
            "subject": record.subject,
            "revision": record.revision,
            "engine_version": record.engine_version,
            "law_version": record.law_version,
            "inputs_fingerprint": record.inputs_fingerprint,
            "output_fingerprint": record.output_fingerprint,
            "job_id": record.job_id,
            "at_us": to_microseconds(record.at),
            "summary": json.dumps(record.summary),
            "body": record.body,
        },
    )


def confirm_derived(conn: Connection, household_id: str, subject: str, revision: int) -> None:
    """Say that what is there holds for a newer revision too: what it was worked out from is the same."""
    confirmed = conn.execute(
        update(derived)
        .where(derived.c.household_id == household_id, derived.c.subject == subject)
        .where(derived.c.revision <= revision)
        .values(revision=revision)
    )
    assert confirmed.rowcount == 1, "there is nothing to confirm, or it is newer"


def drop_derived_but(conn: Connection, household_id: str, prefix: str, keep: Iterable[str]) -> None:
    """Throw away what begins with `prefix` and is not in `keep`: its scenario is no longer there."""
    conn.execute(
        delete(derived)
        .where(derived.c.household_id == household_id)
        .where(derived.c.subject.startswith(prefix, autoescape=True))
        .where(derived.c.subject.not_in(sorted(keep)))
    )


def _record(row: Row[Any], body: bytes) -> DerivedRecord:
    return DerivedRecord(
        subject=row.subject,
        revision=row.revision,
        engine_version=row.engine_version,
        law_version=row.law_version,
        inputs_fingerprint=row.inputs_fingerprint,
        output_fingerprint=row.output_fingerprint,
        job_id=row.job_id,
        at=from_microseconds(row.at_us),
        summary=json.loads(row.summary),
        body=body,
    )
