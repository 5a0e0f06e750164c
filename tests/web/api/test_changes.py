"""Changes over HTTP: one at a time, against the revision one has seen, kept in the journal, taken back."""

from importlib import resources
from pathlib import Path
from typing import Any

import httpx
from web.serving import API, Served, a_server

FAMILY = resources.files("planner.examples").joinpath("family.toml").read_bytes()
RAISE = {"type": "edit", "of": "incomes", "id": "ada-salary", "set": {"amount": "130000"}}


async def change(served: Served, made: dict[str, Any], what: object = None, **headers: str) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await served.client.post(made["links"]["changes"], json=what or RAISE, headers=sent)


async def test_a_change_is_accepted_with_the_job_that_follows_from_it(tmp_path: Path) -> None:
    """R6: the response that accepts work links to its job."""
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        answer = await change(served, made)
        assert answer.status_code == 202
        said = answer.json()
        assert said["revision"] == 2
        assert answer.headers["etag"] == '"2"'
        assert answer.headers["location"] == f"{API}/jobs/{said['job']['id']}" == said["links"]["job"]
        job = await served.client.get(answer.headers["location"], headers={"Prefer": "wait=30"})
        assert job.json()["state"] == "succeeded"
        assert job.json()["covers_revision"] == 2


async def test_waiting_answers_with_the_finished_job(tmp_path: Path) -> None:
    """R8: waiting for a result and not waiting are the same job."""
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        answer = await change(served, made, Prefer="wait=30")
        assert answer.status_code == 200
        assert answer.headers["preference-applied"] == "wait=30"
        assert answer.json()["job"]["state"] == "succeeded"
        facts = (await served.client.get(made["links"]["self"])).json()["facts"]
        assert facts["incomes"][0]["amount"] == "130000.00"


async def test_a_change_against_an_older_revision_is_refused(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        assert (await change(served, made, If_Match='"1"')).status_code == 202
        stale = await change(served, made, If_Match='"1"')
        assert stale.status_code == 412
        assert "revision 2" in stale.json()["detail"]
        assert (await change(served, made, If_Match='W/"2"')).status_code == 412
        assert (await change(served, made, If_Match='"two"')).status_code == 412
        assert (await change(served, made, If_Match="*")).status_code == 202
        assert (await served.client.get(made["links"]["self"])).json()["revision"] == 3


async def test_the_journal_says_who_when_and_what_in_pages(tmp_path: Path) -> None:
    """P21: every change is kept with its author, before and after."""
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        for amount in ("120000", "121000", "122000"):
            await change(served, made, {**RAISE, "set": {"amount": amount}})
        first = (await served.client.get(made["links"]["changes"], params={"limit": 3})).json()
        assert [each["revision"] for each in first["items"]] == [4, 3, 2]
        newest = first["items"][0]
        assert newest["author"] == "owner"
        assert newest["at"] == "2026-11-23T12:00:00.000000Z"
        assert newest["change"]["set"] == {"amount": "122000"}
        assert newest["before"]["value"]["amount"] == "121000.00"
        assert newest["after"]["value"]["amount"] == "122000.00"
        rest = (await served.client.get(first["next"])).json()
        assert ([each["revision"] for each in rest["items"]], rest["next"]) == ([1], None)


async def test_a_change_can_be_taken_back(tmp_path: Path) -> None:
    """P21: undo is a change."""
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        before = (await served.client.get(made["links"]["self"])).json()["facts"]
        await change(served, made)
        undone = await served.client.post(f"{made['links']['changes']}/2/undo", headers={"If-Match": '"2"'})
        assert (undone.status_code, undone.json()["revision"]) == (202, 3)
        after = (await served.client.get(made["links"]["self"])).json()["facts"]
        assert {**after, "revision": 1} == before
        assert (await served.client.post(f"{made['links']['changes']}/99/undo")).status_code == 404
        assert (await served.client.post(f"{made['links']['changes']}/1/undo")).status_code == 422


async def test_the_same_key_changes_once(tmp_path: Path) -> None:
    """R16: HTTP clients may send an Idempotency-Key; the same key with another body is 422."""
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        first = await change(served, made, Idempotency_Key="k-1")
        again = await change(served, made, Idempotency_Key="k-1")
        assert again.json()["revision"] == first.json()["revision"] == 2
        assert again.json()["repeated"] is True
        assert again.json()["job"]["id"] == first.json()["job"]["id"]
        other = await change(served, made, {**RAISE, "set": {"amount": "1"}}, Idempotency_Key="k-1")
        assert other.status_code == 422
        assert (await served.client.get(made["links"]["self"])).json()["revision"] == 2


async def test_an_id_that_is_taken_is_a_conflict(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        item = {"id": "checking", "name": "Another", "kind": "checking"}
        answer = await change(served, made, {"type": "add", "to": "accounts", "item": item})
        assert answer.status_code == 409
        assert answer.json()["errors"][0]["path"] == "item.id"
