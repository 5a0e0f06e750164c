"""What actors tell of their work as it happens, so that it can be traced; by default to nobody."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final, Protocol, TypeAlias

from planner.actors.accept import Decided
from planner.actors.ledger import Settled
from planner.actors.turn import Ended
from planner.storage.job_rows import JobRow

OnDecided: TypeAlias = Callable[[Decided], None]
OnTurned: TypeAlias = Callable[[Ended, Settled], None]
OnSettled: TypeAlias = Callable[[Settled], None]


class Tracing(Protocol):
    """Three spans of time. Entering each gives a function that is told what came of it, if anything did."""

    def accepting(self) -> AbstractContextManager[OnDecided]:
        """Begin the taking in of a request, up to its commit."""
        ...

    def turn(self, job: JobRow) -> AbstractContextManager[OnTurned]:
        """Begin an attempt of the job, up to the commit of its outcome."""
        ...

    def committing(self) -> AbstractContextManager[OnSettled]:
        """Begin the commit of the present turn's outcome, with all tries that it takes."""
        ...


def _nobody_listens(*_: object) -> None:
    pass


_NO_SPAN: Final[AbstractContextManager[Callable[..., None]]] = nullcontext(_nobody_listens)


class _Untraced:
    def accepting(self) -> AbstractContextManager[OnDecided]:
        return _NO_SPAN

    def turn(self, _job: JobRow) -> AbstractContextManager[OnTurned]:
        return _NO_SPAN

    def committing(self) -> AbstractContextManager[OnSettled]:
        return _NO_SPAN


UNTRACED: Final[Tracing] = _Untraced()
