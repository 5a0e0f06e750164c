"""A server killed between sending a message and recording it sends it again, and the same."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trio
from work.far_sides import Hook, a_web_server
from work.outbox_stage import AN_ALERT, a_planner

from planner.settings import Alerting, Webhook
from planner.storage.outbox import OutboxRow
from planner.work.delivery import NotNow
from planner.work.post import make_post

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL"),
]


async def an_alert_waits(database: Path, address: str) -> None:
    """Leave a database with one message that could not be delivered yet."""

    async def not_now(_row: OutboxRow) -> None:
        raise NotNow("not now")

    post = replace(make_post(Alerting(webhook=Webhook(url=address))), deliver=not_now)
    async with a_planner(database, post) as stage:
        await stage.alert()


def outbox_row(database: Path, change: str = "SELECT 1") -> tuple[Any, ...]:
    with closing(sqlite3.connect(database)) as driver, driver:
        driver.execute(change)
        row: tuple[Any, ...] = driver.execute("SELECT state, attempts FROM outbox").fetchone()
        return row


def serve_until_asked(database: Path, address: str, hook: Hook, stop_with: signal.Signals) -> None:
    """Serve until the webhook was asked, and send the server the signal before it hears the answer."""
    asked = threading.Event()
    environment = {**os.environ, "PLANNER_WEBHOOK_URL": address}
    command = [sys.executable, "-m", "planner", "serve", "--data", str(database), "--port", "0", "--empty"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as server:

        def stop() -> None:
            server.send_signal(stop_with)
            if stop_with is signal.SIGKILL:
                server.wait()
            asked.set()

        hook.on_request = stop
        assert asked.wait(60)
        server.communicate(timeout=60)


def test_a_message_whose_end_nobody_learnt_is_sent_again_as_the_same(tmp_path: Path) -> None:
    """R17, R27: kill -9 after the far side has it; SIGTERM at that moment loses nothing either."""
    database = tmp_path / "planner.db"
    with a_web_server() as (address, hook):
        trio.run(an_alert_waits, database, address)
        outbox_row(database, "UPDATE outbox SET next_at_us = 0")
        serve_until_asked(database, address, hook, signal.SIGKILL)
        assert outbox_row(database, "UPDATE outbox SET next_at_us = 0") == ("waiting", 2)
        serve_until_asked(database, address, hook, signal.SIGTERM)
        assert outbox_row(database) == ("sent", 3)
        first, second = hook.requests
        assert first[1]["Idempotency-Key"] == second[1]["Idempotency-Key"]
        assert first[2] == second[2]
        assert AN_ALERT.key in first[2].decode()
