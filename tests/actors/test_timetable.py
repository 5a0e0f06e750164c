"""The timetable: everything that is due is asked for once, whatever stops, crashes or sets the clock."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import trio
from actors.stage import NEW_YEAR, Script, Stage, a_kind, a_stage
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from planner.actors import JobState
from planner.actors.ids import microseconds
from planner.actors.schedule import Cron, Every, Monthly, Schedule, next_due
from planner.actors.timetable import (
    LATE_AFTER,
    CatchUp,
    Entry,
    EntryView,
    next_step,
    run_timetable,
    timetable_views,
)
from planner.domain.errors import Busy
from planner.storage import Store
from planner.storage.timetable import TimetableRow

UTC_ZONE = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")
DAY = 86_400.0
DAILY = Cron("0 3 * * *", UTC_ZONE)


def of_moment(due: datetime) -> Mapping[str, object]:
    return {"due": due.isoformat()}


def an_entry(schedule: Schedule = DAILY, catch_up: CatchUp = CatchUp.ONCE, **options: Any) -> Entry:
    values: dict[str, Any] = {"name": "tidy", "title": "Tidy up", "kind": "refresh", "arguments": of_moment}
    return Entry(schedule=schedule, catch_up=catch_up, **{**values, **options})


@dataclass
class WallClock:
    """A clock that goes with trio's, and that people set."""

    offset: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        """Return the time it shows."""
        return NEW_YEAR + timedelta(seconds=trio.current_time()) + self.offset


@asynccontextmanager
async def running(
    database: Path,
    script: Script,
    *entries: Entry,
    wall: WallClock | None = None,
    times: int = 1,
    **options: Any,
) -> AsyncIterator[Stage]:
    """Run a planner with that timetable; leaving is a crash."""
    wall = wall or WallClock()
    async with a_stage(database, a_kind(script), now=wall, **options) as stage:
        for _ in range(times):
            stage.nursery.start_soon(partial(run_timetable, stage.households, stage.store, entries, now=wall))
        yield stage


def dues(script: Script) -> list[str]:
    """Return the moments for which there were runs, in order."""
    return [str(job.arguments["due"])[5:16].replace("T", " ") for job in script.runs]


async def view_of(stage: Stage, entry: Entry, wall: Callable[[], datetime] | None = None) -> EntryView:
    (view,) = await timetable_views(stage.store, [entry], (wall or WallClock())())
    return view


async def test_what_is_due_runs_at_its_time_for_planner_itself(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R17: a system job through the one door; last and next run are to be seen."""
    entry = an_entry()
    async with running(database, script, entry) as stage:
        await trio.sleep(60)
        assert (await view_of(stage, entry)).last_due is None
        await trio.sleep(2 * DAY)
        assert dues(script) == ["01-01 03:00", "01-02 03:00"]
        job = script.runs[0]
        assert (job.household_id, job.requested_by, job.priority) == ("system", "timetable: tidy", 1)
        assert job.accepted_at_us == microseconds(NEW_YEAR + timedelta(hours=3))
        view = await view_of(stage, entry)
        assert (view.last_outcome, view.last_job_id) == ("succeeded", script.runs[1].id)
        assert view.last_due == view.last_started == NEW_YEAR + timedelta(days=1, hours=3)
        assert view.next_due == NEW_YEAR + timedelta(days=2, hours=3)
        assert view.to_plain()["next_due"] == "2026-01-03T03:00:00Z"


@pytest.mark.parametrize(
    "catch_up,made_up_for",
    [
        (CatchUp.SKIP, []),
        (CatchUp.ONCE, ["01-04 03:00"]),
        (CatchUp.ALL, ["01-02 03:00", "01-03 03:00", "01-04 03:00"]),
    ],
)
async def test_after_three_days_off_each_entry_catches_up_as_it_says(
    database: Path, script: Script, clock: MockClock, catch_up: CatchUp, made_up_for: list[str]
) -> None:
    """R17: what was missed while planner was off is skipped, made up for once, or for each moment."""
    entry = an_entry(catch_up=catch_up)
    async with running(database, script, entry):
        await trio.sleep(DAY)
    await trio.sleep(3 * DAY)
    async with running(database, script, entry):
        await trio.sleep(60)
        assert dues(script) == ["01-01 03:00", *made_up_for]
        await trio.sleep(DAY)
        assert dues(script) == ["01-01 03:00", *made_up_for, "01-05 03:00"]


async def test_a_tick_while_the_last_run_goes_on_joins_it(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R4: coalesced; no household is worked on twice."""
    entry = an_entry(Every(60), kind="refresh", arguments=lambda _due: {})
    script.gate()
    slow = a_kind(script, deadline_seconds=5_000, stuck_after_seconds=5_000)
    wall = WallClock()
    async with a_stage(database, slow, now=wall) as stage:
        stage.nursery.start_soon(partial(run_timetable, stage.households, stage.store, [entry], now=wall))
        await trio.sleep(605)
        assert len(script.runs) == 1
        view = await view_of(stage, entry)
        assert (view.last_outcome, view.last_job_id) == (None, script.runs[0].id)
        script.open()
        await trio.sleep(1)
        (job,) = await stage.households.jobs()
        assert (job.state, job.joined) == (JobState.SUCCEEDED, 9)


async def test_two_timetables_at_once_do_nothing_twice(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R4: the moment is taken in the transaction that accepts the job; the second finds it taken."""
    async with running(database, script, an_entry(), times=2) as stage:
        await trio.sleep(1.5 * DAY)
        assert dues(script) == ["01-01 03:00", "01-02 03:00"]
        assert [job.joined for job in await stage.households.jobs()] == [0, 0]


class RefusingStore:
    """A store that is busy, or whose process dies, when the timetable has just asked."""

    def __init__(self, store: Store, act: Callable[[], None], *, after: bool) -> None:
        self._store = store
        self._act = act
        self._after = after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def write(self, unit: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Act before or after a request is written."""
        is_ask = unit.__name__ == "_accept_unit"
        if is_ask and not self._after:
            self._act()
        result = await self._store.write(unit, *args, **kwargs)
        if is_ask and self._after:
            self._act()
            await trio.lowlevel.checkpoint()
        return result


async def test_what_could_not_be_accepted_is_asked_for_again(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R17: a full disk at three o'clock loses nothing."""
    refusals = [Busy("full", retry_after_seconds=5) for _ in range(3)]

    def refuse() -> None:
        if refusals:
            raise refusals.pop()

    def wrap(store: Store) -> Any:
        return RefusingStore(store, refuse, after=False)

    async with running(database, script, an_entry(catch_up=CatchUp.SKIP), wrap=wrap):
        await trio.sleep(DAY)
    assert dues(script) == ["01-01 03:00"]
    assert script.runs[0].accepted_at_us == microseconds(NEW_YEAR + timedelta(hours=3, seconds=15))


@pytest.mark.parametrize("after", [False, True], ids=["before the commit", "after the commit"])
async def test_a_crash_around_the_commit_neither_loses_the_run_nor_doubles_it(
    database: Path,
    script: Script,
    clock: MockClock,
    after: bool,  # noqa: FBT001 -- a parameter of the test
) -> None:
    """R17, R27: the moment and the job are there together, or not at all."""
    with trio.CancelScope() as life:
        wrap = partial(RefusingStore, act=life.cancel, after=after)
        async with running(database, script, an_entry(), wrap=wrap):
            await trio.sleep_forever()
    async with running(database, script, an_entry()) as stage:
        await trio.sleep(60)
        assert len(await stage.query("SELECT 1 FROM jobs")) == 1
    assert dues(script) == ["01-01 03:00"]


async def test_a_clock_that_is_set_forward_is_noticed_within_a_minute(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R17: waiting is on a clock that nobody sets, for a minute at most."""
    wall = WallClock()
    async with running(database, script, an_entry(), wall=wall):
        await trio.sleep(30)
        wall.offset = timedelta(hours=5)
        await trio.sleep(61)
        assert dues(script) == ["01-01 03:00"]


async def test_a_clock_that_is_set_back_an_hour_does_nothing_twice(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R17: three o'clock comes again, and has been."""
    wall = WallClock()
    async with running(database, script, an_entry(), wall=wall):
        await trio.sleep(3.5 * 3600)
        wall.offset = timedelta(hours=-1)
        await trio.sleep(DAY)
        assert dues(script) == ["01-01 03:00"]
        await trio.sleep(DAY)
        assert dues(script) == ["01-01 03:00", "01-02 03:00"]


async def test_a_clock_that_was_years_ahead_does_not_stop_the_timetable(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R17: what was recorded under it counts no more."""
    wall = WallClock(timedelta(days=3650))
    async with running(database, script, an_entry(), wall=wall):
        await trio.sleep(DAY)
        wall.offset = timedelta()
        await trio.sleep(DAY)
        assert [due[:5] for due in dues(script)] == ["12-30", "01-02"]


async def test_an_entry_whose_schedule_was_changed_begins_anew(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R17: nothing runs at a time that is no longer in the timetable."""
    async with running(database, script, an_entry()):
        await trio.sleep(60)
    await trio.sleep(DAY)
    async with running(database, script, an_entry(Monthly(3, time(9), BERLIN))):
        await trio.sleep(1.5 * DAY)
    assert dues(script) == ["01-03 08:00"]


async def test_an_entry_that_is_refused_says_so_and_goes_on(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R7: shown with its reason, tried again at its next time, and no obstacle to others."""
    wrong, right = an_entry(name="wrong", kind="nothing"), an_entry()
    async with running(database, script, wrong, right) as stage:
        await trio.sleep(DAY)
        view = await view_of(stage, wrong)
        assert view.last_outcome is not None
        assert "no kind of job called 'nothing'" in view.last_outcome
        assert view.next_due == NEW_YEAR + timedelta(days=1, hours=3)
        assert dues(script) == ["01-01 03:00"]


async def test_an_entry_with_a_condition_makes_no_jobs_while_there_is_nothing_to_do(
    database: Path, script: Script, clock: MockClock
) -> None:
    """R17: a look each minute costs nothing that stays."""
    entry = an_entry(
        Every(60),
        CatchUp.SKIP,
        only_if=lambda conn, _: bool(conn.exec_driver_sql("SELECT 1 FROM effects").all()),
    )
    async with running(database, script, entry) as stage:
        await trio.sleep(DAY)
        commits = stage.store.statistics.commits
        await trio.sleep(DAY)
        assert stage.store.statistics.commits == commits
        assert script.runs == []
        await stage.query("SELECT 1")
        await stage.store.write(
            lambda conn: conn.exec_driver_sql("INSERT INTO effects VALUES ('h', '')").close()
        )
        await trio.sleep(61)
        assert len(script.runs) == 1


on_and_off = st.lists(
    st.tuples(st.integers(1, 4_000), st.integers(0, 6_000)), min_size=1, max_size=6
)  # minutes on, then off
any_schedule = st.one_of(
    st.integers(10, 3_000).map(lambda minutes: Every(minutes * 60)),
    st.builds(
        lambda minute, hour, weekday, zone: Cron(f"{minute} {hour} * * {weekday}", ZoneInfo(zone)),
        st.integers(0, 59),
        st.sampled_from(["*", "2", "*/7", "3,15"]),
        st.sampled_from(["*", "1-5"]),
        st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]),
    ),
)


def expected_runs(
    schedule: Schedule, catch_up: CatchUp, lives: list[tuple[datetime, datetime]]
) -> list[datetime]:
    """Say from the policies alone for which moments there must have been runs."""
    runs: list[datetime] = []
    seen = lives[0][0]
    for start, end in lives:
        missed, at = [], seen
        while (at := next_due(schedule, at)) <= end:
            if at > start:
                runs.append(at)
            else:
                missed.append(at)
            seen = at
        if missed:
            fresh = [each for each in missed[-1:] if start - each <= LATE_AFTER]
            made_up = {CatchUp.ALL: missed, CatchUp.ONCE: missed[-1:], CatchUp.SKIP: fresh}[catch_up]
            runs += made_up
    return sorted(runs)


@given(any_schedule, st.sampled_from(CatchUp), on_and_off, st.integers(0, 400))
@settings(max_examples=300, deadline=None)
def test_every_moment_is_run_as_its_policy_says_whenever_planner_is_on(
    schedule: Schedule, catch_up: CatchUp, minutes: list[tuple[int, int]], day: int
) -> None:
    """R17: random schedules, random times on and off; the decision alone, looked at each minute."""
    now = NEW_YEAR + timedelta(days=day, seconds=1)
    known, runs, lives = TimetableRow(name="x"), [], []
    for on, off in minutes:
        start, end = now, now + timedelta(minutes=on)
        lives.append((start, end))
        while now <= end:
            step = next_step(schedule, catch_up, known, now)
            last_due_us = known.last_due_us
            if step.due is not None:
                runs.append(step.due)
                last_due_us = microseconds(step.due)
            known = TimetableRow(name="x", last_due_us=last_due_us, next_due_us=microseconds(step.next_due))
            now += timedelta(0) if step.due else max(timedelta(minutes=1), step.next_due - now)
        now = end + timedelta(minutes=off)
    assert sorted(runs) == expected_runs(schedule, catch_up, lives)


@given(
    any_schedule,
    st.sampled_from(CatchUp),
    st.lists(st.tuples(st.integers(1, 900), st.integers(0, 900)), min_size=1, max_size=3),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_running_timetable_does_as_the_policies_say(
    tmp_path_factory: pytest.TempPathFactory,
    schedule: Schedule,
    catch_up: CatchUp,
    minutes: list[tuple[int, int]],
) -> None:
    """R17, R27: the same on a real database; each time it goes off, it is killed."""
    database = tmp_path_factory.mktemp("timetable") / "planner.db"
    script = Script()
    lives: list[tuple[datetime, datetime]] = []

    async def play() -> None:
        for on, off in minutes:
            start = WallClock()()
            async with running(database, script, an_entry(schedule, catch_up), slots=None):
                await trio.sleep(on * 60 + 1)
            lives.append((start, start + timedelta(seconds=on * 60)))
            await trio.sleep(off * 60)

    trio.run(play, clock=MockClock(autojump_threshold=0))
    expected = expected_runs(schedule, catch_up, lives)
    assert [
        datetime.fromisoformat(str(job.arguments["due"])).astimezone(UTC) for job in script.runs
    ] == expected
