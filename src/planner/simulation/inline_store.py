"""The real store, its writer and its readers, on a simulated disk: threads are replaced, nothing else is."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar, cast

import trio
from sqlalchemy import Connection, insert

from planner.domain.errors import Busy
from planner.domain.instants import to_microseconds
from planner.simulation.disk import Disk, Killed
from planner.storage.database import Store
from planner.storage.readers import READERS, Readers
from planner.storage.tables import epochs
from planner.storage.writer import Writer, commit_or_make_room

if TYPE_CHECKING:
    from planner.storage.connection import Connected
    from planner.storage.reserve import Reserve

T = TypeVar("T")

AGAIN_SECONDS: Final = 10.0
"""After which somebody starts again a planner that could not begin its epoch."""


class InlineThread:
    """Does what a connection's thread does, in trio's: calls are sent, take their time, and are answered."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    async def run(self, function: Callable[[], T], *, on_cancel: Callable[[], None] | None = None) -> T:  # noqa: ARG002
        """Call `function`; once sent it is not abandoned. A call of a dead process is never answered."""
        result: T | None = None
        await self._pass_time()
        try:
            result = self._disk.call(function)
        except Killed:
            self._disk.kill()
        else:
            await self._pass_time()
        if self._disk.died.is_set():
            await trio.sleep_forever()
        return cast("T", result)

    async def _pass_time(self) -> None:
        delay = self._disk.faults.delay()
        if delay:
            with trio.move_on_after(delay, shield=True):
                await self._disk.died.wait()
        await trio.lowlevel.cancel_shielded_checkpoint()


class InlineConnection:
    """What the writer and the readers use of a connection."""

    def __init__(self, disk: Disk) -> None:
        self.thread = InlineThread(disk)
        self.bound = disk.bound


class SpareRoom:
    """What the writer uses of the reserve, on a simulated disk."""

    path = Path("/simulated/planner.db.reserve")

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def fill(self) -> bool:
        """Hold room in spare, if there is any."""
        self._disk.spare_in_use = self._disk.faults.is_full()
        return not self._disk.spare_in_use

    def release(self) -> None:
        """Let go of it: what is in hand can be written."""
        self._disk.spare_in_use = True


async def open_inline_store(
    disk: Disk, *, task_status: trio.TaskStatus[Store] = trio.TASK_STATUS_IGNORED
) -> None:
    """Begin an epoch on `disk`, hand over the Store and serve it until cancelled; see `open_store`."""
    connection = cast("Connected", InlineConnection(disk))
    reserve = cast("Reserve", SpareRoom(disk))
    work = partial(_begin_epoch, at_us=to_microseconds(disk.faults.now()))
    begin = partial(commit_or_make_room, connection.bound, [work], reserve)
    epoch: int | None = None
    while epoch is None:
        outcomes, _ = await connection.thread.run(begin)
        try:
            epoch = outcomes[0].unwrap()
        except Busy:
            await trio.sleep(AGAIN_SECONDS)
    writer = Writer(connection, reserve)
    await writer.open_reserve()
    task_status.started(Store(Path("/simulated/planner.db"), epoch, writer, Readers([connection] * READERS)))
    await writer.serve()


def _begin_epoch(conn: Connection, *, at_us: int) -> int:
    row = {"started_at_us": at_us, "pid": 1, "host": "simulated"}
    return int(conn.execute(insert(epochs).values(row).returning(epochs.c.epoch)).scalar_one())
