"""Planner's own work: history is pruned in small batches, keys expire, pages are given back, months begin."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import trio
from sqlalchemy import Connection
from work.outbox_stage import Hands, Stage, a_planner
from worlds import FIXED_CLOCK, NOON, a_settled_household, a_world, example, quiet

from planner.actors import JobState, Priority, Request
from planner.actors.ids import microseconds
from planner.actors.timetable import timetable_views
from planner.storage import housekeeping, outbox
from planner.storage.derived import derived_head
from planner.storage.tables import SYSTEM
from planner.work.accept import create_household
from planner.work.housekeeping import JOBS_AT_ONCE
from planner.work.month import WAITING_AT_ONCE, roll_request
from planner.work.names import DAILY_REPORT, EXPIRE_KEYS, PRUNE_HISTORY, REFRESH_BASELINE, VACUUM
from planner.work.post import NO_POST, Post
from planner.work.subjects import BASELINE
from planner.work.world import Clock

DAY_US = 86_400_000_000
NOW_US = microseconds(Hands().at)
EXPIRED = 450
A_HOUSEHOLD = """
INSERT INTO households(id, name, revision, facts, created_at_us, updated_at_us)
VALUES ('h', 'h', 1, '{}', 0, 0)
"""
A_JOB = """
INSERT INTO jobs(id, household_id, kind, merge_key, arguments, state, priority, requested_by, least_revision,
                 attempts, epoch, accepted_at_us, started_at_us, finished_at_us, expires_at_us,
                 deadline_seconds, error)
VALUES (:id, 'h', :kind, 'k', '{}', :state, 0, 'test', 0, 1, 1, :started_us, :started_us, :finished_us,
        :expires_us, 60, :error)
"""


def add_job(conn: Connection, job_id: str, *, expires_us: int, kind: str = "old", **options: Any) -> None:
    """Insert a finished job with an attempt, a request that joined it, and an event."""
    finished_us = options.pop("finished_us", expires_us - 7 * DAY_US)
    values = {
        "id": job_id, "kind": kind, "state": "succeeded", "started_us": finished_us - 2_000_000,
        "finished_us": finished_us, "expires_us": expires_us, "error": None, **options,
    }  # fmt: skip
    driver = conn.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.execute(A_JOB, values)
    driver.execute(
        "INSERT INTO attempts(job_id, number, epoch, started_at_us) VALUES (?, 1, 1, 0)", (job_id,)
    )
    driver.execute(
        "INSERT INTO requests(job_id, requested_by, least_revision, at_us) VALUES (?, 'x', 0, 0)", (job_id,)
    )
    driver.execute(
        "INSERT INTO events(household_id, job_id, at_us, type, data) VALUES ('h', ?, 0, 'x', '{}')", (job_id,)
    )


def a_history(conn: Connection) -> None:
    """Insert many jobs past their retention, and two that are not."""
    conn.exec_driver_sql(A_HOUSEHOLD)
    for number in range(EXPIRED):
        add_job(conn, f"old-{number}", expires_us=NOW_US - number)
    add_job(conn, "kept", expires_us=NOW_US + 1)
    add_job(conn, "kept too", expires_us=NOW_US + DAY_US)
    event = (
        "INSERT INTO events(household_id, job_id, at_us, type, data) VALUES ('h', NULL, ?, 'resumed', '{}')"
    )
    conn.exec_driver_sql(event, (NOW_US - 31 * DAY_US,))
    conn.exec_driver_sql(event, (NOW_US - 29 * DAY_US,))


def look(conn: Connection, sql: str) -> list[Any]:
    return list(conn.exec_driver_sql(sql).fetchall())


async def system_job(stage: Stage, kind: str, **arguments: object) -> Any:
    """Ask for planner's own work and return what it came to."""
    accepted = await stage.world.households.accept(
        Request(household_id=SYSTEM, kind=kind, arguments=arguments, requested_by="test")
    )
    view = await stage.world.households.wait(str(accepted.job_id), 30)
    assert view.state is JobState.SUCCEEDED, view.error
    return view


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "planner.db"


async def test_history_past_its_retention_goes_with_all_that_hangs_on_it(database: Path) -> None:
    """R31, R5: jobs, attempts, requests, events; what is younger or alive stays."""
    async with a_planner(database, NO_POST) as stage:
        await stage.world.store.write(a_history)
        await system_job(stage, PRUNE_HISTORY)
        await stage.quiet()
        for left in (
            "SELECT count(*) FROM jobs WHERE household_id = 'h'",
            "SELECT count(*) FROM attempts WHERE job_id LIKE 'old-%' OR job_id LIKE 'kept%'",
            "SELECT count(*) FROM requests WHERE job_id LIKE 'old-%' OR job_id LIKE 'kept%'",
            "SELECT count(*) FROM events WHERE job_id LIKE 'old-%' OR job_id LIKE 'kept%'",
        ):
            assert await stage.world.store.read(look, left) == [(2,)], left
        loose = "SELECT count(*) FROM events WHERE job_id IS NULL AND household_id = 'h'"
        assert await stage.world.store.read(look, loose) == [(1,)]


async def test_pruning_yields_between_small_batches(database: Path) -> None:
    """R31: three batches for 450 jobs, each a turn of its own, and urgent work comes between them."""
    async with a_planner(database, NO_POST) as stage:
        await stage.world.store.write(a_history)
        ask = stage.world.households.accept
        await ask(Request(household_id=SYSTEM, kind=PRUNE_HISTORY, requested_by="test"))
        await ask(
            Request(household_id=SYSTEM, kind=EXPIRE_KEYS, requested_by="test", priority=Priority.INTERACTIVE)
        )
        await stage.quiet()
        started = await stage.world.store.read(
            look, "SELECT j.kind, j.result FROM events e JOIN jobs j ON j.id = e.job_id "
            "WHERE e.type = 'started' AND j.household_id = 'system' ORDER BY e.id"
        )  # fmt: skip
        kinds = [kind for kind, _ in started]
        assert kinds.count(PRUNE_HISTORY) == 3
        assert kinds.index(EXPIRE_KEYS) <= 1
        batches = [json.loads(result)["jobs"] for kind, result in started if kind == PRUNE_HISTORY]
        assert batches == [JOBS_AT_ONCE, JOBS_AT_ONCE, 50]


async def test_keys_past_their_time_are_forgotten(database: Path) -> None:
    """R16, R17: those of HTTP requests and those of what was done."""

    def some_keys(conn: Connection) -> None:
        conn.exec_driver_sql(A_HOUSEHOLD)
        for number in range(1200):
            conn.exec_driver_sql(
                "INSERT INTO done_keys VALUES ('h', ?, 'k', 'j', 0, ?)", (f"k{number}", NOW_US - number)
            )
        conn.exec_driver_sql("INSERT INTO done_keys VALUES ('h', 'young', 'k', 'j', 0, ?)", (NOW_US + 1,))
        conn.exec_driver_sql("INSERT INTO idempotency_keys VALUES ('o', 'old', '', '{}', 0)")
        conn.exec_driver_sql("INSERT INTO idempotency_keys VALUES ('o', 'new', '', '{}', ?)", (NOW_US,))

    async with a_planner(database, NO_POST) as stage:
        await stage.world.store.write(some_keys)
        await system_job(stage, EXPIRE_KEYS)
        await stage.quiet()
        assert await stage.world.store.read(look, "SELECT key FROM done_keys") == [("young",)]
        assert await stage.world.store.read(look, "SELECT key FROM idempotency_keys") == [("new",)]


async def test_free_pages_are_given_back_a_few_at_a_time(database: Path) -> None:
    """R31: the file of a planner that has forgotten much becomes smaller, without one long write."""

    def fill(conn: Connection) -> None:
        conn.exec_driver_sql("CREATE TABLE ballast(x)")
        conn.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) "
            "INSERT INTO ballast SELECT randomblob(1000) FROM n"
        )

    async with a_planner(database, NO_POST) as stage:
        await stage.world.store.write(fill)
        await stage.world.store.write(lambda conn: conn.exec_driver_sql("DROP TABLE ballast").close())
        pages, free, can_shrink = await stage.world.store.read(housekeeping.free_pages)
        assert can_shrink
        assert free > 2 * housekeeping.FREE_PAGES_AT_ONCE
        await system_job(stage, VACUUM)
        await stage.quiet()
        pages_after, free_after, _ = await stage.world.store.read(housekeeping.free_pages)
        assert free_after == 0
        assert pages_after <= pages - free
        assert len([job for job in await stage.jobs() if job.kind == VACUUM]) > 2


async def test_the_daily_report_says_what_went_on_and_is_sent_once(database: Path) -> None:
    """R17, R36: counts by kind and state, failures with reasons, households set aside, the slowest."""
    told: list[outbox.OutboxRow] = []

    async def deliver(row: outbox.OutboxRow) -> None:
        told.append(row)

    def a_day(conn: Connection) -> None:
        conn.exec_driver_sql(A_HOUSEHOLD)
        conn.exec_driver_sql("UPDATE households SET set_aside_reason = 'crashed 6 times' WHERE id = 'h'")
        that_day = microseconds(datetime(2026, 11, 22, 9, tzinfo=UTC))
        keep = {"expires_us": NOW_US + DAY_US}
        add_job(conn, "a", kind="refresh", finished_us=that_day, **keep)
        add_job(conn, "b", kind="refresh", finished_us=that_day, started_us=that_day - 90_000_000, **keep)
        error = '{"type":"failed","message":"KeyError: nothing"}'
        add_job(conn, "c", kind="flows", finished_us=that_day, state="failed", error=error, **keep)
        add_job(conn, "before", kind="refresh", finished_us=that_day - DAY_US, **keep)
        add_job(conn, "after", kind="refresh", finished_us=that_day + DAY_US, **keep)

    async with a_planner(database, Post(addresses=(("webhook", "x"),), deliver=deliver)) as stage:
        await stage.world.store.write(a_day)
        view = await system_job(stage, DAILY_REPORT, day="2026-11-22")
        await stage.quiet()
        assert view.result is not None
        assert view.result["ended"] == {"refresh": {"succeeded": 2}, "flows": {"failed": 1}}
        assert view.result["set_aside"] == {"h": "crashed 6 times"}
        assert view.result["slowest"][0] == {"job_id": "b", "kind": "refresh", "seconds": 90.0}
        (message,) = told
        assert message.subject == "planner on 2026-11-22: 3 jobs, 1 failed, 1 households set aside"
        assert "flows of h, job c: KeyError: nothing" in message.body
        await system_job(stage, DAILY_REPORT, day="2026-11-22")
        await stage.quiet()
        assert len(told) == 1


async def test_a_new_month_projects_every_household_anew_once(tmp_path: Path) -> None:
    """R4, R17: in bulk, a bounded number waiting at once, and two ticks are one."""
    many = WAITING_AT_ONCE + 5
    async with a_world(tmp_path) as world:
        households = [
            await create_household(world, example("young_couple"), author="owner") for _ in range(many)
        ]
        for each in households:
            await quiet(world, each.household_id)
    december = Clock(now=lambda: NOON.replace(month=12), today=lambda: date(2026, 12, 23), zone=UTC)
    async with a_world(tmp_path, clock=december) as world:
        most = 0

        async def watch_waiting() -> None:
            nonlocal most
            while True:
                count = await world.store.read(
                    housekeeping.bulk_waiting, REFRESH_BASELINE, Priority.BULK, many + 1
                )
                most = max(most, count)
                await trio.sleep(0.001)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(watch_waiting)
            for tick in ("tick", "tock"):
                await world.households.accept(roll_request(tick))
            await quiet(world, SYSTEM)
            for each in households:
                await quiet(world, each.household_id)
            nursery.cancel_scope.cancel()
        assert most <= WAITING_AT_ONCE
        for each in households:
            head = await world.store.read(derived_head, each.household_id, BASELINE)
            assert head is not None
            assert head.at.month == 12
            jobs = await world.households.jobs(each.household_id)
            rolled = [job for job in jobs if job.requested_by == "roll_month_forward"]
            assert [(job.kind, job.priority) for job in rolled] == [(REFRESH_BASELINE, Priority.BULK)]


async def test_households_set_aside_do_not_hold_up_the_month_of_others(tmp_path: Path) -> None:
    """R33, R17: what waits for them waits without being counted."""
    async with a_world(tmp_path) as world:
        created = await a_settled_household(world, "young_couple")
        reason = "UPDATE households SET set_aside_reason = 'test' WHERE id = ?"
        job = (
            "INSERT INTO jobs(id, household_id, kind, merge_key, arguments, state, priority, requested_by, "
            "least_revision, accepted_at_us, deadline_seconds) "
            "VALUES (?, ?, ?, ?, '{}', 'pending', 2, 'x', 0, 0, 60)"
        )

        def block(conn: Connection) -> None:
            for number in range(WAITING_AT_ONCE):
                conn.exec_driver_sql(
                    job, (f"j{number}", created.household_id, REFRESH_BASELINE, f"k{number}")
                )

        await world.store.write(block)

        async def count() -> int:
            return await world.store.read(
                housekeeping.bulk_waiting, REFRESH_BASELINE, Priority.BULK, WAITING_AT_ONCE
            )

        assert await count() == WAITING_AT_ONCE
        await world.store.write(lambda conn: conn.exec_driver_sql(reason, (created.household_id,)).close())
        assert await count() == 0


@contextmanager
def statements(conn: Connection) -> Iterator[list[str]]:
    """Note what is sent to SQLite in the block."""
    driver = conn.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    seen: list[str] = []
    driver.set_trace_callback(seen.append)
    try:
        yield seen
    finally:
        driver.set_trace_callback(None)


async def test_housekeeping_finds_its_work_by_indexes(database: Path) -> None:
    """R30, R31: a million finished jobs cost no more than a thousand."""

    def plans(conn: Connection) -> list[str]:
        with statements(conn) as seen:
            housekeeping.past_retention(conn, NOW_US, 10)
            housekeeping.expired_keys(conn, NOW_US, 10)
            housekeeping.bulk_waiting(conn, REFRESH_BASELINE, 2, 10)
            outbox.is_any_due(conn, NOW_US, ["email"])
        queries = [sql for sql in seen if "SELECT" in sql]
        assert len(queries) == 7
        explained = [conn.exec_driver_sql("EXPLAIN QUERY PLAN " + sql).all() for sql in queries]
        return [row[3] for rows in explained for row in rows]

    async with a_planner(database, NO_POST) as stage:
        found = await stage.world.store.write(plans)
    steps = [line for line in found if "anon" not in line and "SUBQUERY" not in line]
    assert len(steps) == 9
    assert all(" INDEX " in line for line in steps), steps


async def test_an_open_planner_keeps_time(tmp_path: Path) -> None:
    """R17: every entry of the timetable names a kind there is, takes its arguments, and is to be seen."""
    async with a_world(tmp_path) as world:
        views = await timetable_views(world.store, world.timetable, world.now())
        assert {view.name for view in views} == {"month", "history", "keys", "vacuum", "report", "outbox"}
        assert all(view.next_due > world.now() and view.last_due is None for view in views)
        for entry in world.timetable:
            await world.households.accept(entry.request(world.now()))
        await quiet(world, SYSTEM)
        jobs = await world.households.jobs(SYSTEM)
        assert {job.kind for job in jobs} >= {entry.kind for entry in world.timetable}
        assert {job.state for job in jobs} == {JobState.SUCCEEDED}


def test_the_month_of_an_instant_is_that_of_the_people() -> None:
    """R17: what was worked out at five past midnight in Berlin is not of the month before."""
    just_after_midnight = datetime(2026, 11, 30, 23, 5, tzinfo=UTC)
    berlin = replace(FIXED_CLOCK, zone=ZoneInfo("Europe/Berlin"))
    assert berlin.day_of(just_after_midnight) == date(2026, 12, 1)
    assert replace(FIXED_CLOCK, zone=UTC).day_of(just_after_midnight) == date(2026, 11, 30)
