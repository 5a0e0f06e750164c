"""Sends one mail by SMTP, never in the clear to another machine; blocking, for a worker thread."""

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from email.utils import format_datetime
from ipaddress import ip_address
from typing import Final

from planner.domain.instants import from_microseconds
from planner.settings import MailServer
from planner.storage.outbox import OutboxRow
from planner.work.delivery import NotNow, RefusedThere

TIMEOUT_SECONDS: Final = 20.0
PERMANENT: Final = 500
REPLY_CHARACTERS_MAX: Final = 300


def mail_of(row: OutboxRow, sender: str) -> EmailMessage:
    """Return the message as mail: the same bytes each time, with a Message-ID of its own."""
    mail = EmailMessage()
    mail["From"] = f"planner <{sender}>"
    mail["To"] = row.address
    mail["Subject"] = " ".join(row.subject.split())
    mail["Date"] = format_datetime(from_microseconds(row.created_at_us))
    mail["Message-ID"] = f"<{row.message_id}@planner.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(row.body)
    return mail


def send_mail(server: MailServer, row: OutboxRow, tls: Callable[[], ssl.SSLContext]) -> None:
    """Send one mail; returns when the server has taken it. Raises RefusedThere or NotNow."""
    mail = mail_of(row, server.sender)
    try:
        connection = _connected(server, tls)
        try:
            connection.send_message(mail, from_addr=server.sender, to_addrs=[row.address])
            # It is sent; how the two part does not matter any more.
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()
        finally:
            connection.close()
    except smtplib.SMTPAuthenticationError as error:
        message = f"The mail server does not accept the user and password (code {error.smtp_code})."
        raise NotNow(message) from error
    except smtplib.SMTPRecipientsRefused as error:
        code, reply = next(iter(error.recipients.values()))
        raise _refused(code, reply) from error
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotNow(f"The mail server {server.host} cannot be used: {error}.") from error


def _connected(server: MailServer, tls: Callable[[], ssl.SSLContext]) -> smtplib.SMTP:
    """Return a connection that is safe and signed in."""
    if server.implicit_tls:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=TIMEOUT_SECONDS, context=tls()
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    try:
        if not server.implicit_tls:
            connection.ehlo_or_helo_if_needed()
            if connection.has_extn("starttls") or not is_this_machine(server.host):
                connection.starttls(context=tls())
        if server.user is not None and server.password is not None:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def is_this_machine(host: str) -> bool:
    """Whether what is sent to `host` stays on this machine, so that nobody listens on the way."""
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return False


def _refused(code: int, reply: bytes | str) -> Exception:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    said = f"The mail server said: {code} {' '.join(text.split())[:REPLY_CHARACTERS_MAX]}"
    return RefusedThere(said) if code >= PERMANENT else NotNow(said)
