"""Six faults that schedulers are known for, to be put back in on purpose: the simulator has to find them.

Each is a store that does to the units of the actors what such a scheduler does to its transactions.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast

import trio
from sqlalchemy import Connection

from planner.actors.ledger import NOTHING
from planner.actors.turn import Ended
from planner.domain.errors import PlannerError
from planner.domain.instants import to_microseconds
from planner.storage import jobs
from planner.storage.database import Store

if TYPE_CHECKING:
    from planner.actors.accept import Decided
    from planner.actors.admission import Asked
    from planner.actors.ledger import Settled

ACCEPT: Final = "_accept_unit"
SETTLE: Final = "settle"
RESCUE_EVERY_SECONDS: Final = 1.0
RESCUED_AFTER_SECONDS: Final = 0.5
BACK_TO_PENDING: Final = "UPDATE jobs SET state = 'pending' WHERE state = 'running' AND "

Write = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class OldFault:
    """One of them; `break_in` returns the store of a process that has it."""

    name: str
    make: Callable[["_Broken"], Write]
    begin: Callable[["_Broken"], None] = lambda _: None

    def break_in(self, store: Store, nursery: trio.Nursery, now: Callable[[], datetime]) -> Store:
        """Return `store` with the fault; what it does behind everybody's back runs in `nursery`."""
        broken = _Broken(store, nursery, now)
        broken.write = self.make(broken)
        self.begin(broken)
        return cast("Store", broken)


class _Broken:
    """A store of which `write` is another."""

    write: Write

    def __init__(self, store: Store, nursery: trio.Nursery, now: Callable[[], datetime]) -> None:
        self.store = store
        self.nursery = nursery
        self.now = now

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def _check_then_insert(broken: _Broken) -> Write:
    """Decide on a snapshot, and act on the decision in a transaction of its own; no index is in the way."""

    async def write(unit: Any, /, *args: Any, **kwargs: Any) -> Any:
        if unit.__name__ != ACCEPT:
            return await broken.store.write(unit, *args, **kwargs)
        asked: Asked = args[0]
        decided, _, _ = await broken.store.read(unit, asked)
        return await broken.store.write(_act, decided, asked)

    return write


def _act(conn: Connection, decided: "Decided | None", asked: "Asked") -> Any:
    conn.exec_driver_sql("DROP INDEX IF EXISTS uq_jobs_pending_slot")
    result = None if asked.before is None else asked.before(conn)
    if decided is None:
        return None, result, NOTHING
    job = decided.job
    if decided.joined:
        conn.exec_driver_sql("UPDATE jobs SET joined = joined + 1 WHERE id = ?", (job.id,))
    else:
        known = {each.name: getattr(job, each.name) for each in fields(jobs.NewJob) if each.name != "at_us"}
        jobs.insert_job(conn, jobs.NewJob(**known, at_us=job.accepted_at_us))
    if asked.after is not None:
        asked.after(conn, result, decided)
    return decided, result, NOTHING


def _result_before_effects(broken: _Broken) -> Write:
    """Record that a job succeeded, and then do what it wanted to do."""

    async def write(unit: Any, /, *args: Any, **kwargs: Any) -> Any:
        ended = next((each for each in args if isinstance(each, Ended)), None)
        if unit.__name__ != SETTLE or ended is None or ended.outcome is None:
            return await broken.store.write(unit, *args, **kwargs)
        writes = ended.outcome.writes
        bare = replace(ended, outcome=replace(ended.outcome, writes=()))
        settled = await broken.store.write(
            unit, *(bare if each is ended else each for each in args), **kwargs
        )
        await broken.store.write(lambda conn: [each(conn) for each in writes])
        return settled

    return write


def _retry_through_pending(broken: _Broken) -> Write:
    """Put a job that is tried again back among those that wait."""

    def settle_and_put_back(conn: Connection, unit: Any, *args: Any, **kwargs: Any) -> "Settled":
        settled: Settled = unit(conn, *args, **kwargs)
        if settled.retry:
            _put_back(conn, "id = ?", settled.job.id)
        return settled

    async def write(unit: Any, /, *args: Any, **kwargs: Any) -> Any:
        if unit.__name__ != SETTLE:
            return await broken.store.write(unit, *args, **kwargs)
        return await broken.store.write(settle_and_put_back, unit, *args, **kwargs)

    return write


def _put_back(conn: Connection, which: str, *parameters: object) -> None:
    conn.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
    conn.exec_driver_sql(BACK_TO_PENDING + which, parameters)
    conn.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")


def _honest(broken: _Broken) -> Write:
    return broken.store.write


def _rescue_by_timer(broken: _Broken) -> None:
    """Take whatever has run for long for dead, and let it wait again."""

    async def rescue() -> None:
        while True:
            await trio.sleep(RESCUE_EVERY_SECONDS)
            before_us = to_microseconds(broken.now()) - round(RESCUED_AFTER_SECONDS * 1e6)
            with suppress(PlannerError):
                await broken.store.write(_put_back, "started_at_us < ?", before_us)

    broken.nursery.start_soon(rescue)


def _join_after_a_change(broken: _Broken) -> Write:
    """Let a request join the turn that runs, whatever has changed since it took its snapshot."""

    def pretend_and_accept(conn: Connection, unit: Any, *args: Any, **kwargs: Any) -> Any:
        true = conn.exec_driver_sql(
            "SELECT snapshot_revision, seq FROM jobs WHERE state = 'running'"
        ).fetchall()
        conn.exec_driver_sql(
            "UPDATE jobs SET snapshot_revision = (SELECT revision FROM households WHERE id = household_id) "
            "WHERE state = 'running'"
        )
        try:
            return unit(conn, *args, **kwargs)
        finally:
            for revision, seq in true:
                conn.exec_driver_sql("UPDATE jobs SET snapshot_revision = ? WHERE seq = ?", (revision, seq))

    async def write(unit: Any, /, *args: Any, **kwargs: Any) -> Any:
        if unit.__name__ != ACCEPT:
            return await broken.store.write(unit, *args, **kwargs)
        return await broken.store.write(pretend_and_accept, unit, *args, **kwargs)

    return write


def _answer_before_commit(broken: _Broken) -> Write:
    """Tell the client what will be written, and write it a moment later."""

    async def write_after_all(unit: Any, args: Any, kwargs: Any) -> None:
        with suppress(PlannerError):
            await broken.store.write(unit, *args, **kwargs)

    async def write(unit: Any, /, *args: Any, **kwargs: Any) -> Any:
        if unit.__name__ != ACCEPT:
            return await broken.store.write(unit, *args, **kwargs)
        result = await broken.store.read(unit, args[0])
        broken.nursery.start_soon(write_after_all, unit, args[:1], kwargs)
        return result

    return write


OLD_FAULTS: Final = (
    OldFault("check-then-insert outside the transaction", _check_then_insert),
    OldFault("result recorded before the effects", _result_before_effects),
    OldFault("retry through pending", _retry_through_pending),
    OldFault("rescue by timer", _honest, _rescue_by_timer),
    OldFault("join of a running job after a change", _join_after_a_change),
    OldFault("acknowledgement before the commit", _answer_before_commit),
)
