"""Hands the app whole requests only, and gives no connection back with half a request on it.

Why: hypercorn learns from the last message of an answer whether the connection can be used again. If the
request's body is still on its way it must close it, and tells the app `http.disconnect` first; quart-trio
takes that as its client having left and cancels the very task that is closing the connection. The
connection then stays open for ever, and whatever comes on it is taken for the rest of the old body.
So: the body is read before the app is asked, an answer that cannot wait for it (too large, too slow)
says `Connection: close` and is followed by a short reading on, and the app does not hear of the end of a
connection that its own answer brought about.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import trio
from hypercorn.typing import (
    ASGIFramework,
    ASGIReceiveCallable,
    ASGIReceiveEvent,
    ASGISendCallable,
    ASGISendEvent,
    HTTPScope,
    Scope,
)

from planner.domain.errors import Refused, TooLarge

REFUSAL: Final = "planner.refusal"
"""Where a request's scope carries the error with which the app answers instead of a handler."""


class TooSlow(Refused):
    """The body did not arrive in time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """For how long a body is waited for, and for how long and how much is read on after a refusal."""

    body_seconds: float = 20.0
    linger_seconds: float = 2.0
    linger_bytes: int = 32_000_000


@dataclass(kw_only=True, slots=True)
class WholeRequests:
    """An ASGI app around `app`. `limit` says how many bytes a request's body may have."""

    app: ASGIFramework
    limit: Callable[[HTTPScope], int]
    patience: Patience = field(default_factory=Patience)

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answer one request; refuse websockets, which planner does not use."""
        if scope["type"] == "http":
            await self._exchange(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000, "reason": None})
        else:
            await self.app(scope, receive, send)

    async def _exchange(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        limit = self.limit(scope)
        body: bytes | None = b""
        refusal: Refused | None = None
        try:
            with trio.fail_after(self.patience.body_seconds):
                body = await _read(scope, receive, limit)
        except TooLarge as too_large:
            refusal = too_large
        except trio.TooSlowError:
            refusal = TooSlow(f"The body of the request did not arrive in {self.patience.body_seconds:g} s.")
        if body is None:
            return
        exchange = _Exchange(scope, receive, send, body, self.patience, cut_short=refusal is not None)
        marked = scope if refusal is None else {**scope, REFUSAL: refusal}
        await self.app(marked, exchange.receive, exchange.send)  # type: ignore[arg-type]


async def _read(scope: HTTPScope, receive: ASGIReceiveCallable, limit: int) -> bytes | None:
    """Return the whole body, None when the client left; raise TooLarge as soon as that is known."""
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    if int(declared) > limit:
        raise _too_large(limit)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message["body"]
        if len(body) > limit:
            raise _too_large(limit)
        if not message["more_body"]:
            return bytes(body)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body of this request may have {limit:,} bytes.")


class _Exchange:
    """One request and its answer, as the app sees them."""

    def __init__(
        self,
        scope: HTTPScope,
        receive: ASGIReceiveCallable,
        send: ASGISendCallable,
        body: bytes,
        patience: Patience,
        *,
        cut_short: bool,
    ) -> None:
        self._receive = receive
        self._send = send
        self._body: bytes | None = body
        self._patience = patience
        self._cut_short = cut_short
        self._says_close = cut_short and scope["http_version"].startswith("1")
        self._answered = False

    async def receive(self) -> ASGIReceiveEvent:
        """Return the body, then that the client left if it did before it was answered."""
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        if self._cut_short:
            await trio.sleep_forever()
        message = await self._receive()
        if self._answered:
            await trio.sleep_forever()
        return message

    async def send(self, message: ASGISendEvent) -> None:
        """Send a part of the answer; the last one settles what becomes of the connection."""
        if message["type"] == "http.response.start" and self._says_close:
            message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        if message["type"] == "http.response.body" and not message["more_body"]:
            self._answered = True
            if self._cut_short:
                await self._send({**message, "more_body": True})
                message = {**message, "body": b""}
                await self._close_gently(message)
                return
        await self._send(message)

    async def _close_gently(self, last: ASGISendEvent) -> None:
        """Read on for a moment, for closing on unread data destroys the answer; then end the exchange.

        Somebody must go on reading until the end: hypercorn's reader waits for room in a short queue, and
        would keep the end of the exchange waiting behind it.
        """
        with trio.move_on_after(self._patience.linger_seconds):
            left = self._patience.linger_bytes
            while left > 0:
                message = await self._receive()
                if message["type"] != "http.request":
                    return
                if not message["more_body"]:
                    break
                left -= len(message["body"])
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_discard, self._receive)
            with trio.CancelScope(shield=True):
                await self._send(last)
            nursery.cancel_scope.cancel()


async def _discard(receive: ASGIReceiveCallable) -> None:
    while (await receive())["type"] == "http.request":
        pass
