"""Where alerts go, as it is said on the command line or in the environment: addresses become settings."""

import re
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from planner.domain.errors import Refused
from planner.settings import Alerting, MailServer, Webhook

PORTS = {"smtps": 465, "smtp": 587}
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


def alerting_from(
    *, smtp_url: str | None, to: str | None, webhook_url: str | None, webhook_secret: str | None
) -> Alerting:
    """Return where alerts go; raises Refused for what does not fit together. No secret is ever repeated."""
    addresses = tuple(part.strip() for part in (to or "").split(",") if part.strip())
    for address in addresses:
        if not ADDRESS.fullmatch(address):
            raise Refused(f"{address!r} is not an e-mail address that alerts can go to.")
    if bool(addresses) != bool(smtp_url):
        raise Refused("Alerts by mail take both: PLANNER_SMTP_URL and PLANNER_ALERT_TO.")
    if webhook_secret and not webhook_url:
        raise Refused("PLANNER_WEBHOOK_SECRET signs what is posted to PLANNER_WEBHOOK_URL, which is not set.")
    return Alerting(
        mail=mail_server(smtp_url, addresses[0]) if smtp_url else None,
        to=addresses,
        webhook=Webhook(url=_webhook_url(webhook_url), secret=webhook_secret or None)
        if webhook_url
        else None,
    )


def mail_server(url: str, recipient: str) -> MailServer:
    """Return the server of `smtps://user:password@host:465` or `smtp://...:587`, which turns to TLS.

    Mail is from `?from=`, or the user if that is an address, or `recipient`.
    """
    parts = _split(url, "PLANNER_SMTP_URL")
    if parts.scheme not in PORTS or parts.path.strip("/"):
        raise Refused("PLANNER_SMTP_URL is smtps://user:password@host:465 or smtp://user:password@host:587.")
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    if not f"{user}{password}".isascii():
        raise Refused("The user and the password in PLANNER_SMTP_URL may only have ASCII characters.")
    named = parse_qs(parts.query).get("from", [])
    sender = named[0] if named else user if user and ADDRESS.fullmatch(user) else recipient
    if not ADDRESS.fullmatch(sender):
        raise Refused(f"{sender!r} is not an e-mail address that mail can be from.")
    assert parts.hostname is not None
    return MailServer(
        host=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        implicit_tls=parts.scheme == "smtps",
        sender=sender,
        user=user,
        password=password,
    )


def _webhook_url(url: str) -> str:
    parts = _split(url, "PLANNER_WEBHOOK_URL")
    if parts.scheme not in ("http", "https") or parts.username is not None:
        raise Refused("PLANNER_WEBHOOK_URL is an address that begins with https:// or http://.")
    return url


def _split(url: str, name: str) -> SplitResult:
    """Take an address apart; what is wrong with it is said without repeating it."""
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        has_host = False
    if not has_host or not url.isascii() or not url.isprintable() or " " in url:
        raise Refused(f"{name} is not a web address that can be used: it names no host, or a wrong port.")
    return urlsplit(url)
