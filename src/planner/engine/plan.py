"""A plan: which facts, from which day, under which assumptions, how far; and all of it laid out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from planner.domain.errors import Refused
from planner.domain.household import Facts
from planner.domain.scenarios import HORIZON_MONTHS_MAX, Assumptions
from planner.engine.accounts import Accounts, laid_out
from planner.engine.beat import Beat, between
from planner.engine.timeline import Timeline, timeline
from planner.taxes.law import law_for
from planner.taxes.rules import Law


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Facts as they are known on the day a plan starts, what is assumed, and how far to look."""

    facts: Facts
    start: date
    assumptions: Assumptions
    months: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outlook:
    """A plan with its months, its accounts, and the law of each calendar year it touches."""

    facts: Facts
    assumptions: Assumptions
    line: Timeline
    laws: Sequence[Law]
    accounts: Accounts


def outlook(plan: Plan, *, beat: Beat | None = None) -> Outlook:
    """Lay a plan out; refused when the horizon is out of bounds or the law of its start is not known.

    `beat` hears before each year's law.
    """
    if not 1 <= plan.months <= HORIZON_MONTHS_MAX:
        raise Refused.one("months", f"must be from 1 to {HORIZON_MONTHS_MAX}.")
    if plan.assumptions.inflation <= -1:
        raise Refused.one("assumptions.inflation", "must be more than -1: money cannot lose all meaning.")
    line = timeline(plan.start, plan.months)
    years = between(
        range(plan.start.year, plan.start.year + line.year_count), beat, 0.0, "looking up the law"
    )
    return Outlook(
        facts=plan.facts,
        assumptions=plan.assumptions,
        line=line,
        laws=tuple(law_for(year, plan.assumptions.inflation) for year in years),
        accounts=laid_out(plan.facts, line, plan.assumptions),
    )
