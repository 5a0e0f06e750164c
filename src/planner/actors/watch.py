"""Following events live: durable ones are read from the log, so none is missed; progress is only told."""

from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import trio

from planner.actors.ids import Now, instant, written
from planner.actors.turn import Turn
from planner.domain.errors import Busy
from planner.storage.database import Store
from planner.storage.events import event_range, events_after
from planner.storage.job_rows import EventRow

READ_AT_ONCE: Final = 200
PROGRESS_KEPT_MAX: Final = 100
WATCHERS_MAX: Final = 500
"""Fewer than the connections that are open at once, so that those who follow leave room for those who ask."""

WATCHERS_RETRY_SECONDS: Final = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happened. `id` is None for progress, which is told once and not kept."""

    id: int | None
    type: str
    household_id: str
    job_id: str | None
    at: datetime
    data: Mapping[str, object]

    def to_plain(self) -> dict[str, object]:
        """Return it as JSON has it."""
        return {
            "id": self.id,
            "type": self.type,
            "household_id": self.household_id,
            "job_id": self.job_id,
            "at": written(self.at),
            "data": dict(self.data),
        }


def _event_of(row: EventRow) -> Event:
    return Event(
        id=row.id,
        type=row.type,
        household_id=row.household_id,
        job_id=row.job_id,
        at=instant(row.at_us),
        data=row.data,
    )


class Watcher:
    """One who follows. Holds at most one reading of the log and the last progress of a few jobs."""

    def __init__(
        self, store: Store, now: Now, household_id: str | None, job_id: str | None, cursor: int
    ) -> None:
        self._store = store
        self._now = now
        self._household_id = household_id
        self._job_id = job_id
        self._cursor = cursor
        self._read: deque[EventRow] = deque()
        self._gap = False
        self._progress: OrderedDict[str, Event] = OrderedDict()
        self._stale = True
        self._stirred = trio.Event()

    @property
    def held(self) -> int:
        """How much is kept for it until it takes it."""
        return len(self._read) + len(self._progress)

    def concerns(self, household_id: str, job_id: str | None) -> bool:
        """Whether the watcher asked for this."""
        return self._household_id in (None, household_id) and self._job_id in (None, job_id)

    def stir(self) -> None:
        """There is something new in the log."""
        self._stale = True
        self._stirred.set()

    def tell_progress(self, event: Event) -> None:
        """Keep the last progress of the job until it is taken; a slow watcher skips what is overtaken."""
        assert event.job_id is not None
        self._progress[event.job_id] = event
        self._progress.move_to_end(event.job_id)
        if len(self._progress) > PROGRESS_KEPT_MAX:
            self._progress.popitem(last=False)
        self._stirred.set()

    def miss(self) -> None:
        """Say with the next event that older ones were pruned before the watcher came back."""
        self._gap = True

    def __aiter__(self) -> "Watcher":
        return self

    async def __anext__(self) -> Event:
        await trio.lowlevel.checkpoint_if_cancelled()
        while True:
            if self._gap:
                self._gap = False
                return self._gap_event()
            if self._read:
                return _event_of(self._read.popleft())
            if self._stale:
                await self._read_on()
            elif self._progress:
                return self._progress.popitem(last=False)[1]
            else:
                self._stirred = trio.Event()
                await self._stirred.wait()

    async def _read_on(self) -> None:
        self._stale = False
        rows = await self._store.read(
            events_after,
            self._cursor,
            household_id=self._household_id,
            job_id=self._job_id,
            limit=READ_AT_ONCE,
        )
        if rows:
            self._cursor = rows[-1].id
            self._read.extend(rows)
            self._stale = self._stale or len(rows) == READ_AT_ONCE

    def _gap_event(self) -> Event:
        data = {"message": "Older events were pruned; read the state anew."}
        return Event(
            id=None,
            type="gap",
            household_id=self._household_id or "",
            job_id=self._job_id,
            at=self._now(),
            data=data,
        )


class Watchers:
    """All who follow."""

    def __init__(self, store: Store, now: Now) -> None:
        self._store = store
        self._now = now
        self._watching: set[Watcher] = set()

    def refuse_if_full(self) -> None:
        """Raise Busy when as many follow as may."""
        if len(self._watching) >= WATCHERS_MAX:
            raise Busy(
                f"{WATCHERS_MAX} streams of events are open, which is as many as there may be. Close some.",
                retry_after_seconds=WATCHERS_RETRY_SECONDS,
            )

    def stir(self, household_id: str, job_id: str | None) -> None:
        """An event of this household and job is durable."""
        for watcher in self._watching:
            if watcher.concerns(household_id, job_id):
                watcher.stir()

    def tell_progress(self, turn: Turn) -> None:
        """Spread how far a turn is."""
        if not self._watching:
            return
        event = Event(
            id=None,
            type="progress",
            household_id=turn.job.household_id,
            job_id=turn.job.id,
            at=self._now(),
            data=turn.progress(),
        )
        for watcher in self._watching:
            if watcher.concerns(event.household_id, event.job_id):
                watcher.tell_progress(event)

    @asynccontextmanager
    async def watch(
        self, household_id: str | None, job_id: str | None, after_event_id: int | None
    ) -> AsyncIterator[AsyncIterator[Event]]:
        """Follow events from now on, or from after the one given; a job's, from its beginning.

        Raises Busy when as many follow as may.
        """
        self.refuse_if_full()
        oldest, newest = await self._store.read(event_range)
        beginning = newest if job_id is None else 0
        cursor = beginning if after_event_id is None else after_event_id
        watcher = Watcher(self._store, self._now, household_id, job_id, cursor)
        if after_event_id and oldest > after_event_id + 1:
            watcher.miss()
        self._watching.add(watcher)
        try:
            yield watcher
        finally:
            self._watching.discard(watcher)
