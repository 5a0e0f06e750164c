"""What happens as spans: from a request over its acceptance to the turn and the commit of its outcome."""

import json
import logging
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from urllib.request import urlopen

import pytest
from commands import PLANNER, environment
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext, StatusCode
from sqlalchemy import Connection, update
from web.serving import API, a_server, held
from worlds import quiet

from planner.actors import JobState, Request
from planner.cli.serve import trace_exporters
from planner.storage.tables import households
from planner.web.telemetry import JOBS_KEPT, LINKS_MAX, NoExporter, Telemetry, _Askers, exporting

FAMILY = resources.files("planner.examples").joinpath("family.toml").read_bytes()
COUPLE = resources.files("planner.examples").joinpath("young_couple.toml").read_bytes()
RAISE = {"type": "edit_household", "set": {"name": "Another name"}}
WAITING = {"Prefer": "wait=30"}
TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Seen:
    """The spans that ended, and the telemetry that makes them."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.telemetry = Telemetry(provider.get_tracer("planner"))

    def clear(self) -> None:
        """Forget what was seen."""
        self._exporter.clear()

    def all(self) -> Sequence[ReadableSpan]:
        """Return all, in the order in which they ended."""
        return self._exporter.get_finished_spans()

    def named(self, name: str, *, inside: ReadableSpan | None = None) -> list[ReadableSpan]:
        """Return the spans of that name, those that are within another one if it is given."""
        return [each for each in self.all() if each.name == name and (inside is None or is_in(each, inside))]

    def the(self, name: str, *, inside: ReadableSpan | None = None) -> ReadableSpan:
        """Return the only one."""
        (one,) = self.named(name, inside=inside)
        return one


def is_in(span: ReadableSpan, other: ReadableSpan) -> bool:
    return span.parent is not None and context(other).span_id == span.parent.span_id


def context(span: ReadableSpan) -> SpanContext:
    found: SpanContext | None = span.context
    assert found is not None
    return found


def about(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


def linked(span: ReadableSpan) -> list[int]:
    return [each.context.span_id for each in span.links]


def spans_of(*spans: ReadableSpan) -> list[int]:
    return [context(each).span_id for each in spans]


async def test_a_change_is_followed_from_its_request_to_the_commit_of_its_outcome(tmp_path: Path) -> None:
    """R36: request, acceptance, turn, commit; the turn is a trace of its own, linked to its acceptance."""
    seen = Seen()
    async with a_server(tmp_path, tracing=seen.telemetry, around=seen.telemetry.around) as served:
        household_id = (await served.create(COUPLE))["household_id"]
        await quiet(served.world, household_id)
        seen.clear()
        headers = {**WAITING, "traceparent": f"00-{TRACE_ID}-{SPAN_ID}-01"}
        path = f"{API}/households/{household_id}/changes"
        made = (await served.client.post(path, json=RAISE, headers=headers)).json()
        await quiet(served.world, household_id)
    request = seen.the(f"POST {API}/households/<household_id>/changes")
    assert request.parent is not None
    assert (request.parent.trace_id, request.parent.span_id) == (int(TRACE_ID, 16), int(SPAN_ID, 16))
    assert about(request)["http.response.status_code"] == 200
    assert about(request)["url.path"] == path
    accept = seen.the("accept refresh_baseline", inside=request)
    of_job = {
        "planner.job.id": made["job"]["id"],
        "planner.kind": "refresh_baseline",
        "planner.household.id": household_id,
    }
    assert about(accept) == {**of_job, "planner.joined": False, "planner.remembered": False}
    turn = seen.the("turn refresh_baseline")
    assert turn.parent is None
    assert linked(turn) == spans_of(accept)
    assert context(turn).trace_id != context(accept).trace_id
    assert about(turn) == {
        **of_job,
        "planner.attempt": 1,
        "planner.revision": made["revision"],
        "planner.outcome": "succeeded",
        "planner.unchanged": True,
        "planner.joined_count": 0,
    }
    commit = seen.the("commit", inside=turn)
    assert about(commit) == {"planner.outcome": "succeeded"}
    assert {each.status.status_code for each in seen.all()} == {StatusCode.UNSET}


async def test_a_turn_is_linked_to_all_who_asked_for_it(tmp_path: Path) -> None:
    """I6, I7, R36: to who joined, and to whose job was absorbed."""
    seen = Seen()
    async with a_server(tmp_path, tracing=seen.telemetry, around=seen.telemetry.around) as served:
        household_id = (await served.create(COUPLE))["household_id"]
        await held(served, household_id)
        seen.clear()
        jobs = f"{API}/households/{household_id}/jobs"
        for kind in ("regenerate_flows", "refresh_baseline", "refresh_baseline"):
            answer = await served.client.post(jobs, json={"kind": kind})
            assert answer.status_code == 202
        await served.world.households.resume(household_id)
        await quiet(served.world, household_id)
    absorbed = seen.the("accept regenerate_flows")
    first, second = seen.named("accept refresh_baseline")
    assert [about(each)["planner.joined"] for each in (first, second)] == [False, True]
    turn = seen.the("turn refresh_baseline")
    assert linked(turn) == spans_of(absorbed, first, second)
    assert about(turn)["planner.joined_count"] == 2


async def test_the_turns_that_a_turn_asks_for_are_linked_to_its_commit(tmp_path: Path) -> None:
    """R36: what follows can be followed."""
    seen = Seen()
    async with a_server(tmp_path, tracing=seen.telemetry, around=seen.telemetry.around) as served:
        household_id = (await served.create(FAMILY))["household_id"]
        await quiet(served.world, household_id)
    first = seen.the("turn refresh_baseline")
    assert about(first)["planner.unchanged"] is False
    followed = seen.named("turn project_scenario")
    assert followed
    commit = seen.the("commit", inside=first)
    assert [linked(each) for each in followed] == [spans_of(commit)] * len(followed)


def spoil(conn: Connection, household_id: str) -> None:
    conn.execute(update(households).where(households.c.id == household_id).values(facts="{}"))


async def test_errors_are_recorded_where_they_happen(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """R15, R36: a request that is refused, one that planner cannot answer, and a turn that fails."""
    caplog.set_level(logging.CRITICAL, "planner")
    seen = Seen()
    async with a_server(tmp_path, tracing=seen.telemetry, around=seen.telemetry.around) as served:
        household_id = (await served.create(COUPLE))["household_id"]
        await quiet(served.world, household_id)
        seen.clear()
        refused = await served.client.post(f"{API}/households/{household_id}/jobs", json={"kind": "nonsense"})
        assert refused.status_code == 422
        assert (await served.client.get("/nowhere")).status_code == 404
        await served.world.store.write(spoil, household_id)
        shown = await served.client.get(f"{API}/households/{household_id}")
        assert shown.status_code == 500
        request = Request(household_id=household_id, kind="refresh_baseline", requested_by="test", force=True)
        job = await served.world.households.accept(request)
        assert job.job_id is not None
        assert (await served.world.households.wait(job.job_id, 30)).state is JobState.FAILED
        assert (await served.client.get("/healthz")).status_code == 200
    nonsense = seen.the("accept", inside=seen.the(f"POST {API}/households/<household_id>/jobs"))
    assert "nonsense" in recorded(nonsense)["exception.message"]
    assert seen.the(f"POST {API}/households/<household_id>/jobs").status.is_unset, (
        "it is no fault of the server"
    )
    assert seen.the("GET").status.is_unset
    broken = seen.the(f"GET {API}/households/<household_id>")
    assert broken.status.status_code is StatusCode.ERROR
    assert "Traceback" in recorded(broken)["exception.stacktrace"]
    turn = seen.the("turn refresh_baseline")
    assert turn.status.status_code is StatusCode.ERROR
    assert "Traceback" in recorded(turn)["exception.stacktrace"]
    assert about(turn)["planner.outcome"] == "failed"
    assert [each.name for each in seen.all() if "healthz" in each.name] == []


def recorded(span: ReadableSpan) -> dict[str, str]:
    """Return the one error that the span has recorded."""
    (event,) = span.events
    assert event.name == "exception"
    return {name: str(value) for name, value in (event.attributes or {}).items()}


def test_what_is_kept_of_who_asked_is_bounded() -> None:
    """I12: by jobs, the oldest first, and by spans of a job."""
    askers, here = _Askers(), SpanContext(1, 2, is_remote=False)
    for number in range(JOBS_KEPT + 1):
        askers.add(str(number), here)
    assert askers.of("0") == ()
    assert askers.of("1") == (here,)
    for _ in range(LINKS_MAX + 1):
        askers.add("1", here)
    assert len(askers.of("1")) == LINKS_MAX
    askers.hand_over("1", "2")
    askers.forget("2")
    assert askers.of("1") == askers.of("2") == ()


@pytest.mark.parametrize(
    "said, exporters",
    [
        ({}, ()),
        ({"OTEL_TRACES_EXPORTER": "none"}, ()),
        ({"OTEL_TRACES_EXPORTER": "console", "OTEL_SDK_DISABLED": "TRUE"}, ()),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"}, ()),
        ({"OTEL_TRACES_EXPORTER": "otlp, console"}, ("otlp_proto_http", "console")),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, ("otlp_proto_grpc",)),
    ],
)
def test_nothing_is_traced_unless_the_environment_says_by_what(
    said: dict[str, str], exporters: tuple[str, ...]
) -> None:
    assert trace_exporters(said) == exporters


async def test_an_exporter_that_is_not_installed_is_named() -> None:
    with pytest.raises(NoExporter, match="opentelemetry-exporter-otlp-proto-http installed"):
        async with exporting(["otlp_proto_http"]):
            pass


@pytest.mark.journey
def test_a_server_sends_its_spans_where_the_environment_says(tmp_path: Path) -> None:
    """R36: the real server, by the SDK's own console exporter; what is left is sent when it stops."""
    more = {"OTEL_TRACES_EXPORTER": "console", "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment=test"}
    said, complained = serve_once([*PLANNER, "serve"], tmp_path, more)
    found = re.finditer(r"^\{$", said, re.MULTILINE)
    spans = [json.JSONDecoder().raw_decode(said, each.start())[0] for each in found]
    assert {f"GET {API}/households", "accept refresh_baseline", "turn refresh_baseline", "commit"} <= {
        each["name"] for each in spans
    }
    attributes = spans[0]["resource"]["attributes"]
    assert (attributes["service.name"], attributes["deployment.environment"]) == ("planner", "test")
    assert complained == ""


WITHOUT = (
    "import sys; sys.modules['opentelemetry'] = None; from planner.cli.main import run; run(sys.argv[1:])"
)
WHAT_IS_LOADED = """
import sys
from planner.cli.main import run
run(sys.argv[1:])
print([each for each in sys.modules if each.startswith("opentelemetry")])
"""


@pytest.mark.journey
def test_without_opentelemetry_planner_serves_and_says_what_is_missing(tmp_path: Path) -> None:
    """R36: traces are optional."""
    command = [sys.executable, "-c", WITHOUT, "serve"]
    _, complained = serve_once(command, tmp_path, {"OTEL_TRACES_EXPORTER": "console"})
    assert complained.count("\n") == 1
    assert "nothing is traced" in complained
    assert "pip install 'planner[telemetry]'" in complained


@pytest.mark.journey
def test_where_nobody_wants_traces_opentelemetry_is_not_even_imported(tmp_path: Path) -> None:
    """R36: installed or not."""
    said, complained = serve_once([sys.executable, "-c", WHAT_IS_LOADED, "serve"], tmp_path, {})
    assert said.splitlines()[-1] == "[]"
    assert complained == ""


def serve_once(command: list[str], folder: Path, more: dict[str, str]) -> tuple[str, str]:
    """Serve the examples, look at a page and stop in order; return what was said, and complained."""
    command = [*command, "--data", str(folder / "planner.db"), "--port", "0"]
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(more)
    )
    try:
        assert server.stdout is not None
        address = server.stdout.readline().removeprefix("planner is ready: ").strip()
        with urlopen(f"{address}api/v1/households", timeout=30) as answer:  # noqa: S310 -- our own
            assert answer.status == 200
    finally:
        server.terminate()
        said, complained = server.communicate(timeout=30)
    assert server.returncode == 0, complained
    return said, complained
