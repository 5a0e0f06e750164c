"""A year of paychecks: each counts on from the one before, and the year adds up."""

from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.domain.calendar import PER_YEAR, Frequency
from planner.domain.holidays import pay_dates
from planner.domain.income import W4, Deduction, DeductionKind, EmployerMatch, MatchTier
from planner.domain.members import FilingStatus
from planner.taxes.deductions import Earner, Item
from planner.taxes.income_tax import income_tax
from planner.taxes.law import law
from planner.taxes.pay_year import Employment, Payment, PayStub, taken_under_limits, year_of_paychecks
from planner.taxes.returns import Return
from planner.taxes.rules import Limit
from planner.taxes.states.withholding import StateForm
from planner.taxes.stubs import Stop, Taking, Totals
from planner.taxes.supplemental import supplemental_withholding

LAW = law(2026)
KIND = DeductionKind
HALF_OF_6_PERCENT = (MatchTier(rate=Decimal("0.5"), up_to=Decimal("0.06")),)
DEFERRAL = Deduction(name="401(k)", kind=KIND.TRADITIONAL_401K, percent=Decimal("0.10"))
HEALTH = Deduction(name="Health", kind=KIND.HEALTH, amount=150_00)
ALL = (
    HEALTH,
    Deduction(name="HSA", kind=KIND.HSA, amount=250_00),
    Deduction(name="FSA", kind=KIND.HEALTH_FSA, amount=180_00),
    Deduction(name="Train", kind=KIND.COMMUTER, amount=200_00),
    DEFERRAL,
    Deduction(name="Roth", kind=KIND.ROTH_401K, percent=Decimal("0.05")),
    Deduction(name="Gym", kind=KIND.OTHER_POSTTAX, amount=30_00),
)


def payments(
    gross: int, frequency: Frequency = Frequency.BIWEEKLY, first: date = date(2026, 1, 9)
) -> list[Payment]:
    days = pay_dates(frequency, first, date(2026, 1, 1), date(2026, 12, 31))
    return [Payment(day, "", gross) for day in days]


def a_job(*deductions: Deduction, periods: int = 26, **more: Any) -> Employment:
    made = Employment(law=LAW, periods_per_year=periods, w4=W4(), deductions=deductions)
    return replace(made, **more)


def total(stubs: tuple[PayStub, ...], name: str) -> int:
    return sum(getattr(each.stub.paid, name) for each in stubs)


amounts = st.integers(0, 40_000_00)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(amounts, min_size=1, max_size=30),
    st.sets(st.sampled_from(ALL)),
    st.booleans(),
    st.sampled_from((None, "CA", "NJ", "PA", "MD")),
)
def test_a_year_split_into_paychecks_adds_up(
    gross: list[int],
    deductions: set[Deduction],
    bonus: bool,  # noqa: FBT001 -- hypothesis gives it by its place
    state: str | None,
) -> None:
    """P6, R18: to date is the sum of the stubs; lines and net are gross pay; twice is the same."""
    paid = [
        Payment(
            date(2026, 1, 2) + timedelta(days=12 * number),
            "Bonus" if bonus and number % 5 == 3 else "",
            cents,
        )
        for number, cents in enumerate(gross)
    ]
    match = EmployerMatch(to_account="plan", tiers=HALF_OF_6_PERCENT, true_up=True)
    job = a_job(
        *deductions, match=match, state=state, state_form=StateForm(filing_status=FilingStatus.SINGLE)
    )
    stubs = year_of_paychecks(job, paid)
    for each in stubs:
        assert each.stub.paid.gross == each.stub.net + sum(line.cents for line in each.stub.lines)
        assert all(0 <= line.cents <= line.asked for line in each.stub.lines)
    for field in fields(Totals):
        if field.name != "deducted":
            assert getattr(stubs[-1].stub.to_date, field.name) == total(stubs, field.name), field.name
    deducted: dict[Item, int] = {}
    for each in stubs:
        for item, cents in each.stub.paid.deducted.items():
            deducted[item] = deducted.get(item, 0) + cents
    assert stubs[-1].stub.to_date.deducted == deducted
    assert year_of_paychecks(job, reversed(paid)) == stubs


def test_limits_of_the_law_hold_for_the_year() -> None:
    """P3, P6: every limit is reached to the cent and not passed, and the paycheck that reaches it says so."""
    stubs = year_of_paychecks(a_job(*ALL, earner=Earner(age=61)), payments(20_000_00))
    used = taken_under_limits(a_job(*ALL), stubs)
    assert used == {
        Limit.HSA: 4_400_00 + 1_000_00,
        Limit.HEALTH_FSA: 3_400_00,
        Limit.COMMUTER: 156_92 * 26,  # 340 a month, spread over 26 paychecks
        Limit.ELECTIVE_DEFERRAL: 24_500_00 + 11_250_00,  # catch-up of 60 to 63
    }
    stopped = [
        (each.payment.day, line.label)
        for each in stubs
        for line in each.stub.lines
        if line.stopped_by is Stop.LIMIT and line.label == "FSA"
    ]
    assert stopped[0] == (date(2026, 9, 18), "FSA")  # 19 x 180 would be 3,420
    assert total(stubs, "additional_medicare") > 0


def test_the_wage_base_counts_to_date_and_each_employer_counts_alone() -> None:
    """P6: Social Security stops at the wage base of each employer, in the middle of a paycheck."""
    stubs = year_of_paychecks(a_job(), payments(8_000_00))
    withheld = [each.stub.paid.social_security for each in stubs]
    assert withheld == [496_00] * 23 + [31_00] + [0] * 2  # 184,500 - 23 x 8,000 = 500
    assert total(stubs, "social_security") == 11_439_00
    second = year_of_paychecks(a_job(), payments(4_000_00))
    assert total(second, "social_security") == 26 * 248_00


def test_what_is_put_aside_at_another_employer_counts() -> None:
    """P3: a person has one limit for deferrals, whoever takes them."""
    elsewhere = {Limit.ELECTIVE_DEFERRAL: 24_000_00}
    stubs = year_of_paychecks(a_job(DEFERRAL), payments(4_000_00), elsewhere=elsewhere)
    assert [each.stub.taken(Taking.PRETAX) for each in stubs] == [400_00, 100_00] + [0] * 24


def test_a_match_is_trued_up_with_the_last_paycheck() -> None:
    """P3: deferrals that reach the limit in the 13th paycheck miss some match; the last adds it."""
    for true_up, adds in ((False, 12 * 600_00 + 250_00), (True, 12_250_00)):
        match = EmployerMatch(to_account="plan", tiers=HALF_OF_6_PERCENT, true_up=true_up)
        stubs = year_of_paychecks(a_job(DEFERRAL, match=match), payments(20_000_00))
        assert stubs[-2].stub.paid.employer == 0
        assert total(stubs, "employer") == adds, true_up


def test_a_bonus_is_withheld_at_the_flat_rate_and_above_a_million_at_the_top_rate() -> None:
    """P6: supplemental wages: 22 %, and 37 % of what is above 1,000,000 in the year, whatever the W-4."""
    assert supplemental_withholding(LAW, 10_000_00) == 2_200_00
    assert supplemental_withholding(LAW, 1_500_000_00) == 220_000_00 + 185_000_00
    assert supplemental_withholding(LAW, 100_000_00, 950_000_00) == 11_000_00 + 18_500_00
    paid = [*payments(4_000_00), Payment(date(2026, 3, 13), "Bonus", 10_000_00)]
    job = a_job(HEALTH, DEFERRAL, w4=W4(step4c_extra=500_00))
    (bonus,) = (each for each in year_of_paychecks(job, paid) if each.payment.bonus)
    assert [(line.label, line.cents) for line in bonus.stub.lines] == [
        ("401(k)", 1_000_00),
        ("Federal income tax", 1_980_00),
        ("Social Security", 620_00),
        ("Medicare", 145_00),
    ]


def test_pay_that_is_not_taxable_has_nothing_withheld() -> None:
    """P6: as the projection has it."""
    stubs = year_of_paychecks(a_job(DEFERRAL, taxable=False, state_rate=Decimal("0.05")), payments(4_000_00))
    assert {each.stub.net for each in stubs} == {3_600_00}


def test_stubs_that_are_known_stand_and_count() -> None:
    """R18: a month worked out anew counts on from the stubs before it as they are."""
    paid = payments(20_000_00)
    without = year_of_paychecks(a_job(), paid[:6])
    known = {(each.payment.day, ""): each.stub for each in without}
    stubs = year_of_paychecks(a_job(DEFERRAL), paid, known=known)
    assert [each.stub.taken(Taking.PRETAX) for each in stubs] == [0] * 6 + [2_000_00] * 12 + [500_00] + [
        0
    ] * 7
    assert stubs[-1].stub.to_date.gross == 26 * 20_000_00


def test_a_year_s_withholding_of_one_job_is_the_year_s_tax() -> None:
    """P6: closed form: one job, standard deduction, no credits: withholding is the return's tax.

    The tables of Publication 15-T are rounded to the cent, so is each paycheck: at most a cent a paycheck.
    """
    for frequency in (Frequency.WEEKLY, Frequency.BIWEEKLY, Frequency.SEMIMONTHLY, Frequency.MONTHLY):
        periods = PER_YEAR[frequency]
        for yearly in (30_000_00, 62_400_00, 124_800_00, 312_000_00, 780_000_00):
            pay = [
                Payment(date(2026, 1, 1) + timedelta(days=number), "", yearly // periods)
                for number in range(periods)
            ]
            stubs = year_of_paychecks(a_job(periods=periods), pay)
            facts: Return[int] = Return(
                filing_status=FilingStatus.SINGLE, wages_head=yearly // periods * periods
            )
            tax = income_tax(LAW, facts).worked.income_tax_after_credits
            assert abs(total(stubs, "federal") - round(tax * 100)) <= periods, (frequency, yearly)
