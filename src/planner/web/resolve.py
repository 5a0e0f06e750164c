"""Who asks, for which household, in which role: the one place where the web looks a household up."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from quart import Request

from planner.actors.views import JobView
from planner.domain.errors import Forbidden
from planner.storage.facts import OWNER, HouseholdRecord, household_record
from planner.storage.tables import SYSTEM
from planner.work.world import World


class Role(IntEnum):
    """What a caller may do in a household; each may what those below it may."""

    VIEWER = 1
    EDITOR = 2
    OWNER = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Who asks. `name` is written into the journal, `owner` owns households and idempotency keys.

    `operates`: may see how planner itself is doing, and what it does for itself.
    """

    name: str
    owner: str
    operates: bool = False

    @property
    def owners(self) -> tuple[str, ...]:
        """Whose households' jobs the caller may see."""
        return (self.owner, SYSTEM) if self.operates else (self.owner,)


LOCAL: Final = Caller(name="owner", owner=OWNER, operates=True)
"""The one owner of a server that only this machine can reach; sign-in will bring others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolved:
    """The caller, and a household that exists and in which the caller has the role that was needed."""

    caller: Caller
    role: Role
    household_id: str
    record: HouseholdRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class Mailbox:
    """The caller, and a household whose jobs the caller may see: one of people's, or planner's own."""

    caller: Caller
    household_id: str


def caller_of(_request: Request) -> Caller:
    """Return who asks."""
    return LOCAL


def operator_of(request: Request) -> Caller:
    """Return who asks, or raise Forbidden unless it is who runs this planner."""
    caller = caller_of(request)
    if not caller.operates:
        raise Forbidden("This is for who runs this planner.")
    return caller


async def resolve(world: World, request: Request, household_id: str, *, needs: Role) -> Resolved:
    """Return the household for the caller, or raise NotFound or Forbidden."""
    caller = caller_of(request)
    record = await world.store.read(household_record, household_id)
    if record.owner != caller.owner:
        raise Forbidden("This is the household of somebody else.")
    role = Role.OWNER
    if role < needs:
        raise Forbidden(f"This needs the role of {needs.name.lower()} in the household.")
    return Resolved(caller=caller, role=role, household_id=record.id, record=record)


async def resolve_mailbox(world: World, request: Request, household_id: str, *, needs: Role) -> Mailbox:
    """Return a household by its jobs, planner's own included, or raise NotFound or Forbidden."""
    if household_id == SYSTEM:
        return Mailbox(caller=operator_of(request), household_id=SYSTEM)
    here = await resolve(world, request, household_id, needs=needs)
    return Mailbox(caller=here.caller, household_id=here.household_id)


async def resolve_job(world: World, request: Request, job_id: str, *, needs: Role) -> tuple[Mailbox, JobView]:
    """Return a job with its household, or raise NotFound, Gone (expired) or Forbidden."""
    job = await world.households.job(job_id)
    return await resolve_mailbox(world, request, job.household_id, needs=needs), job
