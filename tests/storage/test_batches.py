"""A batch that waits for its items is in no turn, and recovery leaves it alone."""

from functools import partial
from pathlib import Path

from lived_in import lived_in, spoil

from planner.storage.connection import WRITER_PRAGMAS, Bound, open_driver
from planner.storage.group import run_in_snapshot
from planner.storage.history import backlogs
from planner.storage.recovery import left_by_older_epochs


def test_recovery_sees_that_a_batch_needs_no_turn(tmp_path: Path) -> None:
    """I10: nothing of the household was cut off; an item waits."""
    path = lived_in(tmp_path / "planner.db")
    spoil(path, "DELETE FROM jobs WHERE id <> 'batch' AND parent_id IS NULL")
    bound = Bound(open_driver(path, WRITER_PRAGMAS))
    try:
        (backlog,) = run_in_snapshot(bound, backlogs)
        assert (backlog.left_running, backlog.waiting) == (False, 1)
        assert run_in_snapshot(bound, partial(left_by_older_epochs, epoch=9, limit=9)) == []
    finally:
        bound.close()
        bound.driver.close()
