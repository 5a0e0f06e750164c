"""Medicare premiums by the income of two years before."""

from dataclasses import dataclass

from planner.domain.members import FilingStatus
from planner.domain.money import to_cents, to_dollars
from planner.taxes.rules import Law


@dataclass(frozen=True, slots=True, kw_only=True)
class Premiums:
    """Cents a month of one person: the whole premium of Part B, and what comes on top of a Part D plan's."""

    tier: int
    """0 for nobody's more, up to 5."""
    part_b: int
    part_d_more: int


def income_year(law: Law) -> int:
    """Return the year whose return decides the premiums of the law's year."""
    return law.year - law.medicare.years_back


def premiums(law: Law, status: FilingStatus, income: int, *, lived_apart: bool = False) -> Premiums:
    """Return the premiums for a modified adjusted gross income, in cents, of two years before.

    The last tier begins at its amount, the others over theirs. Married people who file separately have
    only the two highest tiers, unless they lived apart all year: then they count as single.
    """
    rules = law.medicare
    if lived_apart and status is FilingStatus.MARRIED_FILING_SEPARATELY:
        status = FilingStatus.SINGLE
    above, dollars = rules.income_above[status], to_dollars(income)
    reached = sum(dollars > start for start in above[:-1]) + (dollars >= above[-1])
    if not reached:
        return Premiums(tier=0, part_b=to_cents(rules.part_b), part_d_more=0)
    place = rules.tiers[status][reached - 1]
    return Premiums(
        tier=place + 1,
        part_b=to_cents(rules.part_b + rules.part_b_more[place]),
        part_d_more=to_cents(rules.part_d_more[place]),
    )
