"""Which alert rules stand raised, and which were lately: kept, so that a restart tells nobody twice."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from planner.storage.tables import alerts

RESOLVED_KEPT_US: Final = 7 * 86_400_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertRow:
    """A rule that is raised, or was and is resolved. `detail` says what was seen when it was raised."""

    rule: str
    subject: str
    raised_at_us: int
    resolved_at_us: int | None
    detail: str


def alert_rows(conn: Connection) -> list[AlertRow]:
    """Return what is raised, and what was lately; the last raised first."""
    columns = (alerts.c[name] for name in AlertRow.__dataclass_fields__)
    found = conn.execute(select(*columns).order_by(alerts.c.raised_at_us.desc(), alerts.c.rule))
    return [AlertRow(**row._mapping) for row in found]  # noqa: SLF001 -- the documented way


def put_raised(conn: Connection, row: AlertRow) -> None:
    """Record that a rule is raised, and forget what was resolved long ago."""
    values = {name: getattr(row, name) for name in AlertRow.__dataclass_fields__}
    put = insert(alerts).values(values)
    conn.execute(put.on_conflict_do_update(index_elements=["rule", "subject"], set_=values))
    conn.execute(delete(alerts).where(alerts.c.resolved_at_us < row.raised_at_us - RESOLVED_KEPT_US))


def put_resolved(conn: Connection, rule: str, subject: str, *, at_us: int) -> None:
    """Record that a rule is no longer raised."""
    which = (alerts.c.rule == rule, alerts.c.subject == subject)
    conn.execute(update(alerts).where(*which).values(resolved_at_us=_not_before(at_us)))


def _not_before(at_us: int) -> ColumnElement[int]:
    """Return the time, or when it was raised where the clock was set back since."""
    return func.max(alerts.c.raised_at_us, at_us)
