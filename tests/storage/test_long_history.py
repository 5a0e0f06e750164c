"""A long history costs nothing: what SQLite does for a question is counted, with few jobs and with many."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from benchmarks._history_rows import DAY_US, fill
from sqlalchemy import Connection

from planner.actors.accept import Rules, Stamp, accept_request
from planner.actors.kind import Kind, Kinds, Outcome, Request
from planner.actors.ledger import start_next
from planner.actors.turn import Turn
from planner.domain.instants import from_microseconds
from planner.storage import history, jobs, queue, recovery
from planner.storage.connection import Bound, open_driver
from planner.storage.events import events_after, requests_of
from planner.storage.history import Wanted
from planner.storage.housekeeping import bulk_waiting, past_retention
from planner.storage.job_rows import JobState
from planner.storage.migrations import bring_up_to_date
from planner.storage.tables import RARE_STATES

FEW, MANY = 2_000, 20_000
STEPS_AT_ONCE = 5
NOW_US = time.time_ns() // 1000
HOUSEHOLD = "household-0003"
RATIO_MOST = 1.3
STEPS_MORE = 60
"""What a deeper index may cost."""


async def nothing(_turn: Turn) -> Outcome:
    return Outcome()


RULES = Rules(kinds=Kinds([Kind(name="nothing", title="Nothing", handle=nothing)]))
STAMP = Stamp(job_id="new", at_us=NOW_US, on=from_microseconds(NOW_US).date())


def accept(conn: Connection) -> None:
    request = Request(household_id=HOUSEHOLD, kind="nothing", requested_by="test")
    accept_request(conn, request, STAMP, RULES)


def start(conn: Connection) -> None:
    accept(conn)
    started = start_next(conn, HOUSEHOLD, RULES, epoch=2, at_us=NOW_US, leftovers=True).started
    assert started is not None


def why(conn: Connection) -> None:
    job = history.list_jobs(conn, household_id=HOUSEHOLD, limit=1)[0]
    history.superseded_by(conn, job, limit=5)
    requests_of(conn, job.id, limit=5)
    history.jobs_ahead(conn, job)


def still_failing(conn: Connection) -> None:
    assert history.last_failure(conn, HOUSEHOLD) is not None


def rare(conn: Connection, state: JobState) -> None:
    assert history.list_jobs(conn, household_id=HOUSEHOLD, states=[state]) == []
    wanted = Wanted(household_id=HOUSEHOLD, states=[state])
    assert history.page_of_jobs(conn, wanted, before_seq=None, limit=50).jobs == []


QUESTIONS: dict[str, Callable[[Connection], object]] = {
    "accept": accept,
    "start": start,
    "why": why,
    "all": history.list_jobs,
    "of a household": lambda conn: history.list_jobs(conn, household_id=HOUSEHOLD),
    "a page of all": lambda conn: history.page_of_jobs(conn, Wanted(), before_seq=900, limit=50),
    "look": lambda conn: history.look(conn, HOUSEHOLD, shown=20, counted=100),
    "last failure": lambda conn: history.last_failure(conn, HOUSEHOLD),
    "backlogs": history.backlogs,
    "older epochs": lambda conn: recovery.left_by_older_epochs(conn, 9, limit=5),
    "next": lambda conn: queue.next_pending(conn, HOUSEHOLD, now_us=NOW_US),
    "known": lambda conn: jobs.job_by_id(conn, "0"),
    "events": lambda conn: events_after(conn, 500, household_id=HOUSEHOLD, job_id=None, limit=50),
    "to prune": lambda conn: past_retention(conn, NOW_US + 20 * DAY_US, 50),
    "bulk waiting": lambda conn: bulk_waiting(conn, "nothing", 2, 50),
}
ONCE_FAILED = """
UPDATE jobs SET state = CASE WHEN seq < 40 THEN 'failed' ELSE 'succeeded' END,
    kind = CASE WHEN seq < 40 THEN 'other' ELSE kind END
WHERE household_id = 'household-0003' AND (state = 'failed' OR seq < 40)
"""
OTHERWISE = "UPDATE jobs SET state = 'succeeded' WHERE state = '{}' AND household_id = 'household-0003'"
PREPARED: dict[str, tuple[str, Callable[[Connection], object]]] = {
    "a failure of a kind that nobody asked for since": (
        ONCE_FAILED,
        still_failing,
    ),
    **{
        f"{state}, which none is": (
            OTHERWISE.format(state),
            partial(rare, state=JobState(state)),
        )
        for state in RARE_STATES
    },
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bound, Bound]]:
    """Two databases that differ in how many jobs have ended in them."""
    opened = []
    for number in (FEW, MANY):
        path: Path = tmp_path_factory.mktemp("history") / "planner.db"
        bring_up_to_date(path, stamp="now")
        fill(path, number, now_us=NOW_US)
        opened.append(Bound(open_driver(path, ())))
    yield opened[0], opened[1]
    for each in opened:
        each.close()


def steps(bound: Bound, question: Callable[[Connection], object], preparation: str) -> int:
    """Return how much SQLite does to answer, in units of a few instructions of its machine."""
    counted = 0

    def count() -> None:
        nonlocal counted
        counted += 1

    bound.driver.execute("BEGIN")
    try:
        bound.driver.execute(preparation)
        bound.driver.set_progress_handler(count, STEPS_AT_ONCE)
        question(bound.connection)
    finally:
        bound.driver.set_progress_handler(None, STEPS_AT_ONCE)
        bound.driver.execute("ROLLBACK")
    return counted


ALL = {**{name: ("SELECT 1", question) for name, question in QUESTIONS.items()}, **PREPARED}


@pytest.mark.parametrize("name", ALL)
def test_ten_times_the_history_is_not_more_work(
    files: tuple[Bound, Bound], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R30, R31: accepting, starting, listing, explaining, recovering, and finding what to prune."""
    monkeypatch.setattr(history, "SINCE_MAX", 20)
    preparation, question = ALL[name]
    few, many = (steps(each, question, preparation) for each in files)
    assert few > 0
    assert many <= RATIO_MOST * few + STEPS_MORE


def test_reading_a_whole_history_is_seen(files: tuple[Bound, Bound]) -> None:
    """R30: the count would show it."""
    few, many = (
        steps(each, lambda conn: conn.exec_driver_sql("SELECT sum(seq) FROM jobs").all(), "SELECT 1")
        for each in files
    )
    assert many > 5 * few
