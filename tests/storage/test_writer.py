"""The writer: many tasks, few commits, and callers who always learn what became of their unit."""

import random
import threading
from functools import partial

import notes
import pytest
import trio
import trio.testing
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, OperationalError

from planner.domain.errors import Busy, Refused
from planner.storage import Store, writer


async def test_units_that_wait_together_are_committed_together(store: Store) -> None:
    """I2, R20: three hundred tasks cost a few commits, and each gets the answer of its own unit."""
    await store.write(notes.create)
    before = store.statistics.commits
    answers = await notes.write_together(store, *[partial(notes.add, number=n) for n in range(300)])
    assert answers == list(range(300))
    assert store.statistics.commits - before == 3  # what held the writer, 256, and the rest
    assert store.statistics.last_group == 300 - writer.GROUP_MAX
    assert await store.read(notes.count) == 300


async def test_units_run_in_the_order_of_asking(store: Store) -> None:
    ran: list[int] = []
    await notes.write_together(store, *[lambda _, n=n: ran.append(n) for n in range(50)])
    assert ran == list(range(50))


async def test_a_unit_that_fails_rolls_back_alone(store: Store) -> None:
    """R2, R19: what one unit did wrong is its own business, and nothing of it stays."""
    await store.write(notes.create)

    def refuse(conn: Connection) -> None:
        notes.add(conn, 2)
        raise Refused("no")

    answers = await notes.write_together(
        store,
        partial(notes.add, number=1),
        refuse,
        partial(notes.add, number=1),
        partial(notes.add, number=3),
    )
    assert answers[0] == 1
    assert isinstance(answers[1], Refused)
    assert isinstance(answers[2], IntegrityError)
    assert answers[3] == 3
    assert await store.read(notes.numbers) == {1, 3}
    assert store.statistics.failed_units == 2


async def test_a_broken_unit_does_not_spoil_the_writer(store: Store) -> None:
    """R33: a unit that commits for itself is refused; everyone after it is served."""
    await store.write(notes.create)
    with pytest.raises(RuntimeError, match="neither commits"):
        await store.write(lambda conn: conn.commit())
    assert await store.write(notes.add, 1) == 1


async def test_an_answer_is_given_after_the_commit(store: Store) -> None:
    """I2: while the group is not committed, nobody has an answer and no reader sees a row."""
    await store.write(notes.create)
    answered = trio.Event()

    async def write() -> None:
        await store.write(notes.add, 1)
        answered.set()

    async with trio.open_nursery() as nursery:
        async with notes.writer_held(store):
            nursery.start_soon(write)
            await trio.testing.wait_all_tasks_blocked()
            assert await store.read(notes.count) == 0
            assert not answered.is_set()
        await answered.wait()
        assert await store.read(notes.count) == 1


async def test_a_unit_cancelled_in_the_queue_never_runs(store: Store) -> None:
    """R38: what has not begun does not begin."""
    ran: list[str] = []
    async with notes.writer_held(store), trio.open_nursery() as nursery:
        nursery.start_soon(store.write, lambda _: ran.append("cancelled"))
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    await store.write(lambda _: ran.append("next"))
    assert ran == ["next"]


async def test_a_unit_that_was_taken_answers_a_cancelled_caller(store: Store) -> None:
    """R27: the true outcome first, the cancellation at the next checkpoint."""
    await store.write(notes.create)
    entered, leave = threading.Event(), threading.Event()

    def slow(conn: Connection) -> int:
        entered.set()
        assert leave.wait(30)
        return notes.add(conn, 7)

    answer = None

    async def call(scope: trio.CancelScope) -> None:
        nonlocal answer
        with scope:
            answer = await store.write(slow)
            await trio.lowlevel.checkpoint()
            answer = None

    scope = trio.CancelScope()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(call, scope)
        await trio.to_thread.run_sync(entered.wait)
        scope.cancel()
        await trio.testing.wait_all_tasks_blocked()
        leave.set()
    assert answer == 7
    assert scope.cancelled_caught
    assert await store.read(notes.numbers) == {7}


async def test_of_many_calls_cancelled_at_any_moment_none_is_told_wrongly(store: Store) -> None:
    """R19, R27: answered means written, cancelled means not written; never anything else."""
    await store.write(notes.create)
    chance = random.Random(20260101)
    answered: set[int] = set()

    async def call(number: int, steps: int) -> None:
        async with trio.open_nursery() as nursery:

            async def cancel_later() -> None:
                for _ in range(steps):
                    await trio.lowlevel.checkpoint()
                nursery.cancel_scope.cancel()

            nursery.start_soon(cancel_later)
            await store.write(notes.add, number)
            answered.add(number)

    for first in range(0, 1000, 100):
        async with trio.open_nursery() as nursery:
            for number in range(first, first + 100):
                nursery.start_soon(call, number, chance.choice((0, 1, 3, 10, 100, 1000)))
    assert await store.read(notes.numbers) == answered
    assert 50 < len(answered) < 950


async def test_too_many_waiting_writes_are_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """R32: over the bound there is a clear answer, and nothing that was taken in is dropped."""
    monkeypatch.setattr(writer, "WAITING_MAX", 10)
    answers = await notes.write_together(store, *[lambda _: "done"] * 12)
    assert answers[:10] == ["done"] * 10
    assert [type(answer) for answer in answers[10:]] == [Busy, Busy]


async def test_the_writer_keeps_the_virtual_clock_from_jumping(
    store: Store, autojump_clock: trio.testing.MockClock
) -> None:
    started = trio.current_time()
    with trio.fail_after(1):
        await store.write(lambda _: threading.Event().wait(0.05))
        await store.read(lambda _: threading.Event().wait(0.05))
    assert trio.current_time() == started


async def test_a_reader_sees_one_snapshot_while_writes_go_on(store: Store) -> None:
    """R3: what one unit reads is of one moment."""
    await store.write(notes.create)
    await store.write(notes.add, 1)
    entered, leave = threading.Event(), threading.Event()
    seen: list[int] = []

    def twice(conn: Connection) -> None:
        seen.append(notes.count(conn))
        entered.set()
        assert leave.wait(30)
        seen.append(notes.count(conn))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(store.read, twice)
        await trio.to_thread.run_sync(entered.wait)
        await store.write(notes.add, 2)
        assert await store.read(notes.count) == 2
        leave.set()
    assert seen == [1, 1]
    assert await store.read(notes.count) == 2


async def test_a_reader_cannot_write(store: Store) -> None:
    """R10: there is one door for writing."""
    await store.write(notes.create)
    with pytest.raises(OperationalError, match="readonly"):
        await store.read(notes.add, 1)
    assert await store.read(notes.count) == 0


async def test_two_readers_serve_any_number_of_tasks(store: Store) -> None:
    """R20: the number of connections is fixed; reads take turns in the order of asking."""
    threads: set[int] = set()
    async with trio.open_nursery() as nursery:
        for _ in range(100):
            nursery.start_soon(store.read, lambda _: threads.add(threading.get_ident()))
    assert len(threads) == 2


@pytest.mark.parametrize("begun", [True, False], ids=["in a statement", "before its statement"])
async def test_a_cancelled_read_is_broken_off(store: Store, begun: bool) -> None:  # noqa: FBT001
    """I14: a query that nobody waits for does not hold a reader, whenever the cancellation comes."""
    entered, cancelled = threading.Event(), threading.Event()

    def endless(conn: Connection) -> None:
        entered.set()
        if not begun:
            cancelled.wait()
        conn.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
        ).all()

    async def cancel_it(scope: trio.CancelScope) -> None:
        await trio.to_thread.run_sync(entered.wait)
        scope.cancel()
        cancelled.set()

    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            with trio.CancelScope() as scope:
                nursery.start_soon(cancel_it, scope)
                await store.read(endless)
    assert scope.cancelled_caught
    assert await store.read(lambda _: "served") == "served"
