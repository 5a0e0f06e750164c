"""Idempotency keys: what a request that carried one was answered, kept in the transaction of its effect."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from planner.domain.errors import Reused
from planner.domain.instants import to_microseconds
from planner.storage.tables import idempotency_keys


@dataclass(frozen=True, kw_only=True, slots=True)
class Once:
    """An idempotency key and the fingerprint of the request that came with it."""

    owner: str
    key: str
    fingerprint: str


def remembered_answer(conn: Connection, once: Once) -> Mapping[str, Any] | None:
    """Return what this very request was answered before, or None; raises Reused if the key had another."""
    row = conn.execute(
        select(idempotency_keys.c.fingerprint, idempotency_keys.c.answer).where(
            idempotency_keys.c.owner == once.owner, idempotency_keys.c.key == once.key
        )
    ).one_or_none()
    if row is None:
        return None
    if row.fingerprint != once.fingerprint:
        raise Reused(
            f'The Idempotency-Key "{once.key}" came with another request before. '
            "Use a new key for a new request."
        )
    answer: Mapping[str, Any] = json.loads(row.answer)
    return answer


def remember_answer(conn: Connection, once: Once, answer: Mapping[str, Any], *, at: datetime) -> None:
    """Keep the answer, so that a repetition of the request gets it again and has no second effect."""
    conn.execute(
        insert(idempotency_keys).values(
            owner=once.owner,
            key=once.key,
            fingerprint=once.fingerprint,
            answer=json.dumps(answer),
            at_us=to_microseconds(at),
        )
    )
