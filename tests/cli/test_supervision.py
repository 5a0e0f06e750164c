"""Asking for work, looking at its attempts and resuming a household, cold and through a server."""

import json
from pathlib import Path

import pytest
from commands import FAMILY, Planner, served
from lived_in import spoil

BROKE = (
    'UPDATE attempts SET outcome = \'failed\', error = \'{"type":"failed","message":"It broke."}\', '
    "traceback = 'Traceback:' || char(10) || '  it broke'"
)


def test_force_works_out_what_has_not_changed(planner: Planner, database: Path) -> None:
    """R13: `force` on the command line; without it nothing is worked out."""
    command = ("jobs", "ask", FAMILY, "refresh_baseline", "--json", "--data", database)
    plain, forced = json.loads(planner(*command).out), json.loads(planner(*command, "--force").out)
    assert (plain["state"], plain["unchanged"], plain["forced"], plain["result"]) == (
        "succeeded",
        True,
        False,
        {},
    )
    assert (forced["state"], forced["unchanged"], forced["forced"]) == ("succeeded", True, True)
    assert "net_worth_end" in forced["result"]


def test_a_job_that_is_refused_or_fails_is_told(planner: Planner, database: Path) -> None:
    """R7: with what was wrong, and a status that says so."""
    ask = ("jobs", "ask", FAMILY, "--data", database)
    for more, told in (
        (("nix",), "There is no kind of job called 'nix'"),
        (("project_scenario",), "arguments.scenario: is missing"),
        (("project_scenario", "--argument", "scenario=nix"), "nix"),
        (("project_scenario", "--argument", "nix"), "is not NAME=VALUE"),
    ):
        done = planner(*ask, *more)
        assert (done.status, done.out) == (2, "")
        assert told in done.err


@pytest.mark.parametrize("way", ["cold", "served"])
def test_attempts_are_listed_with_what_they_raised(planner: Planner, database: Path, way: str) -> None:
    """R15, R22: the traceback of each attempt, whoever holds the database."""
    job = json.loads(planner("jobs", FAMILY, "--json", "--data", database).out)[-1]["id"]
    spoil(database, BROKE)

    def look() -> None:
        lines = planner("jobs", "attempts", job, "--data", database).out.splitlines()
        assert lines[1].split()[0] == "1"
        assert lines[1].endswith("failed   It broke.")
        assert lines[2:] == ["", "Attempt 1:", "Traceback:", "  it broke"]
        (attempt,) = json.loads(planner("jobs", "attempts", job, "--json", "--data", database).out)
        assert attempt["error"]["message"] == "It broke."

    if way == "served":
        with served(database):
            look()
    else:
        look()


@pytest.mark.parametrize("way", ["cold", "served"])
def test_a_household_that_was_set_aside_is_listed_and_resumed(
    planner: Planner, database: Path, way: str
) -> None:
    """R33: shown with the households; after resuming it, what waited is done."""
    spoil(database, "UPDATE households SET set_aside_reason = 'It crashed.' WHERE id <> 'system'")

    def resume() -> None:
        assert planner("households", "--data", database).out.rstrip().endswith("set aside")
        asked = ("jobs", "ask", FAMILY, "refresh_baseline", "--no-wait", "--json", "--data", database)
        job = json.loads(planner(*asked).out)
        assert job["state"] == "pending"
        why = planner("jobs", "why", job["id"], "--data", database).out
        assert why.startswith("Its household is set aside until it is resumed. ")
        assert planner("resume", FAMILY, "--data", database).out == "It goes on.\n"
        assert not planner("households", "--data", database).out.rstrip().endswith("set aside")
        done = planner("jobs", "ask", FAMILY, "refresh_baseline", "--data", database)
        assert done.out.split()[1] == "succeeded,"

    if way == "served":
        with served(database):
            resume()
    else:
        resume()
