"""What watches planner from outside: alive, ready, and the figures."""

import re
from importlib import resources
from pathlib import Path

import pytest
from web.serving import a_server, held

from planner.web.prometheus import Family, Sample, render

COUPLE = resources.files("planner.examples").joinpath("young_couple.toml").read_bytes()
LINE = re.compile(r'^([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*\})? (NaN|[+-]Inf|[-+0-9.e]+)$')


async def test_the_figures_follow_what_happens(tmp_path: Path) -> None:
    """R36: throughput, queue depth, coalesced share, failures and the loop's lag for Prometheus."""
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        await held(served, made["household_id"])
        for _ in range(3):
            await served.client.post(made["links"]["jobs"], json={"kind": "refresh_baseline"})
        answer = await served.client.get("/metrics")
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        lines = answer.text.splitlines()
        shown = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        assert shown['planner_jobs_finished_total{kind="refresh_baseline",state="succeeded"}'] == "1"
        assert shown['planner_jobs_joined_total{kind="refresh_baseline"}'] == "2"
        assert shown["planner_jobs_waiting"] == "1"
        assert shown["planner_households_set_aside"] == "1"
        assert int(shown["planner_writer_commits_total"]) > 0
        assert float(shown["planner_writer_commit_seconds_sum"]) > 0
        assert float(shown["planner_jobs_joined_share"]) > 0
        assert shown["planner_read_only"] == "0.0"
        assert float(shown['planner_event_loop_lag_seconds{quantile="0.99"}']) > 0
        assert int(shown["planner_event_loop_lag_seconds_count"]) > 0
        assert "planner_event_loop_blocked_total" in shown


async def test_every_line_has_the_form_prometheus_reads(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        await served.create(COUPLE)
        text = (await served.client.get("/metrics")).text
    assert text.endswith("\n")
    typed = re.findall(r"^# TYPE (\w+) (counter|gauge|summary)$", text, re.MULTILINE)
    assert len(typed) == len(dict(typed)) == len(re.findall("^# HELP ", text, re.MULTILINE))
    for name, kind in typed:
        assert name.endswith("_total") == (kind == "counter")
    for line in text.splitlines():
        if not line.startswith("#"):
            assert LINE.match(line), line


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
        assert "planner_read_only 1.0" in (await served.client.get("/metrics")).text
