"""Each rule sees a breach."""

import pytest
import trio
from trio.testing import MockClock

from planner.simulation import run
from planner.simulation.model import Broken
from planner.simulation.order import Steps, Trace, seeded_order
from planner.simulation.rules import judge
from planner.simulation.swarm import Swarm

CALM = Swarm(
    households=1,
    clients=2,
    steps=12,
    actions={"ask": 2.0, "change": 1.0, "read": 1.0, "watch": 1.0},
    fates={"follow": 0.3},
)
PRELUDE = """
PRAGMA foreign_keys = OFF;
PRAGMA ignore_check_constraints = ON;
DROP TRIGGER simulated_move;
"""
JOB = "(SELECT id FROM jobs WHERE state = 'succeeded' AND kind = 'refresh' ORDER BY seq LIMIT 1)"


def meddle_and_judge(sql: str) -> None:
    """Play a calm seed, alter what it left in the database, and judge it once more."""

    async def play() -> None:
        trace = Trace()
        world = run.make_world(7, CALM, trace, Steps(trace))
        await world.play()
        world.disk.drive.executescript(PRELUDE + sql.replace("$JOB", JOB))
        try:
            judge(world.model)
        finally:
            world.disk.drive.execute("PRAGMA ignore_check_constraints = OFF")

    with seeded_order(7):
        trio.run(play, clock=MockClock(autojump_threshold=0))


BREACHES = {
    "acknowledged and lost": "DELETE FROM jobs WHERE id = $JOB",
    "never ended": "UPDATE jobs SET state = 'pending' WHERE id = $JOB",
    "a job that covers it": "UPDATE jobs SET covers_revision = 0 WHERE state = 'succeeded'",
    "answered with its arguments": "UPDATE jobs SET arguments = '{\"n\": 7}'",
    "is remembered is done once": "UPDATE jobs SET merge_key = 'x', kind = 'strict' WHERE kind = 'refresh'",
    "without a cause": "UPDATE jobs SET state = 'failed' WHERE id = $JOB",
    "effects are there exactly once": (
        "INSERT INTO simulated_effects SELECT * FROM simulated_effects WHERE job_id = $JOB"
    ),
    "states only move forward": (
        "INSERT INTO simulated_moves(job_id, before, after) VALUES ($JOB, 'succeeded', 'running')"
    ),
    "equal requests share a job": "INSERT INTO simulated_births VALUES ($JOB, 1, 0)",
    "waiters get the outcome": "UPDATE jobs SET state = 'partial' WHERE id = $JOB",
    "follows a job misses nothing": "UPDATE events SET type = 'joined' WHERE type = 'accepted'",
    "every request is counted": "UPDATE jobs SET joined = 5000 WHERE id = $JOB",
    "changes are made exactly once": "UPDATE changes SET author = (SELECT max(author) FROM changes)",
    "what follows is asked for": "UPDATE jobs SET requested_by = 'nobody'",
    "derived data is what": "UPDATE derived SET revision = revision + 1",
    "batches end as their children did": "UPDATE jobs SET children = children + 1",
    "follows a batch sees each child end": "DELETE FROM events WHERE type = 'child_ended'",
}


@pytest.mark.parametrize("rule", BREACHES)
def test_a_breach_is_seen(rule: str) -> None:
    with pytest.raises(Broken, match=rule):
        meddle_and_judge(BREACHES[rule])


def test_without_a_breach_there_is_none() -> None:
    meddle_and_judge("")
