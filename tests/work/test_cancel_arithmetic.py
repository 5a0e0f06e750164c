"""Cancelling a real projection while it is worked out: it ends at its next beat and leaves nothing."""

import threading
from datetime import date
from functools import partial
from pathlib import Path

import trio
from actors.stage import Script, a_kind, a_stage, rows, write_effect
from worlds import example

from planner.actors import JobState, Outcome, Turn, TurnCancelled
from planner.actors.threads import Threads
from planner.engine.months import run_months
from planner.engine.plan import Plan, outlook
from planner.engine.scheduled import scheduled

MONTHS = 720
PATHS = 1_000
WAIT_SECONDS = 30.0


async def test_a_projection_of_many_paths_ends_at_its_next_beat_and_writes_nothing(tmp_path: Path) -> None:
    """I14, R38: no beat is passed after the cancellation, the thread is given back, the household goes on."""
    facts = example().facts
    plan = Plan(facts=facts, start=date(2026, 11, 23), assumptions=facts.assumptions, months=MONTHS)
    view = outlook(plan)
    working, told, ended = threading.Event(), threading.Event(), threading.Event()
    passed_after: list[float] = []

    def project(turn: Turn) -> None:
        def beat(fraction: float, doing: str) -> None:
            if fraction > 0.1:
                working.set()
                told.wait(WAIT_SECONDS)
            turn.beat(fraction, doing)
            if told.is_set():
                passed_after.append(fraction)

        try:
            run_months(view, scheduled(view), paths=PATHS, beat=beat)
        except TurnCancelled:
            ended.set()
            raise

    async def handle(turn: Turn) -> Outcome:
        if turn.arguments.get("project"):
            await turn.compute(project, turn)
        return Outcome(writes=(partial(write_effect, household_id="h"),))

    threads = Threads()
    kind = a_kind(Script(), handle=handle)
    async with a_stage(tmp_path / "planner.db", kind, compute=threads) as stage:
        accepted = await stage.ask(arguments={"project": True})
        await trio.to_thread.run_sync(working.wait, WAIT_SECONDS)
        assert (await stage.households.cancel(str(accepted.job_id))).state is JobState.CANCELLED
        told.set()
        assert await trio.to_thread.run_sync(ended.wait, WAIT_SECONDS)
        assert passed_after == []
        assert await stage.store.read(rows, "SELECT count(*) FROM effects") == [(0,)]
        assert (await stage.done(await stage.ask())).state is JobState.SUCCEEDED
        with trio.fail_after(WAIT_SECONDS):
            while threads.in_use:
                await trio.lowlevel.checkpoint()
