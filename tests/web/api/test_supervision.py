"""Attempts of a job and households that were set aside, over HTTP."""

from importlib import resources
from pathlib import Path

from actors.stage import rows
from web.serving import API, a_server, held

COUPLE = resources.files("planner.examples").joinpath("young_couple.toml").read_bytes()
BROKE = (
    'UPDATE attempts SET outcome = \'failed\', error = \'{"type":"failed","message":"It broke."}\', '
    "traceback = 'Traceback: it broke' WHERE job_id = ?"
)


async def test_every_attempt_is_shown_with_its_error_and_traceback(tmp_path: Path) -> None:
    """R15, R22: also those that succeeded; who asks for an unknown job is told so."""
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        job = made["job"]["id"]
        (attempt,) = (await served.client.get(f"{API}/jobs/{job}/attempts")).json()["items"]
        assert (attempt["number"], attempt["outcome"], attempt["error"]) == (1, "succeeded", None)
        assert attempt["started_at"] <= attempt["ended_at"]
        await served.world.store.write(rows, BROKE, (job,))
        (attempt,) = (await served.client.get(f"{API}/jobs/{job}/attempts")).json()["items"]
        assert attempt["error"] == {"type": "failed", "message": "It broke."}
        assert attempt["traceback"] == "Traceback: it broke"
        assert (await served.client.get(f"{API}/jobs/nix/attempts")).status_code == 404


async def test_a_household_that_was_set_aside_is_shown_and_can_be_resumed(tmp_path: Path) -> None:
    """R33: its mailbox is kept and taken up again; resuming one that runs changes nothing."""
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        house = f"{API}/households/{made['household_id']}"
        await held(served, made["household_id"])
        assert (await served.client.get(f"{house}/status")).json()["set_aside_reason"] == "held by a test"
        asked = await served.client.post(f"{house}/jobs", json={"kind": "refresh_baseline", "force": True})
        assert (asked.json()["job"]["state"], asked.json()["job"]["forced"]) == ("pending", True)
        for _ in range(2):
            assert (await served.client.post(f"{house}/resume")).status_code == 204
            at = asked.json()["job"]["links"]["self"]
            job = (await served.client.get(at, headers={"Prefer": "wait=30"})).json()
            assert job["state"] == "succeeded"
        assert (await served.client.get(f"{house}/status")).json()["set_aside_reason"] is None
        assert (await served.client.post(f"{API}/households/nix/resume")).status_code == 404
