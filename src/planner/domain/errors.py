"""The ways in which planner says no.

    PlannerError
    ├── Refused            an answer to the user: what is wrong, where, what to do
    │   ├── NotFound       never existed (or not yours to know)
    │   ├── Forbidden      exists, but belongs to another household
    │   ├── Gone           existed; kept for its retention and then removed
    │   ├── Conflict       the thing exists already, or something else stands in the way
    │   │   ├── Repeated   was asked for before, and its kind does nothing twice
    │   │   └── Stale      asked against a revision that is no longer the current one
    │   ├── TooLarge       over a stated limit
    │   └── Reused         an idempotency key that came with another body before
    ├── Busy               not now: try again after `retry_after_seconds`
    │   └── Crowded        this household has as much waiting as it may have
    └── Crashed            the outcome is unknown: the store was lost while it was being written

Anything else that is raised is a bug and flies to the supervisor.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where.

    `path` names the field as a user would write it (`incomes[0].amount`); it is empty when the
    problem is not about one field. `message` is a whole sentence.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class PlannerError(Exception):
    """Anything planner raises on purpose."""


class Refused(PlannerError):
    """The request is wrong; nothing was stored."""

    def __init__(self, message: str = "", *, problems: Iterable[Problem] = ()) -> None:
        self.problems = tuple(problems) or (Problem("", message),)
        self.message = message or "; ".join(str(problem) for problem in self.problems)
        super().__init__(self.message)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.message, self.problems))

    @classmethod
    def one(cls, path: str, message: str) -> "Refused":
        """Refuse because of one field."""
        return cls(problems=[Problem(path, message)])


def _rebuild(kind: type[Refused], message: str, problems: tuple[Problem, ...]) -> Refused:
    return kind(message, problems=problems)


class NotFound(Refused):
    """There is no such thing."""


class Forbidden(Refused):
    """It exists and belongs to another household."""


class Gone(Refused):
    """It existed, and its retention has passed."""


class Conflict(Refused):
    """What is there stands in the way of the request."""


class Stale(Conflict):
    """The request was made against a revision that is no longer the current one."""


class Repeated(Conflict):
    """It was asked for before, and is not done twice."""


class TooLarge(Refused):
    """The request is over a stated limit."""


class Reused(Refused):
    """The idempotency key was used before with another request."""


class Busy(PlannerError):
    """Planner cannot take this now; nothing was stored."""

    def __init__(self, message: str, *, retry_after_seconds: float = 1.0) -> None:
        self.message = message
        self.retry_after_seconds = retry_after_seconds
        super().__init__(message)


class Crowded(Busy):
    """The household has as many jobs waiting as it may have; nothing was stored."""


class Crashed(PlannerError):
    """The store was lost during a write: whether it is there is known after the next start."""
