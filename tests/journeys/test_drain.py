"""Stopping a real server while many clients keep it busy: nothing that was acknowledged is lost."""

import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio
from running import a_server, dying_connections

from planner.settings import GRACE_SECONDS

pytestmark = pytest.mark.journey

API = "/api/v1"
COUPLE = resources.files("planner.examples").joinpath("young_couple.toml").read_bytes()
HOUSEHOLDS = 12
CLIENTS = 12
STREAMS = 6
ACKNOWLEDGED_BEFORE_THE_SIGNAL = 60
MARGIN_SECONDS = 10.0
"""For a machine that is busy with other things; the work of closing itself takes a fraction of a second."""

WHOLE_TEST_SECONDS = 240.0


@dataclass
class Acknowledged:
    """What clients were told is done: the expense each revision added, by household; and jobs."""

    added: dict[tuple[str, int], str] = field(default_factory=dict)
    jobs: set[str] = field(default_factory=set)
    streams_ended: int = 0
    refused: int = 0
    enough: trio.Event = field(default_factory=trio.Event)

    def note(self, answer: httpx.Response, household: str, expense: str) -> None:
        """Keep what the answer promises."""
        if answer.status_code != 202:
            assert answer.status_code in {429, 503}, answer.text
            self.refused += 1
            return
        plain = answer.json()
        self.jobs.add(plain["job"]["id"])
        if expense:
            self.added[household, plain["revision"]] = expense
        if len(self.jobs) + len(self.added) >= ACKNOWLEDGED_BEFORE_THE_SIGNAL:
            self.enough.set()


@asynccontextmanager
async def a_client(address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        yield client


async def make_households(address: str) -> list[str]:
    async with a_client(address) as client:
        made = []
        for _ in range(HOUSEHOLDS):
            headers = {"Content-Type": "application/toml"}
            answer = await client.post(f"{API}/households", content=COUPLE, headers=headers)
            made.append(str(answer.json()["household_id"]))
    return made


async def keep_asking(address: str, number: int, households: list[str], told: Acknowledged) -> None:
    """Change facts and ask for work, household after household, until the server is gone."""
    async with a_client(address) as client:
        turn = number
        with suppress(httpx.TransportError):
            while True:
                turn += 1
                household = households[turn % len(households)]
                at = f"{API}/households/{household}"
                if turn % 3:
                    expense = f"expense-{number}-{turn}"
                    item = {
                        "id": expense, "name": expense, "category": "food", "amount": "1.00",
                        "frequency": "monthly",
                    }  # fmt: skip
                    change = {"type": "add", "to": "expenses", "item": item}
                    told.note(await client.post(f"{at}/changes", json=change), household, expense)
                else:
                    wish = {"kind": "refresh_baseline", "force": True}
                    told.note(await client.post(f"{at}/jobs", json=wish), household, "")


async def follow(address: str, household: str, told: Acknowledged) -> None:
    """Read a household's events to their end, which is in order and no broken connection."""
    async with (
        a_client(address) as client,
        client.stream("GET", f"{API}/households/{household}/events") as it,
    ):
        assert it.status_code == 200
        async for _ in it.aiter_raw():
            pass
        told.streams_ended += 1


async def check(address: str, told: Acknowledged) -> None:
    """Every job that was acknowledged ends well, and every change is there once, where it was told."""
    async with a_client(address) as client:
        for job_id in told.jobs:
            assert (await ended(client, job_id))["state"] == "succeeded"
        for household in {household for household, _ in told.added}:
            promised = {
                revision: expense for (house, revision), expense in told.added.items() if house == household
            }
            entries = await journal(client, household)
            added = {each["revision"]: each["change"].get("item", {}).get("id") for each in entries}
            assert {revision: added.get(revision) for revision in promised} == promised
            assert len(entries) == len(added) == max(added)
            facts = (await client.get(f"{API}/households/{household}")).json()["facts"]
            names = [expense["id"] for expense in facts["expenses"]]
            assert len(names) == len(set(names))
            assert set(promised.values()) <= set(names)


async def ended(client: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    """Return the job that answers for it, when it has ended."""
    answer = await client.get(f"{API}/jobs/{job_id}", headers={"Prefer": "wait=60"})
    job: dict[str, Any] = answer.json()
    return await ended(client, job["successor_id"]) if job["state"] == "superseded" else job


async def journal(client: httpx.AsyncClient, household: str) -> list[dict[str, Any]]:
    """Return all entries."""
    entries: list[dict[str, Any]] = []
    following: str | None = f"{API}/households/{household}/changes?limit=200"
    while following is not None:
        page = (await client.get(following)).json()
        entries += page["items"]
        following = page["next"]
    return entries


async def test_a_server_that_is_stopped_under_load_loses_nothing(tmp_path: Path) -> None:
    """R35, R27, I2: within the grace time, with clients that go on asking and streams that stay open."""
    told = Acknowledged()
    with trio.fail_after(WHOLE_TEST_SECONDS), dying_connections():
        with a_server(tmp_path / "planner.db", "--empty") as running:
            households = await make_households(running.address)
            async with trio.open_nursery() as nursery:
                for number in range(CLIENTS):
                    nursery.start_soon(keep_asking, running.address, number, households, told)
                for household in households[:STREAMS]:
                    nursery.start_soon(follow, running.address, household, told)
                await told.enough.wait()
                running.process.send_signal(signal.SIGTERM)
                seconds = GRACE_SECONDS + MARGIN_SECONDS
                status = await trio.to_thread.run_sync(running.process.wait, seconds)
            assert status == 0
            assert told.streams_ended == STREAMS
        with a_server(tmp_path / "planner.db", "--empty") as running:
            await check(running.address, told)


async def test_a_second_signal_ends_it_at_once_and_loses_nothing_either(tmp_path: Path) -> None:
    """R35: who asks twice does not want to wait for a client that does not read its answer."""
    told = Acknowledged()
    with trio.fail_after(WHOLE_TEST_SECONDS), dying_connections():
        with a_server(tmp_path / "p.db", "--empty", ends_with=130) as it:
            (household, *_) = await make_households(it.address)
            async with a_client(it.address) as client:
                change = {"type": "edit_household", "set": {"name": "Renamed"}}
                answer = await client.post(f"{API}/households/{household}/changes", json=change)
                told.jobs.add(answer.json()["job"]["id"])
            host, port = it.address.removeprefix("http://").split(":")
            ask = f"GET {API}/openapi.json HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
            with socket.create_connection((host, int(port))) as deaf:
                deaf.sendall(ask * 200)
                assert deaf.recv(1)
                for number in range(2):
                    it.process.send_signal(signal.SIGTERM)
                    if number == 0:
                        await refused(host, int(port))
                await trio.to_thread.run_sync(it.process.wait, GRACE_SECONDS / 2)
        with a_server(tmp_path / "p.db", "--empty") as it:
            await check(it.address, told)


async def refused(host: str, port: int) -> None:
    """Wait until the server listens no more: it has heard the first signal."""
    while True:
        try:
            await (await trio.open_tcp_stream(host, port)).aclose()
        except OSError:
            return
