"""What watches planner from outside: alive, ready, and the figures."""

import re
from importlib import resources
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from web.serving import a_server, held
from worlds import NOON

from planner.actors.ids import microseconds
from planner.domain.errors import Busy
from planner.storage.alerts import AlertRow
from planner.web.prometheus import Family, Sample, render
from planner.work import vitals

COUPLE = resources.files("planner.examples").joinpath("young_couple.toml").read_bytes()

Shown = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(text: str) -> Shown:
    """Read the figures as Prometheus does: with its own parser."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(shown: Shown, name: str, **labels: str) -> float:
    return shown[name, frozenset(labels.items())]


async def test_the_figures_follow_what_happens(tmp_path: Path) -> None:
    """R36: throughput, queue depth, coalesced share, failures and the loop's lag for Prometheus."""
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        await held(served, made["household_id"])
        for _ in range(3):
            await served.client.post(made["links"]["jobs"], json={"kind": "refresh_baseline"})
        answer = await served.client.get("/metrics")
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        shown = read(answer.text)
        baseline = {"kind": "refresh_baseline"}
        assert of(shown, "planner_jobs_finished_total", state="succeeded", **baseline) == 1
        assert of(shown, "planner_jobs_joined_total", **baseline) == 2
        assert of(shown, "planner_jobs_waiting", priority="interactive") == 1
        assert of(shown, "planner_jobs_waiting", priority="bulk") == 0
        assert of(shown, "planner_households_set_aside") == 1
        assert of(shown, "planner_households") == 1
        assert of(shown, "planner_jobs_joined_share") > 0
        assert of(shown, "planner_changes_pending") == 0
        assert of(shown, "planner_read_only") == 0
        assert of(shown, "planner_threads") > 0
        commits = of(shown, "planner_writer_commits_total")
        assert of(shown, "planner_writer_commit_seconds_bucket", le="+Inf") == commits > 0
        assert of(shown, "planner_writer_commit_seconds_sum") > 0
        assert of(shown, "planner_job_run_seconds_bucket", le="300.0", **baseline) == 1
        assert of(shown, "planner_job_wait_seconds_count", priority="interactive") >= 1
        assert of(shown, "planner_event_loop_lag_seconds_bucket", le="+Inf") > 0
        assert of(shown, "planner_event_loop_blocked_total") >= 0


async def test_changes_that_wait_are_counted_with_their_age(tmp_path: Path) -> None:
    """R36: the lag of pending changes."""
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        await held(served, made["household_id"])
        for name in ("One", "Two"):
            change = {"type": "edit_household", "set": {"name": name}}
            await served.client.post(made["links"]["changes"], json=change)
        shown = read((await served.client.get("/metrics")).text)
        assert of(shown, "planner_changes_pending") == 2
        assert of(shown, "planner_households_behind") == 1
        in_an_hour = microseconds(NOON) + 3_600_000_000
        stands = await served.world.vitals.stands(served.world.store, in_an_hour)
        assert stands.behind.age_seconds(in_an_hour) == 3600


async def test_alerts_that_stand_raised_are_counted_by_rule(tmp_path: Path) -> None:
    """R36: every rule has its figure, raised or not."""
    async with a_server(tmp_path) as served:
        raised = served.world.vitals.raised
        for subject in ("one", "two"):
            raised["set_aside", subject] = AlertRow(
                rule="set_aside", subject=subject, raised_at_us=0, resolved_at_us=None, detail=""
            )
        shown = read((await served.client.get("/metrics")).text)
        assert of(shown, "planner_alerts_raised", rule="set_aside") == 2
        assert of(shown, "planner_alerts_raised", rule="read_only") == 0


async def test_what_is_refused_is_counted(tmp_path: Path) -> None:
    """R36: refused duplicates."""
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        for name in ("One", "Two"):
            change = {"type": "edit_household", "set": {"name": name}}
            await served.client.post(made["links"]["changes"], json=change, headers={"Idempotency-Key": "k"})
        shown = read((await served.client.get("/metrics")).text)
        assert of(shown, "planner_requests_refused_total", reason="reused") == 1
        assert of(shown, "planner_requests_refused_total", reason="repeated") == 0


async def test_prometheus_reads_every_family_with_its_type_and_words(tmp_path: Path) -> None:
    """R36: named by convention, each family once; no label grows with the number of households."""
    async with a_server(tmp_path) as served:
        made = [await served.create(COUPLE) for _ in range(2)]
        text = (await served.client.get("/metrics")).text
    families = list(text_string_to_metric_families(text))
    assert len(families) > 30
    assert len({family.name for family in families}) == len(families)
    assert all(family.documentation and family.type != "unknown" for family in families)
    for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE):
        assert name.endswith("_total") == (kind == "counter"), name
    assert [each["household_id"] for each in made if each["household_id"] in text] == []


async def test_figures_of_memory_are_there_even_when_the_database_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R36: what is shown of a sick planner must not depend on what is sick."""

    def sick(*_: object) -> None:
        raise Busy("The database cannot be read just now.")

    async with a_server(tmp_path) as served:
        monkeypatch.setattr(vitals, "standing", sick)
        shown = read((await served.client.get("/metrics")).text)
        assert of(shown, "planner_writer_commits_total") > 0
        assert ("planner_changes_pending", frozenset()) not in shown


def test_labels_and_words_are_escaped() -> None:
    family = Family("x", "gauge", "a\\b\nc", (Sample(1.0, {"kind": 'say "hi"\\\n'}), Sample(float("inf"))))
    assert render([family]) == (
        '# HELP x a\\\\b\\nc\n# TYPE x gauge\nx{kind="say \\"hi\\"\\\\\\n"} 1.0\nx +Inf\n'
    )


async def test_a_stopping_planner_is_alive_but_not_ready(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        assert (await served.client.get("/readyz")).json()["epoch"] == 1
        served.world.stopping.set()
    async with a_server(tmp_path) as served:
        assert (await served.client.get("/readyz")).json()["epoch"] == 2
        assert (await served.client.get("/healthz")).json() == {"status": "alive"}


async def test_a_database_that_cannot_be_written_is_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_server(tmp_path) as served:
        kind = type(served.world.store)
        monkeypatch.setattr(kind, "read_only_reason", property(lambda _: "The disk is full."))
        answer = await served.client.get("/readyz")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "30"
        assert answer.json()["detail"] == "The disk is full."
        assert of(read((await served.client.get("/metrics")).text), "planner_read_only") == 1
