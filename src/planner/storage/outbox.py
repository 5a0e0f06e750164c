"""Messages to the world outside: written with what caused them, sent after it, kept with how that ended."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, literal_column, select, update
from sqlalchemy.dialects.sqlite import insert

from planner.domain.errors import NotFound
from planner.storage.tables import epochs, outbox

BACKOFF_SECONDS: Final = (60, 60, 300, 900, 3_600, 10_800, 21_600, 43_200)
"""How long after each attempt the next one may be; an attempt is counted before it is made."""

ATTEMPTS_MAX: Final = len(BACKOFF_SECONDS)
TROUBLE_ATTEMPTS: Final = 2
"""A message that waits after so many attempts is in trouble: one may fail by chance."""

ERROR_CHARACTERS_MAX: Final = 500
_WAITING = outbox.c.state == literal_column("'waiting'")


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxRow:
    """A message. `message_id` follows from the key and the database: sent again, it is the same."""

    id: int
    key: str
    household_id: str | None
    channel: str
    address: str
    subject: str
    body: str
    message_id: str
    state: str
    attempts: int
    next_at_us: int
    created_at_us: int
    sent_at_us: int | None
    error: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewMessage:
    """A message to be sent. `key` says what it is about: a second one with the same key is not sent."""

    key: str
    channel: str
    address: str
    subject: str
    body: str
    household_id: str | None = None


_COLUMNS = tuple(outbox.c[name] for name in OutboxRow.__dataclass_fields__)


def put_message(conn: Connection, message: NewMessage, *, at_us: int) -> bool:
    """Put a message into the outbox; False: one with its key is or was there."""
    put = insert(outbox).values(
        key=message.key,
        household_id=message.household_id,
        channel=message.channel,
        address=message.address,
        subject=message.subject,
        body=message.body,
        message_id=message_id(conn, message.key),
        state="waiting",
        next_at_us=at_us,
        created_at_us=at_us,
    )
    return conn.execute(put.on_conflict_do_nothing(index_elements=["key"])).rowcount == 1


def message_id(conn: Connection, key: str) -> str:
    """Return what no other message has, of this database or another: far sides know a repetition by it."""
    first = select(epochs.c.started_at_us, epochs.c.pid, epochs.c.host).order_by(epochs.c.epoch).limit(1)
    birth = conn.execute(first).one_or_none()
    text = repr((None if birth is None else tuple(birth), key))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def is_any_due(conn: Connection, now_us: int, channels: Collection[str]) -> bool:
    """Whether a message of these channels should be sent now."""
    return _first_due(conn, now_us, channels) is not None


def claim_due(conn: Connection, now_us: int, channels: Collection[str]) -> OutboxRow | None:
    """Return the message to send now, its attempt counted, or None.

    Counted before it is made, an attempt whose end nobody learns is still one, and nothing that always
    breaks is tried for ever or stands in the way of others.
    """
    row = _first_due(conn, now_us, channels)
    if row is None:
        return None
    pause_us = BACKOFF_SECONDS[min(row.attempts, ATTEMPTS_MAX - 1)] * 1_000_000
    claimed = conn.execute(
        update(outbox)
        .where(outbox.c.id == row.id)
        .values(attempts=outbox.c.attempts + 1, next_at_us=now_us + pause_us)
        .returning(*_COLUMNS)
    ).one()
    return OutboxRow(**claimed._mapping)  # noqa: SLF001 -- the documented way


def _first_due(conn: Connection, now_us: int, channels: Collection[str]) -> OutboxRow | None:
    # One that seems to wait longer than it could is due: the clock was set back.
    latest_us = now_us + max(BACKOFF_SECONDS) * 1_000_000
    due = (outbox.c.next_at_us <= now_us) | (outbox.c.next_at_us > latest_us)
    query = select(*_COLUMNS).where(_WAITING, due, outbox.c.channel.in_(channels))
    row = conn.execute(query.order_by(outbox.c.next_at_us, outbox.c.id).limit(1)).one_or_none()
    return None if row is None else OutboxRow(**row._mapping)  # noqa: SLF001 -- the documented way


def mark_sent(conn: Connection, row_id: int, *, at_us: int) -> None:
    """Record that the far side took the message."""
    _move(conn, row_id, state="sent", sent_at_us=at_us, error=None)


def mark_sent_directly(conn: Connection, key: str, *, at_us: int) -> None:
    """Record that a message was sent before it could be put here; one that is not here is passed over."""
    sent = update(outbox).where(outbox.c.key == key, _WAITING)
    conn.execute(sent.values(state="sent", sent_at_us=at_us))


def mark_failed(conn: Connection, row_id: int, error: str) -> None:
    """Record that the message is given up, and why."""
    _move(conn, row_id, state="failed", error=error[:ERROR_CHARACTERS_MAX])


def note_error(conn: Connection, row_id: int, error: str) -> None:
    """Record why the last attempt did not work; the message waits for the next."""
    _move(conn, row_id, error=error[:ERROR_CHARACTERS_MAX])


def _move(conn: Connection, row_id: int, **values: object) -> None:
    conn.execute(update(outbox).where(outbox.c.id == row_id, _WAITING).values(**values))


def messages_before(conn: Connection, before_id: int | None = None, limit: int = 50) -> list[OutboxRow]:
    """Return messages, the newest first; `before_id` goes on with the next page."""
    query = select(*_COLUMNS).order_by(outbox.c.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(outbox.c.id < before_id)
    return [OutboxRow(**row._mapping) for row in conn.execute(query)]  # noqa: SLF001 -- the documented way


def undelivered_count(conn: Connection, since_us: int) -> int:
    """Count the messages that were given up since, and those that wait after more than one attempt."""
    given_up = (outbox.c.state == literal_column("'failed'")) & (outbox.c.next_at_us >= since_us)
    in_trouble = _WAITING & (outbox.c.attempts >= TROUBLE_ATTEMPTS)
    count: int = conn.execute(select(func.count()).where(given_up | in_trouble)).scalar_one()
    return count


def send_again(conn: Connection, row_id: int, *, at_us: int) -> None:
    """Let a message that was given up, or waits for its next attempt, be tried now; raises NotFound."""
    tried = update(outbox).where(outbox.c.id == row_id, outbox.c.state != literal_column("'sent'"))
    done = conn.execute(tried.values(state="waiting", attempts=0, next_at_us=at_us))
    if done.rowcount != 1:
        raise NotFound(f"There is no message {row_id} that is still to be sent.")


def message_counts(conn: Connection) -> dict[str, int]:
    """Count the messages by state."""
    counted = select(outbox.c.state, func.count().label("number")).group_by(outbox.c.state)
    return {row.state: row.number for row in conn.execute(counted)}
