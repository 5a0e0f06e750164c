"""What is known in memory of who waits for which job."""

from dataclasses import replace
from pathlib import Path

from actors.stage import Script, a_kind, a_stage
from trio.testing import MockClock

from planner.actors import JobState
from planner.actors.waiters import ENDED_REMEMBERED, Waiters
from planner.storage.jobs import job_by_id


async def test_a_job_that_ended_before_the_news_of_its_acceptance_is_not_taken_for_live(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I6: the tasks of one group of commits run in any order; found by the simulator, seed 520."""
    async with a_stage(database, a_kind(script)) as stage:
        view = await stage.done(await stage.ask())
        job = await stage.store.read(job_by_id, view.id)
    assert job is not None
    assert job.state is JobState.SUCCEEDED
    waiters = Waiters()
    waiters.accepted(job)
    assert waiters.is_live(job.id)
    waiters.tell(job)
    assert not waiters.is_live(job.id)

    overtaken = Waiters()
    overtaken.tell(job)
    overtaken.accepted(job)
    assert not overtaken.is_live(job.id)


async def test_what_is_remembered_of_jobs_that_ended_is_bounded(
    database: Path, script: Script, clock: MockClock
) -> None:
    """I12: a start after a crash ends thousands of jobs of which nothing else was ever heard."""
    async with a_stage(database, a_kind(script)) as stage:
        view = await stage.done(await stage.ask())
        job = await stage.store.read(job_by_id, view.id)
    assert job is not None
    waiters = Waiters()
    for number in range(ENDED_REMEMBERED + 1):
        waiters.tell(replace(job, id=f"{number}"))
    waiters.accepted(replace(job, id="0"))
    waiters.accepted(replace(job, id="1"))
    assert waiters.is_live("0")
    assert not waiters.is_live("1")
