"""The web application: guards around everything, the API and the pages, one table for all errors."""

from quart import Response, request
from quart_trio import QuartTrio

from planner.settings import Settings
from planner.web import api, pages
from planner.web.bodies import WholeRequests
from planner.web.guards import body_limit, guard, harden
from planner.web.problems import fault_of, problem
from planner.work.world import World

FOR_PROGRAMS = ("/api/", "/healthz", "/readyz", "/metrics")


def make_app(world: World, _settings: Settings) -> QuartTrio:
    """Return the app for an open planner."""
    app = QuartTrio("planner.web", static_folder=None, template_folder=None)
    app.before_request(_guard)
    app.after_request(harden)
    app.register_error_handler(Exception, _on_error)
    app.register_blueprint(api.blueprint(world))
    app.register_blueprint(pages.blueprint(world))
    app.asgi_app = WholeRequests(app=app.asgi_app, limit=body_limit)  # type: ignore[method-assign]
    return app


def _guard() -> None:
    guard(request)


async def _on_error(error: Exception) -> Response:
    """Answer programs with a problem document, and people with a page that says the same."""
    fault = fault_of(error)
    if request.path.startswith(FOR_PROGRAMS):
        return problem(fault)
    return pages.problem_answer(fault)
