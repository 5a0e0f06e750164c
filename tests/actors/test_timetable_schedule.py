"""When things are due: cron texts, months, intervals, and the two days a year on which clocks jump."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.actors.schedule import Cron, Every, Monthly, Schedule, is_due, last_due, moment, next_due

NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = (
    "UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kolkata",
    "Pacific/Apia", "America/Sao_Paulo", "Africa/Casablanca",
)  # fmt: skip


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def moments(schedule: Schedule, start: str, end: str) -> list[str]:
    """Return what is due after `start` and not after `end`, in UTC."""
    found, at = [], utc(start)
    while (at := next_due(schedule, at)) <= utc(end):
        found.append(f"{at:%m-%d %H:%M}")
    return found


@pytest.mark.parametrize(
    "zone,day,jump",
    [(NEW_YORK, "2026-03-08", "03-08 07:00"), (BERLIN, "2026-03-29", "03-29 01:00")],
    ids=["New York", "Berlin"],
)
def test_a_time_that_the_day_does_not_have_is_due_once_just_after_the_gap(
    zone: ZoneInfo, day: str, jump: str
) -> None:
    """R17: at half past two there is no half past two; the entry runs when the clock shows three."""
    daily = Cron("30 2 * * *", zone)
    found = moments(daily, f"{day} 00:00", f"{day} 23:59")
    assert found == [jump]
    after = next_due(daily, utc(f"{day} 12:00"))
    assert (after.astimezone(zone).hour, after.astimezone(zone).minute) == (2, 30)


@pytest.mark.parametrize(
    "zone,day,first",
    [(NEW_YORK, "2026-11-01", "11-01 05:30"), (BERLIN, "2026-10-25", "10-25 00:30")],
    ids=["New York", "Berlin"],
)
def test_a_time_that_the_day_has_twice_is_due_once_the_first_time(
    zone: ZoneInfo, day: str, first: str
) -> None:
    """R17: the second half past one (New York) or two (Berlin) is nothing new."""
    hour = 1 if zone is NEW_YORK else 2
    daily = Cron(f"30 {hour} * * *", zone)
    start = f"{date.fromisoformat(day) - timedelta(days=1)} 12:00"
    assert moments(daily, start, f"{day} 23:00") == [first]
    assert last_due(daily, utc(f"{day} 12:00")) == next_due(daily, utc(start))


def test_many_times_of_a_gap_are_one_moment() -> None:
    """R17: nothing is due twice at the same instant; the 3 o'clock after the gap is that instant too."""
    quarters = Cron("*/15 2,3 * * *", BERLIN)
    found = moments(quarters, "2026-03-29 00:00", "2026-03-29 02:00")
    assert found == ["03-29 01:00", "03-29 01:15", "03-29 01:30", "03-29 01:45"]


@pytest.mark.parametrize(
    "text,start,expected",
    [
        ("0 9 * * mon-fri", "2026-11-20 12:00", ["11-23 09:00", "11-24 09:00"]),
        ("5,10 */12 * * *", "2026-11-23 11:00", ["11-23 12:05", "11-23 12:10", "11-24 00:05"]),
        ("0 0 29 feb *", "2026-11-20 12:00", ["02-29 00:00"]),
        ("0 0 13 * fri", "2026-11-05 00:00", ["11-06 00:00", "11-13 00:00", "11-20 00:00"]),
        ("0 0 1-7/3 jan,dec 7", "2026-11-30 00:00", ["12-01 00:00", "12-04 00:00", "12-06 00:00"]),
        ("50/4 23 31 * *", "2026-11-30 00:00", ["12-31 23:50", "12-31 23:54", "12-31 23:58"]),
    ],
)
def test_the_five_fields_mean_what_they_mean_everywhere(text: str, start: str, expected: list[str]) -> None:
    schedule, at, found = Cron(text, ZoneInfo("UTC")), utc(start), []
    for _ in expected:
        at = next_due(schedule, at)
        found.append(f"{at:%m-%d %H:%M}")
    assert found == expected


@pytest.mark.parametrize(
    "text",
    ["", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "5-1 * * * *",
     "*/0 * * * *", "a * * * *", "1- * * * *", "0 0 31 feb *", "0 0 31 4,6,9,11 *", "1,,2 * * * *"],
)  # fmt: skip
def test_what_is_no_schedule_or_never_comes_is_refused_when_it_is_declared(text: str) -> None:
    with pytest.raises(ValueError, match=r"schedule|fields|days"):
        Cron(text, ZoneInfo("UTC"))


def test_a_month_without_the_day_has_its_last() -> None:
    """R17: the 31st is every month."""
    schedule = Monthly(31, time(0, 5), BERLIN)
    found = moments(schedule, "2026-01-01 00:00", "2026-06-30 23:00")
    assert found == ["01-30 23:05", "02-27 23:05", "03-30 22:05", "04-29 22:05", "05-30 22:05", "06-29 22:05"]


def test_intervals_do_not_move_with_restarts() -> None:
    assert next_due(Every(300), utc("2026-11-23 10:01")) == utc("2026-11-23 10:05")
    assert next_due(Every(300), utc("2026-11-23 10:05")) == utc("2026-11-23 10:10")
    assert last_due(Every(300), utc("2026-11-23 10:05")) == utc("2026-11-23 10:05")


zones = st.sampled_from(ZONES).map(ZoneInfo)
instants = st.integers(0, 60 * 365 * 24 * 60).map(lambda n: utc("1995-01-01 00:00") + timedelta(minutes=n))
schedules = st.one_of(
    st.integers(1, 200_000).map(Every),
    st.builds(Monthly, st.integers(1, 31), st.times().map(lambda t: t.replace(microsecond=0)), zones),
    st.builds(
        lambda minute, hour, day, weekday, zone: Cron(f"{minute} {hour} {day} * {weekday}", zone),
        st.sampled_from(["0", "30", "*/20", "7-9", "59"]),
        st.sampled_from(["0", "1", "2", "3", "*", "23", "1-3"]),
        st.sampled_from(["*", "1", "31", "*/5"]),
        st.sampled_from(["*", "0", "1-5"]),
        zones,
    ),
)


@given(schedules, instants)
def test_moments_come_in_order_and_both_directions_agree(schedule: Schedule, at: datetime) -> None:
    """R17: whatever the zone does, nothing lies between a moment and the next."""
    later = next_due(schedule, at)
    assert later > at
    assert is_due(schedule, later)
    before = last_due(schedule, at)
    assert before <= at
    assert next_due(schedule, before) == later
    assert last_due(schedule, later - timedelta(microseconds=1)) == before


@given(st.integers(0, 12_000), st.times().map(lambda t: t.replace(second=0, microsecond=0)), zones)
def test_each_local_day_has_its_moment_within_a_jump_of_the_time(days: int, at: time, zone: ZoneInfo) -> None:
    """R17: no day is left out (but the one that Samoa left out), and the clock shows that time or later."""
    day = date(2000, 1, 1) + timedelta(days=days)
    due = moment(day, at, zone)
    local = due.astimezone(zone)
    late = local.replace(tzinfo=None) - datetime.combine(day, at)
    assert timedelta(0) <= late <= (timedelta(days=1) if zone.key == "Pacific/Apia" else timedelta(hours=1))
    if late:
        just_before = (due - timedelta(seconds=1)).astimezone(zone)
        assert just_before.replace(tzinfo=None) < datetime.combine(day, at), "later than just after the gap"
