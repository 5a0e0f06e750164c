"""Benefits of a worker, of the worker's spouse, and of the one who outlives the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from planner.domain.errors import Refused
from planner.taxes.retirement.claiming import (
    full_retirement_age,
    own_benefit,
    own_factor,
    spouse_excess,
    spouse_factor,
    survivor_benefit,
    survivor_factor,
)
from planner.taxes.retirement.months import attained_from, month_at, month_of, year_of
from planner.taxes.retirement.primary_insurance import (
    Averaged,
    Economy,
    averaged,
    bend_points,
    eligible_year,
    formula,
    raised,
)
from planner.taxes.retirement_rules import SocialSecurityLaw


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A person who claims at `claim_age` (months), with a record of earnings or a stated amount in cents.

    A stated primary insurance amount is in the money of `stated_year`.
    """

    birth: date
    claim_age: int
    earnings: Mapping[int, int]
    stated: int | None
    stated_year: int

    @property
    def claims_in(self) -> int:
        """Return the month of the claim."""
        return month_at(self.birth, self.claim_age)

    def age_in(self, month: int) -> int:
        """Return the age in months that is reached in a month."""
        return month - month_of(attained_from(self.birth))

    @property
    def record(self) -> dict[int, int]:
        """Return the earnings that count for a claim: those of the years before it."""
        return {year: cents for year, cents in self.earnings.items() if year < year_of(self.claims_in)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spousal:
    """What a spouse gets from `month` on, when both have claimed: the own benefit and the part beside it."""

    month: int
    own: int
    excess: int
    factor: Fraction

    @property
    def total(self) -> int:
        """Return both together."""
        return self.own + self.excess


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """What the one who outlives the worker gets from `month` on: the larger of the two."""

    month: int
    own: int
    inherited: int
    factor: Fraction

    @property
    def total(self) -> int:
        """Return what is paid."""
        return max(self.own, self.inherited)


def average_of(law: SocialSecurityLaw, worker: Worker, economy: Economy) -> Averaged:
    """Return the average indexed monthly earnings of a worker's record."""
    return averaged(law, worker.record, worker.birth, economy)


def first_insured(law: SocialSecurityLaw, worker: Worker, economy: Economy) -> int:
    """Return the primary insurance amount before any rise: of the year of age 62, or as it was stated."""
    if worker.stated is not None:
        return worker.stated
    bends = bend_points(law, eligible_year(worker.birth), economy)
    return formula(law, average_of(law, worker, economy).monthly, bends)


def insured(law: SocialSecurityLaw, worker: Worker, month: int, economy: Economy) -> int:
    """Return the primary insurance amount in a month, with the rises of the cost of living."""
    since = eligible_year(worker.birth) if worker.stated is None else worker.stated_year
    return raised(law, first_insured(law, worker, economy), since, month, economy)


def own(law: SocialSecurityLaw, worker: Worker, month: int, economy: Economy) -> int:
    """Return the cents a month of a worker's own benefit; nothing before the claim."""
    if month < worker.claims_in:
        return 0
    return own_benefit(insured(law, worker, month, economy), own_factor(law, worker.birth, worker.claim_age))


def spousal(law: SocialSecurityLaw, spouse: Worker, worker: Worker, economy: Economy) -> Spousal:
    """Return what a spouse gets once both have claimed."""
    month = max(spouse.claims_in, worker.claims_in)
    factor = spouse_factor(law, spouse.birth, spouse.age_in(month))
    half_of, less = (insured(law, one, month, economy) for one in (worker, spouse))
    return Spousal(
        month=month,
        own=own(law, spouse, month, economy),
        excess=spouse_excess(law, half_of, less, factor),
        factor=factor,
    )


def survivor(
    law: SocialSecurityLaw, spouse: Worker, worker: Worker, death: date, economy: Economy, *, claim_age: int
) -> Survivor:
    """Return what a spouse of `claim_age` months gets after the worker's death, or from it on if later."""
    died_in = month_of(death)
    died_at = worker.age_in(died_in)
    if died_at < law.earliest:
        raise Refused.one("death_date", "A death before the age of 62 is not worked out.")
    month = max(month_at(spouse.birth, claim_age), died_in)
    factor = survivor_factor(law, spouse.birth, spouse.age_in(month))
    had = _factor_at_death(law, worker, died_in, died_at)
    return Survivor(
        month=month,
        own=own(law, spouse, month, economy),
        inherited=survivor_benefit(law, insured(law, worker, month, economy), had, factor),
        factor=factor,
    )


def _factor_at_death(law: SocialSecurityLaw, worker: Worker, died_in: int, died_at: int) -> Fraction:
    """The factor that the worker had, or had come to without having claimed."""
    if died_in >= worker.claims_in:
        return own_factor(law, worker.birth, worker.claim_age)
    return own_factor(law, worker.birth, max(died_at, full_retirement_age(law, worker.birth)))
