"""The additional tax on early distributions, and the exceptions to it."""

from dataclasses import dataclass
from enum import StrEnum

from planner.domain.money import to_cents, to_dollars
from planner.taxes.rules import Law


class Plan(StrEnum):
    """Where the money comes from, as far as exceptions differ."""

    EMPLOYER = "employer"
    """401(k), 403(b) and the like."""
    GOVERNMENT_457B = "government_457b"
    IRA = "ira"
    """Traditional, SEP and Roth."""
    SIMPLE_IRA = "simple_ira"


class Exception72t(StrEnum):
    """Reasons that depend on more than age; the user says that one holds, and for how much."""

    DEATH = "death"
    DISABILITY = "disability"
    EQUAL_PAYMENTS = "equal_payments"
    MEDICAL = "medical"
    BIRTH_OR_ADOPTION = "birth_or_adoption"
    TERMINAL_ILLNESS = "terminal_illness"
    LEVY = "levy"
    DISASTER = "disaster"
    DOMESTIC_ABUSE = "domestic_abuse"
    EMERGENCY = "emergency"
    RESERVIST = "reservist"
    COURT_ORDER = "court_order"
    """A divorced spouse's share of a plan."""
    EDUCATION = "education"
    FIRST_HOME = "first_home"
    UNEMPLOYED_HEALTH_INSURANCE = "unemployed_health_insurance"


ONLY_PLANS = frozenset({Exception72t.COURT_ORDER})
ONLY_IRAS = frozenset(
    {Exception72t.EDUCATION, Exception72t.FIRST_HOME, Exception72t.UNEMPLOYED_HEALTH_INSURANCE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """What is taken out: `taxable` cents are income; `separated_at` is the age of the year of leaving.

    `excepted` are cents by reason, as far as it reaches (medical expenses over the floor, half of a plan for
    domestic abuse); `simple_years` are whole years since the first contribution.
    """

    plan: Plan
    taxable: int
    age_months: int
    separated_at: int | None = None
    simple_years: int = 0
    excepted: tuple[tuple[Exception72t, int], ...] = ()


def early_tax(law: Law, taken: Distribution) -> int:
    """Return the cents of additional tax on a distribution."""
    rules = law.savings
    by_age = taken.age_months >= rules.early_age_months
    by_leaving = (
        taken.plan is Plan.EMPLOYER
        and taken.separated_at is not None
        and taken.separated_at >= rules.separation_age
    )
    if by_age or by_leaving or taken.plan is Plan.GOVERNMENT_457B:
        return 0
    excepted = sum(_counts(law, taken.plan, reason, cents) for reason, cents in taken.excepted)
    young = taken.plan is Plan.SIMPLE_IRA and taken.simple_years < rules.early_simple_years
    rate = rules.early_simple_rate if young else rules.early_rate
    return to_cents(to_dollars(max(0, taken.taxable - excepted)) * rate)


def _counts(law: Law, plan: Plan, reason: Exception72t, cents: int) -> int:
    """The cents that a reason excepts: none of the wrong sort of account, and no more than its limit."""
    if reason in (ONLY_IRAS if plan is Plan.EMPLOYER else ONLY_PLANS):
        return 0
    most = law.savings.early_excepted_most.get(reason)
    return cents if most is None else min(cents, to_cents(most))
