"""`planner jobs`: the list, one job, and reasons."""

import json
from pathlib import Path

import httpx
import pytest
from commands import FAMILY, Planner, served

from planner.cli.jobs import row_of

JOB = {
    "id": "j", "state": "running", "title": "Bring the projection up to date", "household_id": "h",
    "accepted_at": "2026-11-23T00:00:00Z", "started_at": None, "finished_at": None, "error": None,
    "progress": {"fraction": 0.42, "doing": "year 5", "seconds_left": 3.2},
}  # fmt: skip


def test_progress_is_percent_what_and_how_long_still() -> None:
    """R37: percent, what it is doing, time left."""
    assert row_of(JOB)[-1] == "42%, year 5, 3 s left"
    assert row_of({**JOB, "progress": None})[-1] == ""
    failed = {**JOB, "state": "failed", "error": {"message": "It broke."}, "progress": None}
    assert row_of(failed)[-1] == "It broke."


def test_jobs_are_listed_newest_first(planner: Planner, database: Path) -> None:
    """R36: one look shows what is going on."""
    every = json.loads(planner("jobs", "--json", "--data", database).out)
    assert {job["state"] for job in every} == {"succeeded"}
    assert every[-1]["kind"] == "refresh_baseline"
    of_one = json.loads(planner("jobs", FAMILY, "--json", "--limit", "1", "--data", database).out)
    assert of_one == every[:1]
    table = planner("jobs", "list", "--data", database).out.splitlines()
    assert table[0].split()[:2] == ["Id", "State"]
    assert len(table) == 1 + len(every)


def test_an_empty_list_says_so(planner: Planner, database: Path) -> None:
    assert planner("jobs", "--state", "failed", "--data", database).out == "There are no such jobs.\n"


def test_one_job_is_shown_explained_and_cannot_be_cancelled_when_done(
    planner: Planner, database: Path
) -> None:
    """I18: why; I15: states only move forward."""
    job = json.loads(planner("jobs", "--json", "--data", database).out)[0]["id"]
    assert planner("jobs", "show", job, "--data", database).out.split()[:2] == ["id", job]
    assert planner("jobs", "why", job, "--data", database).out == "It has ended: succeeded.\n"
    assert json.loads(planner("jobs", "why", job, "--json", "--data", database).out)["job"]["id"] == job
    assert (
        json.loads(planner("jobs", "cancel", job, "--json", "--data", database).out)["state"] == "succeeded"
    )


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["show", "nix"], "There is no job nix."),
        (["why", "nix"], "There is no job nix."),
        (["cancel", "../../etc"], "There is no job ../../etc."),
        (["nix"], "There is no household 'nix'."),
        (["--state", "sleeping"], "'sleeping' is not one of"),
        (["--watch", "--json"], "leave out --json"),
        (["--limit", "0"], "0 is not in the range"),
    ],
)
def test_wrong_questions(planner: Planner, database: Path, arguments: list[str], told: str) -> None:
    done = planner("jobs", *arguments, "--data", database)
    assert (done.status, done.out) == (2, "")
    assert told in done.err


def test_planners_own_jobs_and_keys_are_reached_by_its_name(planner: Planner, database: Path) -> None:
    """R16, R17: `system` is a household like any other here; a kind narrows the list."""
    assert planner("jobs", "system", "--json", "--data", database).out == "[]\n"
    assert planner("jobs", "keys", "system", "--data", database).out == "Nothing is remembered as done.\n"
    found = json.loads(planner("jobs", "--kind", "refresh_baseline", "--json", "--data", database).out)
    assert [job["kind"] for job in found] == ["refresh_baseline"]


def test_the_list_of_all_jobs_is_the_same_through_a_server(planner: Planner, database: Path) -> None:
    """R36: whoever holds the database; the server's own jobs are on it."""
    with served(database, "--empty"):
        for _ in range(100):  # it asks itself soon after it has started
            warm = json.loads(planner("jobs", "--json", "--data", database).out)
            if "system" in {job["household_id"] for job in warm}:
                break
        else:
            pytest.fail("the server's own jobs are not on the list")
        own = json.loads(planner("jobs", "system", "--json", "--limit", "1", "--data", database).out)
        assert [job["household_id"] for job in own] == ["system"]
        assert planner("jobs", "--kind", "nothing", "--data", database).status == 2


def test_the_items_of_a_batch_are_listed(planner: Planner, database: Path) -> None:
    """R2: with what each came to, through a server and without one."""
    house = json.loads(planner("households", "--json", "--data", database).out)[0]["id"]
    with served(database) as (address, _):
        headers = {"Prefer": "wait=30"}
        wish = {"kind": "project_scenarios"}
        answer = httpx.post(f"{address}api/v1/households/{house}/jobs", json=wish, headers=headers)
        job = answer.json()["job"]
        through_it = planner("jobs", "children", job["id"], "--data", database)
    for done in (through_it, planner("jobs", "children", job["id"], "--data", database)):
        lines = [line.split() for line in done.out.splitlines()]
        assert lines[0] == ["Id", "State", "Item", "Took", "Progress"]
        assert [line[1:4] for line in lines[1:]] == [
            ["succeeded", "scenario", "high-inflation"],
            ["succeeded", "scenario", "lean-markets"],
        ]
    item = json.loads(planner("jobs", "children", job["id"], "--json", "--data", database).out)[0]
    assert (item["parent_id"], item["state"]) == (job["id"], "succeeded")
    assert planner("jobs", "children", item["id"], "--data", database).out == (
        "It is no batch, or planned nothing.\n"
    )
