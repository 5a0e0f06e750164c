"""What may be put into retirement accounts and health savings accounts in a year, by age and income."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from planner.domain.members import FilingStatus
from planner.domain.money import to_cents, to_dollars
from planner.taxes.deductions import annual_additions_limit, catch_up, ira_limit
from planner.taxes.rules import Law


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Yearly limits of one person, in cents; catch-up is in all of them."""

    elective_deferral: int
    """401(k), 403(b) and Thrift Savings Plan together, traditional and Roth."""
    deferral_457b: int
    """Beside the others."""
    catch_up: int
    """The part of both that is for the age."""
    annual_additions: int
    """With one employer: own contributions and the employer's."""
    ira: int
    """Traditional and Roth together; earnings limit it too."""
    simple: int
    hsa_self_only: int
    hsa_family: int


def limits(law: Law, age: int) -> Limits:
    """Return the limits at the age reached in the year."""
    more = catch_up(law, age)
    hsa = law.limits.hsa_catch_up if age >= law.limits.hsa_catch_up_age else Decimal(0)
    return Limits(
        elective_deferral=to_cents(law.limits.elective_deferral + more),
        deferral_457b=to_cents(law.limits.deferral_457b + more),
        catch_up=to_cents(more),
        annual_additions=annual_additions_limit(law, age),
        ira=ira_limit(law, age),
        simple=to_cents(law.savings.simple + _simple_catch_up(law, age)),
        hsa_self_only=to_cents(law.limits.hsa_self_only + hsa),
        hsa_family=to_cents(law.limits.hsa_family + hsa),
    )


def sep_limit(law: Law, compensation: int) -> int:
    """Return the cents an employer may put into a SEP for somebody with that compensation.

    For the self-employed compensation is net earnings less half of the tax on them and the contribution.
    """
    counts = min(to_dollars(compensation), law.savings.compensation)
    return min(to_cents(counts * law.savings.sep_share), to_cents(law.limits.annual_additions))


def ira_contribution_limits(
    law: Law, status: FilingStatus, ages: tuple[int, int], earned: tuple[int, int]
) -> tuple[int, int]:
    """Return the cents that head and spouse may put into IRAs, given what each has earned.

    On a joint return the earnings of both count for the one who earned less, less what the other puts in.
    """
    own = tuple(min(ira_limit(law, age), cents) for age, cents in zip(ages, earned, strict=True))
    if status is not FilingStatus.MARRIED_FILING_JOINTLY:
        return own[0], own[1]
    lower = 0 if earned[0] < earned[1] else 1
    left = max(0, sum(earned) - own[1 - lower])
    spousal = min(ira_limit(law, ages[lower]), left)
    return (spousal, own[1]) if lower == 0 else (own[0], spousal)


def roth_limit(law: Law, status: FilingStatus, most: int, income: int, *, lived_apart: bool = False) -> int:
    """Return the cents of `most` that may go into a Roth IRA at a modified adjusted gross income.

    What is left of a limit that is not all gone is rounded up to ten dollars, and at least 200. Married
    people who file separately and lived apart all year count as single.
    """
    rules = law.savings
    if lived_apart and status is FilingStatus.MARRIED_FILING_SEPARATELY:
        status = FilingStatus.SINGLE
    over = to_dollars(income) - rules.roth_phase_out_above[status]
    width = rules.roth_phase_out_width[status]
    if over <= 0:
        return most
    if over >= width:
        return 0
    left = to_dollars(most) * (width - over) / width
    stepped = (left / rules.roth_step).to_integral_value(rounding=ROUND_CEILING) * rules.roth_step
    return min(most, to_cents(max(stepped, rules.roth_least)))


def catch_up_must_be_roth(law: Law, wages_before: int) -> bool:
    """Say whether catch-up must be Roth, given the employer's Social Security wages of the year before."""
    above = law.savings.roth_catch_up_wages
    return above is not None and to_dollars(wages_before) > above


def _simple_catch_up(law: Law, age: int) -> Decimal:
    if age in law.limits.catch_up_larger_ages:
        return law.savings.simple_catch_up_larger
    return law.savings.simple_catch_up if age >= law.limits.catch_up_age else Decimal(0)
