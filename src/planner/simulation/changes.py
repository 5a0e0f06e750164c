"""A change of facts as a client sends it, with an idempotency key."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection

from planner.actors.accept import Decided
from planner.actors.kind import Request
from planner.domain.changes import EditHousehold
from planner.simulation.faults import NEW_YEAR
from planner.storage.facts import entry_of, facts_of, insert_entry, replace_facts
from planner.storage.keys import Once, remember_answer, remembered_answer

AT: Final = NEW_YEAR
INFLATIONS: Final = (Decimal("0.02"), Decimal("0.03"))


@dataclass(frozen=True, slots=True)
class Change:
    """A change of facts with an idempotency key, and the job that follows from it."""

    key: str
    household_id: str
    kind: str
    inflation: Decimal

    @property
    def job(self) -> Request:
        """What follows from the change."""
        return Request(household_id=self.household_id, kind=self.kind, requested_by=self.key)

    @property
    def _once(self) -> Once:
        return Once(owner="simulated", key=self.key, fingerprint=self.household_id)

    def before(self, conn: Connection) -> dict[str, Any]:
        """Make the change, unless it was made already: then return what was answered."""
        answer = remembered_answer(conn, self._once)
        if answer is not None:
            return {**answer, "repeated": True}
        old = facts_of(conn, self.household_id)
        assumptions = replace(old.assumptions, inflation=self.inflation)
        new = replace(old, revision=old.revision + 1, assumptions=assumptions)
        replace_facts(conn, self.household_id, old, new, at=AT)
        change = EditHousehold(set={"assumptions": {"inflation": str(self.inflation)}})
        entry = entry_of(change, before=old, after=new, at=AT, author=self.key)
        insert_entry(conn, self.household_id, entry)
        return {"revision": new.revision, "repeated": False}

    def request(self, made: dict[str, Any]) -> Request | None:
        """Ask for what follows from the change, if it is new."""
        return None if made["repeated"] else replace(self.job, least_revision=made["revision"])

    def after(self, conn: Connection, made: dict[str, Any], decided: Decided) -> None:
        """Keep the answer, in the same transaction."""
        answer = {"revision": made["revision"], "job_id": decided.job.id}
        remember_answer(conn, self._once, answer, at=AT)
