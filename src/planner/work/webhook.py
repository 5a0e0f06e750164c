"""Posts one message to a webhook, signed if there is a secret; blocking, for a worker thread."""

import hashlib
import hmac
import json
import ssl
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import SplitResult, urlsplit

from planner.domain.instants import as_text, from_microseconds
from planner.settings import Webhook
from planner.storage.outbox import OutboxRow
from planner.work.delivery import NotNow, RefusedThere

TIMEOUT_SECONDS: Final = 20.0
PASSING: Final = frozenset({408, 425, 429})
"""Refusals that are for this time only, as every answer from 500 on is."""

SUCCESS, REDIRECT, SERVER_FAULT = 200, 300, 500


def body_of(row: OutboxRow) -> bytes:
    """Return what is posted: the same bytes each time."""
    plain = {
        "key": row.key,
        "subject": row.subject,
        "body": row.body,
        "household_id": row.household_id,
        "at": as_text(from_microseconds(row.created_at_us)),
    }
    return json.dumps(plain, ensure_ascii=False, sort_keys=True).encode()


def signature(body: bytes, secret: str) -> str:
    """Return what the far side compares with its own HMAC of the body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def call_webhook(webhook: Webhook, row: OutboxRow, tls: Callable[[], ssl.SSLContext]) -> None:
    """Post one message; returns when the far side has taken it. Raises RefusedThere or NotNow."""
    body = body_of(row)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "planner",
        "Idempotency-Key": row.message_id,
        "Connection": "close",
    }
    if webhook.secret is not None:
        headers["X-Planner-Signature"] = signature(body, webhook.secret)
    parts = urlsplit(webhook.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection = _connection(parts, tls)
        try:
            connection.request("POST", target, body=body, headers=headers)
            status = connection.getresponse().status
        finally:
            connection.close()
    except (HTTPException, OSError) as error:
        what = str(error) or type(error).__name__
        raise NotNow(f"{parts.hostname} could not be reached, or did not answer: {what}.") from error
    _judge(status, str(parts.hostname))


def _connection(parts: SplitResult, tls: Callable[[], ssl.SSLContext]) -> HTTPConnection:
    assert parts.hostname is not None
    if parts.scheme == "https":
        return HTTPSConnection(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS, context=tls())
    assert parts.scheme == "http", "the settings let nothing else pass"
    return HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)


def _judge(status: int, host: str) -> None:
    if SUCCESS <= status < REDIRECT:
        return
    if status >= SERVER_FAULT or status in PASSING:
        raise NotNow(f"{host} answered {status}.")
    if status >= REDIRECT and status < 400:  # noqa: PLR2004 -- where refusals begin
        raise RefusedThere(
            f"{host} answered {status}, a redirection; planner posts to the address it was given."
        )
    raise RefusedThere(f"{host} answered {status}: it does not take the message.")
