"""Rates of the last minutes, from a tally for each of them."""

import pytest

from planner.actors import SchedulerStatistics
from planner.work.vitals import Vitals


def test_a_rate_is_over_what_happened_within_its_time() -> None:
    """R36: jobs a minute over the last 5 and 60 minutes."""
    vitals, scheduler = Vitals(), SchedulerStatistics()
    for minute in range(11):
        vitals.take(scheduler, 60.0 * minute)
        scheduler.finished["refresh_baseline", "succeeded"] += 1 if minute < 5 else 3
        scheduler.finished["refresh_baseline", "superseded"] += 7
    short, long = (vitals.over(seconds, scheduler, 660.0) for seconds in (300.0, 3_600.0))
    assert (short.at, short.finished, short.finished_a_minute) == (300.0, 15, 3.0)
    assert (long.at, long.finished) == (660.0, 23)
    assert long.finished_a_minute == pytest.approx(23 / 11)


def test_what_was_before_the_watch_began_is_not_counted_as_its_first_minute() -> None:
    """R36: a rate of a few seconds is not blown up to a minute's."""
    vitals, scheduler = Vitals(), SchedulerStatistics()
    scheduler.finished["refresh_baseline", "failed"] += 5
    assert vitals.over(300.0, scheduler, 1_000.0).finished == 0
    vitals.take(scheduler, 1_000.0)
    scheduler.finished["regenerate_flows", "failed"] += 2
    scheduler.finished["regenerate_flows", "partial"] += 1
    scheduler.finished["send_alert", "failed"] += 1
    recent = vitals.over(300.0, scheduler, 1_003.0)
    assert (recent.finished, recent.finished_a_minute) == (4, 4.0)
    assert (recent.failed, recent.generations, recent.generations_failed) == (3, 3, 2)


def test_an_hour_is_kept() -> None:
    vitals, scheduler = Vitals(), SchedulerStatistics()
    for minute in range(200):
        vitals.take(scheduler, 60.0 * minute)
        scheduler.finished["refresh_baseline", "succeeded"] += 1
    assert vitals.over(3_600.0, scheduler, 60.0 * 200).finished_a_minute == 1.0
    assert vitals.over(86_400.0, scheduler, 60.0 * 200).at <= 3_660.0
