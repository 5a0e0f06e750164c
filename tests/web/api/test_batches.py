"""A batch over HTTP: its items are read and followed while the rest run; it is cancelled as a whole."""

import json
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection
from web.serving import Served, a_server, held
from worlds import NOON

from planner.actors import Child, JobState, Outcome
from planner.actors.accept import Rules, Stamp
from planner.actors.kind import Kinds
from planner.actors.ledger import settle, start_next
from planner.actors.turn import Ended
from planner.domain.instants import to_microseconds
from planner.storage.facts import facts_of
from planner.work.kinds import KINDS
from planner.work.names import PROJECT_SCENARIO

FAMILY = resources.files("planner.examples").joinpath("family.toml").read_bytes()
EVERY = {"kind": "project_scenarios"}


async def ask(served: Served, made: dict[str, Any], wish: object = None, **headers: str) -> dict[str, Any]:
    answer = await served.client.post(made["links"]["jobs"], json=wish or EVERY, headers=headers)
    job: dict[str, Any] = answer.json()["job"]
    return job


async def test_a_batch_shows_its_items_with_what_each_came_to(tmp_path: Path) -> None:
    """R2, R6: counts and a link at the batch, state and result at each item, page after page."""
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        job = await ask(served, made, Prefer="wait=30")
        assert (job["state"], job["children"], job["children_left"]) == ("succeeded", 2, 0)
        assert job["result"] == {"children": {"succeeded": 2}}
        address = f"{job['links']['children']}?limit=1"
        seen = []
        while address:
            page = (await served.client.get(address)).json()
            seen += page["items"]
            address = page["next"]
        assert [item["arguments"]["scenario"] for item in seen] == ["high-inflation", "lean-markets"]
        assert {item["state"] for item in seen} == {"succeeded"}
        assert {item["links"]["parent"] for item in seen} == {job["links"]["self"]}
        none = await served.client.get(f"{seen[0]['links']['self']}/children")
        assert none.json() == {"items": [], "next": None}
        listed = (await served.client.get(made["links"]["jobs"])).json()["items"]
        assert job["id"] in {each["id"] for each in listed}
        assert not {each["id"] for each in listed} & {each["id"] for each in seen}


async def test_what_is_asked_of_a_batch_is_refused_where_it_is_wrong(tmp_path: Path) -> None:
    """R7: an unknown scenario is an answer to whoever asked, and nothing is projected."""
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        for wrong in ([], "lean-markets", [3], [f"s{n}" for n in range(201)]):
            wish = {**EVERY, "arguments": {"scenarios": wrong}}
            answer = await served.client.post(made["links"]["jobs"], json=wish)
            assert answer.status_code == 422
        job = await ask(
            served, made, {**EVERY, "arguments": {"scenarios": ["lean-markets", "no"]}}, Prefer="wait=30"
        )
        assert (job["state"], job["children"], job["error"]["type"]) == ("failed", None, "refused")


async def planned(served: Served, made: dict[str, Any]) -> dict[str, Any]:
    """Ask for a batch of a household whose actor is held, and let its planning be all that has run."""
    await held(served, made["household_id"])
    job = await ask(served, made)

    def plan(conn: Connection) -> None:
        rules = Rules(kinds=Kinds(KINDS))
        at_us, epoch = to_microseconds(NOON), served.world.store.epoch
        started = start_next(
            conn, made["household_id"], rules, epoch=epoch, at_us=at_us, leftovers=False
        ).started
        assert started is not None
        ids = [each.id for each in facts_of(conn, made["household_id"]).scenarios]
        children = tuple(Child(kind=PROJECT_SCENARIO, arguments={"scenario": each}) for each in ids)
        stamps = [Stamp(job_id=str(uuid4()), at_us=at_us, on=NOON.date()) for _ in ids]
        ended = Ended(state=JobState.SUCCEEDED, outcome=Outcome(children=children))
        settle(conn, started.job, ended, started.kind, rules, stamps=stamps, at_us=at_us, then_start=False)

    await served.world.store.write(plan)
    return job


async def test_a_batch_is_explained_and_followed_to_its_end(tmp_path: Path) -> None:
    """R37, I18: status, job and `why` tell how far it is; its stream tells of each item and ends with it."""
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        job = await planned(served, made)
        shown = (await served.client.get(job["links"]["self"])).json()
        assert (shown["state"], shown["children_left"]) == ("running", 2)
        assert shown["progress"] == {
            "fraction": 0.0,
            "doing": "0 of 2 items have ended",
            "seconds_left": None,
        }
        status = (await served.client.get(made["links"]["status"])).json()
        assert (status["batch"]["id"], status["running"]) == (job["id"], None)
        page = (await served.client.get(f"/households/{made['household_id']}/jobs")).text
        assert "Project every scenario" in page
        assert "0 of 2 items have ended" in page
        await served.world.households.resume(made["household_id"])
        why = (await served.client.get(job["links"]["why"])).json()
        assert "left" in why["sentence"] or "ended" in why["sentence"]
        events = await served.client.get(job["links"]["events"])
        told = [json.loads(line[6:])["type"] for line in events.text.splitlines() if "data: {" in line]
        assert told == [
            "accepted", "started", "spread", "child_ended", "child_ended", "succeeded",
        ]  # fmt: skip


async def test_a_batch_is_cancelled_as_a_whole(tmp_path: Path) -> None:
    """R38: every item that has not ended, and so the batch."""
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        job = await planned(served, made)
        for _ in range(2):
            done = (await served.client.post(job["links"]["cancel"])).json()
            assert (done["state"], done["children_left"]) == ("cancelled", 0)
        items = (await served.client.get(f"{job['links']['self']}/children")).json()["items"]
        assert {item["state"] for item in items} == {"cancelled"}


async def test_the_page_projects_every_scenario(tmp_path: Path) -> None:
    """R37: one button; pressed twice, it joins the batch that is there."""
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        await planned(served, made)
        address = f"/households/{made['household_id']}/jobs"
        assert (await served.client.post(address, data=EVERY)).status_code == 303
        listed = (await served.client.get(made["links"]["jobs"])).json()["items"]
        assert [each["joined"] for each in listed if each["kind"] == "project_scenarios"] == [1]
