"""Everything that changes a household: the change and the job it causes are one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from importlib import resources

from sqlalchemy import Connection

from planner.actors.accept import Decided
from planner.actors.kind import Request
from planner.domain.changes import Change, apply, change_from_plain
from planner.domain.errors import Problem, Refused, Stale
from planner.domain.files import HouseholdFile, read_household
from planner.domain.household import Facts
from planner.domain.journal import Touched, beginning, undoing
from planner.storage import facts as stored_facts
from planner.storage.facts import entry_of
from planner.storage.job_rows import Priority
from planner.storage.keys import Once, remember_answer, remembered_answer
from planner.work.names import PROJECT_SCENARIO, REFRESH_BASELINE
from planner.work.world import World

EXAMPLES = ("young_couple.toml", "family.toml", "near_retirement.toml")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Done:
    """What a unit did, and what it asks of the household's actor in the same transaction."""

    revision: int
    request: Request


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """What was durably done: the household's revision after it, and the job that follows from it.

    `joined`: the job was there already. `repeated`: the same request came with this idempotency key
    before; this is its answer and nothing was done again.
    """

    household_id: str
    revision: int
    job_id: str | None
    joined: bool
    repeated: bool = False


async def create_household(
    world: World, file: HouseholdFile, *, author: str, once: Once | None = None
) -> Changed:
    """Store a new household and ask for its first baseline."""
    facts = replace(file.facts, revision=1)
    refuse_the_future(facts, world.today())
    household_id = world.ids.new()

    def unit(conn: Connection) -> _Done:
        stored_facts.insert_household(conn, household_id, facts, example=file.example, at=world.now())
        entry = entry_of(beginning(facts), before=None, after=facts, at=world.now(), author=author)
        stored_facts.insert_entry(conn, household_id, entry)
        return _baseline_wanted(household_id, facts.revision, author)

    return await _admit(world, household_id, unit, once)


async def change_household(
    world: World,
    household_id: str,
    change: Change,
    *,
    author: str,
    if_revision: int | None = None,
    once: Once | None = None,
) -> Changed:
    """Apply a change and ask for the baseline that follows from it.

    Raises Refused when it does not fit the facts, Stale when the household is not at `if_revision`.
    """

    def unit(conn: Connection) -> _Done:
        before = _current(conn, household_id, if_revision)
        return _apply(world, conn, household_id, before, change, author)

    return await _admit(world, household_id, unit, once)


async def undo_change(
    world: World,
    household_id: str,
    revision: int,
    *,
    author: str,
    if_revision: int | None = None,
    once: Once | None = None,
) -> Changed:
    """Take back the change that led to `revision`, as a new change; later ones stay.

    Raises Refused when later changes made it impossible.
    """

    def unit(conn: Connection) -> _Done:
        before = _current(conn, household_id, if_revision)
        entry = stored_facts.journal_entry(conn, household_id, revision)
        if entry.before is None:
            raise Refused("This is how the household began; remove the household instead.")
        change = undoing(change_from_plain(entry.change), Touched(**entry.before))
        return _apply(world, conn, household_id, before, change, author)

    return await _admit(world, household_id, unit, once)


async def request_job(
    world: World,
    household_id: str,
    kind: str,
    arguments: Mapping[str, object],
    *,
    author: str,
    priority: Priority | None = None,
    force: bool = False,
    once: Once | None = None,
) -> Changed:
    """Ask for a job, or join the one that will answer."""
    request = Request(
        household_id=household_id,
        kind=kind,
        arguments=arguments,
        requested_by=author,
        priority=priority,
        force=force,
    )

    def unit(conn: Connection) -> _Done:
        facts = stored_facts.facts_of(conn, household_id)
        if kind == PROJECT_SCENARIO and "scenario" in arguments:
            stored_facts.known_scenario(facts, arguments["scenario"])
        return _Done(revision=facts.revision, request=request)

    return await _admit(world, household_id, unit, once)


async def remove_household(world: World, household_id: str) -> None:
    """Delete a household with its journal, its jobs and all that was derived; raises NotFound."""
    await world.store.write(stored_facts.delete_household, household_id)
    world.households.forget(household_id)


async def remove_examples(world: World) -> int:
    """Delete the example households; return how many there were."""
    examples = await world.store.read(stored_facts.example_ids)
    for household_id in examples:
        await remove_household(world, household_id)
    return len(examples)


async def import_examples(world: World) -> list[str]:
    """Store the example households that come with planner; return their ids."""
    created = []
    for name in EXAMPLES:
        content = resources.files("planner.examples").joinpath(name).read_bytes()
        done = await create_household(world, read_household(content, "toml"), author="planner")
        created.append(done.household_id)
    return created


def refuse_the_future(facts: Facts, today: date) -> None:
    """Refuse balances and births dated after `today`: they would be claims about what is not known."""
    problems = [
        Problem(f"members[{index}].birth_date", f"is in the future: today is {today}.")
        for index, member in enumerate(facts.members)
        if member.birth_date > today
    ]
    for collection in ("accounts", "debts"):
        problems += [
            Problem(f"{collection}[{index}].balances[{place}].date", f"is in the future: today is {today}.")
            for index, item in enumerate(getattr(facts, collection))
            for place, balance in enumerate(item.balances)
            if balance.date > today
        ]
    if problems:
        raise Refused(problems=problems)


def _current(conn: Connection, household_id: str, if_revision: int | None) -> Facts:
    facts = stored_facts.facts_of(conn, household_id)
    if if_revision is not None and facts.revision != if_revision:
        raise Stale(
            f"The household is at revision {facts.revision} by now, not {if_revision}. "
            "Look at what changed and try again."
        )
    return facts


def _apply(  # noqa: PLR0917 -- one transaction's worth
    world: World, conn: Connection, household_id: str, before: Facts, change: Change, author: str
) -> _Done:
    after = apply(before, change)
    refuse_the_future(after, world.today())
    stored_facts.replace_facts(conn, household_id, before, after, at=world.now())
    entry = entry_of(change, before=before, after=after, at=world.now(), author=author)
    stored_facts.insert_entry(conn, household_id, entry)
    return _baseline_wanted(household_id, after.revision, author)


def _baseline_wanted(household_id: str, revision: int, author: str) -> _Done:
    request = Request(
        household_id=household_id, kind=REFRESH_BASELINE, requested_by=author, least_revision=revision
    )
    return _Done(revision=revision, request=request)


async def _admit(
    world: World, household_id: str, unit: Callable[[Connection], _Done], once: Once | None
) -> Changed:
    """Run `unit` and accept its request in one transaction, unless its key was answered before."""

    def before(conn: Connection) -> _Done | Changed:
        answer = None if once is None else remembered_answer(conn, once)
        return unit(conn) if answer is None else Changed(**{**answer, "repeated": True})

    def request(done: _Done | Changed) -> Request | None:
        return done.request if isinstance(done, _Done) else None

    def after(conn: Connection, done: _Done | Changed, decided: Decided) -> None:
        if once is not None and isinstance(done, _Done):
            remember_answer(
                conn, once, asdict(_changed(done, decided.job.id, decided.joined)), at=world.now()
            )

    accepted = await world.households.accept(request, before, after, household_id=household_id)
    done: _Done | Changed = accepted.before
    if isinstance(done, Changed):
        return done
    assert accepted.job_id is not None
    return _changed(done, accepted.job_id, accepted.joined)


def _changed(done: _Done, job_id: str, joined: bool) -> Changed:  # noqa: FBT001 -- a record's field
    return Changed(
        household_id=done.request.household_id, revision=done.revision, job_id=job_id, joined=joined
    )
