"""A table of notes, and the units of work that storage tests run on it."""

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import trio
import trio.testing
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, delete, func, insert, select

from planner.storage import Store

notes = Table(
    "notes", MetaData(), Column("id", Integer, primary_key=True), Column("text", Text, nullable=False)
)


def create(conn: Connection) -> None:
    notes.create(conn)


def add(conn: Connection, number: int, text: str = "x") -> int:
    conn.execute(insert(notes).values(id=number, text=text))
    return number


def clear(conn: Connection) -> None:
    conn.execute(delete(notes))


def count(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(notes)).scalar_one()


def numbers(conn: Connection) -> set[int]:
    return set(conn.execute(select(notes.c.id)).scalars())


@asynccontextmanager
async def writer_held(store: Store) -> AsyncIterator[None]:
    """Keep the writer inside a unit, so that what is asked meanwhile queues behind it as one group."""
    entered, leave = threading.Event(), threading.Event()

    def unit(_: Connection) -> None:
        entered.set()
        assert leave.wait(30)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(store.write, unit)
        await trio.to_thread.run_sync(entered.wait)
        try:
            yield
            await trio.testing.wait_all_tasks_blocked()
        finally:
            leave.set()


async def write_together(store: Store, *units: Callable[[Connection], object]) -> list[object]:
    """Write `units` in one group; return what each returned or raised."""
    answers: list[object] = [None] * len(units)

    async def write(index: int, unit: Callable[[Connection], object]) -> None:
        answers[index] = await answer_of(store, unit)

    async with trio.open_nursery() as nursery, writer_held(store):
        for index, unit in enumerate(units):
            nursery.start_soon(write, index, unit)
            await trio.testing.wait_all_tasks_blocked()
    return answers


async def answer_of(store: Store, unit: Callable[[Connection], object]) -> object:
    """Write `unit`; return what it returned or raised."""
    try:
        return await store.write(unit)
    except Exception as error:  # noqa: BLE001 -- whatever a unit ends with is what a test is about
        return error
