"""What is derived: together, whole, only when something changed, and honest about its age."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio
from worlds import FIXED_CLOCK, a_settled_household, a_world, quiet, settled

from planner.domain.changes import Add, Change, Edit, EditHousehold, Remove
from planner.domain.errors import Refused
from planner.domain.scenarios import Scenario
from planner.storage.derived import DerivedRecord, derived_head, derived_record
from planner.storage.facts import HouseholdRecord
from planner.storage.job_rows import JobState
from planner.work import read
from planner.work.accept import change_household, request_job
from planner.work.month import roll_request
from planner.work.names import (
    PROJECT_SCENARIO,
    RECALCULATE_WITHHOLDING,
    REFRESH_BASELINE,
    REGENERATE_FLOWS,
)
from planner.work.subjects import BASELINE, FLOWS, scenario_subject
from planner.work.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as world:
        yield world


RAISE = Edit(of="incomes", id="ada-salary", set={"amount": "125000"})


async def test_a_change_of_salary_changes_flows_and_baseline_together(world: World) -> None:
    """R3, P5, P9, P10: one generation replaces the other, flows and projection of the same revision."""
    created = await a_settled_household(world)
    before = await read.dashboard(world, created.household_id)
    done = await change_household(world, created.household_id, RAISE, author="owner")
    await settled(world, done)
    after = await read.dashboard(world, created.household_id)
    assert after.flows.freshness.revision == after.projection.freshness.revision == 2
    incomes, worths = [], []
    for each in (before, after):
        assert each.flows.value is not None
        assert each.projection.value is not None
        incomes.append(each.flows.value.totals.income)
        worths.append(each.projection.value.column("totals.net_worth")[-1])
    assert incomes[1] > incomes[0]
    assert worths[1] > worths[0]


async def test_a_read_after_a_change_waits_for_it_or_says_that_it_is_old(world: World) -> None:
    """R14, I8: at_least waits without polling; without it, the answer names the job that brings the next."""
    created = await a_settled_household(world)
    house = created.household_id
    done = await change_household(world, house, RAISE, author="owner")
    shown = await read.projection(world, house, at_least=done.revision, wait_seconds=0)
    assert shown.freshness.current_revision == 2
    if not shown.freshness.fresh:
        assert shown.freshness.job_id == done.job_id
        assert shown.freshness.revision == 1
    with trio.fail_after(20):
        shown = await read.projection(world, house, at_least=done.revision, wait_seconds=20)
    assert shown.freshness.fresh
    assert shown.freshness.revision == done.revision


async def test_a_revision_that_does_not_exist_is_refused_not_awaited(world: World) -> None:
    created = await a_settled_household(world)
    with pytest.raises(Refused, match="does not exist"):
        await read.projection(world, created.household_id, at_least=99, wait_seconds=60)


async def test_a_refresh_with_nothing_new_computes_nothing(world: World) -> None:
    """I9: equal inputs are not worked out again, and the job says so."""
    created = await a_settled_household(world)
    asked = await request_job(world, created.household_id, REFRESH_BASELINE, {}, author="owner")
    job = await world.households.wait(str(asked.job_id), 30)
    assert job.state is JobState.SUCCEEDED
    assert job.unchanged


async def test_force_works_out_again_what_has_not_changed(world: World) -> None:
    """R13: with force equal inputs are worked out all the same, and what is stored is of that job."""
    created = await a_settled_household(world)
    house = created.household_id
    before = await everything(world, house)
    scenario = next(name for name in before if name not in (FLOWS, BASELINE))
    asked_for: list[tuple[str, dict[str, object], tuple[str, ...]]] = [
        (REFRESH_BASELINE, {}, (FLOWS, BASELINE)),
        (REGENERATE_FLOWS, {}, (FLOWS,)),
        (PROJECT_SCENARIO, {"scenario": scenario.removeprefix("scenario:")}, (scenario,)),
    ]
    for kind, arguments, subjects in asked_for:
        for force in (False, True):
            asked = await request_job(world, house, kind, arguments, author="owner", force=force)
            job = await world.households.wait(str(asked.job_id), 30)
            assert (job.state, job.forced) == (JobState.SUCCEEDED, force)
            assert job.unchanged  # the same came of it
            made_by = {(await everything(world, house))[subject].job_id for subject in subjects}
            assert (made_by == {job.id}) == force
    after = await everything(world, house)
    assert {name: each.body for name, each in after.items()} == {
        name: each.body for name, each in before.items()
    }


async def test_a_renaming_computes_nothing_and_is_shown_at_once(world: World) -> None:
    """I9: another name or note is no other input; what is shown has it, scenarios and notes included."""
    created = await a_settled_household(world)
    house = created.household_id
    before = await everything(world, house)
    jobs = len(await world.households.jobs(house))
    changes: list[Change] = [
        Edit(of="accounts", id="checking", set={"name": "Our money", "note": "Joint"}),
        Edit(of="incomes", id="ada-salary", set={"name": "Ada's job"}),
        Edit(of="debts", id="mortgage", set={"name": "The house's loan"}),
        Edit(of="members", id="ada", set={"name": "Countess"}),
        EditHousehold(set={"name": "Renamed"}),
    ]
    for change in changes:
        done = await change_household(world, house, change, author="owner")
        await settled(world, done)
        job = await world.households.job(str(done.job_id))
        assert job.unchanged
        assert "nothing to do" in (await world.households.why(job.id)).sentence
    assert len(await world.households.jobs(house)) == jobs + len(changes)
    after = await everything(world, house)
    assert {name: (each.body, each.job_id) for name, each in after.items()} == {
        name: (each.body, each.job_id) for name, each in before.items()
    }
    assert {each.revision for each in after.values()} == {1 + len(changes)}
    shown = await read.dashboard(world, house)
    assert shown.flows.value is not None
    assert {"Ada's job", "The house's loan"} <= {each.name for each in shown.flows.value.flows}
    scenario = await read.projection(world, house, scenario="lean-markets")
    for projection in (shown.projection.value, scenario.value):
        assert projection is not None
        assert "Our money" in {each.name for each in projection.accounts}
        assert "The house's loan" in {each.name for each in projection.debts}
        assert not any("{" in note for note in projection.notes)


async def everything(world: World, house: str) -> dict[str, DerivedRecord]:
    """Return all that is derived of the household that this file's examples have."""
    found = {}
    for subject in (FLOWS, BASELINE, scenario_subject("lean-markets")):
        record = await world.store.read(derived_record, house, subject)
        assert record is not None
        found[subject] = record
    return found


async def test_only_what_a_change_concerns_is_worked_out_again(world: World) -> None:
    """I9: the return of markets moves the baseline, but no paycheck, and no scenario that has its own."""
    created = await a_settled_household(world)
    house = created.household_id
    before = await everything(world, house)
    own = read_scenario(await read.household(world, house), "lean-markets")
    assert own.assumptions.investment_return is not None
    change = EditHousehold(set={"assumptions": {"investment_return": "0.0512"}})
    done = await change_household(world, house, change, author="owner")
    await settled(world, done)
    await quiet(world, house)
    after = await everything(world, house)
    same = {name for name, each in after.items() if each.job_id == before[name].job_id}
    assert same == {FLOWS, scenario_subject("lean-markets")}
    assert {each.revision for each in after.values()} == {2}
    assert not (await world.households.job(str(done.job_id))).unchanged


def read_scenario(record: HouseholdRecord, scenario_id: str) -> Scenario:
    """Return one scenario of a household."""
    return next(each for each in record.facts.scenarios if each.id == scenario_id)


async def test_a_failed_refresh_keeps_the_last_whole_generation(world: World) -> None:
    """R15: what can still be read is read, with the error beside it."""
    created = await a_settled_household(world)
    house = created.household_id
    dearer = [{"date": "2027-06-01", "annual_rate": "0.9"}]
    never = Edit(of="debts", id="mortgage", set={"rate_changes": dearer})
    done = await change_household(world, house, never, author="owner")
    job = await world.households.wait(str(done.job_id), 30)
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.attempts == 1
    shown = await read.projection(world, house)
    assert shown.value is not None
    assert (shown.freshness.revision, shown.freshness.fresh) == (1, False)
    status = await world.households.status(house)
    assert status.last_error is not None
    assert status.last_error.id == done.job_id


async def test_scenarios_follow_the_baseline_and_go_with_their_facts(world: World) -> None:
    """P11: a scenario is projected by itself when facts change, and its result goes when it is removed."""
    created = await a_settled_household(world)
    house = created.household_id
    with trio.fail_after(30):
        shown = await read.projection(world, house, scenario="lean-markets", at_least=1, wait_seconds=30)
    base = await read.projection(world, house)
    assert shown.value is not None
    assert base.value is not None
    assert shown.value.column("totals.net_worth")[-1] < base.value.column("totals.net_worth")[-1]
    removed = Remove(of="scenarios", id="lean-markets")
    await settled(world, await change_household(world, house, removed, author="owner"))
    assert await world.store.read(derived_head, house, scenario_subject("lean-markets")) is None
    with pytest.raises(Refused, match="lean-markets"):
        await read.projection(world, house, scenario="lean-markets")


async def test_a_scenario_that_changes_nothing_equals_the_baseline(world: World) -> None:
    """P11: one engine, so two screens cannot disagree."""
    created = await a_settled_household(world)
    house = created.household_id
    same = Add(to="scenarios", item={"id": "same", "name": "The same"})
    done = await change_household(world, house, same, author="owner")
    await settled(world, done)
    asked = await request_job(world, house, PROJECT_SCENARIO, {"scenario": "same"}, author="owner")
    await settled(world, asked)
    scenario = await world.store.read(derived_record, house, scenario_subject("same"))
    baseline = await world.store.read(derived_record, house, BASELINE)
    assert scenario is not None
    assert baseline is not None
    assert scenario.output_fingerprint == baseline.output_fingerprint


async def test_withholding_alone_equals_a_full_regeneration(world: World) -> None:
    """P6: the narrower job gives what the wider one gives."""
    created = await a_settled_household(world)
    house = created.household_id
    before = await world.store.read(derived_record, house, FLOWS)
    await settled(world, await request_job(world, house, RECALCULATE_WITHHOLDING, {}, author="owner"))
    narrow = await world.store.read(derived_record, house, FLOWS)
    await settled(world, await request_job(world, house, REGENERATE_FLOWS, {}, author="owner"))
    wide = await world.store.read(derived_record, house, FLOWS)
    assert before is not None
    assert narrow is not None
    assert wide is not None
    assert before.body == narrow.body == wide.body


async def rolled_forward(world: World) -> None:
    """Do what planner does when it starts, and when a month begins."""
    await world.households.accept(roll_request("test"))
    await quiet(world, "system")


async def test_at_start_only_stale_households_are_refreshed(tmp_path: Path) -> None:
    """P9: what an older revision, engine, law or month left is brought up to date, the rest left alone."""
    async with a_world(tmp_path) as world:
        fresh = await a_settled_household(world)
        await rolled_forward(world)
        assert (await world.households.status(fresh.household_id)).waiting_count == 0
        jobs_before = await world.households.jobs(fresh.household_id)
    later = type(FIXED_CLOCK)(
        now=lambda: FIXED_CLOCK.now().replace(month=12), today=lambda: FIXED_CLOCK.today().replace(month=12)
    )
    async with a_world(tmp_path, clock=later) as world:
        await rolled_forward(world)
        jobs = await world.households.jobs(fresh.household_id)
        assert len(jobs) > len(jobs_before)
        job = await world.households.wait(jobs[0].id, 30)
        assert job.state is JobState.SUCCEEDED
        assert not job.unchanged
        shown = await read.projection(world, fresh.household_id)
        assert shown.value is not None
        assert shown.value.start.month == 12


async def test_a_rename_of_the_household_keeps_everything_fresh(world: World) -> None:
    """I8: fresh means of the current revision, whatever the change was about."""
    created = await a_settled_household(world)
    change = EditHousehold(set={"name": "Renamed"})
    await settled(world, await change_household(world, created.household_id, change, author="owner"))
    shown = await read.flows(world, created.household_id)
    assert shown.freshness.fresh
    assert shown.freshness.revision == 2
