"""Takes a request in: one transaction with what it changes and, for a sleeper, the start of its turn."""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from planner.actors.accept import Decided, Rules, Stamp, accept_request
from planner.actors.kind import Request
from planner.actors.ledger import NOTHING, Next, start_next
from planner.actors.mailbox import Mailbox
from planner.actors.supervisor import Supervisor
from planner.domain.errors import PlannerError
from planner.storage.job_rows import Priority

log = logging.getLogger(__name__)

Before: TypeAlias = Callable[[Connection], Any]
After: TypeAlias = Callable[[Connection, Any, Decided], None]
Asking: TypeAlias = Request | Callable[[Any], Request | None]


@dataclass(frozen=True, slots=True)
class Asked:
    """All that one transaction of acceptance is made of; see `Households.accept`."""

    request: Asking
    before: Before | None
    after: After | None
    stamp: Stamp
    rules: Rules
    epoch: int


async def admit(supervisor: Supervisor, asked: Asked, sleeper: str | None) -> tuple[Decided | None, Any]:
    """Write what is asked for; return what was decided, and what `before` returned, after the commit.

    `sleeper` is whose turn begins in the same transaction, if that household sleeps and has a slot at once.
    """
    mailbox = None if sleeper is None else supervisor.seat(sleeper)
    if mailbox is None:
        decided, result, _ = await supervisor.desk.store.write(_accept_unit, asked)
        supervisor.publish(decided.happenings if decided else ())
        return decided, result
    upcoming: Next | None = NOTHING
    try:
        decided, result, upcoming = await _write(supervisor, asked, mailbox)
        news = mailbox.heard
        supervisor.publish((*(decided.happenings if decided else ()), *upcoming.happenings))
        if upcoming is not NOTHING:
            mailbox.heard = news  # what was just accepted is no news to the actor: it looked after that
    except PlannerError:
        raise
    except Exception:
        # Whether anything was written nobody knows; the actor looks, also for a turn that nobody holds.
        mailbox.leftovers = True
        upcoming = None
        raise
    finally:
        supervisor.fill(mailbox, upcoming)
    return decided, result


async def _write(supervisor: Supervisor, asked: Asked, mailbox: Mailbox) -> tuple[Decided | None, Any, Next]:
    write, household_id = supervisor.desk.store.write, mailbox.household_id
    try:
        return await write(_accept_unit, asked, household_id, supervisor.desk.may_begin(household_id))
    except (DBAPIError, sqlite3.Error) as error:
        # If it is what the turn reads that cannot be read, that is no fault of who asks.
        log.warning("the request is taken in by itself: %s", error)
        return await write(_accept_unit, asked)


def _accept_unit(
    conn: Connection, asked: Asked, sleeper: str | None = None, least: Priority | None = None
) -> tuple[Decided | None, Any, Next]:
    result = None if asked.before is None else asked.before(conn)
    request = asked.request if isinstance(asked.request, Request) else asked.request(result)
    if request is None:
        return None, result, NOTHING
    decided = accept_request(conn, request, asked.stamp, asked.rules)
    if asked.after is not None:
        asked.after(conn, result, decided)
    if sleeper is None:
        return decided, result, NOTHING
    at_us = asked.stamp.at_us
    upcoming = start_next(
        conn, sleeper, asked.rules, epoch=asked.epoch, at_us=at_us, leftovers=False, least=least
    )
    return decided, result, upcoming
