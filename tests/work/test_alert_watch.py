"""The alert rules over a real planner: raised once, resolved once, whatever happens in between."""

import logging
import shutil
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import trio
from sqlalchemy import Connection, update
from trio.testing import MockClock
from work.far_sides import an_smtp_server
from work.outbox_stage import a_planner
from worlds import NOON, TODAY, a_settled_household, a_world, example, quiet

from planner.actors import JobState, Request
from planner.actors.watchdog import LoopWatch
from planner.domain.changes import EditHousehold
from planner.domain.files import HouseholdFile
from planner.process import open_world
from planner.settings import Alerting, MailServer, Settings
from planner.storage import DiskFull
from planner.storage.alerts import alert_rows
from planner.storage.outbox import OutboxRow, messages_before
from planner.storage.tables import households
from planner.work.accept import change_household, create_household
from planner.work.alert_rules import RULES
from planner.work.alert_watch import keep_watch, take_readings
from planner.work.delivery import RefusedThere
from planner.work.post import Post, make_post
from planner.work.vitals import TALLY_SECONDS
from planner.work.world import Clock, World

MINUTE = TALLY_SECONDS


@dataclass
class FarSide:
    """What came straight to an address."""

    taken: list[OutboxRow] = field(default_factory=list)

    async def take(self, row: OutboxRow) -> None:
        """Take a message."""
        self.taken.append(row)


@asynccontextmanager
async def watched(
    folder: Path, mock_clock: MockClock, far_side: FarSide | None = None
) -> AsyncIterator[World]:
    """Open a planner whose alerts stay in the outbox, and keep watch over it by the virtual clock."""
    post = Post(addresses=(("email", "ada@example.org"),), deliver=(far_side or FarSide()).take)
    clock = Clock(now=lambda: NOON + timedelta(seconds=mock_clock.current_time()), today=lambda: TODAY)
    async with a_world(folder, clock=clock) as opened, trio.open_nursery() as nursery:
        world = replace(opened, post=post)
        nursery.start_soon(keep_watch, world)
        yield world
        nursery.cancel_scope.cancel()


async def told(world: World) -> list[str]:
    """Return the subjects of what is in the outbox, first to last."""
    return [row.subject for row in (await world.store.read(messages_before))[::-1]]


async def hold(world: World, household_id: str) -> None:
    """Set the household aside, as after too many crashes."""
    await quiet(world, household_id)
    await world.households._supervisor.set_aside(household_id, "It crashed.")


async def rename(world: World, household_id: str, name: str) -> None:
    await change_household(world, household_id, EditHousehold(set={"name": name}), author="test")


async def minutes(clock: MockClock, count: float) -> None:
    """Let virtual minutes pass, and a little more; while threads work out something, time stands still."""
    clock.autojump_threshold = 0
    await trio.sleep(count * MINUTE + 1)
    clock.autojump_threshold = float("inf")


async def test_a_household_that_is_set_aside_is_told_once_and_so_is_its_end(
    tmp_path: Path, mock_clock: MockClock
) -> None:
    """R33, R36: set aside, seen by the operator, resumed, seen again; each once."""
    async with watched(tmp_path, mock_clock) as world:
        household_id = (await a_settled_household(world, "young_couple")).household_id
        await hold(world, household_id)
        await minutes(mock_clock, 5)
        assert await told(world) == [f"planner: A household is set aside ({household_id})"]
        assert "It crashed." in (await world.store.read(messages_before))[0].body
        await world.households.resume(household_id)
        await minutes(mock_clock, 5)
        assert (await told(world))[1:] == [f"planner: resolved: A household is set aside ({household_id})"]
        assert world.vitals.raised == {}


async def test_a_restart_tells_nobody_twice(tmp_path: Path, mock_clock: MockClock) -> None:
    """R36: what stands raised outlives the process."""
    async with watched(tmp_path, mock_clock) as world:
        household_id = (await a_settled_household(world, "young_couple")).household_id
        await hold(world, household_id)
        await minutes(mock_clock, 2)
    async with watched(tmp_path, mock_clock) as world:
        await minutes(mock_clock, 5)
        assert len(await told(world)) == 1
        assert [key for key, _ in world.vitals.raised.items()] == [("set_aside", household_id)]
        await world.households.resume(household_id)
        await minutes(mock_clock, 2)
        assert len(await told(world)) == 2
        (row,) = await world.store.read(alert_rows)
        assert row.resolved_at_us is not None


async def test_changes_that_pile_up_and_grow_old_are_told(tmp_path: Path, mock_clock: MockClock) -> None:
    """R36: pending changes over 100 for 5 min; derived older than facts for over 10 min."""
    async with watched(tmp_path, mock_clock) as world:
        household_id = (await a_settled_household(world, "young_couple")).household_id
        await hold(world, household_id)
        await minutes(mock_clock, 1)
        for number in range(101):
            await rename(world, household_id, f"Name {number}")
        await minutes(mock_clock, 4)
        assert len(await told(world)) == 1
        await minutes(mock_clock, 3)
        assert (await told(world))[1:] == ["planner: Changes pile up"]
        await minutes(mock_clock, 6)
        assert (await told(world))[2:] == ["planner: What is shown is old"]
        await world.households.resume(household_id)
        await quiet(world, household_id)
        await minutes(mock_clock, 6)
        ends = [subject.removeprefix("planner: resolved: ") for subject in (await told(world))[3:]]
        assert sorted(ends) == [
            f"A household is set aside ({household_id})", "Changes pile up", "What is shown is old",
        ]  # fmt: skip


async def test_flow_generation_that_keeps_failing_is_told(
    tmp_path: Path, mock_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """R15, R36: success under 99 % for 5 min; over when it goes well again."""
    caplog.set_level(logging.CRITICAL, "planner")
    async with watched(tmp_path, mock_clock) as world:
        household_id = (await a_settled_household(world, "young_couple")).household_id
        facts = await world.store.write(spoil, household_id, "{}")
        assert await refresh(world, household_id) is JobState.FAILED
        await minutes(mock_clock, 4)
        assert await refresh(world, household_id) is JobState.FAILED
        assert await told(world) == []
        await minutes(mock_clock, 2)
        assert await told(world) == ["planner: Flow generation fails"]
        await world.store.write(spoil, household_id, facts)
        assert await refresh(world, household_id) is JobState.SUCCEEDED
        await minutes(mock_clock, 3)
        assert len(await told(world)) == 1
        await minutes(mock_clock, 5)
        assert (await told(world))[1:] == ["planner: resolved: Flow generation fails"]


async def test_one_failure_in_a_quiet_planner_is_no_alert(
    tmp_path: Path, mock_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """R36: a single one is every one of its 5 minutes, and over after them; `stale` sees what it leaves."""
    caplog.set_level(logging.CRITICAL, "planner")
    async with watched(tmp_path, mock_clock) as world:
        household_id = (await a_settled_household(world, "young_couple")).household_id
        await minutes(mock_clock, 10)
        await world.store.write(spoil, household_id, "{}")
        assert await refresh(world, household_id) is JobState.FAILED
        await minutes(mock_clock, 20)
        assert await told(world) == []


def spoil(conn: Connection, household_id: str, facts: str) -> str:
    """Put other facts in the place of the household's; return what they were."""
    which = households.c.id == household_id
    before: str = conn.execute(households.select().where(which)).one().facts
    conn.execute(update(households).where(which).values(facts=facts))
    return before


async def refresh(world: World, household_id: str) -> JobState:
    """Ask for new flows at the door of the actors, which does not look at facts; return how that ended."""
    request = Request(household_id=household_id, kind="refresh_baseline", requested_by="test", force=True)
    accepted = await world.households.accept(request)
    assert accepted.job_id is not None
    return (await world.households.wait(accepted.job_id, 600)).state


async def test_a_full_disk_is_told_straight_away_and_written_down_when_there_is_room(
    tmp_path: Path,
    mock_clock: MockClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """R26, R36: the operator is told although nothing can be written; each address once."""
    caplog.set_level(logging.CRITICAL, "planner")
    far_side = FarSide()
    async with watched(tmp_path, mock_clock, far_side) as world:
        no_room = shutil.disk_usage(tmp_path)._replace(free=0)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: no_room)
        await world.store.write(lambda conn: conn.exec_driver_sql("PRAGMA max_page_count = 1").all())
        with pytest.raises(DiskFull):
            await world.store.write(fill)
        assert world.store.read_only_reason is not None
        await minutes(mock_clock, 5)
        assert [row.subject for row in far_side.taken] == ["planner: The disk is full"]
        assert "Free at least" in far_side.taken[0].body
        monkeypatch.undo()
        await minutes(mock_clock, 3)
        assert (await world.store.write(lambda _: "written")) == "written"
        sent, waiting = (await world.store.read(messages_before))[::-1]
        assert (sent.state, sent.message_id) == ("sent", far_side.taken[0].message_id)
        assert (waiting.state, waiting.subject) == ("waiting", "planner: resolved: The disk is full")


def fill(conn: Connection) -> None:
    conn.execute(update(households).values(name="x" * 10_000_000))


async def test_messages_that_nobody_takes_are_told_once(
    tmp_path: Path, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """R17, R36: on the operations page and in the log, for its own message is not taken either."""
    caplog.set_level(logging.CRITICAL, "planner")

    async def refuse(row: OutboxRow) -> None:
        raise RefusedThere(row.address)

    post = Post(addresses=(("email", "ada@example.org"),), deliver=refuse)
    async with a_planner(tmp_path / "planner.db", post) as stage, trio.open_nursery() as nursery:
        nursery.start_soon(keep_watch, stage.world)
        await stage.alert()
        await trio.sleep(5 * MINUTE + 1)
        await stage.quiet()
        _, told_of_it = await stage.rows()
        assert (told_of_it.subject, told_of_it.state) == ("planner: Messages cannot be delivered", "failed")
        assert list(stage.world.vitals.raised) == [("undelivered", "")]
        nursery.cancel_scope.cancel()


async def test_a_loop_that_was_blocked_is_told(
    tmp_path: Path, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """R36, I14: as the watchdog saw it, by a clock that goes on while this thread holds up the loop."""
    caplog.set_level(logging.CRITICAL, "planner")
    asked, seconds, here = threading.Event(), [0.0], threading.get_ident()

    def clock() -> float:
        found = seconds[0]
        if threading.get_ident() != here:
            asked.set()
        return found

    watch = LoopWatch(clock=clock, every_seconds=0.01)
    async with a_world(tmp_path) as opened, trio.open_nursery() as nursery:
        nursery.start_soon(keep_watch, replace(opened, loop_watch=watch))
        with watch.watching():
            assert asked.wait(10)
            seconds[0] += 3
            while not watch.statistics().samples:  # virtual minutes are over before another thread is heard
                await trio.lowlevel.checkpoint()
            await trio.sleep(MINUTE + 1)
        assert (
            opened.vitals.raised["loop_blocked", ""].detail
            == "It took the event loop 3 seconds to come round."
        )
        nursery.cancel_scope.cancel()


async def test_lost_threads_and_stuck_jobs_are_read(tmp_path: Path) -> None:
    """R24, R36: none in a planner that is well; each has a rule."""
    async with a_world(tmp_path) as world:
        readings = await take_readings(world)
    assert {rule.figure for rule in RULES} == set(readings)
    assert list(readings["stuck"]) == []
    assert [each.value for each in readings["threads_lost"]] == [0]


async def test_an_idle_planner_is_not_read_again_and_again(tmp_path: Path, mock_clock: MockClock) -> None:
    """R34, R36: watching costs an idle planner nothing: neither a read nor a write."""
    async with watched(tmp_path, mock_clock) as world:
        await minutes(mock_clock, 1)
        before, commits = world.vitals._stood, world.store.statistics.commits
        await minutes(mock_clock, 60)
        assert world.vitals._stood is before
        assert world.store.statistics.commits == commits
        await create_household(world, a_file(), author="test")
        await minutes(mock_clock, 1)
        assert world.vitals._stood is not before


def a_file() -> HouseholdFile:
    return example("young_couple")


async def test_a_mail_server_gets_the_alert_and_its_end(tmp_path: Path) -> None:
    """R17, R36: end to end: a mail says that a household crashed too often, and one that it goes on."""
    with an_smtp_server() as (port, mailbox), trio.fail_after(30):
        server = MailServer(host="127.0.0.1", port=port, implicit_tls=False, sender="planner@example.org")
        alerting = Alerting(mail=server, to=("ada@example.org",))
        async with a_mailing_world(tmp_path, alerting) as world, trio.open_nursery() as nursery:
            household_id = (await a_settled_household(world, "young_couple")).household_id
            await hold(world, household_id)
            async with world.households.watch("system") as events:
                nursery.start_soon(partial(keep_watch, world, every_seconds=0.01))
                for count in (1, 2):
                    async for event in events:
                        if event.type == "succeeded" and len(mailbox.mails) == count:
                            break
                    await world.households.resume(household_id)
            nursery.cancel_scope.cancel()
    subjects = [str(mail["Subject"]) for mail in mailbox.mails]
    assert len(subjects) == 2
    assert "set aside" in subjects[0]
    assert "resolved" in subjects[1]
    assert mailbox.mails[0]["Message-ID"] != mailbox.mails[1]["Message-ID"]


@asynccontextmanager
async def a_mailing_world(folder: Path, alerting: Alerting) -> AsyncIterator[World]:
    """Open a planner as `planner serve` does, that sends mail."""
    async with open_world(Settings(database=folder / "planner.db", alerting=alerting)) as world:
        assert world.post.addresses == make_post(alerting).addresses
        yield world
