"""The API's description (OpenAPI 3.1), made from the routes and the codec's own schemas."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache, partial
from typing import Any, Final

from pydantic import TypeAdapter
from quart import Response

from planner.actors.views import HouseholdStatus, JobView
from planner.domain.changes import Change
from planner.domain.household import Facts
from planner.storage.job_rows import Priority
from planner.web.api import calculators, changes, derived, households, jobs, supervision, waiting
from planner.web.api.answers import answer
from planner.web.api.routes import (
    API,
    COUNT,
    FREE,
    JSON,
    TEXT,
    WHOLE_NUMBERS,
    Answer,
    Parameter,
    Route,
    Schema,
    many,
    maybe,
    ref,
    shape,
)
from planner.web.problems import PROBLEM_JSON
from planner.work.operations_views import Operations
from planner.work.read import Freshness
from planner.work.world import World

VERSION: Final = "1"
OPENAPI: Final = "3.1.0"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
REF: Final = "#/components/schemas/{model}"
_IN_PATH: Final = re.compile(r"{(\w+)}")

_ALWAYS: Final = (400, 403, 406, 421, 500, 503)
_WITH_A_BODY: Final = (408, 413, 415, 422)
_OF_SOMETHING: Final = (404, 410)
_CHANGING: Final = (409, 412, 429)

PROBLEM: Final = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": TEXT,
        "instance": TEXT,
        "errors": many(shape(path=TEXT, message=TEXT)),
        "id": {"type": "string", "description": "under which the log of the server tells more"},
    },
    "required": ["type", "title", "status", "detail", "instance"],
    "additionalProperties": False,
}
TITLES: Final = {
    400: "The request cannot be read.",
    403: "A page of another site asked, or the household is somebody else's.",
    404: "There is no such thing.",
    406: "There is no form of it that the client accepts.",
    408: "The body did not arrive in time.",
    409: "Something that is there stands in the way.",
    410: "It is past its retention.",
    412: "The household is at another revision than If-Match says.",
    413: "The body is too large.",
    415: "The body is of another type than those read here.",
    421: "The Host is not this server's own.",
    422: "What was asked for is wrong; `errors` says where.",
    429: "The household has as many jobs waiting as it may have.",
    500: "A fault of planner.",
    503: "Not now: try again after Retry-After seconds.",
}


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """Return the whole description."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": OPENAPI,
        "jsonSchemaDialect": DIALECT,
        "info": {
            "title": "planner",
            "version": VERSION,
            "summary": "Households, their plans, and the work that keeps them up to date.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": components()},
    }


def _operation(route: Route) -> dict[str, Any]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": COUNT if name in WHOLE_NUMBERS else TEXT}
        for name in _IN_PATH.findall(route.path)
    ]
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.tag],
        "parameters": [*in_path, *map(_parameter, route.parameters)],
        "responses": {
            **{str(status): _response(each) for status, each in sorted(route.answers.items())},
            **{str(status): _problem(status) for status in problem_statuses(route)},
        },
    }
    if route.body:
        content = {media: {"schema": schema} for media, schema in route.body.items()}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def problem_statuses(route: Route) -> list[int]:
    """Return the statuses of the problems that the route may answer with."""
    found = {*_ALWAYS, *(_WITH_A_BODY if route.body else ())}
    if "{" in route.path or "household" in route.query:
        found.update(_OF_SOMETHING)
    if route.method != "GET":
        found.update((*_CHANGING, 413, 422))
    if route.query:
        found.add(422)
    return sorted(found)


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "description": parameter.description,
        "schema": parameter.schema,
    }


def _response(given: Answer) -> dict[str, Any]:
    response: dict[str, Any] = {"description": given.description}
    if given.content:
        response["content"] = {media: {"schema": schema} for media, schema in given.content.items()}
    if given.headers:
        response["headers"] = {
            name: {"description": words, "schema": TEXT} for name, words in given.headers.items()
        }
    return response


def _problem(status: int) -> dict[str, Any]:
    content = {PROBLEM_JSON: {"schema": {"$ref": REF.format(model="Problem")}}}
    return {"description": TITLES[status], "content": content}


@cache
def components() -> dict[str, Schema]:
    """Return every schema by its name: facts and changes as the codec has them, answers as declared."""
    made: dict[str, Schema] = {
        "Problem": PROBLEM,
        "Accepted": waiting.ACCEPTED_SHAPE,
        "Household": households.HOUSEHOLD,
        "HouseholdSummary": households.HOUSEHOLD_SUMMARY,
        "JournalEntry": changes.JOURNAL_ENTRY,
        "Projection": derived.PROJECTION,
        "Kind": jobs.KIND,
        "Attempt": supervision.ATTEMPT,
        **calculators.schemas(),
    }
    for name, kind in (
        ("Facts", Facts),
        ("Change", Change),
        ("JobWish", jobs.JobWish),
        ("Freshness", Freshness),
        ("Job", JobView),
        ("Status", HouseholdStatus),
        ("Operations", Operations),
    ):
        made.update(_components_of(name, kind))
    del made["JobView"]
    made["Priority"] = {"type": "string", "enum": [each.name.lower() for each in Priority]}
    made["Job"] = _with(made["Job"], links=FREE)
    made["Status"] = _with(made["Status"], freshness=shape(flows=_FRESHNESS, baseline=_FRESHNESS))
    made["HouseholdLine"] = _with(made["HouseholdLine"], links=FREE)
    made["Operations"] = _with(made["Operations"], next=maybe(TEXT))
    made["HouseholdFile"] = _file(made["Facts"])
    return made


_FRESHNESS: Final = ref("Freshness")


def _components_of(name: str, kind: Any) -> dict[str, Schema]:
    """Return a record's schema and those it names; a job within another answer is a job like any other."""
    schema = TypeAdapter(kind).json_schema(ref_template=REF)
    text = json.dumps(schema).replace(REF.format(model="JobView"), REF.format(model="Job"))
    whole: dict[str, Any] = json.loads(text)
    inner: dict[str, Schema] = whole.pop("$defs", {})
    return {**inner, name: whole}


def _with(schema: Schema, **more: Schema) -> Schema:
    return {
        **schema,
        "properties": {**schema["properties"], **more},
        "required": list(dict.fromkeys([*schema.get("required", ()), *more])),
        "additionalProperties": False,
    }


def _file(facts: Schema) -> Schema:
    """Return the schema of a household file: the facts, without a revision, with the mark of an example."""
    fields = {name: each for name, each in facts["properties"].items() if name != "revision"}
    mark = {"type": "boolean", "default": False}
    return {**facts, "properties": {**fields, "example": mark}, "description": "A household as a file."}


def document_route(routes: tuple[Route, ...]) -> Route:
    """Return the route that answers with the description of `routes` and of itself."""
    route = Route(
        method="GET",
        path=f"{API}/openapi.json",
        name="describe",
        summary="This description",
        tag="description",
        handler=describe,
        answers={200: Answer(description="OpenAPI 3.1.", content={JSON: FREE})},
    )
    return replace(route, handler=partial(describe, (*routes, route)))


async def describe(routes: tuple[Route, ...], _world: World) -> Response:
    """Answer with the description."""
    return answer(document(routes))
