"""How planner is doing, over HTTP: one look, the timetable, the outbox, and a household taken up again."""

from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, update
from web.serving import API, Served, a_server, held
from worlds import quiet

from planner.actors import Request
from planner.storage.outbox import NewMessage, mark_failed, put_message
from planner.storage.tables import households
from planner.web.resolve import LOCAL
from planner.work.alert_watch import take_readings

COUPLE = resources.files("planner.examples").joinpath("young_couple.toml").read_bytes()
NOTE = NewMessage(key="k", channel="email", address="ada@example.org", subject="S", body="B")


async def look(served: Served, **query: int) -> dict[str, Any]:
    answer = await served.client.get(f"{API}/operations", params=query)
    assert answer.status_code == 200, answer.text
    plain: dict[str, Any] = answer.json()
    return plain


async def test_one_look_shows_what_is_going_on(tmp_path: Path) -> None:
    """R36: throughput, depth by priority, coalesced and cut-off share, lag of changes, failures, loop lag."""
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        await quiet(served.world, made["household_id"])
        await take_readings(served.world)
        await served.client.post(made["links"]["jobs"], json={"kind": "regenerate_flows"})
        await quiet(served.world, made["household_id"])
        await held(served, made["household_id"])
        for _ in range(3):
            await served.client.post(made["links"]["jobs"], json={"kind": "refresh_baseline"})
        change = {"type": "edit_household", "set": {"name": "Us"}}
        await served.client.post(made["links"]["changes"], json=change)
        seen = await look(served)
        assert seen["waiting"] == {"interactive": 1, "scheduled": 0, "bulk": 0}
        assert seen["changes"]["pending"] == seen["changes"]["households"] == 1
        assert seen["requests"]["joined"] == 3
        assert 0 < seen["requests"]["joined_share"] < 1
        assert 0 < seen["ended"]["unchanged_share"] < 1
        assert seen["throughput"]["last_5_minutes"] > 0
        assert seen["actors"]["total"] == seen["actors"]["set_aside"] == 1
        assert seen["writer"]["commits"] > 0
        assert seen["writer"]["commit_mean_seconds"] > 0
        assert seen["readers"]["connections"] == seen["threads"]["count"] == 2
        assert seen["loop"]["lag_max_seconds"] > 0
        (first, *_) = seen["households"]
        assert first["shows"] == "set_aside"
        assert first["set_aside_reason"] == "held by a test"
        assert (first["waiting"], first["revision"], first["shown_revision"]) == (1, 2, 1)


async def test_households_with_something_to_show_come_first_and_in_pages(tmp_path: Path) -> None:
    """R36: set aside, failing, behind, then those at rest; every household once."""
    async with a_server(tmp_path) as served:
        made = [(await served.create(COUPLE))["household_id"] for _ in range(4)]
        for each in made:
            await quiet(served.world, each)
        calm, failing, behind, aside = made
        await fail(served, failing)
        await served.world.store.write(raise_revision, behind)
        await held(served, aside)
        seen: list[dict[str, Any]] = []
        cursor: int | None = 0
        while cursor is not None:
            page = await look(served, cursor=cursor, limit=2)
            seen += page["households"]
            assert len(page["households"]) <= 2
            cursor = None if page["next"] is None else cursor + 2
        shown = {each["household_id"]: each["shows"] for each in seen}
        assert len(seen) == len(shown) == 5
        assert list(shown)[:3] == [aside, failing, behind]
        assert shown == {
            aside: "set_aside", failing: "failing", behind: "behind", calm: "idle", "system": "idle",
        }  # fmt: skip
        error = seen[1]["last_error"]
        assert error["kind"] == "refresh_baseline"
        assert error["error"]["message"]


async def fail(served: Served, household_id: str) -> None:
    """Let a job of the household fail: its facts cannot be read for as long as it runs."""
    facts = await served.world.store.write(spoil, household_id, "{}")
    request = Request(household_id=household_id, kind="refresh_baseline", requested_by="test", force=True)
    accepted = await served.world.households.accept(request)
    assert accepted.job_id is not None
    assert (await served.world.households.wait(accepted.job_id, 30)).state.value == "failed"
    await served.world.store.write(spoil, household_id, facts)


def spoil(conn: Connection, household_id: str, facts: str) -> str:
    which = households.c.id == household_id
    before: str = conn.execute(households.select().where(which)).one().facts
    conn.execute(update(households).where(which).values(facts=facts))
    return before


def raise_revision(conn: Connection, household_id: str) -> None:
    """Let a change be there that no job brings: as if its job had been cancelled."""
    which = households.c.id == household_id
    conn.execute(update(households).where(which).values(revision=households.c.revision + 1))


async def test_a_household_that_is_set_aside_is_resumed(tmp_path: Path) -> None:
    """R33: set aside, shown, and resumed; its jobs were kept."""
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        await held(served, made["household_id"])
        await served.client.post(made["links"]["jobs"], json={"kind": "refresh_baseline"})
        (line, *_) = (await look(served))["households"]
        for _ in range(2):
            assert (await served.client.post(line["links"]["resume"])).status_code == 204
        await quiet(served.world, made["household_id"])
        assert {each["shows"] for each in (await look(served))["households"]} == {"idle"}
        assert (await served.client.post(f"{API}/households/nobody/resume")).status_code == 404


async def test_the_timetable_is_shown_with_what_becomes_of_missed_runs(tmp_path: Path) -> None:
    """R4, R17, R31: next and last run of every entry, and its catch-up policy."""
    async with a_server(tmp_path) as served:
        entries = {
            each["name"]: each for each in (await served.client.get(f"{API}/timetable")).json()["items"]
        }
        assert entries["outbox"]["catch_up"] == "skip"
        assert entries["month"]["next_due"].startswith("2026-12-01T00:05")
        assert entries["month"]["last_outcome"] is None
        assert (await look(served))["timetable"] == list(entries.values())


async def test_the_outbox_is_listed_and_a_failed_message_tried_again(tmp_path: Path) -> None:
    """R17, R36: waiting, sent and failed, each with its error and its next try."""
    async with a_server(tmp_path) as served:
        for number in range(3):
            note = replace(NOTE, key=f"k{number}", subject=f"S{number}")
            await served.world.store.write(put_message, note, at_us=10**15)
        await served.world.store.write(mark_failed, 2, "550 no such user")
        first = (await served.client.get(f"{API}/outbox?limit=2")).json()
        rest = (await served.client.get(first["next"])).json()
        listed = [*first["items"], *rest["items"]]
        assert [each["subject"] for each in listed] == ["S2", "S1", "S0"]
        assert (listed[1]["state"], listed[1]["error"], listed[1]["next_at"]) == (
            "failed",
            "550 no such user",
            None,
        )
        assert listed[0]["next_at"] is not None
        assert "B" not in listed[0].values()
        assert (await look(served))["outbox"]["counts"] == {"failed": 1, "waiting": 2}
        refused = await served.client.post(f"{API}/outbox/2/retry")
        assert (refused.status_code, "go nowhere" in refused.json()["detail"]) == (404, True)


async def test_who_does_not_run_this_planner_sees_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R1: how planner does, and what it does for itself, is its operator's business."""
    somebody = replace(LOCAL, operates=False)
    monkeypatch.setattr("planner.web.resolve.caller_of", lambda _: somebody)
    monkeypatch.setattr("planner.web.api.jobs.caller_of", lambda _: somebody)
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        asked = ("operations", "timetable", "outbox", "households/system/jobs", "jobs?household=system")
        assert [(await served.client.get(f"{API}/{each}")).status_code for each in asked] == [403] * 5
        assert (await served.client.post(f"{API}/households/system/resume")).status_code == 403
        assert (await served.client.get(made["links"]["jobs"])).status_code == 200
