"""Those who follow a household's events, through every restart of the server."""

import json
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

import httpx
import trio
from torturing.account import Account
from torturing.clients import THINK_SECONDS_MAX, Line, a_client
from torturing.wishes import API


async def keep_following(line: Line, account: Account, number: int) -> None:
    """Follow one household after the other, each until it is removed."""
    while True:
        there = [each.id for each in account.households.values() if not account.may_be_gone(each.id)]
        if there:
            await follow(line, account, there[number % len(there)])
        await trio.sleep(THINK_SECONDS_MAX)


async def follow(line: Line, account: Account, household_id: str) -> None:
    """Follow a household's events through every restart, going on after the last one seen."""
    last: int | None = None
    while not account.may_be_gone(household_id):
        await line.up.wait()
        address = line.address
        if address is None:  # it died before we were woken
            continue
        headers = {} if last is None else {"Last-Event-ID": str(last)}
        async with a_client(address, line.tls) as http:
            try:
                async with http.stream(
                    "GET", f"{API}/households/{household_id}/events", headers=headers, timeout=None
                ) as stream:
                    if stream.status_code == HTTPStatus.OK:
                        async for event in _events(stream):
                            last = _told(account, household_id, event, last)
            except httpx.TransportError:
                pass
        await trio.sleep(THINK_SECONDS_MAX)


async def _events(stream: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """Yield the durable events of a stream that came whole."""
    lines: list[str] = []
    async for line in stream.aiter_lines():
        if line:
            lines.append(line)
            continue
        fields = dict(each.split(": ", 1) for each in lines if not each.startswith(":"))
        lines = []
        if "id" in fields:
            plain: dict[str, Any] = json.loads(fields["data"])
            yield plain


def _told(account: Account, household_id: str, event: dict[str, Any], last: int | None) -> int:
    event_id: int = event["id"]
    if last is not None and event_id <= last:
        account.wrong(f"event {event_id} of {household_id} came after {last}")
    account.saw_event(household_id, event_id, event["type"], event["job_id"])
    state = event["data"].get("state")
    if isinstance(state, str) and event["job_id"] is not None:
        account.told_of(event["job_id"], household_id, state)
    account.on_news(f"event {event['type']}")
    return event_id
