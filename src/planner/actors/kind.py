"""What a sort of job declares once: its handler, what it covers, its limits, its retry rule."""

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection

from planner.domain.errors import Refused, TooLarge
from planner.storage.job_rows import JobRow, JobState, Priority, canonical_json

if TYPE_CHECKING:
    from planner.actors.turn import Turn

ARGUMENTS_BYTES_MAX = 64 * 1024
RESULT_BYTES_MAX = 256 * 1024
FINISHED_WELL = (JobState.SUCCEEDED, JobState.PARTIAL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """Somebody's wish that a job be done for a household.

    `force` runs the work again even where the turn that is running would have answered; it still joins
    a pending job, which has not begun.
    """

    household_id: str
    kind: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    requested_by: str
    priority: Priority | None = None
    least_revision: int = 0
    force: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a turn came to. Nothing of it exists before the transaction that finishes the job.

    `writes` run in that transaction, in order; they may be run again if the transaction has to be
    repeated, and only the last run stays. `follow` are requests accepted in it.
    """

    state: Literal[JobState.SUCCEEDED, JobState.PARTIAL] = JobState.SUCCEEDED
    result: Mapping[str, object] = field(default_factory=dict)
    writes: tuple[Callable[[Connection], None], ...] = ()
    unchanged: bool = False
    errors: tuple[Mapping[str, object], ...] = ()
    follow: tuple[Request, ...] = ()

    def __post_init__(self) -> None:
        assert self.state in FINISHED_WELL, self.state
        assert (self.state is JobState.PARTIAL) == bool(self.errors), "partial means that some part failed"


def no_arguments(arguments: Mapping[str, object]) -> Mapping[str, object]:
    """Check the arguments of a kind that takes none."""
    if arguments:
        raise Refused.one(f"arguments.{next(iter(arguments))}", "This kind of job takes no arguments.")
    return {}


def nothing_to_load(_conn: Connection, _job: JobRow) -> object:
    """Load the snapshot of a kind that reads nothing."""
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One sort of job. `title` names it for people; `deadline_seconds` bounds one attempt.

    `load` runs in the transaction that starts the turn, so what it reads is one moment's truth.
    """

    name: str
    title: str
    handle: Callable[["Turn"], Awaitable[Outcome]]
    load: Callable[[Connection, JobRow], object] = nothing_to_load
    check_arguments: Callable[[Mapping[str, object]], Mapping[str, object]] = no_arguments
    absorbs: frozenset[str] = frozenset()
    priority: Priority = Priority.INTERACTIVE
    deadline_seconds: float = 60.0
    stuck_after_seconds: float = 20.0
    attempts_max: int = 3
    retry_on: tuple[type[Exception], ...] = ()
    after_crash: Literal["rerun", "fail", "ask"] = "rerun"
    retention_days: float = 7.0

    def __post_init__(self) -> None:
        assert self.attempts_max >= 1
        assert 0 < self.stuck_after_seconds <= self.deadline_seconds
        assert self.retention_days > 0
        assert self.name not in self.absorbs, f"{self.name} cannot absorb itself"


class Kinds:
    """The kinds that are registered, and which of them covers which, however far removed."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._by_name = {kind.name: kind for kind in kinds}
        for kind in self._by_name.values():
            unknown = kind.absorbs - self._by_name.keys()
            assert not unknown, f"{kind.name} absorbs kinds that do not exist: {unknown}"
        self._absorbed = {name: self._reach(name) for name in self._by_name}
        for name, absorbed in self._absorbed.items():
            assert name not in absorbed, f"{name} absorbs itself through others"

    def _reach(self, name: str) -> frozenset[str]:
        reached: set[str] = set()
        ahead = list(self._by_name[name].absorbs)
        while ahead:
            each = ahead.pop()
            if each not in reached:
                reached.add(each)
                ahead.extend(self._by_name[each].absorbs)
        return frozenset(reached)

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._by_name.values())

    def get(self, name: str) -> Kind | None:
        """Return the kind, or None where a row names a kind that is no longer there."""
        return self._by_name.get(name)

    def asked_for(self, name: str) -> Kind:
        """Return the kind somebody asked for, or raise Refused with the names there are."""
        kind = self._by_name.get(name)
        if kind is None:
            there_are = ", ".join(sorted(self._by_name))
            raise Refused.one("kind", f"There is no kind of job called {name!r}; there are: {there_are}.")
        return kind

    def absorbed_by(self, name: str) -> frozenset[str]:
        """Return the kinds whose waiting jobs `name` covers."""
        return self._absorbed[name]

    def absorbers_of(self, name: str) -> frozenset[str]:
        """Return the kinds that cover `name`."""
        return frozenset(other for other, absorbed in self._absorbed.items() if name in absorbed)


def merge_key(kind: str, arguments_json: str) -> str:
    """Return the key by which equal requests find each other: kind and canonical arguments."""
    digest = hashlib.blake2b(arguments_json.encode(), digest_size=16).hexdigest()
    return f"{kind}:{digest}"


def checked_arguments(kind: Kind, arguments: Mapping[str, object]) -> tuple[Mapping[str, object], str]:
    """Return the arguments in their normal form and their merge key; raises Refused or TooLarge."""
    normal = kind.check_arguments(arguments)
    text = canonical_json(normal)
    size = len(text.encode())
    if size > ARGUMENTS_BYTES_MAX:
        raise TooLarge(
            f"The arguments of a job may have {ARGUMENTS_BYTES_MAX:,} bytes; these have {size:,}. "
            "Store what is large with the household and name it in the arguments."
        )
    return normal, merge_key(kind.name, text)
