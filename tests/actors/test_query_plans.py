"""What runs for every job finds its rows by an index, however many jobs there were."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from actors.stage import Script, a_kind, a_stage
from sqlalchemy import Connection, event
from trio.testing import MockClock

from planner.actors import JobState
from planner.storage import attempts, events, history, jobs, recovery, standing
from planner.storage.history import Wanted
from planner.storage.ready import Ready

READY = [
    pytest.param(statement, id=f"{module.__name__.rpartition('.')[2]}{name}")
    for module in (attempts, events, jobs, recovery)
    for name, statement in vars(module).items()
    if isinstance(statement, Ready)
]
EVERYBODY = Wanted(owners=("local", "system"))
FAILED = Wanted(states=[JobState.FAILED], owners=("local", "system"))
QUESTIONS: dict[str, Callable[[Connection], object]] = {
    "all": history.list_jobs,
    "failed": lambda conn: history.list_jobs(conn, states=[JobState.FAILED]),
    "of a household": lambda conn: history.list_jobs(conn, household_id="h", before_seq=10),
    "all, in pages": lambda conn: history.page_of_jobs(conn, EVERYBODY, before_seq=9, limit=5),
    "failed, in pages": lambda conn: history.page_of_jobs(conn, FAILED, before_seq=9, limit=5),
    "of a kind": lambda conn: history.page_of_jobs(conn, Wanted(kind="refresh"), before_seq=9, limit=5),
    "waiting by priority": standing.waiting_by_priority,
    "live": lambda conn: history.live_jobs(conn, "h", limit=5),
    "last failure": lambda conn: history.last_failure(conn, "h"),
    "backlogs": history.backlogs,
    "set aside": history.set_aside_reasons,
    "older epochs": lambda conn: recovery.left_by_older_epochs(conn, 9, limit=5),
    "events": lambda conn: events.events_after(conn, 5, household_id="h", job_id=None, limit=5),
    "absorbed": lambda conn: jobs.live_of_kinds(conn, "h", ["refresh"]),
}


def scans(conn: Connection, text: str, values: Any) -> list[str]:
    """Return the steps of the plan that read a whole table."""
    plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
    steps = [row[3] for row in plan.fetchall()]
    # A scan of a partial index reads the few rows that it holds.
    return [step for step in steps if step.startswith("SCAN ") and "INDEX" not in step and "anon" not in step]


@pytest.mark.parametrize("statement", READY)
async def test_a_statement_of_every_job_never_scans(
    database: Path, script: Script, clock: MockClock, statement: Ready
) -> None:
    """R30: accepting, starting, finishing and looking cost what they cost with few jobs."""
    async with a_stage(database, a_kind(script)) as stage:
        values = dict.fromkeys(re.findall(r":(\w+)", statement.text), 1)
        assert await stage.store.write(scans, statement.text, values) == []


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_question_reads_only_the_rows_it_shows(
    database: Path, script: Script, clock: MockClock, question: str
) -> None:
    """R30: listing and recovering cost what they cost with a thousand."""
    async with a_stage(database, a_kind(script)) as stage:
        await stage.done(await stage.ask())
        asked: list[tuple[str, Any]] = []

        def answer(conn: Connection) -> list[str]:
            def note(_conn: Any, _cursor: Any, text: str, values: Any, *_: Any) -> None:
                asked.append((text, values))

            event.listen(conn, "before_cursor_execute", note)
            try:
                QUESTIONS[question](conn)
            finally:
                event.remove(conn, "before_cursor_execute", note)
            return [step for text, values in asked for step in scans(conn, text, values)]

        found = await stage.store.write(answer)
        # The last jobs of all are read from the end of the table, as many as are shown.
        allowed = ["SCAN jobs"] if question == "all" else []
        assert found == allowed
        assert asked
