"""The other side of an alert: a real SMTP server and a real web server, each in a thread of its own."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "planner@example.org", "s3cret/with:signs"


@dataclass
class Mailbox:
    """What an SMTP server took, and what it says to the next recipients and messages (None: that it will)."""

    mails: list[Message] = field(default_factory=list)
    about_recipients: list[str | None] = field(default_factory=list)
    about_messages: list[str | None] = field(default_factory=list)
    signed_in: list[bytes] = field(default_factory=list)
    safe: list[bool] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name for it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the recipient, or not."""
        answer = self.about_recipients.pop(0) if self.about_recipients else None
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- the same
        """Take the message, or not."""
        answer = self.about_messages.pop(0) if self.about_messages else None
        if answer is None or answer.startswith("taken, but "):
            assert isinstance(envelope.content, bytes)
            self.mails.append(message_from_bytes(envelope.content))
            self.safe.append(session.ssl is not None)
        if answer is not None and answer.startswith("taken, but "):
            return answer.removeprefix("taken, but ")
        return answer or "250 taken"


@dataclass(frozen=True)
class Authority:
    """Who signs certificates in a test, and what trusts and shows them."""

    ca: trustme.CA = field(default_factory=trustme.CA)

    def server_context(self, name: str = "127.0.0.1") -> ssl.SSLContext:
        """Return what a server of that name shows."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(name).configure_cert(context)
        return context

    def trusting(self) -> ssl.SSLContext:
        """Return a context that trusts this authority alone."""
        context = ssl.create_default_context()
        self.ca.configure_trust(context)
        return context


@contextmanager
def an_smtp_server(
    *, implicit: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, with_user: bool = False
) -> Iterator[tuple[int, Mailbox]]:
    """Run an SMTP server on a free port; gives the port and what it takes."""
    mailbox = Mailbox()

    def sign_in(_server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        mailbox.signed_in.append(data.login)
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=right)

    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=_free_port(),
        ssl_context=implicit,
        tls_context=starttls,
        authenticator=sign_in if with_user else None,
        # aiosmtpd does not count TLS from the first byte as TLS, and warns where it is not required.
        auth_required=with_user and starttls is not None,
        auth_require_tls=starttls is not None,
    )
    controller.start()
    try:
        yield controller.port, mailbox
    finally:
        controller.stop()


def _free_port() -> int:
    import socket  # noqa: PLC0415 -- for this one question

    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


@dataclass
class Hook:
    """What a webhook was sent, and the statuses that it answers next (else 204)."""

    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    on_request: Callable[[], None] = lambda: None


@contextmanager
def a_web_server(context: ssl.SSLContext | None = None) -> Iterator[tuple[str, Hook]]:
    """Run a web server on a free port; gives its address and what it is sent."""
    hook = Hook()

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.requests.append((self.path, dict(self.headers), body))
            hook.on_request()
            status = hook.statuses.pop(0) if hook.statuses else 204
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}", hook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
