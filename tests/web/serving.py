"""A whole server on a real database and a free port, whose every answer is held against its description."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import httpx
import trio
from hypercorn.typing import ASGIFramework
from openapi_schema_validator import OAS31Validator
from worlds import a_world, quiet

from planner.actors.tracing import UNTRACED, Tracing
from planner.settings import Settings
from planner.web.api import routes
from planner.web.api.openapi import document
from planner.web.app import make_app
from planner.web.serve import serve
from planner.work.world import World

API = "/api/v1"


@dataclass(frozen=True, kw_only=True)
class Served:
    """The open planner, where it is served, and a client of it."""

    world: World
    address: str
    client: httpx.AsyncClient

    async def create(self, content: str | bytes, **headers: str) -> dict[str, Any]:
        """Make a household from a TOML file and wait for its baseline."""
        sent = {"Content-Type": "application/toml", "Prefer": "wait=30", **headers}
        answer = await self.client.post(f"{API}/households", content=content, headers=sent)
        assert answer.status_code == 201, answer.text
        plain: dict[str, Any] = answer.json()
        return plain

    async def count(self) -> int:
        """Return how many households are stored."""
        return len((await self.client.get(f"{API}/households?limit=200")).json()["items"])


@asynccontextmanager
async def a_server(
    folder: Path,
    *,
    tracing: Tracing = UNTRACED,
    around: Callable[[ASGIFramework], ASGIFramework] | None = None,
) -> AsyncIterator[Served]:
    """Serve a new planner."""
    settings = Settings(database=folder / "planner.db", port=0, grace_seconds=2)
    with trio.fail_after(60):
        async with a_world(folder, tracing=tracing) as world, trio.open_nursery() as nursery:
            app = make_app(world, settings, around=around)
            address = await nursery.start(partial(serve, app, settings, stopping=world.stopping))
            hooks = {"response": [as_described]}
            async with httpx.AsyncClient(base_url=address, timeout=30, event_hooks=hooks) as client:
                yield Served(world=world, address=address, client=client)
            world.stopping.set()


async def held(served: Served, household_id: str) -> None:
    """Keep the household's actor from working, as if it had crashed too often; its jobs wait."""
    await quiet(served.world, household_id)
    await served.world.households._supervisor.set_aside(household_id, "held by a test")


@cache
def description() -> dict[str, Any]:
    return document(routes())


@cache
def _templates() -> list[tuple[re.Pattern[str], str]]:
    paths = sorted(description()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"{\w+}", "[^/]+", path)), path) for path in paths]


async def as_described(response: httpx.Response) -> None:
    """Assert that the answer is one that the description promises; pages are passed over."""
    path = next((path for each, path in _templates() if each.fullmatch(response.request.url.path)), None)
    operation = description()["paths"].get(path, {}).get(response.request.method.lower())
    if operation is None:
        return
    described = operation["responses"].get(str(response.status_code))
    assert described is not None, f"{response.status_code} of {path} is not described"
    media = response.headers.get("content-type", "").split(";")[0]
    content = described.get("content", {})
    assert (media in content) or not (media or content), f"{media} of {path} is not described"
    if media.endswith("json"):
        await response.aread()
        schema = {**content[media]["schema"], "components": description()["components"]}
        OAS31Validator(schema).validate(response.json())
