"""The account of what was asked, what was answered and what was seen; it outlives every server."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

import trio

FINAL: Final = frozenset({"succeeded", "partial", "failed", "cancelled", "superseded"})
SHOWN_MAX: Final = 40


class Removal(Enum):
    """What is known of a household's end."""

    NOT_ASKED = 0
    ASKED = 1
    CERTAIN = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What one entry of the journal must say, so that it is known for the request that led to it.

    Values are drawn once in a run, but for those of an undo, which are those of the entry before it.
    """

    verb: str
    item: str
    value: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a good answer says: the same for ever, however often the request is sent."""

    household_id: str
    revision: int
    job_id: str


@dataclass(kw_only=True, slots=True)
class Asked:
    """One request, sent once or more. `lost`: it may have arrived, and nobody heard what became of it.

    `told`: why not now. `undoes` is the revision that it takes back. `opening` are the expenses of a new
    household.
    """

    number: int
    sort: str
    household_id: str | None
    key: str | None
    path: str
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    content: Content | None = None
    undoes: int | None = None
    opening: dict[str, str] = field(default_factory=dict)
    answer: Answer | None = None
    refused: bool = False
    lost: bool = False
    told: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it is not known what became of it."""
        return self.lost and self.answer is None and not self.refused


@dataclass(kw_only=True, slots=True)
class KnownHousehold:
    """A household that was acknowledged."""

    id: str
    opening: dict[str, str]
    name: str
    removal: Removal = Removal.NOT_ASKED
    revision: int = 1
    events: dict[int, tuple[str, str | None]] = field(default_factory=dict)


@dataclass(kw_only=True, slots=True)
class KnownJob:
    """A job that was acknowledged or seen. `ended`: the final state that somebody was told."""

    id: str
    household_id: str
    acknowledged: bool = False
    least_revision: int = 0
    cancel_asked: bool = False
    ended: str | None = None
    ended_at: float = 0.0


@dataclass(kw_only=True)
class Account:
    """Everything that clients know.

    `on_news` is told of acknowledgements and of job events as they come, `on_anomaly` of what is wrong.
    """

    asked: list[Asked] = field(default_factory=list)
    households: dict[str, KnownHousehold] = field(default_factory=dict)
    jobs: dict[str, KnownJob] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    anomalies: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    on_news: Callable[[str], None] = lambda _news: None
    on_anomaly: Callable[[str], None] = lambda _sentence: None
    life: int = 0

    def wrong(self, sentence: str) -> None:
        """Write down something that must not be."""
        told = f"life {self.life}: {sentence}"
        self.counts["anomalies"] += 1
        if len(self.anomalies) < SHOWN_MAX:
            self.anomalies.append(told)
            self.on_anomaly(told)

    def note(self, asked: Asked) -> Asked:
        """Write down a request before it is sent."""
        self.asked.append(asked)
        return asked

    def acknowledged(self, asked: Asked, plain: dict[str, Any], *, sent_at: float) -> None:
        """Write down a good answer; a second one must be the first again."""
        job = plain["job"]
        answer = Answer(
            household_id=plain["household_id"],
            revision=plain["revision"],
            job_id=plain["links"]["job"].rsplit("/", 1)[1],
        )
        self.counts["answers"] += 1
        if asked.refused:
            self.wrong(f"request {asked.number} ({asked.sort}) was refused, and later acknowledged")
        if asked.answer is None:
            asked.answer = answer
            self.counts["acknowledged"] += 1
            self.counts[f"acknowledged {asked.sort}"] += 1
            if plain["repeated"] and not asked.lost:
                self.wrong(f"request {asked.number} ({asked.sort}) is said to be a repetition, and is none")
            self._first_answer(asked, answer)
            self.on_news("acknowledged")
        elif answer != asked.answer:
            self.wrong(f"request {asked.number} was answered {asked.answer} and then {answer}")
        if job is not None:
            self.saw_job(job, sent_at=sent_at)

    def _first_answer(self, asked: Asked, answer: Answer) -> None:
        if asked.sort == "create":
            assert asked.content is not None
            name = asked.content.value
            made = KnownHousehold(id=answer.household_id, opening=asked.opening, name=name)
            self.households[made.id] = made
        elif answer.household_id != asked.household_id:
            self.wrong(f"request {asked.number} of {asked.household_id} was done to {answer.household_id}")
        household = self.households.get(answer.household_id)
        if household is not None:
            household.revision = max(household.revision, answer.revision)
        job = self.job(answer.job_id, answer.household_id)
        job.acknowledged = True
        if asked.sort != "job":
            job.least_revision = max(job.least_revision, answer.revision)

    def turned_down(self, asked: Asked) -> None:
        """Write down that a request was refused for good: it must have no effect, now or later."""
        if asked.answer is not None:
            self.wrong(f"request {asked.number} ({asked.sort}) was acknowledged, and later refused")
        asked.refused = True
        self.counts["refused"] += 1

    def job(self, job_id: str, household_id: str) -> KnownJob:
        """Return what is known of a job."""
        return self.jobs.setdefault(job_id, KnownJob(id=job_id, household_id=household_id))

    def saw_job(self, plain: dict[str, Any], *, sent_at: float) -> None:
        """Write down a job as an answer shows it, which was asked for at `sent_at`."""
        self.saw_state(plain["id"], plain["household_id"], plain["state"], sent_at=sent_at)

    def saw_state(self, job_id: str, household_id: str, state: str, *, sent_at: float) -> None:
        """Write down a job's state: once it has ended, it has ended like that for ever."""
        job = self.job(job_id, household_id)
        if state not in FINAL:
            if job.ended is not None and sent_at > job.ended_at:
                self.wrong(f"job {job_id} had ended ({job.ended}), and is {state} again")
        elif job.ended is None:
            job.ended, job.ended_at = state, trio.current_time()
            self.counts[f"jobs seen {state}"] += 1
        elif job.ended != state:
            self.wrong(f"job {job_id} had ended ({job.ended}), and now as {state}")

    def told_of(self, job_id: str, household_id: str, state: str) -> None:
        """Write down the state that an event tells of; only an end says anything of now."""
        if state in FINAL:
            self.saw_state(job_id, household_id, state, sent_at=trio.current_time())

    def saw_event(self, household_id: str, event_id: int, kind: str, job_id: str | None) -> None:
        """Write down a durable event that a follower was told."""
        self.counts["events"] += 1
        household = self.households[household_id]
        known = household.events.setdefault(event_id, (kind, job_id))
        if known != (kind, job_id):
            self.wrong(f"event {event_id} was {known}, and is {(kind, job_id)}")

    def may_be_gone(self, household_id: str) -> bool:
        """Whether somebody asked to remove the household."""
        household = self.households.get(household_id)
        return household is None or household.removal is not Removal.NOT_ASKED
