"""The API: every route is declared beside its handler, bound to the world and described here."""

from functools import partial
from typing import Any

from quart import Blueprint, Response, request

from planner.web.api import (
    asked,
    calculators,
    changes,
    derived,
    events,
    households,
    jobs,
    keys,
    operations,
    paychecks,
    probes,
    supervision,
)
from planner.web.api.openapi import document_route
from planner.web.api.routes import WHOLE_NUMBERS, Route
from planner.work.world import World


def routes() -> tuple[Route, ...]:
    """Return every route of the API and the probes, the description of itself included."""
    made = (
        *households.ROUTES,
        *changes.ROUTES,
        *derived.ROUTES,
        *paychecks.ROUTES,
        *jobs.ROUTES,
        *keys.ROUTES,
        *events.ROUTES,
        *supervision.ROUTES,
        *operations.ROUTES,
        *calculators.ROUTES,
        *probes.ROUTES,
    )
    return (*made, document_route(made))


def blueprint(world: World) -> Blueprint:
    """Return the API of an open planner."""
    api = Blueprint("api", __name__)
    for route in routes():
        rule = route.path.replace("{", "<").replace("}", ">")
        for name in WHOLE_NUMBERS:
            rule = rule.replace(f"<{name}>", f"<int:{name}>")
        bound = partial(_answer, world, route)
        api.add_url_rule(rule, route.name, bound, methods=[route.method])
    return api


async def _answer(world: World, route: Route, **path: Any) -> Response:
    asked.fitting(request, route)
    return await route.handler(world, **path)
