"""A real stub is compared with the expected one, and each difference has a likely reason."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from planner.domain.income import W4, Deduction, DeductionKind
from planner.domain.members import FilingStatus
from planner.taxes.law import law
from planner.taxes.pay_year import Employment, Payment, one_of_year
from planner.taxes.paycheck import NOTHING_YET
from planner.taxes.states.withholding import StateForm
from planner.taxes.stub_differences import Difference, Expected, LineKey, differences
from planner.taxes.stubs import Taking, Totals

HEALTH = Deduction(name="Health", kind=DeductionKind.HEALTH, amount=150_00)
DEFERRAL = Deduction(name="401(k)", kind=DeductionKind.TRADITIONAL_401K, percent=Decimal("0.10"))
JOB = Employment(
    law=law(2026),
    periods_per_year=26,
    w4=W4(),
    deductions=(HEALTH, DEFERRAL),
    state="CA",
    state_form=StateForm(filing_status=FilingStatus.SINGLE),
)
FEDERAL, SOCIAL, MEDICARE, STATE = (
    (Taking.FEDERAL, "Federal income tax"),
    (Taking.SOCIAL_SECURITY, "Social Security"),
    (Taking.MEDICARE, "Medicare"),
    (Taking.STATE, "State income tax"),
)
NET_PAY = 2_506_23


def compared(
    lines: Mapping[LineKey, int],
    *,
    gross: int = 4_000_00,
    net: int | None = None,
    job: Employment = JOB,
    before: Totals = NOTHING_YET,
) -> tuple[Difference, ...]:
    payment = Payment(date(2026, 3, 13), "", 4_000_00)
    stub = one_of_year(job, payment, before)
    return differences(Expected(employment=job, payment=payment, stub=stub, before=before), gross, lines, net)


def test_a_stub_that_is_as_expected_has_no_difference() -> None:
    """Issue 4.5: typed in whole, the same to the cent."""
    same = {
        FEDERAL: 419_38,
        SOCIAL: 238_70,
        MEDICARE: 55_83,
        STATE: 179_81,
        (Taking.PRETAX, "Health"): 150_00,
    }
    assert compared(same, net=NET_PAY) == ()


@pytest.mark.parametrize(
    "line,real,says",
    [
        (FEDERAL, 419_00, "whole dollars"),
        (FEDERAL, 759_00, "flat rate for supplemental wages"),
        (FEDERAL, 246_31, "W-4 says married filing jointly, without the box"),
        (FEDERAL, 540_38, "withheld from gross pay"),
        (FEDERAL, 469_38, "step 4(c) of the W-4 asked for 50.00 more"),
        (FEDERAL, 379_38, "step 3 of the W-4 had 1,040.00 a year more"),
        (FEDERAL, 0, "claims exemption"),
        (SOCIAL, 238_71, "Rounding"),
        (SOCIAL, 248_00, "gross pay: no deduction is part of a cafeteria plan"),
        (SOCIAL, 0, "reached the wage base"),
        (SOCIAL, 124_00, "6.2 % of 2,000.00"),
        (MEDICARE, 58_00, "gross pay"),
        (MEDICARE, 60_00, "What counts as wages differs"),
        (STATE, 173_34, "single with 1 allowances"),
        (STATE, 180_00, "single with 0 allowances"),
        (STATE, 345_00, "10.00 % of federal wages"),
        ((Taking.PRETAX, "Health"), 160_00, "Another amount was elected"),
        ((Taking.PRETAX, "401(k)"), 385_00, "pay after the cafeteria plan"),
        ((Taking.PRETAX, "401(k)"), 480_00, "12.00 % of gross pay"),
        ((Taking.PRETAX, "401(k)"), 0, "reached its limit"),
        ((Taking.POSTTAX, "Union"), 20_00, "not among those of the income"),
    ],
)
def test_each_line_that_differs_has_a_likely_reason(line: LineKey, real: int, says: str) -> None:
    """Issue 4.5: a real stub can be typed in to see which line differs, and by which rule."""
    (found,) = compared({line: real})
    assert found.real == real
    assert found.more == real - found.expected
    assert says in found.reason, found
    assert found.rule


def test_a_raise_is_told_once_and_not_again_for_every_tax() -> None:
    """Issue 4.5: taxes are compared with what they would be from the real gross pay."""
    more = one_of_year(JOB, Payment(date(2026, 3, 13), "", 4_400_00), NOTHING_YET)
    lines = {(line.taking, line.label): line.cents for line in more.lines}
    (found,) = compared(lines, gross=4_400_00, net=more.net)
    assert (found.label, found.more) == ("Gross pay", 400_00)


def test_a_line_that_is_missing_here_shows_in_net_pay() -> None:
    """Issue 4.5: what does not add up is said."""
    (found,) = compared({}, net=NET_PAY - 20_00)
    assert (found.label, found.more) == ("Net pay", -20_00)


def test_additional_medicare_in_one_line_is_seen() -> None:
    """Issue 4.5: some stubs show Medicare and the additional tax together."""
    (found,) = compared({MEDICARE: 55_83 + 34_65}, before=Totals(fica_wages=250_000_00))
    assert "in one line" in found.reason


def test_the_wage_base_of_the_employer_s_own_count() -> None:
    """Issue 4.5: another employer's wages do not count towards this one's wage base."""
    (found,) = compared({SOCIAL: 238_70}, before=Totals(fica_wages=190_000_00))
    assert "wage base is not reached" in found.reason


def test_state_tax_without_a_formula_is_told_as_a_share() -> None:
    """Issue 4.5: with a flat rate there is no form to guess."""
    job = replace(JOB, state=None, state_form=None, state_rate=Decimal("0.05"))
    (found,) = compared({STATE: 207_00}, job=job)
    assert "6.00 % of federal wages" in found.reason
