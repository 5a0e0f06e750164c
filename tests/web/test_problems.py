"""The error table: every error planner raises on purpose has its status, and the rest tells nothing."""

import pytest
from quart import Quart
from werkzeug.exceptions import MethodNotAllowed, NotFound

from planner.domain import errors
from planner.domain.errors import PlannerError, Problem
from planner.web.bodies import TooSlow
from planner.web.problems import REFUSALS, Fault, fault_of


@pytest.mark.parametrize(
    "error, status",
    [
        (errors.Refused("no"), 422),
        (errors.Refused.one("a.b", "is wrong."), 422),
        (errors.NotFound("no"), 404),
        (errors.Forbidden("no"), 403),
        (errors.Gone("no"), 410),
        (errors.Conflict("no"), 409),
        (errors.Stale("no"), 412),
        (errors.TooLarge("no"), 413),
        (errors.Reused("no"), 422),
        (TooSlow("no"), 408),
        (errors.Busy("later"), 503),
        (errors.Crowded("later"), 429),
        (errors.Crashed("gone"), 503),
        (NotFound(), 404),
        (MethodNotAllowed(["GET"]), 405),
    ],
)
def test_every_error_has_its_status(error: Exception, status: int) -> None:
    fault = fault_of(error)
    assert fault.status == status
    assert fault.to_plain("/here")["status"] == status
    assert fault.detail


def kinds_of(kind: type[PlannerError]) -> set[type[PlannerError]]:
    return {kind}.union(*map(kinds_of, kind.__subclasses__()))


def test_what_is_a_kind_of_another_stands_before_it_in_the_table() -> None:
    listed = [kind for kind, _, _ in REFUSALS]
    for place, kind in enumerate(listed):
        assert not any(issubclass(later, kind) for later in listed[place + 1 :]), kind
    assert {each for each in kinds_of(errors.Refused) if each.__module__ == "planner.domain.errors"} <= set(
        listed
    )


@pytest.mark.parametrize("seconds, shown", [(0.2, "1"), (1.0, "1"), (4.1, "5")])
def test_when_to_try_again_is_in_whole_seconds(seconds: float, shown: str) -> None:
    """R32: Retry-After says when to try again."""
    assert fault_of(errors.Busy("later", retry_after_seconds=seconds)).headers["Retry-After"] == shown


def test_every_problem_is_listed_with_its_path() -> None:
    refused = errors.Refused(problems=[Problem("a[0].b", "is wrong."), Problem("c", "is missing.")])
    assert fault_of(refused).to_plain("/x")["errors"] == [
        {"path": "a[0].b", "message": "is wrong."},
        {"path": "c", "message": "is missing."},
    ]


async def test_what_nobody_foresaw_has_an_id_and_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async with Quart(__name__).test_request_context("/somewhere"):
        first, second = (fault_of(ValueError("the secret")) for _ in range(2))
    assert first.id != second.id
    assert isinstance(first, Fault)
    assert "secret" not in str(first.to_plain("/x"))
    assert first.id is not None
    assert first.id in caplog.text
    assert "the secret" in caplog.text
