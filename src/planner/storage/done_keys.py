"""Keys of what was done: written in the transaction that finishes a job well, kept until they expire."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from planner.domain.errors import NotFound
from planner.domain.instants import as_text, from_microseconds
from planner.storage.ready import Ready
from planner.storage.tables import done_keys, idempotency_keys

ANSWERS_KEPT_US = 7 * 86_400_000_000
"""How long the answer to a request that came with an Idempotency-Key is remembered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DoneKey:
    """That something was done: under which key, by which job, and until when it is remembered."""

    household_id: str
    key: str
    kind: str
    job_id: str
    at_us: int
    expires_at_us: int

    def to_plain(self) -> dict[str, str]:
        """Return it as JSON has it; whose it is goes without saying."""
        return {
            "key": self.key,
            "kind": self.kind,
            "job_id": self.job_id,
            "at": as_text(from_microseconds(self.at_us)),
            "expires_at": as_text(from_microseconds(self.expires_at_us)),
        }


_NAMES = tuple(DoneKey.__dataclass_fields__)
_COLUMNS = tuple(done_keys.c[name] for name in _NAMES)
_PUT = insert(done_keys).values({name: bindparam(name) for name in _NAMES})
_REMEMBER = Ready(
    _PUT.on_conflict_do_update(
        index_elements=[done_keys.c.household_id, done_keys.c.key],
        set_={name: _PUT.excluded[name] for name in ("kind", "job_id", "at_us", "expires_at_us")},
    )
)
_FIND = Ready(
    select(*_COLUMNS).where(
        done_keys.c.household_id == bindparam("household"),
        done_keys.c.key == bindparam("which"),
        done_keys.c.expires_at_us > bindparam("now_us"),
    )
)


def remember_done(conn: Connection, done: DoneKey) -> None:
    """Remember what was done, in the place of what was done under the key before."""
    _REMEMBER.run(conn, {name: getattr(done, name) for name in _NAMES})


def done_under(conn: Connection, household_id: str, key: str, *, now_us: int) -> DoneKey | None:
    """Return what was done under the key and has not expired, or None."""
    row = _FIND.row(conn, {"household": household_id, "which": key, "now_us": now_us})
    return None if row is None else DoneKey(**dict(zip(_NAMES, row, strict=True)))


def keys_after(
    conn: Connection, household_id: str, after_key: str, *, now_us: int, limit: int
) -> list[DoneKey]:
    """Return up to `limit` of the household's keys that have not expired, in order, from `after_key` on."""
    wanted = (
        select(*_COLUMNS)
        .where(done_keys.c.household_id == household_id, done_keys.c.key > after_key)
        .where(done_keys.c.expires_at_us > now_us)
        .order_by(done_keys.c.key)
        .limit(limit)
    )
    return [DoneKey(**row._mapping) for row in conn.execute(wanted)]  # noqa: SLF001 -- the documented way


def forget_key(conn: Connection, household_id: str, key: str) -> None:
    """Forget what was done under the key, so that it can be done again; raises NotFound."""
    which = (done_keys.c.household_id == household_id, done_keys.c.key == key)
    if conn.execute(delete(done_keys).where(*which)).rowcount != 1:
        raise NotFound(f'This household remembers nothing under the key "{key}".')


def expire_keys(conn: Connection, now_us: int, limit: int) -> int:
    """Delete up to `limit` keys of each sort that are past their time; return how many there were.

    The sorts are what jobs have done, and what requests with an Idempotency-Key were answered. Called
    again and again until it returns 0, so that no writer waits long.
    """
    expired = select(done_keys.c.household_id, done_keys.c.key).where(done_keys.c.expires_at_us <= now_us)
    count = 0
    for household_id, key in conn.execute(expired.limit(limit)).all():
        which = (done_keys.c.household_id == household_id, done_keys.c.key == key)
        count += conn.execute(delete(done_keys).where(*which)).rowcount
    old = select(idempotency_keys.c.owner, idempotency_keys.c.key).where(
        idempotency_keys.c.at_us <= now_us - ANSWERS_KEPT_US
    )
    for owner, key in conn.execute(old.limit(limit)).all():
        answered = (idempotency_keys.c.owner == owner, idempotency_keys.c.key == key)
        count += conn.execute(delete(idempotency_keys).where(*answered)).rowcount
    return count
