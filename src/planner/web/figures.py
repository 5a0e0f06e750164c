"""The figures of the running process for Prometheus; no label names a household, so they stay few."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from planner.actors.statistics import SchedulerStatistics
from planner.actors.watchdog import LoopStatistics
from planner.engine import ENGINE_VERSION
from planner.storage.database import Store
from planner.storage.durations import Durations
from planner.storage.job_rows import Priority
from planner.storage.standing import Standing
from planner.taxes.law import LAW_VERSION
from planner.web.prometheus import Family, Labels, counter, counters, gauge, gauges, histogram
from planner.work.alert_rules import RULES, Key
from planner.work.world import World

REFUSALS: Final = ("repeated", "reused", "crowded")
MESSAGE_STATES: Final = ("waiting", "sent", "failed")


def figures(world: World, stands: Standing | None, *, now_us: int) -> Iterator[Family]:
    """Return what there is to know; without `stands` nothing that had to be read from the database."""
    scheduler = world.households.statistics()
    versions = (("engine", ENGINE_VERSION), ("law", LAW_VERSION))
    yield gauges("planner_build_info", "What runs: always 1", {versions: 1})
    yield from _store(world.store)
    yield from _jobs(scheduler)
    yield from _households(scheduler)
    if stands is not None:
        yield from _standing(stands, scheduler, now_us)
    yield from _loop(world.loop_watch.statistics())


def alert_figures(raised: Iterable[Key]) -> Iterator[Family]:
    """Return for each rule for how many households, or whether at all, it stands raised."""
    count = Counter(rule for rule, _ in raised)
    words = "Alerts that stand raised, by rule"
    yield gauges(
        "planner_alerts_raised", words, _labelled("rule", {each.name: count[each.name] for each in RULES})
    )


def _loop(loop: LoopStatistics) -> Iterator[Family]:
    words = "How long the event loop took to come round"
    yield histogram("planner_event_loop_lag_seconds", words, {(): loop.lag})
    words = "How long the event loop took to come round at most in the last minute"
    yield gauge("planner_event_loop_lag_longest_seconds", words, loop.lag_max_seconds)
    words = "How often the event loop was blocked for so long that it was looked at who held it up"
    yield counter("planner_event_loop_blocked_total", words, loop.blocked_count)


def _store(store: Store) -> Iterator[Family]:
    writer, readers = store.statistics, store.reading
    yield gauge("planner_epoch", "Which life of this database this process is", store.epoch)
    yield counter("planner_writer_commits_total", "Groups committed", writer.commits)
    yield counter("planner_writer_units_total", "Units of work in them", writer.units)
    yield counter("planner_writer_failed_units_total", "Units rolled back alone", writer.failed_units)
    yield gauge("planner_writer_group_size", "Units in the last group", writer.last_group)
    yield gauge("planner_writer_group_size_mean", "Units in a group, on average", writer.mean_group)
    words = "How long a commit takes, from the first unit of its group to the disk"
    yield histogram("planner_writer_commit_seconds", words, {(): writer.latency})
    yield gauge("planner_readers", "Read connections", readers.connections)
    yield gauge("planner_readers_in_use", "Read connections in use", readers.in_use)
    yield gauge("planner_readers_waiting", "Reads that wait for a connection", readers.waiting)
    words = "Whether writing is refused because the disk is full"
    yield gauge("planner_read_only", words, float(store.read_only_reason is not None))


def _jobs(scheduler: SchedulerStatistics) -> Iterator[Family]:
    kinds = (
        ("planner_jobs_accepted_total", "Jobs accepted", scheduler.accepted),
        ("planner_jobs_joined_total", "Requests that joined a job which was there", scheduler.joined),
        ("planner_jobs_retries_total", "Attempts after the first", scheduler.retries),
        ("planner_jobs_unchanged_total", "Jobs that found nothing to do", scheduler.unchanged),
    )
    for name, words, counts in kinds:
        yield counters(name, words, _labelled("kind", counts))
    finished: dict[Labels, float] = {
        (("kind", kind), ("state", state)): count for (kind, state), count in scheduler.finished.items()
    }
    yield counters("planner_jobs_finished_total", "Jobs ended, by kind and state", finished)
    words = "Requests refused: its kind does nothing twice, its key had another request, a full mailbox"
    refused = {each: scheduler.refused[each] for each in REFUSALS}
    yield counters("planner_requests_refused_total", words, _labelled("reason", refused))
    words = "Part of all requests that joined a job"
    yield gauge("planner_jobs_joined_share", words, scheduler.joined_share)
    words = "Part of all jobs that ended that found nothing to do"
    yield gauge("planner_jobs_unchanged_share", words, scheduler.unchanged_share)
    waited: dict[Labels, Durations] = {
        (("priority", each.name.lower()),): took for each, took in scheduler.waited.items()
    }
    yield histogram("planner_job_wait_seconds", "From acceptance to the start, by priority", waited)
    ran: dict[Labels, Durations] = {(("kind", kind),): took for kind, took in scheduler.ran.items()}
    yield histogram("planner_job_run_seconds", "From the start to the end, by kind", ran)
    yield gauge("planner_threads", "Threads for arithmetic", scheduler.threads)
    yield gauge("planner_threads_in_use", "Threads that work", scheduler.threads_in_use)
    words = "Threads whose arithmetic was cancelled and does not end"
    yield gauge("planner_threads_lost", words, scheduler.threads_lost)


def _households(scheduler: SchedulerStatistics) -> Iterator[Family]:
    yield gauge("planner_households_running", "Households in a turn", scheduler.running)
    yield gauge("planner_households_ready", "Households that wait for a slot", scheduler.ready)
    yield gauge("planner_households_awake", "Households whose actor is awake", scheduler.awake)
    yield gauge("planner_households_set_aside", "Households set aside", scheduler.set_aside)
    yield counter("planner_actor_restarts_total", "Actors started anew after a crash", scheduler.restarts)
    words = "Outcomes whose commit had to be tried again"
    yield counter("planner_commits_put_off_total", words, scheduler.commits_put_off)


def _standing(stands: Standing, scheduler: SchedulerStatistics, now_us: int) -> Iterator[Family]:
    waiting = {each.name.lower(): stands.waiting[each] for each in Priority}
    yield gauges("planner_jobs_waiting", "Jobs that wait, by priority", _labelled("priority", waiting))
    yield gauge("planner_households", "Households there are", stands.households)
    asleep = max(0, stands.households - scheduler.awake)
    yield gauge("planner_households_asleep", "Households without an actor", asleep)
    words = "Changes that the projections do not reflect yet"
    yield gauge("planner_changes_pending", words, stands.behind.changes)
    words = "How old the oldest of them is"
    yield gauge("planner_changes_pending_oldest_seconds", words, stands.behind.age_seconds(now_us))
    words = "Households whose projection is older than their facts"
    yield gauge("planner_households_behind", words, stands.behind.households)
    messages = {each: stands.messages.get(each, 0) for each in MESSAGE_STATES}
    yield gauges("planner_outbox_messages", "Messages, by state", _labelled("state", messages))


def _labelled(label: str, values: Mapping[str, int]) -> dict[Labels, float]:
    return {((label, each),): value for each, value in values.items()}
