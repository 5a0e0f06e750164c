"""Brings a message of the outbox to the far side, or says that it was refused, or is not possible now."""

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

import trio

from planner.settings import Alerting
from planner.storage.outbox import OutboxRow
from planner.work.mail import send_mail
from planner.work.webhook import call_webhook

EMAIL = "email"
WEBHOOK = "webhook"
SENDERS_AT_ONCE = 2

Deliver = Callable[[OutboxRow], Awaitable[None]]
"""Returns when the far side has the message. Raises RefusedThere for ever, or NotNow for this time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """Where messages go (channel and address, as it may be shown), and what brings them there."""

    addresses: tuple[tuple[str, str], ...] = ()
    deliver: Deliver

    @property
    def channels(self) -> frozenset[str]:
        """The channels that can be used."""
        return frozenset(channel for channel, _ in self.addresses)


def make_post(alerting: Alerting, *, tls: Callable[[], ssl.SSLContext] = ssl.create_default_context) -> Post:
    """Return the way out that the settings describe. `tls` makes what judges certificates."""
    threads = trio.CapacityLimiter(SENDERS_AT_ONCE)
    addresses = [(EMAIL, address) for address in alerting.to] if alerting.mail is not None else []
    if alerting.webhook is not None:
        addresses.append((WEBHOOK, shown(alerting.webhook.url)))

    async def deliver(row: OutboxRow) -> None:
        if row.channel == EMAIL:
            assert alerting.mail is not None
            send = partial(send_mail, alerting.mail, row, tls)
        else:
            assert alerting.webhook is not None
            send = partial(call_webhook, alerting.webhook, row, tls)
        # Cancelled, the thread is left to its timeouts: whether it was sent, nobody knows then.
        await trio.to_thread.run_sync(send, abandon_on_cancel=True, limiter=threads)

    return Post(addresses=tuple(addresses), deliver=deliver)


def shown(url: str) -> str:
    """Return what may be shown of a webhook's address: its path or query is often a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")


async def nowhere(row: OutboxRow) -> None:
    """Deliver for a planner that sends nothing; it is never asked to."""
    raise AssertionError(f"message {row.id} has nowhere to go")


NO_POST = Post(deliver=nowhere)
