"""The laws of merging, for every kind that is registered and a sample of every policy."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from actors.sample_kinds import EVERY_KIND
from actors.stage import NEW_YEAR, add_household, change_facts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from planner.actors import Attach, Debounce, JobRow, JobState, Kind, Merge, Outcome, Replace, Request
from planner.actors.accept import Rules, Stamp, accept_request
from planner.actors.ids import microseconds
from planner.actors.kind import Kinds
from planner.actors.ledger import Started, settle, start_next
from planner.actors.merge import merge_key, merged, put_off
from planner.actors.turn import Ended
from planner.storage import jobs
from planner.storage.connection import WRITER_PRAGMAS, Bound, open_driver
from planner.storage.group import commit_group
from planner.storage.job_rows import canonical_json
from planner.storage.migrations import bring_up_to_date

Arguments = Mapping[str, object]
RULES = Rules(kinds=Kinds(EVERY_KIND))
every_kind = pytest.mark.parametrize("kind", EVERY_KIND, ids=lambda kind: kind.name)


def covers(kind: Kind, done: Arguments, asked: Arguments) -> bool:
    """Whether a job with the arguments `done` has done what was asked for."""
    match kind.merge:
        case Merge(combine=combine):
            return combine(done, asked) == done
        case Replace() | Attach() | Debounce():
            return done == asked


def joined(kind: Kind, *requests: Arguments) -> list[Arguments]:
    """Return the arguments of the jobs that wait after these requests, in order."""
    waiting: dict[str, Arguments] = {}
    for asked in requests:
        key = merge_key(kind.merge, kind.name, canonical_json(asked))
        waiting[key] = merged(kind.merge, waiting[key], asked) if key in waiting else asked
    return list(waiting.values())


@every_kind
def test_a_kind_takes_its_own_examples_in_their_normal_form(kind: Kind) -> None:
    """I7: what tests and simulations ask for is what people may ask for."""
    for example in kind.example_arguments:
        assert kind.check_arguments(example) == example


@every_kind
def test_merging_is_associative_idempotent_and_covers_what_joined_last(kind: Kind) -> None:
    """I7: the laws, over all that a kind shows it takes; for `merge`, the older request is covered too."""
    examples = kind.example_arguments
    for a in examples:
        assert joined(kind, a, a) == joined(kind, a) == [a]
        for b in examples:
            after = joined(kind, a, b)
            assert any(covers(kind, each, b) for each in after)
            assert isinstance(kind.merge, Replace) or any(covers(kind, each, a) for each in after)
            assert all(kind.check_arguments(each) == each for each in after)
            for c in examples:
                in_turn = joined(kind, *joined(kind, a, b), c)
                assert in_turn == joined(kind, a, *joined(kind, b, c)) == joined(kind, a, b, c)


@given(st.lists(st.integers(0, 30_000_000), min_size=1, max_size=30))
def test_a_debounce_waits_for_quiet_but_never_longer_than_it_may(gaps_us: list[int]) -> None:
    """I7: postponed by each request, at most so long after the first."""
    policy, at_us, first_us = Debounce(2, 6), 1_000, 1_000
    due: int | None = put_off(policy, first_us=first_us, at_us=at_us)
    for gap in gaps_us:
        assert due is not None
        assert at_us < due <= first_us + 6_000_000 or due == first_us + 6_000_000
        assert due <= at_us + 2_000_000
        at_us += gap
        later = put_off(policy, first_us=first_us, at_us=at_us)
        assert later is not None
        assert later >= due
        due = later


@dataclass(frozen=True)
class Ask:
    """Ask for a job with one of its examples as arguments, or for one that absorbs it."""

    example: int
    force: bool = False
    absorber: bool = False


@dataclass(frozen=True)
class Do:
    """Change facts, begin a turn, let it succeed or fail, or let time pass."""

    what: str


steps: st.SearchStrategy[Ask | Do] = st.one_of(
    st.builds(Ask, example=st.integers(0, 2), force=st.sampled_from([False, False, False, True])),
    st.builds(Ask, example=st.integers(0, 2)),
    st.builds(Ask, example=st.integers(0, 2), absorber=st.sampled_from([True])),
    st.builds(Do, what=st.sampled_from(["change", "begin", "begin", "succeed", "fail", "retry", "pass"])),
)


@dataclass
class Play:
    """A household, its kind, and all that was asked of it."""

    conn: Connection
    kind: Kind
    household_id: str = field(default_factory=lambda: str(uuid4()))
    at_us: int = microseconds(NEW_YEAR)
    revision: int = 1
    running: Started | None = None
    asked: list[tuple[Kind, str, Arguments, int]] = field(default_factory=list)
    forced: set[str] = field(default_factory=set)

    def step(self, step: Ask | Do) -> None:
        """Do one thing."""
        self.at_us += 500_000
        match step:
            case Ask(example=example, force=force, absorber=absorber):
                absorbers = sorted(RULES.kinds.absorbers_of(self.kind.name)) if absorber else []
                kind = RULES.kinds.asked_for(absorbers[example % len(absorbers)]) if absorbers else self.kind
                self.ask(kind, kind.example_arguments[example % len(kind.example_arguments)], force=force)
            case Do(what="change"):
                self.revision = change_facts(self.conn, self.household_id)
            case Do(what="begin"):
                self.begin(leftovers=False)
            case Do(what="succeed"):
                self.end(Ended(state=JobState.SUCCEEDED, outcome=Outcome()))
            case Do(what="fail" | "retry" as how):
                error = {"type": "failed", "message": "no"}
                self.end(Ended(state=JobState.FAILED, error=error, passing=how == "retry"))
            case _:
                self.at_us += 3_000_000

    def ask(self, kind: Kind, arguments: Arguments, *, force: bool) -> None:
        """Ask for a job that covers the present revision."""
        request = Request(
            household_id=self.household_id,
            kind=kind.name,
            arguments=arguments,
            requested_by="test",
            least_revision=self.revision,
            force=force,
        )
        stamp = Stamp(job_id=str(uuid4()), at_us=self.at_us, on=NEW_YEAR.date())
        decided = accept_request(self.conn, request, stamp, RULES)
        self.asked.append((kind, decided.job.id, arguments, self.revision))
        if force:
            self.forced.add(decided.job.id)

    def begin(self, *, leftovers: bool) -> None:
        """Begin the next turn, unless one runs or none is due."""
        if self.running is None:
            self.running = start_next(
                self.conn, self.household_id, RULES, epoch=1, at_us=self.at_us, leftovers=leftovers
            ).started

    def end(self, ended: Ended) -> None:
        """End the turn, if one runs; one that is to be retried runs again at once."""
        if self.running is None:
            return
        job, kind = self.running.job, self.running.kind
        settled = settle(self.conn, job, ended, kind, RULES, stamps=[], at_us=self.at_us, then_start=False)
        self.running = None
        if settled.retry:
            self.begin(leftovers=True)

    def finish(self) -> None:
        """Let all that waits succeed."""
        self.end(Ended(state=JobState.SUCCEEDED, outcome=Outcome()))
        for _ in range(100):
            self.at_us += 10_000_000
            self.begin(leftovers=False)
            if self.running is None:
                return
            self.end(Ended(state=JobState.SUCCEEDED, outcome=Outcome()))
        raise AssertionError("it never ends")

    def answers(self, job_id: str) -> JobRow:
        """Return the job that answers in the end for the one that was accepted or joined."""
        job = jobs.job_by_id(self.conn, job_id)
        while job is not None and job.successor_id is not None:
            job = jobs.job_by_id(self.conn, job.successor_id)
        assert job is not None
        return job


def play(conn: Connection, kind: Kind, program: Sequence[Ask | Do]) -> None:
    """Play the program; then every request must be covered by the job that answers it."""
    it = Play(conn, kind)
    add_household(conn, it.household_id)
    for step in program:
        it.step(step)
    it.finish()
    for place, (asked_for, job_id, arguments, revision) in enumerate(it.asked):
        job = it.answers(job_id)
        assert job.state in (JobState.SUCCEEDED, JobState.FAILED)
        assert job.forced or job_id not in it.forced, "what was insisted on is forgotten"
        if job.state is JobState.FAILED:
            continue
        assert job.covers_revision is not None
        assert job.covers_revision >= revision
        if job.kind != asked_for.name:
            assert job.kind in RULES.kinds.absorbers_of(asked_for.name)
            continue
        wanted = [arguments]
        if isinstance(asked_for.merge, Replace):
            wanted = [each for other, _, each, _ in it.asked[place:] if other is asked_for]
        assert any(covers(asked_for, job.arguments, each) for each in wanted), (job.arguments, wanted)


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bound]:
    path: Path = tmp_path_factory.mktemp("laws") / "planner.db"
    bring_up_to_date(path, stamp="now")
    bound = Bound(open_driver(path, (*WRITER_PRAGMAS, "synchronous = OFF")))
    yield bound
    bound.close()
    bound.driver.close()


@every_kind
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(program=st.lists(steps, max_size=25))
def test_whatever_happens_the_job_that_answers_covers_what_was_asked(
    bound: Bound, kind: Kind, program: list[Ask | Do]
) -> None:
    """I7, I5, R14: through merging, postponing, failing and handing over, nobody gets less than asked."""
    (outcome,) = commit_group(bound, [partial(play, kind=kind, program=program)])
    outcome.unwrap()
