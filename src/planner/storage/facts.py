"""Households and the journal of their changes: units over a connection that speak domain values."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from planner.domain.changes import Change
from planner.domain.codec import Plain, encode, from_stored, stored
from planner.domain.errors import NotFound
from planner.domain.household import Facts
from planner.domain.instants import from_microseconds, to_microseconds
from planner.domain.journal import touched
from planner.storage.chain import BEFORE_THE_FIRST, Written, digest_of
from planner.storage.ready import Ready
from planner.storage.tables import SYSTEM, changes, households

OWNER = "local"
"""The one owner there is until there are users."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HouseholdRecord:
    """A household as it is stored, with its facts."""

    id: str
    name: str
    owner: str
    example: bool
    revision: int
    created_at: datetime
    updated_at: datetime
    set_aside_reason: str | None
    facts: Facts


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalEntry:
    """One change: who, when, what, and the part it touched before and after."""

    revision: int
    at: datetime
    author: str
    change: Plain
    before: Plain | None
    after: Plain | None


def entry_of(
    change: Change, *, before: Facts | None, after: Facts, at: datetime, author: str
) -> JournalEntry:
    """Return the entry for a change that led from `before` (None: the household begins) to `after`."""
    return JournalEntry(
        revision=after.revision,
        at=at,
        author=author,
        change=encode(change),
        before=None if before is None else encode(touched(before, change)),
        after=encode(touched(after, change)),
    )


# Planner's own household has jobs and nothing else; to people it does not exist.
_OF_PEOPLE = households.c.id != SYSTEM
_HOUSEHOLD = select(households).where(households.c.id == bindparam("household"), _OF_PEOPLE)
_CURRENT = select(households.c.revision, households.c.facts).where(
    households.c.id == bindparam("household"), _OF_PEOPLE
)
_CHANGED = (
    update(households)
    .where(households.c.id == bindparam("household"), households.c.revision == bindparam("from_revision"))
    .values(
        revision=bindparam("to_revision"),
        facts=bindparam("new_facts"),
        name=bindparam("new_name"),
        updated_at_us=bindparam("at_us"),
    )
)
_ENTRY = select(changes).where(
    changes.c.household_id == bindparam("household"), changes.c.revision == bindparam("which")
)
_LAST_DIGEST = Ready(
    select(changes.c.digest)
    .where(changes.c.household_id == bindparam("household"), changes.c.revision < bindparam("below"))
    .order_by(changes.c.revision.desc())
    .limit(1)
)
_APPEND = Ready(insert(changes).values({column.name: bindparam(column.name) for column in changes.c}))


@lru_cache(maxsize=512)
def _decoded(text: str) -> Facts:
    return from_stored(text)


def insert_household(
    conn: Connection, household_id: str, facts: Facts, *, example: bool, at: datetime
) -> None:
    """Store a new household."""
    at_us = to_microseconds(at)
    conn.execute(
        insert(households).values(
            id=household_id,
            name=facts.name,
            owner=OWNER,
            revision=facts.revision,
            facts=stored(facts),
            example=int(example),
            created_at_us=at_us,
            updated_at_us=at_us,
        )
    )


def facts_of(conn: Connection, household_id: str) -> Facts:
    """Return the household's facts as they are now, or raise NotFound."""
    row = conn.execute(_CURRENT, {"household": household_id}).one_or_none()
    if row is None:
        raise _unknown(household_id)
    return _decoded(row.facts)


def known_scenario(facts: Facts, scenario_id: object) -> None:
    """Raise NotFound unless the facts have that scenario."""
    known = [each.id for each in facts.scenarios]
    if scenario_id not in known:
        listed = ", ".join(known) or "none yet"
        raise NotFound(f'There is no scenario "{scenario_id}" (there is: {listed}).')


def replace_facts(conn: Connection, household_id: str, before: Facts, after: Facts, *, at: datetime) -> None:
    """Store the facts that follow from `before`."""
    assert after.revision == before.revision + 1
    done = conn.execute(
        _CHANGED,
        {
            "household": household_id,
            "from_revision": before.revision,
            "to_revision": after.revision,
            "new_facts": stored(after),
            "new_name": after.name,
            "at_us": to_microseconds(at),
        },
    )
    assert done.rowcount == 1, "the one writer saw another revision than it read"


def household_record(conn: Connection, household_id: str) -> HouseholdRecord:
    """Return the household with its facts, or raise NotFound."""
    row = conn.execute(_HOUSEHOLD, {"household": household_id}).one_or_none()
    if row is None:
        raise _unknown(household_id)
    return HouseholdRecord(
        id=row.id,
        name=row.name,
        owner=row.owner,
        example=bool(row.example),
        revision=row.revision,
        created_at=from_microseconds(row.created_at_us),
        updated_at=from_microseconds(row.updated_at_us),
        set_aside_reason=row.set_aside_reason,
        facts=_decoded(row.facts),
    )


def households_after(conn: Connection, after_id: str, limit: int) -> list[Row[Any]]:
    """Return up to `limit` households without their facts, by id from `after_id` on."""
    columns = [column for column in households.c if column.name != "facts"]
    wanted = select(*columns).where(households.c.id > after_id, _OF_PEOPLE)
    return list(conn.execute(wanted.order_by(households.c.id).limit(limit)))


def example_ids(conn: Connection) -> list[str]:
    """Return the ids of the example households."""
    return list(conn.execute(select(households.c.id).where(households.c.example == 1)).scalars())


def household_count(conn: Connection) -> int:
    """Return how many households there are."""
    count: int = conn.execute(select(func.count()).select_from(households).where(_OF_PEOPLE)).scalar_one()
    return count


def delete_household(conn: Connection, household_id: str) -> None:
    """Delete a household with everything that hangs on it, or raise NotFound."""
    if conn.execute(delete(households).where(households.c.id == household_id, _OF_PEOPLE)).rowcount != 1:
        raise _unknown(household_id)


def insert_entry(conn: Connection, household_id: str, entry: JournalEntry) -> None:
    """Append to the journal, and to its hash chain; entries are never altered."""
    written = Written(
        household_id=household_id,
        revision=entry.revision,
        at_us=to_microseconds(entry.at),
        author=entry.author,
        change=json.dumps(entry.change, ensure_ascii=False),
        before=_dumped(entry.before),
        after=_dumped(entry.after),
    )
    last = _LAST_DIGEST.row(conn, {"household": household_id, "below": entry.revision})
    previous = BEFORE_THE_FIRST if last is None else last[0]
    _APPEND.run(conn, {**asdict(written), "digest": digest_of(previous, written)})


def journal_entry(conn: Connection, household_id: str, revision: int) -> JournalEntry:
    """Return the change that led to `revision`, or raise NotFound."""
    row = conn.execute(_ENTRY, {"household": household_id, "which": revision}).one_or_none()
    if row is None:
        raise NotFound(f"This household has no change {revision}.")
    return _entry(row)


def journal_before(
    conn: Connection, household_id: str, before_revision: int | None, limit: int
) -> list[JournalEntry]:
    """Return up to `limit` changes, newest first, older than `before_revision` if one is given."""
    wanted = select(changes).where(changes.c.household_id == household_id)
    if before_revision is not None:
        wanted = wanted.where(changes.c.revision < before_revision)
    return [_entry(row) for row in conn.execute(wanted.order_by(changes.c.revision.desc()).limit(limit))]


def _entry(row: Row[Any]) -> JournalEntry:
    return JournalEntry(
        revision=row.revision,
        at=from_microseconds(row.at_us),
        author=row.author,
        change=json.loads(row.change),
        before=None if row.before is None else json.loads(row.before),
        after=None if row.after is None else json.loads(row.after),
    )


def _dumped(value: Plain | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _unknown(household_id: str) -> NotFound:
    return NotFound(f"There is no household {household_id}.")
