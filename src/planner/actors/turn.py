"""One job being run: what its handler may do, and where whatever breaks becomes the outcome of the job."""

import json
import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, TypeVarTuple, Unpack

import outcome
import trio

from planner.actors.kind import CHILDREN_MAX, RESULT_BYTES_MAX, Kind, Outcome
from planner.actors.threads import Claim
from planner.domain.errors import Busy, Crashed, Refused
from planner.storage.job_rows import JobRow, JobState, canonical_json
from planner.storage.jobs import Vanished

log = logging.getLogger(__name__)

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Args = TypeVarTuple("Args")

PROGRESS_EVERY_SECONDS = 0.1
ERROR_CHARACTERS_MAX = 2_000
TRACEBACK_CHARACTERS_MAX = 20_000


class TurnCancelled(Exception):
    """Raised by `Turn.beat` in the code that works, so that it ends: nobody waits for it any more."""


class Compute(Protocol):
    """Runs arithmetic away from the event loop, or inline in a simulation."""

    async def __call__(self, claim: Claim, fn: Callable[[Unpack[Args]], T], /, *args: *Args) -> T:
        """Return what `fn(*args)` returns."""
        ...


@dataclass(frozen=True, slots=True)
class Beat:
    """The last sign of life: how far, doing what, and when by trio's clock."""

    at: float
    fraction: float | None
    doing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How an attempt ended, before anything of it is written."""

    state: JobState
    outcome: Outcome | None = None
    error: Mapping[str, object] | None = None
    traceback: str | None = None
    passing: bool = False


class Turn:
    """What a handler is given: the job, the snapshot it works from, and two ways to work.

    `revision` is the household's revision of the snapshot. `forced`: somebody insists on the work, so that
    the handler does it even if what it has already was worked out from the same inputs.
    """

    def __init__(
        self,
        job: JobRow,
        kind: Kind,
        snapshot: outcome.Outcome[object],
        *,
        compute: Compute,
        on_progress: Callable[["Turn"], None],
    ) -> None:
        assert job.snapshot_revision is not None
        self.job = job
        self.kind = kind
        self.attempt = job.attempts
        self.revision = job.snapshot_revision
        self.arguments = job.arguments
        self.forced = job.forced
        self.cancelling = False
        self.began = trio.current_time()
        self.last_beat = Beat(self.began, None, kind.title)
        self._snapshot = snapshot
        self._compute = compute
        self._on_progress = on_progress
        self._clock = trio.lowlevel.current_clock()
        self._token = trio.lowlevel.current_trio_token()
        self._told_at = float("-inf")
        self._scope = trio.CancelScope()

    @property
    def snapshot(self) -> object:
        """What the kind's `load` read when the turn began; raises what it raised."""
        if isinstance(self._snapshot, outcome.Error):
            raise self._snapshot.error
        assert isinstance(self._snapshot, outcome.Value)
        return self._snapshot.value

    @property
    def seconds_left(self) -> float | None:
        """How long it will still take at the pace so far, when the handler says how far it is."""
        fraction = self.last_beat.fraction
        if not fraction:
            return None
        return (self.last_beat.at - self.began) * (1 - fraction) / fraction

    @property
    def is_stuck(self) -> bool:
        """Whether it has given no sign of life for longer than its kind may go without."""
        return trio.current_time() - self.last_beat.at > self.kind.stuck_after_seconds

    def progress(self) -> dict[str, object]:
        """Return how far the turn is, as JSON has it."""
        left = self.seconds_left
        return {
            "fraction": self.last_beat.fraction,
            "doing": self.last_beat.doing,
            "seconds_left": None if left is None else round(left, 1),
        }

    def beat(self, fraction: float | None, doing: str) -> None:
        """Say how far the work is (0 to 1, None if nobody knows); may be called from any thread.

        Raises TurnCancelled when the turn is being cancelled.
        """
        if self.cancelling:
            raise TurnCancelled(self.job.id)
        assert fraction is None or 0 <= fraction <= 1, fraction
        now = self._clock.current_time()
        self.last_beat = Beat(now, fraction, doing)
        if now - self._told_at >= PROGRESS_EVERY_SECONDS:
            self._told_at = now
            self._token.run_sync_soon(self._on_progress, self)

    async def compute(self, fn: Callable[[Unpack[Args]], T], *args: *Args) -> T:
        """Run arithmetic in a worker thread. Cancelled, it is left to end at its next beat."""
        return await self._compute(Claim(self.job.household_id, self.job.priority), fn, *args)

    def cancel(self) -> None:
        """End the turn: the handler at its next checkpoint, its arithmetic at its next beat."""
        self.cancelling = True
        self._scope.cancel()

    async def run(self) -> Ended:
        """Run one attempt within its deadline. Whatever the handler raises is the attempt's outcome."""
        self._scope.deadline = self.began + self.job.deadline_seconds
        came_to: Ended | None = None
        with self._scope:
            came_to = await self._attempt(self.kind.handle)
        timed_out = came_to is None and not self.cancelling
        # A thread that was left behind learns it at its next beat.
        cancelled, self.cancelling = self.cancelling, self.cancelling or came_to is None
        if cancelled:
            return Ended(state=JobState.CANCELLED, error=_error("cancelled", "It was cancelled."))
        if timed_out:
            return self._over_its_deadline()
        assert came_to is not None
        return came_to

    async def _attempt(self, handle: Callable[["Turn"], Awaitable[Outcome]]) -> Ended:
        try:
            return _checked(await handle(self))
        except Exception as error:  # noqa: BLE001 -- a turn that breaks is an outcome of its job
            return failure(error, self.job, self.kind)

    def _over_its_deadline(self) -> Ended:
        message = (
            f"It took longer than the {self.job.deadline_seconds:g} seconds it may take; "
            f"it was last heard of {trio.current_time() - self.last_beat.at:.0f} seconds before its end, "
            f"at: {self.last_beat.doing}."
        )
        log.error("job %s (%s): %s", self.job.id, self.job.kind, message)
        return Ended(state=JobState.FAILED, error=_error("deadline", message))


def _checked(came_to: Outcome) -> Ended:
    """Return the outcome as it will be written; over its limits it is a failure, never cut."""
    if len(came_to.children) > CHILDREN_MAX:
        message = f"A batch may have {CHILDREN_MAX} items; this one would have {len(came_to.children):,}. "
        message += "Ask for fewer of them at a time."
        return Ended(state=JobState.FAILED, error=_error("too_many_children", message))
    size = len(canonical_json(came_to.result).encode())
    if size <= RESULT_BYTES_MAX:
        return Ended(state=came_to.state, outcome=came_to, error=_errors_of_parts(came_to))
    message = f"Its result has {size:,} bytes; a job may keep {RESULT_BYTES_MAX:,}."
    return Ended(state=JobState.FAILED, error=_error("result_too_large", message))


def _errors_of_parts(came_to: Outcome) -> Mapping[str, object] | None:
    if not came_to.errors:
        return None
    return _error("partial", "Some parts failed.", parts=[dict(each) for each in came_to.errors])


def failure(raised: Exception, job: JobRow, kind: Kind) -> Ended:
    """Turn what an attempt raised into its outcome: an answer, a passing fault, or a bug."""
    error = _innermost(raised)
    if isinstance(error, Refused):
        problems = [{"path": each.path, "message": each.message} for each in error.problems]
        return Ended(state=JobState.FAILED, error=_error("refused", error.message, problems=problems))
    passing = isinstance(error, kind.retry_on)
    level = logging.WARNING if passing else logging.ERROR
    log.log(level, "job %s (%s), attempt %d failed", job.id, job.kind, job.attempts, exc_info=raised)
    trace = "".join(traceback.format_exception(raised))[-TRACEBACK_CHARACTERS_MAX:]
    message = f"{type(error).__name__}: {error}"
    return Ended(state=JobState.FAILED, error=_error("failed", message), traceback=trace, passing=passing)


class Commit(Protocol[T_co]):
    """Commits how an attempt ended and, unless told otherwise, the start of the next turn with it."""

    async def __call__(self, ended: Ended, *, then_start: bool) -> T_co:
        """Return what became of it."""
        ...


async def put_down(commit: Commit[T], ended: Ended, job: JobRow, kind: Kind) -> T:
    """Commit how an attempt ended; when what it wanted to write raises, that is a failed attempt.

    Before that it is tried by itself: that the next turn cannot start is no fault of this one.
    """
    try:
        return await commit(ended, then_start=True)
    except (Busy, Crashed, Vanished):
        raise
    except Exception as error:  # noqa: BLE001 -- whose it is shows when it is tried alone
        log.warning("job %s is recorded by itself: %s", job.id, error)
    try:
        return await commit(ended, then_start=False)
    except (Busy, Crashed, Vanished):
        raise
    except Exception as error:
        if ended.outcome is None:
            raise
        failed = failure(error, job, kind)
    return await commit(failed, then_start=False)


def _innermost(error: Exception) -> Exception:
    """Return the one exception that nurseries wrapped, or the group when there were several."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _error(error_type: str, message: str, **more: Any) -> Mapping[str, object]:
    if len(message) > ERROR_CHARACTERS_MAX:
        message = message[:ERROR_CHARACTERS_MAX] + " (the rest is in the log)"
    return {"type": error_type, "message": message, **more}


def error_text(error: Mapping[str, object] | None) -> str | None:
    """Return an error as the one line that an attempt's row keeps."""
    return None if error is None else json.dumps(error, sort_keys=True, ensure_ascii=False)
