"""A paycheck is worked out in the order of the law, to the cent, with the year to date."""

from decimal import Decimal
from random import Random

import pytest
from taxes.returns_at_random import some_w4

from planner.domain.errors import Refused
from planner.domain.income import W4, Deduction, DeductionKind, EmployerMatch, MatchTier
from planner.taxes.deductions import Earner
from planner.taxes.law import law
from planner.taxes.paycheck import NOTHING_YET, paycheck
from planner.taxes.stubs import Stub, Taking, Totals

LAW = law(2026)
KIND = DeductionKind
DEFERRAL = Deduction(name="401(k)", kind=KIND.TRADITIONAL_401K, percent=Decimal("0.10"))
HEALTH = Deduction(name="Health", kind=KIND.HEALTH, amount=150_00)
ROTH = Deduction(name="Roth", kind=KIND.ROTH_401K, percent=Decimal("0.02"))
GYM = Deduction(name="Gym", kind=KIND.OTHER_POSTTAX, amount=30_00)
MATCH = EmployerMatch(
    to_account="plan",
    tiers=(
        MatchTier(rate=Decimal(1), up_to=Decimal("0.03")),
        MatchTier(rate=Decimal("0.5"), up_to=Decimal("0.02")),
    ),
)


def a_year(
    gross: int, periods: int, *deductions: Deduction, match: EmployerMatch | None = None
) -> list[Stub]:
    stubs: list[Stub] = []
    to_date = NOTHING_YET
    for _ in range(periods):
        stubs.append(paycheck(LAW, gross, periods, W4(), deductions=deductions, match=match, to_date=to_date))
        to_date = stubs[-1].to_date
    return stubs


def test_each_deduction_comes_before_the_taxes_it_reduces() -> None:
    """P6: deductions in the right order."""
    stub = paycheck(
        LAW, 4_000_00, 26, W4(), deductions=(GYM, ROTH, DEFERRAL, HEALTH), state_rate=Decimal("0.05")
    )
    assert stub.paid.fica_wages == 3_850_00
    assert stub.paid.federal_wages == 3_450_00
    assert [(line.label, line.cents) for line in stub.lines] == [
        ("Health", 150_00),
        ("401(k)", 400_00),
        ("Federal income tax", 419_38),  # 81,100 a year: 5,800 + 22 % of 23,200, by 26
        ("Social Security", 238_70),
        ("Medicare", 55_83),
        ("State income tax", 172_50),
        ("Gym", 30_00),
        ("Roth", 80_00),
    ]
    assert stub.net == 2_453_59


def test_lines_and_net_pay_add_up_to_gross_pay() -> None:
    """P6: nothing leaves the paycheck without a line, whatever is asked."""
    random = Random(9)
    for _ in range(2_000):
        stub = paycheck(
            LAW,
            random.randrange(20_000_00),
            random.choice((12, 24, 26, 52)),
            some_w4(random),
            deductions=[one for one in (DEFERRAL, HEALTH, ROTH, GYM) if random.random() < 0.7],
            to_date=Totals(fica_wages=random.randrange(250_000_00)),
            state_rate=Decimal(random.randrange(10)) / 100,
        )
        assert stub.paid.gross == stub.net + sum(line.cents for line in stub.lines)
        assert stub.net >= 0
        assert all(0 <= line.cents <= line.asked for line in stub.lines)


def test_the_year_to_date_is_the_sum_of_the_stubs() -> None:
    """P6: splitting a year into paychecks adds up."""
    stubs = a_year(9_000_00, 26, DEFERRAL, HEALTH, match=MATCH)
    for name in ("gross", "federal_wages", "fica_wages", "federal", "social_security", "net", "employer"):
        assert getattr(stubs[-1].to_date, name) == sum(getattr(stub.paid, name) for stub in stubs), name
    assert stubs[-1].to_date.deducted[(KIND.HEALTH, "Health")] == 26 * 150_00


def test_a_deduction_that_reaches_its_limit_stops_in_that_paycheck() -> None:
    """P6: year-to-date limits: 2,000 a paycheck reaches 24,500 in the thirteenth."""
    stubs = a_year(20_000_00, 26, DEFERRAL)
    taken = [stub.lines[0].cents for stub in stubs]
    assert taken == [2_000_00] * 12 + [500_00] + [0] * 13
    assert all(stub.lines[0].asked == 2_000_00 for stub in stubs)
    assert stubs[13].paid.federal_wages == 20_000_00


def test_a_worker_of_60_defers_more() -> None:
    """P3: catch-up from 60 to 63."""
    before = Totals(deducted={(KIND.TRADITIONAL_401K, "401(k)"): 35_000_00})
    for age, cents in ((59, 0), (60, 750_00), (63, 750_00), (64, 0)):
        stub = paycheck(
            LAW, 20_000_00, 26, W4(), deductions=(DEFERRAL,), to_date=before, earner=Earner(age=age)
        )
        assert stub.lines[0].cents == cents, age


def test_social_security_stops_in_the_year_and_additional_medicare_begins() -> None:
    """P6: both count to date."""
    stubs = a_year(30_000_00, 12)
    assert [stub.taken(Taking.SOCIAL_SECURITY) for stub in stubs] == [1_860_00] * 6 + [279_00] + [0] * 5
    assert [stub.taken(Taking.ADDITIONAL_MEDICARE) for stub in stubs] == [0] * 6 + [90_00] + [270_00] * 5


@pytest.mark.parametrize(
    "percent,adds", [("0.01", 40_00), ("0.03", 120_00), ("0.04", 140_00), ("0.05", 160_00), ("0.20", 160_00)]
)
def test_each_tier_matches_the_next_part_of_the_deferral(percent: str, adds: int) -> None:
    """P3: employer match: all of the first 3 %, half of the next 2 %, of 4,000."""
    deferral = Deduction(name="401(k)", kind=KIND.ROTH_401K, percent=Decimal(percent))
    assert paycheck(LAW, 4_000_00, 26, W4(), deductions=(deferral,), match=MATCH).paid.employer == adds


def test_the_employer_also_adds_without_a_deferral() -> None:
    """P3: a share of gross pay, match or not."""
    plain = EmployerMatch(to_account="plan", percent_of_gross=Decimal("0.03"))
    assert paycheck(LAW, 4_000_00, 26, W4(), match=plain).paid.employer == 120_00
    assert paycheck(LAW, 4_000_00, 26, W4()).paid.employer == 0


def test_the_match_s_cap_counts_the_months_before() -> None:
    """P3: annual cap (trap: employer match that forgets the months already past)."""
    capped = EmployerMatch(to_account="plan", tiers=MATCH.tiers, annual_cap=1_000_00)
    stubs = a_year(4_000_00, 26, DEFERRAL, match=capped)
    assert [stub.paid.employer for stub in stubs] == [160_00] * 6 + [40_00] + [0] * 19


def test_own_and_employer_s_money_together_have_a_limit() -> None:
    """P3: combined limit."""
    generous = EmployerMatch(to_account="plan", percent_of_gross=Decimal("0.25"))
    last = a_year(20_000_00, 12, DEFERRAL, match=generous)[-1].to_date
    assert last.deducted[(KIND.TRADITIONAL_401K, "401(k)")] == 22_000_00  # 24,000 asked
    assert last.employer == 50_000_00  # 60,000 asked; 72,000 together


def test_more_deductions_than_pay_leave_nothing_and_say_so() -> None:
    """P6: net pay is never negative; Social Security and Medicare are kept back first."""
    everything = Deduction(name="401(k)", kind=KIND.TRADITIONAL_401K, percent=Decimal(1))
    stub = paycheck(LAW, 1_000_00, 26, W4(step4c_extra=50_00), deductions=(everything,))
    assert [(line.taking, line.cents, line.asked) for line in stub.lines] == [
        (Taking.PRETAX, 923_50, 1_000_00),
        (Taking.FEDERAL, 0, 50_00),
        (Taking.SOCIAL_SECURITY, 62_00, 62_00),
        (Taking.MEDICARE, 14_50, 14_50),
    ]
    assert stub.net == 0


def test_a_month_without_pay_takes_nothing() -> None:
    """P6: a stub of nothing."""
    stub = paycheck(LAW, 0, 26, W4(), deductions=(HEALTH, DEFERRAL))
    assert stub.net == 0
    assert all(line.cents == 0 for line in stub.lines)


def test_negative_pay_is_refused() -> None:
    """P6: a clear refusal."""
    with pytest.raises(Refused, match="negative"):
        paycheck(LAW, -1, 26, W4())
