"""Figures as Prometheus reads them: the text format 0.0.4."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from planner.actors.statistics import Durations, SchedulerStatistics
from planner.actors.watchdog import LoopStatistics
from planner.storage.database import Store

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Sample:
    """One figure. `suffix` belongs to summaries (`_sum`, `_count`), and so does the label `quantile`."""

    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """All figures of one name. Counters' names end in `_total`."""

    name: str
    kind: Literal["counter", "gauge", "summary"]
    words: str
    samples: tuple[Sample, ...]


def render(families: Iterable[Family]) -> str:
    """Return the families as text."""
    return "".join(f"{line}\n" for family in families for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    words = family.words.replace("\\", r"\\").replace("\n", r"\n")
    yield f"# HELP {family.name} {words}"
    yield f"# TYPE {family.name} {family.kind}"
    for sample in family.samples:
        labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in sample.labels.items())
        shown = f"{{{labels}}}" if labels else ""
        yield f"{family.name}{sample.suffix}{shown} {_number(sample.value)}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value)


def figures(store: Store, scheduler: SchedulerStatistics, loop: LoopStatistics) -> Iterator[Family]:
    """Return what there is to know of the running process."""
    yield from _writer(store)
    yield from _jobs(scheduler)
    yield from _actors(scheduler)
    yield from _loop(loop)


def _loop(loop: LoopStatistics) -> Iterator[Family]:
    words = "How long the event loop took to come round; quantiles are of the last minute"
    samples = (
        Sample(loop.lag_p50_seconds, {"quantile": "0.5"}),
        Sample(loop.lag_p99_seconds, {"quantile": "0.99"}),
        Sample(loop.late_seconds, suffix="_sum"),
        Sample(loop.samples, suffix="_count"),
    )
    yield Family("planner_event_loop_lag_seconds", "summary", words, samples)
    words = "How long the event loop took to come round at most in the last minute"
    yield _gauge("planner_event_loop_lag_longest_seconds", words, loop.lag_max_seconds)
    words = "How often the event loop was blocked for so long that it was looked at who held it up"
    yield _counter("planner_event_loop_blocked_total", words, loop.blocked_count)


def _writer(store: Store) -> Iterator[Family]:
    writer = store.statistics
    yield _gauge("planner_epoch", "Which life of this database this process is", store.epoch)
    yield _counter("planner_writer_commits_total", "Groups committed", writer.commits)
    yield _counter("planner_writer_units_total", "Units of work in them", writer.units)
    yield _counter("planner_writer_failed_units_total", "Units rolled back alone", writer.failed_units)
    yield _gauge("planner_writer_group_size", "Units in the last group", writer.last_group)
    yield _gauge("planner_writer_group_size_mean", "Units in a group, on average", writer.mean_group)
    commits = Durations(count=writer.commits, seconds=writer.commit_seconds)
    yield _summary("planner_writer_commit_seconds", "How long a commit takes", {(): commits})
    yield _gauge(
        "planner_read_only",
        "Whether writing is refused because the disk is full",
        float(store.read_only_reason is not None),
    )


def _jobs(scheduler: SchedulerStatistics) -> Iterator[Family]:
    kinds = (
        ("planner_jobs_accepted_total", "Jobs accepted", scheduler.accepted),
        ("planner_jobs_joined_total", "Requests that joined a job which was there", scheduler.joined),
        ("planner_jobs_retries_total", "Attempts after the first", scheduler.retries),
        ("planner_jobs_unchanged_total", "Jobs that found nothing to do", scheduler.unchanged),
    )
    for name, words, counts in kinds:
        yield _counters(name, words, {(("kind", kind),): count for kind, count in counts.items()})
    finished: dict[Labels, int] = {
        (("kind", kind), ("state", state)): count for (kind, state), count in scheduler.finished.items()
    }
    yield _counters("planner_jobs_finished_total", "Jobs ended, by kind and state", finished)
    joined, accepted = scheduler.joined.total(), scheduler.accepted.total()
    share = joined / (joined + accepted) if joined + accepted else 0.0
    yield _gauge("planner_jobs_joined_share", "Part of all requests that joined a job", share)
    yield _gauge("planner_jobs_waiting", "Jobs that wait", scheduler.waiting)
    waited: dict[Labels, Durations] = {(("kind", kind),): each for kind, each in scheduler.waited.items()}
    yield _summary("planner_job_wait_seconds", "From acceptance to the start", waited)
    ran: dict[Labels, Durations] = {(("kind", kind),): each for kind, each in scheduler.ran.items()}
    yield _summary("planner_job_run_seconds", "From the start to the end", ran)


def _actors(scheduler: SchedulerStatistics) -> Iterator[Family]:
    yield _gauge("planner_households_running", "Households in a turn", scheduler.running)
    yield _gauge("planner_households_ready", "Households that wait for a slot", scheduler.ready)
    yield _gauge("planner_households_awake", "Households whose actor is awake", scheduler.awake)
    yield _gauge("planner_households_set_aside", "Households set aside", scheduler.set_aside)
    yield _counter("planner_actor_restarts_total", "Actors started anew after a crash", scheduler.restarts)
    words = "Outcomes whose commit had to be tried again"
    yield _counter("planner_commits_put_off_total", words, scheduler.commits_put_off)


Labels = tuple[tuple[str, str], ...]


def _gauge(name: str, words: str, value: float) -> Family:
    return Family(name, "gauge", words, (Sample(value),))


def _counter(name: str, words: str, value: float) -> Family:
    return Family(name, "counter", words, (Sample(value),))


def _counters(name: str, words: str, values: Mapping[Labels, int]) -> Family:
    return Family(name, "counter", words, tuple(Sample(n, dict(labels)) for labels, n in values.items()))


def _summary(name: str, words: str, values: Mapping[Labels, Durations]) -> Family:
    samples = [
        sample
        for labels, took in values.items()
        for sample in (
            Sample(took.seconds, dict(labels), "_sum"),
            Sample(took.count, dict(labels), "_count"),
        )
    ]
    return Family(name, "summary", words, tuple(samples))
