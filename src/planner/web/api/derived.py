"""What was worked out of a household: flows, projections, metrics; each says how fresh it is."""

import csv
import io
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import trio
from quart import Request, Response, request

from planner.domain.money import as_text
from planner.engine.projection import Projection
from planner.web.api import asked
from planner.web.api.answers import answer, job_plain
from planner.web.api.routes import (
    API,
    COUNT,
    CSV,
    FREE,
    JSON,
    TEXT,
    Answer,
    Parameter,
    Route,
    many,
    maybe,
    ref,
    shape,
    shown,
)
from planner.web.api.waiting import looked
from planner.web.problems import Malformed
from planner.web.resolve import Role, resolve
from planner.work import read
from planner.work.read import Freshness, Shown
from planner.work.world import World

LARGEST_REVISION: Final = 10**15
PROJECTION: Final = shape(
    freshness=ref("Freshness"),
    start=maybe({"type": "string", "format": "date"}),
    months=COUNT,
    notes=many(TEXT),
    summary=maybe(FREE),
    columns=many(TEXT),
    rows=many(FREE),
)


async def show_flows(world: World, household_id: str) -> Response:
    """Answer with one complete generation of flows."""
    here = await resolve(world, request, household_id, needs=Role.VIEWER)
    at_least = _at_least(request)
    look = partial(read.flows, world, here.household_id, at_least=at_least)
    found = await looked(world, look, asked.wait_seconds(request))
    flows = None if found.value is None else found.value.to_plain()
    return answer({"freshness": found.freshness.to_plain(), "flows": flows})


async def show_baseline(world: World, household_id: str) -> Response:
    """Answer with the baseline by month."""
    return await _projection(world, household_id, None)


async def show_scenario(world: World, household_id: str, scenario_id: str) -> Response:
    """Answer with a scenario's projection by month."""
    return await _projection(world, household_id, scenario_id)


async def _projection(world: World, household_id: str, scenario: str | None) -> Response:
    here = await resolve(world, request, household_id, needs=Role.VIEWER)
    wanted = [each for each in request.args.get("columns", "").split(",") if each]
    as_csv = _as_csv(request)
    at_least = _at_least(request)
    look = partial(read.projection, world, here.household_id, scenario=scenario, at_least=at_least)
    found = await looked(world, look, asked.wait_seconds(request))
    columns = [] if found.value is None else _columns(found.value, wanted)
    # Many months of many accounts are megabytes of text: not on the event loop.
    write = partial(_csv, found, columns) if as_csv else partial(_json, found, columns)
    return await trio.to_thread.run_sync(write)


def _at_least(asking: Request) -> int | None:
    return asked.whole(asking, "at_least", least=0, most=LARGEST_REVISION)


def _as_csv(asking: Request) -> bool:
    chosen = asked.chosen(asking, "format", ("json", "csv"))
    if chosen is not None:
        return chosen == "csv"
    return asking.accept_mimetypes.best_match([JSON, CSV], default=JSON) == CSV


def _columns(projection: Projection, wanted: list[str]) -> list[str]:
    """Return the columns that are wanted: by name, or all below a name (`totals`, `accounts.checking`)."""
    if not wanted:
        return list(projection.columns)
    chosen: dict[str, None] = {}
    for name in wanted:
        found = [each for each in projection.columns if each == name or each.startswith(f"{name}.")]
        if not found:
            raise Malformed.one("columns", f'there is no column "{name}"; the answer without it lists them.')
        chosen.update(dict.fromkeys(found))
    return list(chosen)


def _rows(projection: Projection, columns: list[str]) -> Iterator[list[str]]:
    cents = [projection.column(name).tolist() for name in columns]
    for month, label in enumerate(projection.month_labels):
        yield [label, *(as_text(column[month]) for column in cents)]


def _json(found: Shown[Projection], columns: list[str]) -> Response:
    value = found.value
    steps = [name.split(".") for name in columns]
    rows = [] if value is None else [_nested(row, steps) for row in _rows(value, columns)]
    return answer(
        {
            "freshness": found.freshness.to_plain(),
            "start": None if value is None else value.start,
            "months": 0 if value is None else value.months,
            "notes": [] if value is None else value.notes,
            "summary": None if value is None else value.summary(),
            "columns": columns,
            "rows": rows,
        }
    )


def _nested(row: list[str], steps: list[list[str]]) -> dict[str, Any]:
    """Return one month as tables within tables: {"month": ..., "accounts": {"checking": {...}}}."""
    nested: dict[str, Any] = {"month": row[0]}
    for path, amount in zip(steps, row[1:], strict=True):
        place = nested
        for step in path[:-1]:
            place = place.setdefault(step, {})
        place[path[-1]] = amount
    return nested


def _csv(found: Shown[Projection], columns: list[str]) -> Response:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerow(["month", *columns])
    if found.value is not None:
        lines.writerows(_rows(found.value, columns))
    headers = {"Content-Disposition": 'attachment; filename="projection.csv"', **_fresh(found.freshness)}
    return Response(text.getvalue(), content_type=f"{CSV}; charset=utf-8; header=present", headers=headers)


def _fresh(freshness: Freshness) -> dict[str, str]:
    """Say in headers what the freshness block says, for forms that have no room for it."""
    return {
        "Planner-Revision": "none" if freshness.revision is None else str(freshness.revision),
        "Planner-Current-Revision": str(freshness.current_revision),
        "Planner-Fresh": "true" if freshness.fresh else "false",
    }


async def show_metrics(world: World, household_id: str) -> Response:
    """Answer with the household's key figures, as of one moment."""
    here = await resolve(world, request, household_id, needs=Role.VIEWER)
    found = await read.dashboard(world, here.household_id)
    return answer(
        {
            "freshness": found.projection.freshness.to_plain(),
            "metrics": [metric.to_plain() for metric in found.metrics],
        }
    )


async def show_status(world: World, household_id: str) -> Response:
    """Answer with the mailbox, what runs with its progress, the last error and what is fresh."""
    here = await resolve(world, request, household_id, needs=Role.VIEWER)
    status = await world.households.status(here.household_id)
    flows = await read.flows(world, here.household_id)
    baseline = await read.baseline_freshness(world, here.household_id)
    freshness = {"flows": flows.freshness.to_plain(), "baseline": baseline.to_plain()}
    plain = {
        **status.to_plain(),
        "running": None if status.running is None else job_plain(status.running),
        "batch": None if status.batch is None else job_plain(status.batch),
        "waiting": [job_plain(job) for job in status.waiting],
        "last_error": None if status.last_error is None else job_plain(status.last_error),
        "freshness": freshness,
    }
    return answer(plain)


_AT_LEAST: Final = Parameter(
    name="at_least",
    where="query",
    description="Wait for what is worked out from this revision or a later one.",
    schema=COUNT,
)
_WAIT: Final = Parameter(
    name="wait",
    where="query",
    description="For at most so many seconds (60); then answer with what there is, which says that it is "
    "not fresh. `Prefer: wait=N` says the same.",
    schema={"type": "integer", "minimum": 0, "maximum": 60},
)
_PROJECTION_PARAMETERS: Final = (
    _AT_LEAST,
    _WAIT,
    Parameter(
        name="columns",
        where="query",
        description="Only these columns, or all below a name: `totals.net_worth,accounts.checking`.",
    ),
    Parameter(
        name="format",
        where="query",
        description="Left out, Accept decides; then JSON.",
        schema={"type": "string", "enum": ["json", "csv"]},
    ),
)
_PROJECTION_ANSWERS: Final = {
    200: Answer(description="The projection by month.", content={JSON: ref("Projection"), CSV: TEXT})
}

ROUTES: Final = (
    Route(
        method="GET",
        path=f"{API}/households/{{household_id}}/flows",
        name="show_flows",
        summary="What comes in and goes out: what was entered and what follows from it",
        tag="derived",
        handler=show_flows,
        parameters=(_AT_LEAST, _WAIT),
        answers=shown("The flows.", shape(freshness=ref("Freshness"), flows=maybe(FREE))),
    ),
    Route(
        method="GET",
        path=f"{API}/households/{{household_id}}/baseline",
        name="show_baseline",
        summary="The baseline projection by month",
        tag="derived",
        handler=show_baseline,
        parameters=_PROJECTION_PARAMETERS,
        answers=_PROJECTION_ANSWERS,
    ),
    Route(
        method="GET",
        path=f"{API}/households/{{household_id}}/scenarios/{{scenario_id}}/projection",
        name="show_scenario",
        summary="The projection of a scenario by month",
        tag="derived",
        handler=show_scenario,
        parameters=_PROJECTION_PARAMETERS,
        answers=_PROJECTION_ANSWERS,
    ),
    Route(
        method="GET",
        path=f"{API}/households/{{household_id}}/metrics",
        name="show_metrics",
        summary="Key figures of the household",
        tag="derived",
        handler=show_metrics,
        answers=shown("The figures.", shape(freshness=ref("Freshness"), metrics=many(FREE))),
    ),
    Route(
        method="GET",
        path=f"{API}/households/{{household_id}}/status",
        name="show_status",
        summary="The mailbox, the running job with its progress, the last error, what is fresh",
        tag="jobs",
        handler=show_status,
        answers=shown("The status.", ref("Status")),
    ),
)
