"""The web application: guards around everything, the API and the pages, one table for all errors.

Everything that quart calls for a request is `async`: what is not, it would send to a worker thread and back.
"""

from collections.abc import Callable
from typing import Final, cast

from hypercorn.typing import ASGIFramework
from quart import Response, request
from quart_trio import QuartTrio

from planner.settings import Settings
from planner.web import api, pages
from planner.web.bodies import WholeRequests
from planner.web.guards import body_limit, guard, harden
from planner.web.problems import fault_of, problem
from planner.work.world import World

FOR_PROGRAMS = ("/api/", "/healthz", "/readyz", "/metrics")
ROUTE: Final = "planner.route"
"""Where a request's scope says which route answers it."""

FAULT: Final = "planner.fault"
"""Where it carries the error for which planner itself is to blame."""

FAULTY: Final = 500


def make_app(
    world: World, _settings: Settings, *, around: Callable[[ASGIFramework], ASGIFramework] | None = None
) -> QuartTrio:
    """Return the app for an open planner, with something `around` it that sees its requests and answers."""
    app = QuartTrio("planner.web", static_folder=None, template_folder=None)
    app.before_request(_guard)
    app.after_request(_harden)
    app.register_error_handler(Exception, _on_error)
    app.register_blueprint(api.blueprint(world))
    app.register_blueprint(pages.blueprint(world))
    whole: ASGIFramework = WholeRequests(app=app.asgi_app, limit=body_limit)
    app.asgi_app = whole if around is None else around(whole)  # type: ignore[method-assign,assignment]
    return app


def _note(name: str, value: object) -> None:
    cast("dict[str, object]", request.scope)[name] = value


async def _guard() -> None:
    if request.url_rule is not None:
        _note(ROUTE, request.url_rule.rule)
    guard(request)


async def _harden(response: Response) -> Response:
    return harden(response)


async def _on_error(error: Exception) -> Response:
    """Answer programs with a problem document, and people with a page that says the same."""
    fault = fault_of(error)
    if fault.status >= FAULTY:
        _note(FAULT, error)
    if request.path.startswith(FOR_PROGRAMS):
        return problem(fault)
    return pages.problem_answer(fault)
