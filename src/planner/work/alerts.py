"""Alerts: put into the outbox with what caused them, and sent from there, each key once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, cast

from sqlalchemy import Connection

from planner.actors.ids import microseconds
from planner.actors.kind import Kind, Outcome, Request
from planner.actors.turn import Turn
from planner.storage import outbox
from planner.storage.job_rows import JobRow, JobState, Priority
from planner.storage.outbox import ATTEMPTS_MAX, NewMessage, OutboxRow
from planner.storage.tables import SYSTEM
from planner.work.delivery import NotNow, RefusedThere
from planner.work.names import SEND_ALERT
from planner.work.post import Post
from planner.work.system_jobs import for_planner_itself
from planner.work.world import Clock, World

DEADLINE_SECONDS: Final = 150.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """Something that people should be told once: `key` says what; the same key again says nothing new."""

    key: str
    subject: str
    body: str
    household_id: str | None = None


def send_request(requested_by: str) -> Request:
    """Return the request that sends what is in the outbox.

    It insists on a new run: a turn that has begun has chosen its message already.
    """
    return Request(household_id=SYSTEM, kind=SEND_ALERT, requested_by=requested_by, force=True)


def message_key(alert: Alert, channel: str, address: str) -> str:
    """Return the key of the message that tells one address."""
    return f"{alert.key} to {channel} {address}"


def put_alert(conn: Connection, alert: Alert, post: Post, *, at_us: int) -> bool:
    """Put the alert into the outbox, once for each address; False: it goes nowhere, or has been before.

    In the transaction of what caused it. Whoever does this asks for `send_request` in the same one.
    """
    put = [
        outbox.put_message(
            conn,
            NewMessage(
                key=message_key(alert, channel, address),
                channel=channel,
                address=address,
                subject=alert.subject,
                body=alert.body,
                household_id=alert.household_id,
            ),
            at_us=at_us,
        )
        for channel, address in post.addresses
    ]
    return any(put)


def no_note(_conn: Connection) -> None:
    """Write nothing but the alerts."""


async def raise_alert(world: World, alert: Alert, *, requested_by: str) -> bool:
    """Tell people: the outbox and the job that sends from it, in one transaction. False: nothing was new."""
    return await raise_alerts(world, (alert,), requested_by=requested_by)


async def raise_alerts(
    world: World, alerts: Sequence[Alert], *, requested_by: str, note: Callable[[Connection], None] = no_note
) -> bool:
    """Tell people several things, and run `note`, in one transaction. False: nothing was new."""
    at_us = microseconds(world.now())

    def put(conn: Connection) -> bool:
        new = [put_alert(conn, alert, world.post, at_us=at_us) for alert in alerts]
        note(conn)
        return any(new)

    accepted = await world.households.accept(
        lambda is_new: send_request(requested_by) if is_new else None, before=put
    )
    return bool(accepted.before)


def anything_to_send(conn: Connection, now_us: int, post: Post) -> bool:
    """Whether a message waits whose time has come."""
    return outbox.is_any_due(conn, now_us, post.channels)


def alert_kinds(clock: Clock, post: Post) -> tuple[Kind, ...]:
    """Return the kind that sends."""

    def claim(conn: Connection, _job: JobRow) -> OutboxRow | None:
        return outbox.claim_due(conn, microseconds(clock.now()), post.channels)

    return (
        Kind(
            name=SEND_ALERT,
            title="Send an alert",
            load=for_planner_itself(claim),
            handle=partial(_send, clock=clock, post=post),
            priority=Priority.SCHEDULED,
            deadline_seconds=DEADLINE_SECONDS,
            stuck_after_seconds=DEADLINE_SECONDS,
        ),
    )


async def _send(turn: Turn, clock: Clock, post: Post) -> Outcome:
    """Send one message, and ask for the next."""
    row = cast("OutboxRow | None", turn.snapshot)
    if row is None:
        return Outcome(result={"sent": None}, unchanged=True)
    turn.beat(None, f"Sending to {row.address}")
    about: dict[str, object] = {"key": row.key, "address": row.address, "attempt": row.attempts}
    next_one = (send_request(SEND_ALERT),)
    try:
        await post.deliver(row)
    except (RefusedThere, NotNow) as error:
        given_up = isinstance(error, RefusedThere) or row.attempts >= ATTEMPTS_MAX
        record = outbox.mark_failed if given_up else outbox.note_error
        return Outcome(
            state=JobState.PARTIAL,
            result={**about, "sent": False, "given_up": given_up},
            errors=({"type": "not_delivered", "key": row.key, "given_up": given_up, "message": str(error)},),
            writes=(partial(record, row_id=row.id, error=str(error)),),
            follow=next_one,
        )
    sent = partial(outbox.mark_sent, row_id=row.id, at_us=microseconds(clock.now()))
    return Outcome(result={**about, "sent": True}, writes=(sent,), follow=next_one)
