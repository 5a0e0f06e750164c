"""Fills a database with finished jobs as planner leaves them: in bulk, with the indexes made afterwards."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

SECOND_US: Final = 1_000_000
DAY_US: Final = 86_400 * SECOND_US
HOUSEHOLDS: Final = 20

ADD_HOUSEHOLD: Final = """
INSERT INTO households(id, name, revision, facts, created_at_us, updated_at_us)
SELECT printf('household-%04d', value), printf('Household %d', value), 1, '{}', :now_us, :now_us
FROM numbers WHERE value < :households
"""
ADD_JOBS: Final = """
INSERT INTO jobs(id, household_id, kind, merge_key, arguments, state, priority, requested_by,
    least_revision, covers_revision, snapshot_revision, joined, attempts, epoch,
    accepted_at_us, started_at_us, finished_at_us,
    deadline_seconds, expires_at_us, result, error, successor_id)
SELECT printf('0193%04x-%04x-7000-8000-%012x', value / 65536, value % 65536, value),
    printf('household-%04d', value % :households), 'nothing', printf('nothing %d', value % 7), '{"n":1}',
    CASE WHEN value % 97 = 1 THEN 'failed' WHEN value % 97 = 2 THEN 'partial'
         WHEN value % 97 = 3 THEN 'cancelled' WHEN value % 97 IN (4, 50) THEN 'superseded'
         ELSE 'succeeded' END,
    0, 'owner', 1, 1, 1, value % 3, 1, 1,
    :first_us + value * :apart_us, :first_us + value * :apart_us + 900, :first_us + value * :apart_us + 5000,
    60, :first_us + value * :apart_us + 7 * 86400000000,
    '{"net_worth":"123456.78","months":120,"first_shortfall":null}',
    CASE WHEN value % 97 IN (1, 2) THEN '{"message":"It could not be worked out.","type":"fault"}' END,
    CASE WHEN value % 97 IN (4, 50) THEN printf('0193%04x-%04x-7000-8000-%012x',
        (value + :households) / 65536, (value + :households) % 65536, value + :households) END
FROM numbers WHERE value < :jobs
"""
ADD_ATTEMPTS: Final = """
INSERT INTO attempts(job_id, number, epoch, started_at_us, ended_at_us, outcome)
SELECT id, 1, 1, started_at_us, finished_at_us, state FROM jobs ORDER BY id
"""
ADD_REQUESTS: Final = """
INSERT INTO requests(job_id, requested_by, least_revision, at_us)
SELECT id, 'owner', 1, accepted_at_us FROM jobs WHERE joined > 0
"""
ADD_EVENTS: Final = """
INSERT INTO events(household_id, job_id, at_us, type, data)
SELECT household_id, id, finished_at_us,
    CASE step.value WHEN 0 THEN 'accepted' WHEN 1 THEN 'started' ELSE state END,
    '{"kind":"nothing","state":"'
    || CASE step.value WHEN 0 THEN 'pending' WHEN 1 THEN 'running' ELSE state END
    || '","covers_revision":1,"unchanged":false}'
FROM jobs JOIN numbers AS step ON step.value < 3 ORDER BY seq
"""


def fill(database: Path, jobs: int, *, now_us: int) -> None:
    """Put so many finished jobs of the last six days into a database that has its tables."""
    values = {
        "households": HOUSEHOLDS,
        "jobs": jobs,
        "now_us": now_us,
        "first_us": now_us - 6 * DAY_US,
        "apart_us": 6 * DAY_US // jobs - 1,
    }
    with closing(sqlite3.connect(database, isolation_level=None)) as driver:
        driver.execute("PRAGMA synchronous = OFF")
        with _without_indexes(driver):
            driver.execute("BEGIN")
            driver.execute("CREATE TEMP TABLE numbers(value INTEGER PRIMARY KEY)")
            driver.execute(
                "INSERT INTO numbers WITH RECURSIVE up(value) AS "
                "(SELECT 0 UNION ALL SELECT value + 1 FROM up WHERE value + 1 < :most) SELECT value FROM up",
                {"most": max(jobs, HOUSEHOLDS)},
            )
            for statement in (ADD_HOUSEHOLD, ADD_JOBS, ADD_ATTEMPTS, ADD_REQUESTS, ADD_EVENTS):
                driver.execute(statement, values)
            driver.execute("COMMIT")
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def _without_indexes(driver: sqlite3.Connection) -> Iterator[None]:
    """Make the indexes anew in the end, which is faster than keeping them while rows come."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    indexes = driver.execute(query).fetchall()
    for name, _ in indexes:
        driver.execute(f'DROP INDEX "{name}"')
    yield
    for _, statement in indexes:
        driver.execute(statement)
