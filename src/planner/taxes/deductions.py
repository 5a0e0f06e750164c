"""What comes out of a paycheck: what it reduces, and how much the law lets a person put aside in a year."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import assert_never

from planner.domain.income import Deduction, DeductionKind
from planner.domain.money import to_cents
from planner.taxes.rules import DeductionRule, Law, Limit

Item = tuple[DeductionKind, str]
"""A deduction of a paycheck: its kind and its name."""

MONTHS_IN_YEAR = 12
_CENT = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Earner:
    """What a person's limits depend on. `age` is the age at the end of the year, 0 when it is not known."""

    age: int = 0
    family_coverage: bool = False
    """The health plan beside the HSA covers more than the person."""
    files_separately: bool = False


def rule(law: Law, kind: DeductionKind) -> DeductionRule:
    """Return what a kind of deduction reduces, and the limit it counts towards."""
    return law.limits.deductions[kind]


def catch_up(law: Law, age: int) -> Decimal:
    """Return the dollars that a deferral may go over its limit at that age."""
    limits = law.limits
    if age in limits.catch_up_larger_ages:
        return limits.catch_up_larger
    return limits.catch_up if age >= limits.catch_up_age else Decimal(0)


def yearly_limit(law: Law, limit: Limit, earner: Earner) -> int | None:
    """Return the cents a person may put aside in the year under a limit; None where there is none."""
    limits = law.limits
    match limit:
        case Limit.NONE:
            return None
        case Limit.ELECTIVE_DEFERRAL:
            dollars = limits.elective_deferral + catch_up(law, earner.age)
        case Limit.DEFERRAL_457B:
            dollars = limits.deferral_457b + catch_up(law, earner.age)
        case Limit.HSA:
            dollars = limits.hsa_family if earner.family_coverage else limits.hsa_self_only
            dollars += limits.hsa_catch_up if earner.age >= limits.hsa_catch_up_age else 0
        case Limit.HEALTH_FSA:
            dollars = limits.health_fsa
        case Limit.DEPENDENT_CARE:
            dollars = limits.dependent_care_separate if earner.files_separately else limits.dependent_care
        case Limit.COMMUTER:
            dollars = limits.commuter_monthly * MONTHS_IN_YEAR
        case _:
            assert_never(limit)
    return to_cents(dollars)


def ira_limit(law: Law, age: int) -> int:
    """Return the cents a person may pay into traditional and Roth IRAs together."""
    older = age >= law.limits.ira_catch_up_age
    return to_cents(law.limits.ira + (law.limits.ira_catch_up if older else 0))


def annual_additions_limit(law: Law, age: int) -> int:
    """Return the cents that deferrals with one employer and what it adds may come to, catch-up included."""
    return to_cents(law.limits.annual_additions + catch_up(law, age))


def used(law: Law, limit: Limit, *deducted: Mapping[Item, int]) -> int:
    """Return the cents that count towards a limit so far."""
    return sum(
        cents for part in deducted for (kind, _), cents in part.items() if rule(law, kind).limit is limit
    )


def remaining_limit(law: Law, limit: Limit, earner: Earner, used_so_far: int) -> int | None:
    """Return the cents that may still be put aside this year under a limit; None where there is none."""
    most = yearly_limit(law, limit, earner)
    return None if most is None else max(0, most - used_so_far)


def asked_for(deduction: Deduction, gross: int) -> int:
    """Return the cents that a deduction asks for from a paycheck: its amount, or a percent, half up."""
    if deduction.percent is not None:
        return int((gross * deduction.percent).quantize(_CENT, rounding=ROUND_HALF_UP))
    return deduction.amount or 0


def allowed(
    law: Law,
    deduction: Deduction,
    *,
    gross: int,
    periods_per_year: int,
    earner: Earner,
    deducted: tuple[Mapping[Item, int], ...],
    elsewhere: Mapping[Limit, int],
) -> int:
    """Return the cents that limits let through of what a deduction asks for from this paycheck.

    `deducted` is what this employer took so far this year, and from this paycheck; `elsewhere` is what
    counts towards each limit at other employers. The commuter's monthly limit is spread evenly over the
    year's paychecks.
    """
    cents = asked_for(deduction, gross)
    limit = rule(law, deduction.kind).limit
    if deduction.annual_limit is not None:
        so_far = sum(part.get((deduction.kind, deduction.name), 0) for part in deducted)
        cents = min(cents, max(0, deduction.annual_limit - so_far))
    if limit is Limit.NONE:
        return cents
    so_far = used(law, limit, *deducted) + elsewhere.get(limit, 0)
    left = remaining_limit(law, limit, earner, so_far)
    if left is not None:
        cents = min(cents, left)
    if limit is Limit.COMMUTER:
        cents = min(cents, to_cents(law.limits.commuter_monthly * MONTHS_IN_YEAR / periods_per_year))
    return cents
