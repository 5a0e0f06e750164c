"""The alert rules as data, and the judgement: what the figures of a moment raise, and what they resolve."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from planner.storage.alerts import AlertRow

Key = tuple[str, str]
"""A rule's name and a subject."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A figure of this moment. `subject` is what it is of: a household, or nothing; `detail` says more."""

    value: float
    subject: str = ""
    detail: str = ""


Readings = Mapping[str, Sequence[Reading]]
"""By the name of the figure; where a subject has no reading its figure is 0."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """When people are told. `seen` says what was read, with `{value}`; `advice` what to do.

    Raised when its figure has been over `limit` for `for_seconds`; resolved when it has not been over
    `clears_at` for `clear_seconds`. In between it stays what it was, so that nobody is told back and forth.
    """

    name: str
    title: str
    figure: str
    limit: float
    seen: str
    advice: str
    for_seconds: float = 0.0
    clears_at: float | None = None
    clear_seconds: float = 120.0

    def __post_init__(self) -> None:
        assert self.clears_at is None or self.clears_at <= self.limit

    @property
    def is_cleared_at(self) -> float:
        """The figure at which it is good again."""
        return self.limit if self.clears_at is None else self.clears_at

    def in_words(self, reading: Reading) -> str:
        """Return what was read as a sentence."""
        return f"{self.seen.format(value=f'{reading.value:,.0f}')} {reading.detail}".strip()


RULES: Final = (
    Rule(
        name="flow_generation",
        title="Flow generation fails",
        figure="generations_failed_percent",
        limit=1.0,
        for_seconds=300.0,
        seen="Of the flow generations of the last 5 minutes {value} % failed.",
        advice="The last complete generation stays in place. The failed jobs say why.",
    ),
    Rule(
        name="changes_pending",
        title="Changes pile up",
        figure="changes_pending",
        limit=100.0,
        for_seconds=300.0,
        clears_at=50.0,
        seen="{value} changes are not worked out yet.",
        advice="Look at what runs, and at how long it takes.",
    ),
    Rule(
        name="stale",
        title="What is shown is old",
        figure="stale_seconds",
        limit=600.0,
        for_seconds=60.0,
        seen="The oldest change that is not worked out yet was made {value} seconds ago.",
        advice="Its household is set aside, its job fails, or it waits behind others.",
    ),
    Rule(
        name="duplicates_refused",
        title="Many requests are refused as duplicates",
        figure="duplicates_refused",
        limit=10.0,
        clears_at=0.0,
        seen="{value} requests of the last 5 minutes were refused: asked for before, or an idempotency key "
        "that came with another request.",
        advice="A client repeats itself, or uses keys twice.",
    ),
    Rule(
        name="set_aside",
        title="A household is set aside",
        figure="set_aside",
        limit=0.0,
        clear_seconds=0.0,
        seen="",
        advice="What waits is kept. Mend the cause, then take it up again on the operations page.",
    ),
    Rule(
        name="stuck",
        title="A job is stuck",
        figure="stuck",
        limit=0.0,
        clear_seconds=0.0,
        seen="Its job gives no sign of life.",
        advice="Its deadline ends it by itself; the operations page shows it, and cancels it sooner.",
    ),
    Rule(
        name="threads_lost",
        title="Threads are lost",
        figure="threads_lost",
        limit=0.0,
        seen="{value} threads work for jobs that were cancelled, and do not end.",
        advice="The log says where they are. They are replaced, up to a limit; a restart frees them.",
    ),
    Rule(
        name="undelivered",
        title="Messages cannot be delivered",
        figure="undelivered",
        limit=0.0,
        seen="{value} messages were given up, or failed more than once.",
        advice="The outbox on the operations page says why, and lets them be tried again.",
    ),
    Rule(
        name="loop_blocked",
        title="The event loop is blocked",
        figure="loop_lag_seconds",
        limit=2.0,
        clears_at=0.5,
        seen="It took the event loop {value} seconds to come round.",
        advice="The log names what held it up.",
    ),
    Rule(
        name="read_only",
        title="The disk is full",
        figure="read_only",
        limit=0.0,
        clear_seconds=0.0,
        seen="",
        advice="Everything can be looked at and nothing changed until there is room.",
    ),
)

_BY_NAME: Final = {rule.name: rule for rule in RULES}


def rule_named(name: str) -> Rule | None:
    """Return the rule, or None where a row names one that is no longer there."""
    return _BY_NAME.get(name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """That a rule is raised now, or resolved. `row` is what is recorded of it."""

    rule: Rule
    row: AlertRow

    @property
    def is_raised(self) -> bool:
        """Whether it stands raised from now on."""
        return self.row.resolved_at_us is None


def judge(
    rules: Iterable[Rule],
    readings: Readings,
    raised: Mapping[Key, AlertRow],
    turning: dict[Key, float],
    *,
    at: float,
    now_us: int,
) -> list[Verdict]:
    """Return what changes at `at` (seconds of a clock that is never set), `now_us` on the wall.

    `turning` remembers since when each figure has been on the other side than its rule stands; it is altered.
    """
    verdicts: list[Verdict] = []
    for rule in rules:
        read = {each.subject: each for each in readings.get(rule.figure, ())}
        standing = [subject for name, subject in raised if name == rule.name]
        for subject in dict.fromkeys([*standing, *read]):
            reading = read.get(subject, Reading(value=0.0, subject=subject))
            verdict = _judge_one(
                rule, reading, raised.get((rule.name, subject)), turning, at=at, now_us=now_us
            )
            if verdict is not None:
                verdicts.append(verdict)
    return verdicts


def _judge_one(
    rule: Rule,
    reading: Reading,
    standing: AlertRow | None,
    turning: dict[Key, float],
    *,
    at: float,
    now_us: int,
) -> Verdict | None:
    key = (rule.name, reading.subject)
    turns = reading.value > rule.limit if standing is None else reading.value <= rule.is_cleared_at
    if not turns:
        turning.pop(key, None)
        return None
    needed = rule.for_seconds if standing is None else rule.clear_seconds
    if at - turning.setdefault(key, at) < needed:
        return None
    del turning[key]
    row = AlertRow(
        rule=rule.name,
        subject=reading.subject,
        raised_at_us=now_us if standing is None else standing.raised_at_us,
        resolved_at_us=None if standing is None else max(now_us, standing.raised_at_us),
        detail=rule.in_words(reading) if standing is None else standing.detail,
    )
    return Verdict(rule=rule, row=row)
