"""Idempotency keys of jobs over HTTP: looked up in pages, cleared, and nobody else's."""

from importlib import resources
from pathlib import Path

from web.serving import API, Served, a_server
from worlds import NOON

from planner.actors.ids import microseconds
from planner.storage.done_keys import DoneKey, remember_done

COUPLE = resources.files("planner.examples").joinpath("young_couple.toml").read_bytes()
LATER_US = microseconds(NOON) + 1_000_000


async def remembered(served: Served, household_id: str, *keys: str) -> str:
    """Let the household remember some keys; return where they are."""
    for key in keys:
        done = DoneKey(
            household_id=household_id,
            key=key,
            kind="daily_report",
            job_id="j",
            at_us=0,
            expires_at_us=LATER_US,
        )
        await served.world.store.write(remember_done, done)
    return f"{API}/households/{household_id}/idempotency-keys"


async def test_keys_are_listed_in_pages_and_cleared_one_by_one(tmp_path: Path) -> None:
    """R16: keys can be looked up and cleared."""
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        at = await remembered(served, made["household_id"], "daily_report:a:2026-11-23", "b", "c&d")
        assert made["links"]["idempotency-keys"] == at
        first = (await served.client.get(at, params={"limit": 2})).json()
        last = (await served.client.get(first["next"])).json()
        listed = [each["key"] for each in (*first["items"], *last["items"])]
        assert (listed, last["next"]) == (["b", "c&d", "daily_report:a:2026-11-23"], None)
        assert first["items"][0]["expires_at"] == "2026-11-23T12:00:01.000000Z"
        cleared = await served.client.delete(at, params={"key": "daily_report:a:2026-11-23"})
        assert cleared.status_code == 204
        assert [each["key"] for each in (await served.client.get(at)).json()["items"]] == ["b", "c&d"]


async def test_a_wrong_question_about_keys_is_refused(tmp_path: Path) -> None:
    """R16: with what is wrong; a key of another household is not known here."""
    async with a_server(tmp_path) as served:
        made, other = await served.create(COUPLE), await served.create(COUPLE)
        at = await remembered(served, made["household_id"], "a")
        of_other = f"{API}/households/{other['household_id']}/idempotency-keys"
        nowhere = f"{API}/households/nobody/idempotency-keys"
        assert (await served.client.get(of_other)).json()["items"] == []
        answers = [
            (await served.client.delete(at)).status_code,
            (await served.client.delete(at, params={"key": ""})).status_code,
            (await served.client.delete(at, params={"key": "x" * 256})).status_code,
            (await served.client.delete(of_other, params={"key": "a"})).status_code,
            (await served.client.get(nowhere)).status_code,
        ]
        assert answers == [400, 400, 400, 404, 404]
        assert len((await served.client.get(at)).json()["items"]) == 1
