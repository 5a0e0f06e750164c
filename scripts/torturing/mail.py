"""The far side of the outbox: a real SMTP server that notes every mail, and what puts messages in."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Final

import sqlalchemy
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from planner.storage.outbox import NewMessage, put_message

RECIPIENT: Final = "owner@example.org"


@dataclass
class Sink:
    """Every mail that arrived: its subject, its Message-ID and the life of the server that sent it.

    `on_mail` is called before the server hears that the mail was taken.
    """

    mails: list[tuple[str, str, int]] = field(default_factory=list)
    life: int = 0
    on_mail: Callable[[], None] = lambda: None

    async def handle_DATA(  # noqa: N802 -- aiosmtpd's name for it
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take the mail."""
        del server, session
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content)
        self.mails.append((mail["Subject"], mail["Message-ID"], self.life))
        self.on_mail()
        return "250 taken"


@contextmanager
def a_sink() -> Iterator[tuple[str, Sink]]:
    """Run the SMTP server; gives its address as planner is told it, and what arrives."""
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{controller.port}", sink
    finally:
        controller.stop()


def free_port() -> int:
    """Return a port that nobody has."""
    import socket  # noqa: PLC0415 -- for this one question

    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


def put_messages(database: Path, subjects: list[str]) -> None:
    """Put messages into the outbox as planner does, and make all that wait due now.

    From a connection beside the server's, in one transaction; the next life sends them as it starts.
    """
    engine = sqlalchemy.create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(database, isolation_level=None, timeout=10)
    )
    try:
        with engine.connect() as conn:
            conn.exec_driver_sql("BEGIN IMMEDIATE")
            for subject in subjects:
                message = NewMessage(
                    key=subject, channel="email", address=RECIPIENT, subject=subject, body="A trial."
                )
                put_message(conn, message, at_us=time.time_ns() // 1000)
            conn.exec_driver_sql("UPDATE outbox SET next_at_us = 0 WHERE state = 'waiting'")
            conn.exec_driver_sql("COMMIT")
    finally:
        engine.dispose()


def unsent(database: Path) -> int:
    """Count the messages that wait."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as driver:
        query = "SELECT count(*) FROM outbox WHERE state = 'waiting'"
        count: int = driver.execute(query).fetchone()[0]
        return count
