"""How things stand now: what waits, which changes are not worked out yet, what is still to be sent."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, and_, func, literal_column, select

from planner.storage.facts import household_count
from planner.storage.job_rows import Priority
from planner.storage.outbox import message_counts, undelivered_count
from planner.storage.tables import SYSTEM, changes, derived, households, jobs

UNDELIVERED_US: Final = 86_400_000_000
"""A message that was given up longer ago than a day is no news."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Behind:
    """Changes that what is shown does not reflect yet: how many, since when, of which households."""

    changes: int
    oldest_us: int | None
    household_ids: tuple[str, ...]

    @property
    def households(self) -> int:
        """How many households they are of."""
        return len(self.household_ids)

    def age_seconds(self, now_us: int) -> float:
        """Return how old the oldest of them is; 0 when there is none."""
        return 0.0 if self.oldest_us is None else max(0, now_us - self.oldest_us) / 1e6


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """One moment. `waiting` counts jobs by priority, `messages` those of the outbox by state.

    `undelivered` are those that were given up within a day, or failed more than once and wait.
    """

    waiting: dict[Priority, int]
    behind: Behind
    messages: dict[str, int]
    undelivered: int
    households: int


def standing(conn: Connection, subject: str, now_us: int) -> Standing:
    """Return how things stand; a change is worked out once the derived `subject` holds for it."""
    return Standing(
        waiting=waiting_by_priority(conn),
        behind=behind(conn, subject),
        messages=message_counts(conn),
        undelivered=undelivered_count(conn, now_us - UNDELIVERED_US),
        households=household_count(conn),
    )


def waiting_by_priority(conn: Connection) -> dict[Priority, int]:
    """Count the waiting jobs; every priority is there."""
    pending = jobs.c.state == literal_column("'pending'")
    counted = select(jobs.c.priority, func.count()).where(pending).group_by(jobs.c.priority)
    found = {Priority(priority): count for priority, count in conn.execute(counted)}
    return {each: found.get(each, 0) for each in Priority}


_SHOWN = func.coalesce(derived.c.revision, 0)


def behind(conn: Connection, subject: str) -> Behind:
    """Return the changes that are newer than the derived `subject` of their household."""
    of_subject = (derived.c.household_id == households.c.id, derived.c.subject == subject)
    first_change = (changes.c.household_id == households.c.id, changes.c.revision == _SHOWN + 1)
    joined = households.outerjoin(derived, and_(*of_subject)).outerjoin(changes, and_(*first_change))
    wanted = (
        select(households.c.id, households.c.revision - _SHOWN, changes.c.at_us)
        .select_from(joined)
        .where(households.c.id != SYSTEM, households.c.revision > _SHOWN)
        .order_by(households.c.id)
    )
    found = conn.execute(wanted).all()
    return Behind(
        changes=sum(count for _, count, _ in found),
        oldest_us=min((at_us for _, _, at_us in found if at_us is not None), default=None),
        household_ids=tuple(household_id for household_id, _, _ in found),
    )
