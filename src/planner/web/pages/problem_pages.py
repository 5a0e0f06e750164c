"""What goes wrong, as a page or, for a part of a page, as a message in its place."""

from quart import Response, request

from planner.web.pages.drawing import draw, environment
from planner.web.problems import Fault

TITLES = {
    403: "This is not yours to see or do",
    404: "There is nothing here",
    405: "That does not work here",
    410: "This is no longer kept",
    412: "Somebody was faster",
    413: "This is too large",
    429: "Too much at once",
    500: "Something went wrong",
    503: "Not just now",
}
ADVICE = {
    404: "Check the address, or start from the list of households.",
    429: "Wait a moment, then try again.",
    500: "Nothing of what you entered was half stored. Try again; if it stays, the log says more.",
    503: "Wait a moment, then try again.",
}


def problem_answer(fault: Fault) -> Response:
    """Answer with a whole page, or with a message where htmx asked for a part."""
    body = _part(fault) if request.headers.get("HX-Request") else _whole(fault)
    return Response(
        body, status=fault.status, content_type="text/html; charset=utf-8", headers=dict(fault.headers)
    )


def _whole(fault: Fault) -> str:
    sentences = [fault.detail, *(str(problem) for problem in fault.problems if str(problem) != fault.detail)]
    if fault.status in ADVICE:
        sentences.append(ADVICE[fault.status])
    if fault.id is not None:
        sentences.append(f"The log names it {fault.id}.")
    return draw("problem.html", status=fault.status, title=title_of(fault), sentences=sentences)


def title_of(fault: Fault) -> str:
    """Return the heading for a status."""
    return TITLES.get(fault.status, "That did not work")


def _part(fault: Fault) -> str:
    parts = environment().get_template("parts/parts.html").module
    problems = fault.problems
    return str(parts.message(title_of(fault), "bad", problems, "" if problems else fault.detail))  # type: ignore[attr-defined]  # the macros of a template
