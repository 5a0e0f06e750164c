"""Events over HTTP: told as they happen, from where one left, until the job, the client or planner ends."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio
import trio.testing
from web.serving import Served, a_server, held

from planner.web import streams

COUPLE = resources.files("planner.examples").joinpath("young_couple.toml").read_bytes()
# httpx leaves generators of its own to the garbage collector when a stream is left early.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
FINAL = {"succeeded", "superseded", "cancelled", "failed", "partial"}


@asynccontextmanager
async def following(
    served: Served, address: str, **headers: str
) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with served.client.stream("GET", address, headers=sent, timeout=30) as answer:
        assert answer.status_code == 200, answer
        assert answer.headers["content-type"].startswith("text/event-stream")
        async with aclosing(events_of(answer)) as events:
            yield events


async def events_of(answer: httpx.Response) -> AsyncGenerator[dict[str, Any], None]:
    """Yield each block of the stream as its fields; comments under the name `comment`."""
    block: dict[str, Any] = {}
    async for line in answer.aiter_lines():
        if not line:
            if "data" in block:
                block["data"] = json.loads(block["data"])
            yield block
            block = {}
            continue
        name, _, value = line.partition(":")
        block[name or "comment"] = value.strip()


async def test_a_job_is_told_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    """R37: long work is followed live; R6: every job's events are at its own address."""
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        async with following(served, made["links"]["job_events"]) as events:
            seen = [event async for event in events if "event" in event]
        types = [event["event"] for event in seen if "id" in event]
        assert types[0] == "accepted"
        assert "started" in types
        assert types[-1] == "succeeded"
        assert seen[-1]["data"]["job_id"] == made["job"]["id"]


async def test_a_client_goes_on_where_it_left(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        at = made["links"]["job_events"]
        async with following(served, at) as events:
            whole = [event async for event in events if "id" in event]
        async with following(served, at, Last_Event_ID=whole[0]["id"]) as events:
            rest = [event async for event in events if "id" in event]
        assert rest == whole[1:]
        over = await served.client.get(at, headers={"Last-Event-ID": whole[-1]["id"]})
        assert (over.status_code, over.content) == (204, b"")


async def test_a_household_is_followed_live(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        async with following(served, made["links"]["events"]) as events:
            assert (await anext(events)) == {"retry": "2000"}
            await served.client.post(made["links"]["jobs"], json={"kind": "refresh_baseline", "force": True})
            async for event in events:
                if event.get("event") in FINAL and event["data"]["data"]["kind"] == "refresh_baseline":
                    break
        assert served.world.households.statistics().finished["refresh_baseline", "succeeded"] == 2


async def test_a_stream_ends_when_planner_stops(tmp_path: Path) -> None:
    """R35: open streams do not hold the stop."""
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        async with following(served, made["links"]["events"]) as events:
            assert (await anext(events)) == {"retry": "2000"}
            served.world.stopping.set()
            with trio.fail_after(1):
                assert [event async for event in events] == []


async def test_a_client_that_leaves_is_forgotten(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        watchers = served.world.households._supervisor.watchers._watching
        async with following(served, made["links"]["events"]) as events:
            assert (await anext(events)) == {"retry": "2000"}
            assert len(watchers) == 1
        with trio.fail_after(2):
            while watchers:
                await trio.testing.wait_all_tasks_blocked(0.01)


async def test_streams_are_bounded(tmp_path: Path, monkeypatch: Any) -> None:
    """I12, R32: one more is refused before it begins, and the pages' streams count too."""
    monkeypatch.setattr("planner.actors.watch.WATCHERS_MAX", 1)
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        async with following(served, made["links"]["events"]) as events:
            assert (await anext(events)) == {"retry": "2000"}
            for address in (
                made["links"]["events"],
                made["links"]["job_events"],
                f"/households/{made['household_id']}/live",
            ):
                refused = await served.client.get(address)
                assert refused.status_code == 503
                assert int(refused.headers["retry-after"]) >= 1


async def test_a_quiet_stream_is_kept_alive(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.05)
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        await held(served, made["household_id"])
        async with following(served, made["links"]["events"]) as events:
            assert [await anext(events) for _ in range(3)] == [
                {"retry": "2000"},
                {"comment": "still here"},
                {"comment": "still here"},
            ]


async def test_the_head_of_a_stream_ends_at_once(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        with trio.fail_after(2):
            answer = await served.client.head(made["links"]["events"])
        assert answer.headers["content-type"].startswith("text/event-stream")


async def test_an_event_id_that_nobody_gave_out_is_refused(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        for given in ("abc", "-1", "9" * 30):
            answer = await served.client.get(made["links"]["events"], headers={"Last-Event-ID": given})
            assert answer.status_code == 400
