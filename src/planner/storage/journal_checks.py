"""Checks of what people entered: facts that can be used, and a journal without a hole that leads to them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, func, select

from planner.domain.check import problems_in
from planner.domain.codec import Plain, from_stored
from planner.domain.replay import DoesNotFollow, leads_to, replayed
from planner.storage.chain import BEFORE_THE_FIRST, Written, digest_of
from planner.storage.finding import ANEW, NOTED, RESTORE, TAMPERED, Finding, Findings
from planner.storage.tables import changes, households

ENTRIES_AT_ONCE = 200


def journal(conn: Connection) -> Findings:
    """The journal of a household counts from 1 to its revision without a hole."""
    query = (
        select(
            households.c.id,
            households.c.revision,
            func.count(changes.c.revision).label("many"),
            func.coalesce(func.min(changes.c.revision), 0).label("first"),
            func.coalesce(func.max(changes.c.revision), 0).label("last"),
        )
        .join_from(households, changes, changes.c.household_id == households.c.id, isouter=True)
        .group_by(households.c.id)
    )
    for row in conn.execute(query):
        if row.last != row.revision:
            wrong = f"is at revision {row.revision}; its journal ends at {row.last}"
        elif row.many != row.revision or row.first > 1:
            wrong = f"has {row.many} changes in its journal for {row.revision} revisions"
        else:
            continue
        yield Finding(check="journal", subject=row.id, message=f"Household {row.id} {wrong}.", remedy=ANEW)


def _journals(conn: Connection) -> Iterator[tuple[str, Iterator[Row[Any]]]]:
    """Give each household's journal, first to last, without holding more than a few entries."""
    entries = select(changes).order_by(changes.c.household_id, changes.c.revision)
    rows = conn.execute(entries.execution_options(yield_per=ENTRIES_AT_ONCE))
    yield from groupby(rows, key=lambda row: str(row.household_id))


def chain(conn: Connection) -> Findings:
    """Every entry of a journal has the digest that follows from it and from the entry before it.

    An entry whose predecessor is missing cannot be checked; the hole is `journal`'s to name.
    """
    for household_id, entries in _journals(conn):
        revision, previous = 0, BEFORE_THE_FIRST
        for entry in entries:
            follows = entry.revision == revision + 1
            if follows and entry.digest != digest_of(previous, _written(entry)):
                yield Finding(
                    check="chain",
                    subject=household_id,
                    message=f"The journal of household {household_id} was altered: its digests hold up to "
                    f"revision {revision}, and that of revision {entry.revision} does not.",
                    remedy=TAMPERED,
                )
                break
            revision, previous = entry.revision, entry.digest


def _written(entry: Row[Any]) -> Written:
    return Written(**{name: getattr(entry, name) for name in Written.__dataclass_fields__})


def heads(conn: Connection) -> list[dict[str, Any]]:
    """Return the newest entry of every journal with its digest, which covers all the entries before it."""
    newest = select(changes.c.household_id, func.max(changes.c.revision)).group_by(changes.c.household_id)
    return [
        {
            "household_id": household_id,
            "revision": revision,
            "digest": digest_at(conn, household_id, revision),
        }
        for household_id, revision in conn.execute(newest).all()
    ]


def digest_at(conn: Connection, household_id: str, revision: int) -> str | None:
    """Return the digest of one entry, or None where there is no such entry."""
    wanted = changes.c.household_id == household_id, changes.c.revision == revision
    found: str | None = conn.execute(select(changes.c.digest).where(*wanted)).scalar_one_or_none()
    return found


def altered_since(conn: Connection, noted: Iterable[Mapping[str, Any]]) -> Findings:
    """Every entry whose digest was noted when it was the newest still has that digest."""
    for head in noted:
        household_id, revision = str(head["household_id"]), int(head["revision"])
        there = conn.execute(select(households.c.id).where(households.c.id == household_id)).first()
        if there is None:
            wrong = "is not there any more"
        elif digest_at(conn, household_id, revision) != head["digest"]:
            wrong = f"has another digest at revision {revision} than was noted"
        else:
            continue
        yield Finding(
            check="noted", subject=household_id, message=f"Household {household_id} {wrong}.", remedy=NOTED
        )


def replay(conn: Connection) -> Findings:
    """The journal, played again from the first entry to the last, leads to the facts there are.

    It is played up to its first hole, which is `journal`'s to name.
    """
    for household_id, entries in _journals(conn):
        wrong = _played(conn, household_id, entries)
        if wrong:
            yield Finding(
                check="replay",
                subject=household_id,
                message=f"The journal of household {household_id} {wrong}.",
                remedy=ANEW,
            )


def _played(conn: Connection, household_id: str, entries: Iterator[Row[Any]]) -> str | None:
    state: Plain | None = None
    revision = 0
    for entry in entries:
        if entry.revision != revision + 1:
            return None
        revision = entry.revision
        try:
            state = replayed(state, _read(entry.before), _read(entry.after))
        except DoesNotFollow as error:
            return f"cannot be played again: of the change to revision {revision}, {error}"
    query = select(households.c.revision, households.c.facts).where(households.c.id == household_id)
    now = conn.execute(query).one_or_none()
    if state is None or now is None or now.revision != revision:
        return None
    try:
        there = from_stored(now.facts)
    except ValueError:  # `facts` names facts that cannot be read
        return None
    return None if leads_to(state, there) else "does not lead to the facts that it has"


def _read(text: str | None) -> Plain | None:
    try:
        found: Plain | None = None if text is None else json.loads(text)
    except ValueError as error:
        raise DoesNotFollow("its record cannot be read") from error
    return found


def facts(conn: Connection) -> Findings:
    """The facts of every household can be read, agree with each other and with their row."""
    columns = (households.c.id, households.c.name, households.c.revision, households.c.facts)
    for row in conn.execute(select(*columns).execution_options(yield_per=100)):
        for wrong in _wrong_facts(row):
            yield Finding(
                check="facts",
                subject=row.id,
                message=f"Household {row.id} ({row.name}): {wrong}",
                remedy=RESTORE,
            )


def _wrong_facts(row: Any) -> Iterator[str]:
    try:
        found = from_stored(row.facts)
    except ValueError as error:
        yield f"its facts cannot be read ({' '.join(str(error).split())[:200]})."
        return
    if (found.revision, found.name) != (row.revision, row.name):
        yield f"its facts are of revision {found.revision} and name {found.name!r}, its row says otherwise."
    for problem in problems_in(found):
        yield str(problem)
