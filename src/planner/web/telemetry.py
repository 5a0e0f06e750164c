"""Spans for OpenTelemetry: of requests, of what is accepted, of turns and of the commits of their outcomes.

Importing this needs OpenTelemetry, which is optional: whoever wants traces imports it, and nobody else.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from importlib.metadata import entry_points
from typing import Final

import trio
from hypercorn.typing import ASGIFramework, ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, Scope
from opentelemetry import propagate
from opentelemetry.context import Context
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, Status, StatusCode, Tracer

from planner.actors.accept import Decided
from planner.actors.happening import Happening
from planner.actors.ledger import Settled
from planner.actors.tracing import OnDecided, OnSettled, OnTurned
from planner.actors.turn import Ended
from planner.domain.errors import PlannerError
from planner.storage.job_rows import JobRow, JobState
from planner.web.app import FAULT, FAULTY, ROUTE

JOBS_KEPT: Final = 4_096
LINKS_MAX: Final = 32
FLUSH_SECONDS_MAX: Final = 2.0
"""How long stopping waits for those who take the last spans."""

EXPORTERS: Final = "opentelemetry_traces_exporter"
PROBES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class NoExporter(PlannerError):
    """No installed package brings the exporter that was named."""


@asynccontextmanager
async def exporting(names: Iterable[str]) -> AsyncIterator["Telemetry"]:
    """Send spans by the exporters so named until the block ends; all else the environment tells the SDK.

    Raises NoExporter. Those who take spans are waited for a moment in the end, and never before.
    """
    service = Resource.create({"service.name": "planner"}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=service, shutdown_on_exit=False)
    for make in [_exporter(name) for name in names]:
        provider.add_span_processor(BatchSpanProcessor(make()))
    try:
        yield Telemetry(provider.get_tracer("planner"))
    finally:
        with trio.move_on_after(FLUSH_SECONDS_MAX, shield=True):
            await trio.to_thread.run_sync(provider.shutdown, abandon_on_cancel=True)


def _exporter(name: str) -> Callable[[], SpanExporter]:
    found = next(iter(entry_points(group=EXPORTERS, name=name)), None)
    if found is None:
        package = f"opentelemetry-exporter-{name.replace('_', '-')}"
        raise NoExporter(f"There is no exporter of traces called {name!r}; is {package} installed?")
    make: Callable[[], SpanExporter] = found.load()
    return make


class Telemetry:
    """The Tracing of actors, and the span around each request.

    A turn runs later than its request, in another task, and for all who asked for it: it begins a trace of
    its own that links to the spans in which it was asked for. Which those are is kept in memory by job, and
    not in the database: a job that outlives the process has a turn without links.
    """

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._askers = _Askers()
        self._turns: dict[str, Span] = {}

    @contextmanager
    def accepting(self) -> Iterator[OnDecided]:
        """Begin the span of a request for work."""
        with self._tracer.start_as_current_span("accept") as span:

            def decided(came_to: Decided) -> None:
                job = came_to.job
                span.update_name(f"accept {job.kind}")
                span.set_attributes(_of(job))
                span.set_attribute("planner.joined", came_to.joined)
                span.set_attribute("planner.remembered", came_to.remembered)
                self._hear(came_to.happenings, span.get_span_context())

            yield decided

    @contextmanager
    def turn(self, job: JobRow) -> Iterator[OnTurned]:
        """Begin the span of an attempt."""
        about: dict[str, str | int] = {
            **_of(job),
            "planner.attempt": job.attempts,
            "planner.revision": job.snapshot_revision or 0,
        }
        links = [Link(each) for each in self._askers.of(job.id)]
        with self._tracer.start_as_current_span(
            f"turn {job.kind}", context=Context(), attributes=about, links=links
        ) as span:
            self._turns[job.id] = span
            try:
                yield partial(_turned, span)
            finally:
                del self._turns[job.id]

    @contextmanager
    def committing(self) -> Iterator[OnSettled]:
        """Begin the span of an outcome's commit, within that of its turn."""
        with self._tracer.start_as_current_span("commit") as span:

            def settled(came_to: Settled) -> None:
                span.set_attribute("planner.outcome", _outcome(came_to))
                self._hear(came_to.happenings, span.get_span_context())

            yield settled

    def _hear(self, happenings: Sequence[Happening], here: SpanContext) -> None:
        for each in happenings:
            job = each.job
            if job.successor_id is not None:
                self._askers.hand_over(job.id, job.successor_id)
            elif job.state.is_final:
                self._askers.forget(job.id)
            elif each.type in {"accepted", "joined"}:
                self._askers.add(job.id, here)
                if (running := self._turns.get(job.id)) is not None:
                    running.add_link(here)

    def around(self, app: ASGIFramework) -> ASGIFramework:
        """Return the app with a span around each request, but for those that ask whether planner lives."""

        async def traced(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
            if scope["type"] != "http" or scope["path"] in PROBES:
                await app(scope, receive, send)
                return
            method = scope["method"] if scope["method"] in METHODS else "_OTHER"
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            with self._tracer.start_as_current_span(
                method,
                context=propagate.extract(headers),
                kind=SpanKind.SERVER,
                attributes={"http.request.method": method, "url.path": scope["path"], "url.scheme": "http"},
            ) as span:

                async def answer(message: ASGISendEvent) -> None:
                    if message["type"] == "http.response.start":
                        _answered(span, method, scope, message["status"])
                    await send(message)

                await app(scope, receive, answer)

        return traced


class _Askers:
    """The spans in which each live job was asked for; the oldest are forgotten when there are too many."""

    def __init__(self) -> None:
        self._spans: dict[str, tuple[SpanContext, ...]] = {}

    def of(self, job_id: str) -> tuple[SpanContext, ...]:
        return self._spans.get(job_id, ())

    def add(self, job_id: str, *more: SpanContext) -> None:
        self._spans[job_id] = (*self.of(job_id), *more)[:LINKS_MAX]
        if len(self._spans) > JOBS_KEPT:
            del self._spans[next(iter(self._spans))]

    def hand_over(self, job_id: str, successor_id: str) -> None:
        self.add(successor_id, *self._spans.pop(job_id, ()))

    def forget(self, job_id: str) -> None:
        self._spans.pop(job_id, None)


def _of(job: JobRow) -> dict[str, str]:
    return {"planner.job.id": job.id, "planner.kind": job.kind, "planner.household.id": job.household_id}


def _outcome(settled: Settled) -> str:
    if settled.retry:
        return "retrying"
    return "spread" if settled.job.state is JobState.RUNNING else settled.job.state.value


def _turned(span: Span, ended: Ended, settled: Settled) -> None:
    span.set_attribute("planner.outcome", _outcome(settled))
    span.set_attribute("planner.unchanged", settled.job.unchanged)
    span.set_attribute("planner.joined_count", settled.job.joined)
    error = ended.error or settled.job.error
    if error is None or JobState.FAILED not in {ended.state, settled.job.state}:
        return
    said = {"exception.type": str(error["type"]), "exception.message": str(error["message"])}
    trace = {} if ended.traceback is None else {"exception.stacktrace": ended.traceback}
    span.add_event("exception", {**said, **trace})
    span.set_status(Status(StatusCode.ERROR, str(error["message"])))


def _answered(span: Span, method: str, scope: Scope, status: int) -> None:
    span.set_attribute("http.response.status_code", status)
    route = scope.get(ROUTE)
    if isinstance(route, str):
        span.update_name(f"{method} {route}")
        span.set_attribute("http.route", route)
    if status >= FAULTY:
        fault = scope.get(FAULT)
        if isinstance(fault, Exception):
            span.record_exception(fault)
        span.set_status(Status(StatusCode.ERROR))
