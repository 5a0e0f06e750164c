"""Jobs over HTTP: asked for, waited for, joined, explained, cancelled, and nobody else's business."""

from importlib import resources
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio
import trio.testing
from sqlalchemy import Connection, update
from web.serving import API, Served, a_server, held
from worlds import quiet

from planner.storage import history
from planner.storage.tables import households, jobs
from planner.work.alerts import send_request

COUPLE = resources.files("planner.examples").joinpath("young_couple.toml").read_bytes()
REFRESH = {"kind": "refresh_baseline"}
UNKNOWN = f"{API}/jobs/01890a5d-ac96-774b-bcce-b302099a8057"


async def ask(served: Served, made: dict[str, Any], wish: object = None, **headers: str) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await served.client.post(made["links"]["jobs"], json=wish or REFRESH, headers=sent)


@pytest.mark.parametrize(
    "prefer, status, applied",
    [
        ("wait=30", 200, "wait=30"),
        ("wait=30, respond-async", 200, "wait=30"),
        ("Wait = 30; x=y", 200, "wait=30"),
        ("wait=99999", 200, "wait=60"),
        ("respond-async", 202, "respond-async"),
        ("wait=soon", 202, None),
        ("handling=lenient", 202, None),
    ],
)
async def test_prefer_decides_whether_the_answer_waits(
    tmp_path: Path, prefer: str, status: int, applied: str | None
) -> None:
    """R8: Prefer: wait=N, and not waiting, are the same job."""
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        answer = await ask(served, made, Prefer=prefer)
        assert answer.status_code == status
        assert answer.headers.get("preference-applied") == applied
        assert answer.headers["location"] == answer.json()["links"]["job"]


async def test_giving_up_waiting_harms_nothing(tmp_path: Path) -> None:
    """R8: waiting gives up without harming the job."""
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        await held(served, made["household_id"])
        answer = await ask(served, made, Prefer="wait=1")
        assert answer.status_code == 202
        assert answer.json()["job"]["state"] == "pending"
        await served.world.households.resume(made["household_id"])
        job = await served.client.get(answer.headers["location"], headers={"Prefer": "wait=30"})
        assert job.json()["state"] == "succeeded"


async def test_waiting_ends_when_planner_stops(tmp_path: Path) -> None:
    """R35: those who wait do not hold the stop; they learn how the job is."""
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        await held(served, made["household_id"])
        links = (await ask(served, made)).json()["job"]["links"]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stop_when_waited_for, served)
            with trio.fail_after(5):
                answer = await served.client.get(links["self"], headers={"Prefer": "wait=30"})
        assert answer.json()["state"] == "pending"


async def stop_when_waited_for(served: Served) -> None:
    while not served.world.households._supervisor.waiters.waited_for():
        await trio.testing.wait_all_tasks_blocked(0.01)
    served.world.stopping.set()


async def test_equal_requests_share_one_job(tmp_path: Path) -> None:
    """R12: a storm of equal requests is one run, and every requester gets the result."""
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        await held(served, made["household_id"])
        answers: list[httpx.Response] = []

        async def one() -> None:
            answers.append(await ask(served, made))

        async with trio.open_nursery() as nursery:
            for _ in range(40):
                nursery.start_soon(one)
        assert {each.status_code for each in answers} == {202}
        assert len({each.json()["job"]["id"] for each in answers}) == 1
        assert sum(each.json()["joined"] for each in answers) == 39


async def test_jobs_are_listed_by_state_and_in_pages(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        for _ in range(3):
            await ask(served, made, {**REFRESH, "force": True}, Prefer="wait=30")
        await held(served, made["household_id"])
        await ask(served, made)
        waiting = (await served.client.get(made["links"]["jobs"], params={"state": "pending"})).json()
        assert [job["state"] for job in waiting["items"]] == ["pending"]
        seen: list[str] = []
        address = f"{made['links']['jobs']}?state=succeeded,pending&limit=2"
        while address:
            page = (await served.client.get(address)).json()
            seen += [job["id"] for job in page["items"]]
            address = page["next"]
        assert len(seen) == len(set(seen)) >= 5
        assert seen == sorted(seen, reverse=True)


async def test_a_job_that_waits_can_be_cancelled_and_explained(tmp_path: Path) -> None:
    """R38: any queued job can be cancelled; I18: why it waits."""
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        await held(served, made["household_id"])
        links = (await ask(served, made)).json()["job"]["links"]
        why = (await served.client.get(links["why"])).json()
        assert "held by a test" in why["sentence"]
        for _ in range(2):
            cancelled = await served.client.post(links["cancel"])
            assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
        assert (await served.client.get(links["self"])).json()["state"] == "cancelled"


@pytest.mark.parametrize("way", ["", "/events", "/why"])
async def test_an_unknown_job_is_not_found(tmp_path: Path, way: str) -> None:
    """R1: an unknown id is 404."""
    async with a_server(tmp_path) as served:
        assert (await served.client.get(UNKNOWN + way)).status_code == 404
        assert (await served.client.post(f"{UNKNOWN}/cancel")).status_code == 404


async def test_the_job_of_another_owner_is_forbidden(tmp_path: Path) -> None:
    """R1: the status of another household's job is 403."""
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        await served.world.store.write(give_away, made["household_id"])
        for link in ("self", "jobs", "changes", "baseline", "status", "events", "job", "job_events"):
            assert (await served.client.get(made["links"][link])).status_code == 403, link
        assert (await ask(served, made)).status_code == 403
        assert (await served.client.delete(made["links"]["self"])).status_code == 403


def give_away(conn: Connection, household_id: str) -> None:
    conn.execute(update(households).where(households.c.id == household_id).values(owner="somebody else"))


async def test_a_job_past_its_retention_says_that_it_expired(tmp_path: Path) -> None:
    """R5: after its retention, a reason that says it expired."""
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        await served.world.store.write(expire)
        answer = await served.client.get(made["links"]["job"])
        assert answer.status_code == 410
        assert answer.json()["type"] == "urn:planner:problem:expired"


def expire(conn: Connection) -> None:
    conn.execute(update(jobs).where(jobs.c.expires_at_us.is_not(None)).values(expires_at_us=1))


async def test_a_full_mailbox_answers_with_when_to_try_again(tmp_path: Path) -> None:
    """R32: backpressure is explicit: 429 with Retry-After, and nothing accepted is dropped."""
    many = "".join(f'\n[[scenarios]]\nid = "s{number}"\nname = "S"\n' for number in range(101))
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE.replace(b"[[scenarios]]", many.encode() + b"\n[[scenarios]]", 1))
        await held(served, made["household_id"])
        wishes = [{"kind": "project_scenario", "arguments": {"scenario": f"s{each}"}} for each in range(101)]
        statuses = [(await ask(served, made, wish)).status_code for wish in wishes]
        assert statuses == [202] * 100 + [429]
        full = await ask(served, made, wishes[-1])
        assert int(full.headers["retry-after"]) >= 1
        assert full.json()["type"] == "urn:planner:problem:mailbox-full"
        assert (await served.client.get(made["links"]["status"])).json()["waiting_count"] == 100
        assert (await ask(served, made, wishes[0])).json()["joined"] is True


async def test_kinds_are_listed_with_what_they_absorb(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        kinds = {each["name"]: each for each in (await served.client.get(f"{API}/kinds")).json()["items"]}
        assert "regenerate_flows" in kinds["refresh_baseline"]["absorbs"]


async def test_the_jobs_of_all_households_are_one_list(tmp_path: Path) -> None:
    """R6, R36: the jobs of everybody and of planner itself, by state, kind and household, in pages."""
    async with a_server(tmp_path) as served:
        made = [await served.create(COUPLE) for _ in range(2)]
        await served.world.households.accept(send_request("test"))
        await quiet(served.world, "system")
        everything = await all_of(served, f"{API}/jobs?limit=2")
        assert len(everything) == len({job["id"] for job in everything})
        assert [job["seq"] for job in everything] == sorted((job["seq"] for job in everything), reverse=True)
        assert {job["household_id"] for job in everything} == {
            "system", *(each["household_id"] for each in made),
        }  # fmt: skip
        ours = await all_of(served, f"{API}/jobs?household=system")
        assert [job["kind"] for job in ours] == ["send_alert"]
        assert "household" not in ours[0]["links"]
        refreshed = await all_of(served, f"{API}/jobs?kind=refresh_baseline&state=succeeded&limit=1")
        assert len(refreshed) == 2
        assert await all_of(served, f"{API}/jobs?state=failed") == []


async def all_of(served: Served, address: str | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while address is not None:
        page = (await served.client.get(address)).json()
        found += page["items"]
        address = page["next"]
    return found


async def test_a_rare_kind_is_found_however_many_jobs_there_were_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R30, I12: a page looks at so many jobs at most, and then says where to go on."""
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        for _ in range(4):
            await ask(served, made, {"kind": "regenerate_flows", "force": True}, Prefer="wait=30")
        monkeypatch.setattr(history, "LOOKED_AT_MAX", 2)
        address = f"{API}/jobs?kind=refresh_baseline"
        first = (await served.client.get(address)).json()
        assert (first["items"], first["next"] is None) == ([], False)
        assert [job["kind"] for job in await all_of(served, address)] == ["refresh_baseline"]


async def test_a_wrong_question_about_all_jobs_is_refused(tmp_path: Path) -> None:
    """R1: 404 for a household that never was, 403 for somebody else's, whose jobs are on no list."""
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        await served.world.store.write(give_away, made["household_id"])
        own = f"household={made['household_id']}"
        asked = ("kind=nothing", "state=odd", "household=nobody", own, "colour=red")
        statuses = [(await served.client.get(f"{API}/jobs?{each}")).status_code for each in asked]
        assert statuses == [400, 400, 404, 403, 400]
        assert await all_of(served, f"{API}/jobs") == []


async def test_planners_own_jobs_are_jobs_like_any_other(tmp_path: Path) -> None:
    """R6, R17: system jobs have their state, events, reasons and keys at the same places."""
    async with a_server(tmp_path) as served:
        job_id = (await served.world.households.accept(send_request("test"))).job_id
        await quiet(served.world, "system")
        assert (await served.client.get(f"{API}/jobs/{job_id}")).json()["household_id"] == "system"
        assert "ended" in (await served.client.get(f"{API}/jobs/{job_id}/why")).json()["sentence"]
        assert (await served.client.post(f"{API}/jobs/{job_id}/cancel")).json()["state"] == "succeeded"
        listed = await all_of(served, f"{API}/households/system/jobs")
        assert [job["id"] for job in listed] == [job_id]
        assert (await served.client.get(f"{API}/households/system/idempotency-keys")).json()["items"] == []
        assert (await served.client.get(f"{API}/households/system")).status_code == 404
