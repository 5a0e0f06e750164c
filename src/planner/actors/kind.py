"""What a sort of job declares once: its handler, what it covers, its limits, its retry rule."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection

from planner.actors.idempotency import Idempotency, Once, done_key, kept_seconds
from planner.actors.merge import ATTACH, Attach, Debounce, MergePolicy, merge_key
from planner.domain.errors import Refused, TooLarge
from planner.storage.job_rows import JobRow, JobState, Priority, canonical_json

if TYPE_CHECKING:
    from planner.actors.turn import Turn

SECONDS_A_DAY = 86_400
ARGUMENTS_BYTES_MAX = 64 * 1024
RESULT_BYTES_MAX = 256 * 1024
CHILDREN_MAX = 200
"""How many children a batch may have: so many rows are written and ended in one transaction at most."""

FINISHED_WELL = (JobState.SUCCEEDED, JobState.PARTIAL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """Somebody's wish that a job be done for a household.

    `force` runs the work again even where the turn that is running would have answered, or nothing has
    changed since it was last done; it still joins a pending job, which has not begun, which then is forced
    too and waits for no more requests. What the kind has done before does not keep it from doing it again.
    """

    household_id: str
    kind: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    requested_by: str
    priority: Priority | None = None
    least_revision: int = 0
    force: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Child:
    """One item of a batch: what is to be a job of its own, of the household of the batch."""

    kind: str
    arguments: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a turn came to. Nothing of it exists before the transaction that finishes the job.

    `writes` run in that transaction, in order; they may be run again if the transaction has to be
    repeated, and only the last run stays. `follow` are requests accepted in it. With `children` the job
    is a batch, which ends when they have ended; equal ones are one.
    """

    state: Literal[JobState.SUCCEEDED, JobState.PARTIAL] = JobState.SUCCEEDED
    result: Mapping[str, object] = field(default_factory=dict)
    writes: tuple[Callable[[Connection], None], ...] = ()
    unchanged: bool = False
    errors: tuple[Mapping[str, object], ...] = ()
    follow: tuple[Request, ...] = ()
    children: tuple[Child, ...] = ()

    def __post_init__(self) -> None:
        assert self.state in FINISHED_WELL, self.state
        assert not (self.children and self.errors), "how a batch ends is for its children to say"
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
    `children` are the kinds of which a turn of it may plan children: then it is a kind of batch.
    `example_arguments` are some that it takes, for tests and simulations.
    """

    name: str
    title: str
    handle: Callable[["Turn"], Awaitable[Outcome]]
    load: Callable[[Connection, JobRow], object] = nothing_to_load
    check_arguments: Callable[[Mapping[str, object]], Mapping[str, object]] = no_arguments
    merge: MergePolicy = ATTACH
    absorbs: frozenset[str] = frozenset()
    children: frozenset[str] = frozenset()
    idempotency: Idempotency | None = None
    example_arguments: tuple[Mapping[str, object], ...] = ({},)
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
        assert not self.absorbs or isinstance(self.merge, Attach), "a kind has one merge policy"
        assert self.example_arguments, f"{self.name} shows no arguments that it takes"
        if self.idempotency is not None:
            # A key is of the arguments that were asked for; they must be those that were done.
            assert isinstance(self.merge, Attach | Debounce), f"{self.name} cannot know what it has done"
        if isinstance(self.idempotency, Once):
            kept = self.retention_days * SECONDS_A_DAY
            assert kept_seconds(self.idempotency) <= kept, f"{self.name} forgets its answers too soon"


class Kinds:
    """The kinds that are registered, and which of them covers which, however far removed."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._by_name = {kind.name: kind for kind in kinds}
        for kind in self._by_name.values():
            unknown = kind.absorbs - self._by_name.keys()
            assert not unknown, f"{kind.name} absorbs kinds that do not exist: {unknown}"
            self._check_children(kind)
        self.batches = frozenset(kind.name for kind in self if kind.children)
        self._absorbed = {name: self._reach(name) for name in self._by_name}
        for name, absorbed in self._absorbed.items():
            assert name not in absorbed, f"{name} absorbs itself through others"

    def _check_children(self, kind: Kind) -> None:
        for name in kind.children:
            child = self._by_name.get(name)
            assert child is not None, f"{kind.name} has children of a kind that does not exist: {name}"
            assert not child.children, f"{kind.name} has children that are batches: {name}"
            # A child belongs to its batch alone: it is not merged with requests, nor answered from memory.
            alone = isinstance(child.merge, Attach) and child.idempotency is None
            assert alone, f"{kind.name} has children that are shared with others: {name}"

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """Arguments in their normal form, with the keys that follow from them.

    `done_key` is None where the kind does not remember what it has done.
    """

    arguments: Mapping[str, object]
    merge_key: str
    done_key: str | None


def checked_arguments(kind: Kind, arguments: Mapping[str, object], on: date) -> Checked:
    """Check the arguments of a request made `on` a day; raises Refused or TooLarge."""
    normal = kind.check_arguments(arguments)
    text = canonical_json(normal)
    refuse_if_large(text)
    key = merge_key(kind.merge, kind.name, text)
    policy = kind.idempotency
    return Checked(
        arguments=normal,
        merge_key=key,
        done_key=None if policy is None else done_key(policy, key, on),
    )


def refuse_if_large(arguments_json: str) -> None:
    """Refuse arguments over their limit."""
    size = len(arguments_json.encode())
    if size > ARGUMENTS_BYTES_MAX:
        raise TooLarge(
            f"The arguments of a job may have {ARGUMENTS_BYTES_MAX:,} bytes; these have {size:,}. "
            "Store what is large with the household and name it in the arguments."
        )
