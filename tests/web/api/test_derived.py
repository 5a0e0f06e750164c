"""What is worked out, over HTTP: it says how fresh it is, and can be waited for."""

import csv
import io
from importlib import resources
from pathlib import Path

from web.api.test_changes import RAISE
from web.serving import a_server, held

FAMILY = resources.files("planner.examples").joinpath("family.toml").read_bytes()


async def test_the_baseline_is_there_with_its_freshness(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        said = (await served.client.get(made["links"]["baseline"])).json()
        assert said["freshness"]["revision"] == 1
        assert said["freshness"]["fresh"] is True
        assert said["months"] == len(said["rows"]) == 240
        assert said["rows"][0]["month"] == "2026-11"
        assert said["rows"][0]["accounts"]["checking"]["opening"].count(".") == 1
        assert "totals.net_worth" in said["columns"]


async def test_a_read_after_a_change_waits_for_it(tmp_path: Path) -> None:
    """R14: a projection read after an acknowledged change reflects it."""
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        before = (await served.client.get(made["links"]["baseline"])).json()
        revision = (await served.client.post(made["links"]["changes"], json=RAISE)).json()["revision"]
        after = await served.client.get(
            made["links"]["baseline"], params={"at_least": revision, "wait": 30, "columns": "totals"}
        )
        assert after.json()["freshness"]["revision"] == 2
        assert after.json()["summary"]["net_worth_end"] != before["summary"]["net_worth_end"]


async def test_a_read_that_does_not_wait_says_that_it_is_old(tmp_path: Path) -> None:
    """R14: or it says plainly that it does not yet, and which job is bringing the next."""
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        await held(served, made["household_id"])
        changed = (await served.client.post(made["links"]["changes"], json=RAISE)).json()
        for link in ("baseline", "flows", "metrics"):
            freshness = (await served.client.get(made["links"][link])).json()["freshness"]
            assert (freshness["fresh"], freshness["revision"], freshness["current_revision"]) == (False, 1, 2)
        late = await served.client.get(made["links"]["baseline"], params={"at_least": 2, "wait": 1})
        assert late.status_code == 200
        assert late.json()["freshness"]["fresh"] is False
        assert late.json()["freshness"]["job_id"] == changed["job"]["id"]


async def test_a_revision_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        answer = await served.client.get(made["links"]["baseline"], params={"at_least": 2})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["path"] == "at_least"


async def test_columns_can_be_chosen_by_name_or_by_what_is_below_a_name(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        wanted = {"columns": "totals.net_worth,accounts.checking"}
        rows = (await served.client.get(made["links"]["baseline"], params=wanted)).json()["rows"]
        assert set(rows[0]) == {"month", "totals", "accounts"}
        assert set(rows[0]["totals"]) == {"net_worth"}
        assert set(rows[0]["accounts"]) == {"checking"}
        unknown = await served.client.get(made["links"]["baseline"], params={"columns": "totals.happiness"})
        assert (unknown.status_code, unknown.json()["errors"][0]["path"]) == (400, "columns")


async def test_csv_and_json_say_the_same(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        wanted = {"columns": "totals.net_worth,debts.mortgage.closing"}
        json = (await served.client.get(made["links"]["baseline"], params=wanted)).json()
        by_format = await served.client.get(made["links"]["baseline"], params={**wanted, "format": "csv"})
        by_accept = await served.client.get(
            made["links"]["baseline"], params=wanted, headers={"Accept": "text/csv"}
        )
        assert by_format.text == by_accept.text
        assert by_format.headers["planner-fresh"] == "true"
        assert by_format.headers["content-type"].startswith("text/csv")
        lines = list(csv.reader(io.StringIO(by_format.text)))
        assert lines[0] == ["month", "totals.net_worth", "debts.mortgage.closing"]
        assert lines[1:] == [
            [row["month"], row["totals"]["net_worth"], row["debts"]["mortgage"]["closing"]]
            for row in json["rows"]
        ]


async def test_a_scenario_is_projected_by_itself(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        at = f"{made['links']['self']}/scenarios/high-inflation/projection"
        said = (await served.client.get(at, params={"at_least": 1, "wait": 30, "columns": "totals"})).json()
        assert said["freshness"]["fresh"] is True
        base = (await served.client.get(made["links"]["baseline"], params={"columns": "totals"})).json()
        assert said["summary"] != base["summary"]
        unknown = await served.client.get(f"{made['links']['self']}/scenarios/nowhere/projection")
        assert unknown.status_code in {404, 422}


async def test_flows_name_their_source_and_metrics_their_definition(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        flows = (await served.client.get(made["links"]["flows"])).json()["flows"]["flows"]
        pay = next(flow for flow in flows if flow["id"] == "incomes/ada-salary")
        assert pay["source"] == {"collection": "incomes", "id": "ada-salary"}
        metrics = (await served.client.get(made["links"]["metrics"])).json()["metrics"]
        assert all(each["definition"] for each in metrics)


async def test_status_shows_the_mailbox_and_what_is_fresh(tmp_path: Path) -> None:
    """R36: one look shows what is going on in a household."""
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        await held(served, made["household_id"])
        changed = (await served.client.post(made["links"]["changes"], json=RAISE)).json()
        status = (await served.client.get(made["links"]["status"])).json()
        assert changed["job"]["id"] in {job["id"] for job in status["waiting"]}
        assert status["waiting_count"] >= 1
        assert status["set_aside_reason"] == "held by a test"
        assert status["freshness"]["baseline"]["fresh"] is False
        assert status["revision"] == 2
