"""Questions of tax law over HTTP: cases in, answers out in the same order; no household is needed."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import trio
from quart import Response, request

from planner.domain.errors import Refused, TooLarge
from planner.taxes.calculators import NAMES, answer_to, calculator, calculators
from planner.taxes.calculators.calculator import Calculator
from planner.web.api import asked
from planner.web.api.answers import answer
from planner.web.api.routes import API, FREE, JSON, TEXT, Answer, Route, Schema, many, page, ref, shape, shown
from planner.web.calculating import aside
from planner.work.world import World

CASES_MAX: Final = 10_000
BLOCK: Final = 50
"""So many cases are worked out before another request has the thread, and before they are sent."""

ADDRESS: Final = f"{API}/calculators"
ERROR: Final = shape(error=shape(message=TEXT, problems=many(shape(path=TEXT, message=TEXT))))
CALCULATOR: Final = shape(
    name=TEXT,
    title=TEXT,
    about=TEXT,
    case={**FREE, "description": "The JSON Schema of a case."},
    outputs={**FREE, "description": "What each part of an answer means."},
    example={**FREE, "description": "A case to begin with."},
    links=FREE,
)


async def list_calculators(_world: World) -> Response:
    """Answer with all calculators and their fields."""
    found = await aside(lambda: tuple(calculators()))
    return answer({"items": list(map(_plain, found)), "next": None})


async def show_calculator(_world: World, name: str) -> Response:
    """Answer with the fields of one calculator."""
    return answer(_plain(await aside(calculator, name)))


def _plain(chosen: Calculator) -> dict[str, Any]:
    links = {"self": f"{ADDRESS}/{chosen.name}", "page": f"/calculators/{chosen.name}"}
    return {**chosen.to_plain(), "links": links}


async def work_out(_world: World, name: str) -> Response:
    """Answer every case in its place. The first are worked out before anything is sent, the others then."""
    chosen = await aside(calculator, name)
    asked.media_type(request, JSON)
    cases = await aside(asked.readable_json, await asked.body_of(request))
    if not isinstance(cases, list):
        raise Refused("The body must be a JSON array of cases.")
    if len(cases) > CASES_MAX:
        raise TooLarge(f"At most {CASES_MAX:,} cases may come at once; these are {len(cases):,}.")
    first = await aside(_answers, chosen, cases[:BLOCK])
    response = Response(_sent(chosen, first, cases[BLOCK:]), content_type=JSON)
    response.timeout = None
    return response


async def _sent(chosen: Calculator, first: bytes, others: Sequence[object]) -> AsyncIterator[bytes]:
    yield b"[" + first
    for start in range(0, len(others), BLOCK):
        yield b",\n" + await aside(_answers, chosen, others[start : start + BLOCK])
    yield b"]\n"


def _answers(chosen: Calculator, cases: Sequence[object]) -> bytes:
    """Work some cases out, in the calculators' thread; a client that left is noticed between two cases."""
    found: list[str] = []
    for case in cases:
        trio.from_thread.check_cancelled()
        found.append(json.dumps(answer_to(chosen, case), separators=(",", ":"), allow_nan=False))
    return ",\n".join(found).encode()


def schemas() -> dict[str, Schema]:
    """Return the schemas of every calculator's case and answer, from its fields and outputs."""
    found: dict[str, Schema] = {"Calculator": CALCULATOR, "CaseError": ERROR}
    for chosen in calculators():
        found[f"{_model(chosen.name)}Case"] = {**chosen.form.schema(), "examples": [dict(chosen.example)]}
        found[f"{_model(chosen.name)}Answer"] = _answer_shape(chosen.outputs)
    return found


def _answer_shape(outputs: Mapping[str, str]) -> Schema:
    return {
        "type": "object",
        "properties": {name: {"description": about} for name, about in outputs.items()},
        "additionalProperties": False,
    }


def _model(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


def _work_out_route(name: str) -> Route:
    cases = {**many(ref(f"{_model(name)}Case")), "maxItems": CASES_MAX}
    answers = many({"anyOf": [ref("CaseError"), ref(f"{_model(name)}Answer")]})
    return Route(
        method="POST",
        path=f"{ADDRESS}/{name}",
        name=f"work_out_{name.replace('-', '_')}",
        summary=f"Work out cases of {name}, each answered in its place",
        tag="calculators",
        handler=partial(work_out, name=name),
        body={JSON: cases},
        answers={200: Answer(description="An answer or an error for each case.", content={JSON: answers})},
    )


ROUTES: Final = (
    Route(
        method="GET",
        path=ADDRESS,
        name="list_calculators",
        summary="The calculators there are",
        tag="calculators",
        handler=list_calculators,
        answers=page("All of them.", ref("Calculator")),
    ),
    Route(
        method="GET",
        path=f"{ADDRESS}/{{name}}",
        name="show_calculator",
        summary="What a calculator works out, and the fields of a case",
        tag="calculators",
        handler=show_calculator,
        answers=shown("The calculator.", ref("Calculator")),
    ),
    *map(_work_out_route, NAMES),
    Route(
        method="POST",
        path=f"{ADDRESS}/{{name}}",
        name="work_out",
        summary="404 with the names there are; every calculator is described under its own address",
        tag="calculators",
        handler=work_out,
        body={JSON: many(FREE)},
        answers={},
    ),
)
