"""Households and paychecks drawn from a seed, for the tests that compare two ways of working them out."""

from collections.abc import Iterator
from random import Random

from planner.domain.income import W4
from planner.domain.members import FilingStatus
from planner.taxes.returns import Return

PERIODS = (1, 2, 4, 12, 24, 26, 52, 260)


def some_returns(seed: int, count: int) -> Iterator[Return[int]]:
    """Yield returns of every filing status whose amounts are odd cents."""
    random = Random(seed)
    for _ in range(count):
        status = random.choice(list(FilingStatus))
        joint = status is FilingStatus.MARRIED_FILING_JOINTLY
        much = random.choice((2_000_000, 8_000_000, 30_000_000, 120_000_000))
        wages = random.choice((0, random.randrange(much)))
        yield Return(
            filing_status=status,
            age_head=random.randrange(20, 90),
            age_spouse=random.randrange(20, 90) if joint else 0,
            children_under_17=random.choice((0, 0, 1, 2, 4)),
            other_dependents=random.choice((0, 0, 1)),
            wages_head=wages,
            wages_spouse=random.randrange(much) if joint else 0,
            pretax_401k_head=min(wages, random.randrange(2_400_000)),
            self_employment_head=random.choice((0, 0, random.randrange(-2_000_000, much), 40_000)),
            self_employment_spouse=random.choice((0, random.randrange(much))) if joint else 0,
            taxable_interest=random.randrange(much // 5),
            tax_exempt_interest=random.choice((0, random.randrange(2_000_000))),
            qualified_dividends=random.choice((0, random.randrange(much // 4))),
            nonqualified_dividends=random.choice((0, random.randrange(much // 8))),
            short_term_gains=random.choice((0, random.randrange(-2_000_000, much // 4))),
            long_term_gains=random.choice((0, random.randrange(-2_000_000, much // 2))),
            rental=random.choice((0, random.randrange(-1_000_000, 3_000_000))),
            pension=random.choice((0, random.randrange(much // 2))),
            social_security=random.choice((0, random.randrange(7_000_000))),
            adjustments=random.choice((0, random.randrange(500_000))),
        )


def some_w4(random: Random) -> W4:
    """Draw a W-4."""
    return W4(
        filing_status=random.choice(list(FilingStatus)),
        step2_checkbox=random.random() < 0.3,
        step3_credits=random.choice((0, 200_000, 440_000)),
        step4a_other_income=random.choice((0, random.randrange(2_000_000))),
        step4b_deductions=random.choice((0, random.randrange(2_000_000))),
        step4c_extra=random.choice((0, random.randrange(20_000))),
    )
