"""The federal income tax of a year."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from taxes.returns_at_random import some_returns

from planner.domain.errors import Refused
from planner.domain.members import FilingStatus
from planner.taxes.fica import fica
from planner.taxes.income_tax import income_tax, income_tax_array
from planner.taxes.law import law, law_for
from planner.taxes.lines import LINES
from planner.taxes.returns import AMOUNTS, Return
from planner.taxes.schedule import FloatArray
from planner.taxes.worked import Worked

LAW = law(2026)
SINGLE = FilingStatus.SINGLE
JOINT = FilingStatus.MARRIED_FILING_JOINTLY
SEPARATE = FilingStatus.MARRIED_FILING_SEPARATELY
INFLATION = Decimal("0.025")


def worked(facts: Return[int], year: int = 2026) -> Worked[Decimal]:
    return income_tax(law_for(year, INFLATION), facts).worked


def in_dollars(facts: Return[int]) -> Return[float]:
    changes = {name: getattr(facts, name) / 100 for name in AMOUNTS}
    return replace(facts, **changes)


def test_one_salary() -> None:
    """P7: 100,000 less 16,100 is 83,900: 1,240 + 4,560 + 22 % of 33,500."""
    found = income_tax(LAW, Return(filing_status=SINGLE, wages_head=100_000_00))
    assert found.total == 13_170_00
    assert found.worked.taxable_income == 83_900


def test_the_working_is_complete_and_names_its_sources() -> None:
    """P7: every line of the working with its rule."""
    found = income_tax(LAW, Return(filing_status=SINGLE, wages_head=100_000_00))
    assert [line.name for line in found.lines] == list(Worked.__slots__)
    by_name = {line.name: line for line in found.lines}
    assert by_name["tax_before_credits"].amount == 13_170
    assert "Rev. Proc. 2025-32" in by_name["standard_deduction"].source
    known = {**LAW.sources, "": ""}
    assert all(block in known for *_, block in LINES)


def test_income_is_taxed_together() -> None:
    """P7: a second income starts where the first ends (trap: a new income taxed alone, from the bottom)."""
    one = worked(Return(filing_status=JOINT, wages_head=120_000_00))
    both = worked(Return(filing_status=JOINT, wages_head=120_000_00, wages_spouse=60_000_00))
    alone = worked(Return(filing_status=SINGLE, wages_head=60_000_00))
    assert both.total - one.total == 11_900  # 12 % of 13,000 and 22 % of 47,000
    assert both.total - one.total > alone.total


def test_who_earns_what_does_not_matter_to_a_joint_return() -> None:
    """P7: nothing depends on the order of people."""
    for facts in some_returns(11, 300):
        if facts.filing_status is JOINT:
            swapped = replace(
                facts,
                age_head=facts.age_spouse,
                age_spouse=facts.age_head,
                wages_head=facts.wages_spouse,
                wages_spouse=facts.wages_head,
                pretax_401k_head=0,
                self_employment_head=facts.self_employment_spouse,
                self_employment_spouse=facts.self_employment_head,
            )
            assert worked(swapped).total == worked(replace(facts, pretax_401k_head=0)).total


def test_gains_are_stacked_on_other_income() -> None:
    """P7: gains fill the 0 % rate above ordinary income, then 15 %."""
    facts = Return[int](filing_status=JOINT, wages_head=92_200_00, long_term_gains=50_000_00)
    # 60,000 ordinary; 38,900 of the gain reach 98,900 free; 11,100 at 15 %
    assert worked(facts).tax_before_credits == 2_480 + Decimal("0.12") * 35_200 + Decimal("0.15") * 11_100


def test_a_short_loss_lowers_the_long_gain_and_a_loss_over_the_limit_is_shown() -> None:
    """P7: 3,000 of a net loss count, the rest is carried to the next year."""
    facts = Return[int](
        filing_status=SINGLE, wages_head=50_000_00, short_term_gains=-9_000_00, long_term_gains=2_000_00
    )
    assert worked(facts).capital_gain == -3_000
    assert worked(facts).short_term_carryover == 4_000
    assert worked(facts).long_term_carryover == 0
    assert worked(replace(facts, short_term_gains=-500_00)).taxed_as_gains == 1_500


@pytest.mark.parametrize(
    "wages,short,long,earlier,carried",
    [
        (50_000, -1_000, -9_000, (0, 0), (0, 7_000)),  # the short loss is used up first
        (50_000, -9_000, 4_000, (0, 0), (2_000, 0)),
        (50_000, 4_000, -9_000, (0, 0), (0, 2_000)),
        (50_000, 0, 2_000, (1_500, 6_000), (0, 2_500)),  # losses of earlier years
        (0, -5_000, 0, (0, 0), (5_000, 0)),  # no income to take it from
        (17_100, -5_000, 0, (0, 0), (4_000, 0)),  # 1,000 of income over the deduction
    ],
)
def test_what_of_a_loss_was_not_used_is_carried_over(
    *, wages: int, short: int, long: int, earlier: tuple[int, int], carried: tuple[int, int]
) -> None:
    """P7: the capital loss carryover worksheet of Schedule D."""
    found = worked(
        Return[int](
            filing_status=SINGLE,
            wages_head=wages * 100,
            short_term_gains=short * 100,
            long_term_gains=long * 100,
            short_term_carryover=earlier[0] * 100,
            long_term_carryover=earlier[1] * 100,
        )
    )
    assert (int(found.short_term_carryover), int(found.long_term_carryover)) == carried


@pytest.mark.parametrize(
    "status,apart,pension,taxed",
    [
        (SINGLE, False, 10_000, "0"),
        (SINGLE, False, 20_000, "2500"),  # half of what 30,000 is over 25,000
        (SINGLE, False, 60_000, "17000"),  # 85 %
        (JOINT, False, 30_000, "4000"),
        (JOINT, False, 36_000, "7700"),  # 6,000 and 85 % of the 2,000 over 44,000
        (SEPARATE, False, 1_000, "9350"),  # 85 % of 11,000: no base amount
        (SEPARATE, True, 1_000, "0"),
    ],
)
def test_benefits_are_taxed_by_half_and_then_by_85_percent(
    *, status: FilingStatus, apart: bool, pension: int, taxed: str
) -> None:
    """P7: taxation of Social Security, 20,000 of it."""
    facts = Return[int](
        filing_status=status, lived_apart=apart, pension=pension * 100, social_security=20_000_00
    )
    assert worked(facts).taxable_social_security == Decimal(taxed)


def test_small_benefits_are_taxed_by_half_of_themselves_first() -> None:
    """P7: half of 2,000, though income is 9,000 over the first base amount."""
    facts = Return[int](filing_status=SINGLE, pension=33_000_00, social_security=2_000_00)
    assert worked(facts).taxable_social_security == 1_000


def test_tax_exempt_interest_counts_for_the_taxation_of_benefits_alone() -> None:
    """P7: it makes benefits taxable and is not taxed."""
    facts = Return[int](
        filing_status=SINGLE, pension=10_000_00, social_security=20_000_00, tax_exempt_interest=10_000_00
    )
    assert worked(facts).taxable_social_security == 2_500
    assert worked(facts).agi == 12_500


def test_people_of_65_deduct_more() -> None:
    """P7: the additional standard deduction, and that of 2025 to 2028 with its phase-out."""
    couple = Return[int](filing_status=JOINT, age_head=65, age_spouse=64, pension=100_000_00)
    assert worked(couple).standard_deduction == 32_200 + 1_650
    assert worked(couple).senior_deduction == 6_000
    both = replace(couple, age_spouse=70, pension=200_000_00)
    assert worked(both).standard_deduction == 32_200 + 3_300
    assert worked(both).senior_deduction == 2 * (6_000 - 3_000)
    assert worked(replace(both, pension=250_000_00)).senior_deduction == 0
    assert worked(both, 2024).senior_deduction == 0
    assert worked(both, 2029).senior_deduction == 0
    alone = Return[int](filing_status=SINGLE, age_head=66, pension=50_000_00)
    assert worked(alone).standard_deduction == 16_100 + 2_050


def test_the_credit_for_children_phases_out_by_started_thousands() -> None:
    """P7: child tax credit; 50 for each started 1,000 over the threshold."""
    family = Return[int](filing_status=JOINT, children_under_17=2, wages_head=400_000_00)
    assert worked(family).child_tax_credit == 4_400
    assert worked(replace(family, wages_head=400_000_01)).child_tax_credit == 4_350
    assert worked(replace(family, wages_head=401_000_00)).child_tax_credit == 4_350
    assert worked(replace(family, other_dependents=1)).child_tax_credit == 4_900


def test_noise_of_binary_floats_starts_no_thousand() -> None:
    """P7: 401,000 exactly, which float64 adds up to a hair more."""
    facts = Return[int](
        filing_status=JOINT,
        children_under_17=1,
        wages_head=315_442_88,
        taxable_interest=31_977_73,
        nonqualified_dividends=18_169_68,
        pension=35_409_71,
    )
    arrays = income_tax_array(LAW, in_dollars(facts))
    assert float(arrays.agi) > 401_000
    assert float(arrays.child_tax_credit) == worked(facts).child_tax_credit == 2_150


def test_the_credit_is_refunded_by_what_is_earned() -> None:
    """P7: 15 % of earnings over 2,500, at most 1,700 a child."""
    family = Return[int](filing_status=JOINT, children_under_17=2, wages_head=12_500_00)
    assert worked(family).additional_child_tax_credit == 1_500
    assert income_tax(LAW, family).total == -6_500_00  # and 40 % of what is earned, the earned income credit
    assert worked(replace(family, wages_head=30_000_00)).additional_child_tax_credit == 3_400


def test_investments_over_the_threshold_pay_the_net_investment_income_tax() -> None:
    """P7: 3.8 % of the smaller of investment income and what is over the threshold."""
    facts = Return[int](filing_status=SINGLE, wages_head=190_000_00, taxable_interest=30_000_00)
    assert worked(facts).net_investment_income_tax == 760  # of 20,000
    assert worked(replace(facts, wages_head=300_000_00)).net_investment_income_tax == 1_140


def test_pretax_deferrals_lower_the_income_and_not_the_medicare_wages() -> None:
    """P3, P7: a 401(k) deferral waits for income tax, not for Medicare."""
    facts = Return[int](filing_status=SINGLE, wages_head=210_000_00, pretax_401k_head=20_000_00)
    assert worked(facts).agi == 190_000
    assert worked(facts).additional_medicare == 90


@pytest.mark.parametrize("year", [2024, 2025, 2026, 2033])
def test_arrays_agree_with_exact_amounts_to_the_cent(year: int) -> None:
    """P7: the engine's arrays and the exact return are one rule."""
    found = law_for(year, INFLATION)
    for facts in some_returns(year, 700):
        exact = income_tax(found, facts)
        arrays = income_tax_array(found, in_dollars(facts))
        assert abs(float(arrays.total) * 100 - exact.total) <= 0.5 + 1e-6, facts
        for name in Worked.__slots__:
            off = abs(float(getattr(arrays, name)) - float(getattr(exact.worked, name)))
            assert off < 1e-6, (name, facts)


def test_arrays_broadcast_over_paths() -> None:
    paths = np.linspace(0, 300_000, 1_000)
    facts: Return[FloatArray | float] = Return(
        filing_status=JOINT, wages_head=paths, taxable_interest=np.zeros((3, 1)), pension=12_000.0
    )
    assert income_tax_array(LAW, facts).total.shape == (3, 1_000)


def with_more(name: str) -> Callable[[Return[int]], Return[int]]:
    return lambda facts: replace(facts, **{name: getattr(facts, name) + 100_00})


@pytest.mark.parametrize(
    "name",
    [
        "taxable_interest",
        "qualified_dividends",
        "nonqualified_dividends",
        "short_term_gains",
        "long_term_gains",
        "rental",
        "pension",
        "social_security",
    ],
)
def test_more_income_never_lowers_the_tax(name: str) -> None:
    """P7: without exception for income that is not earned (trap: one more dollar that lowers the tax)."""
    more = with_more(name)
    for facts in some_returns(5, 400):
        assert income_tax(LAW, more(facts)).total >= income_tax(LAW, facts).total, facts


@pytest.mark.parametrize("name", ["wages_head", "self_employment_head"])
def test_more_earnings_never_lower_the_tax_but_for_refundable_credits(name: str) -> None:
    """P7: only refundable credits grow with earnings; wages take the place of own earnings."""
    more = with_more(name)
    for facts in some_returns(6, 400):
        old = replace(facts, children_under_17=0, age_head=70, age_spouse=70 if facts.age_spouse else 0)
        before, after = worked(old), worked(more(old))
        payroll = fica(LAW, old.wages_head + 100_00).total - fica(LAW, old.wages_head).total
        rise = after.total - before.total + (Decimal(payroll) / 100 if name == "wages_head" else 0)
        assert rise >= 0, old


@pytest.mark.parametrize("name", ["wages_head", "pension", "taxable_interest", "long_term_gains"])
def test_more_income_never_leaves_less_but_at_the_cliffs(name: str) -> None:
    """P7: 100 more leave more, where no credit has steps: children, savings, care, low earnings."""
    more = with_more(name)
    for facts in some_returns(7, 400):
        whole = replace(facts, children_under_17=0, other_dependents=0, pretax_401k_head=0, age_head=70)
        whole = replace(whole, age_spouse=70 if facts.age_spouse else 0)
        payroll = fica(LAW, whole.wages_head + 100_00).total - fica(LAW, whole.wages_head).total
        taken = worked(more(whole)).total - worked(whole).total
        assert taken + (Decimal(payroll) / 100 if name == "wages_head" else 0) < 100, whole


def test_the_tax_has_no_jumps_but_those_of_the_law() -> None:
    """P7: a cent more income moves the tax by a cent at most, but for started thousands and the 400 floor."""
    for facts in some_returns(8, 400):
        without = replace(facts, children_under_17=0, other_dependents=0)
        rise = worked(replace(without, pension=without.pension + 1)).total - worked(without).total
        assert 0 <= rise <= Decimal("0.01"), without


def test_what_cannot_be_is_refused_all_at_once() -> None:
    """P7: clear refusals, each with its field."""
    facts = Return[int](
        filing_status=SINGLE,
        age_head=200,
        wages_head=-1,
        wages_spouse=5,
        pension=-1,
        pretax_401k_head=3,
        children_under_17=-1,
        long_term_gains=-5,
    )
    with pytest.raises(Refused) as refused:
        income_tax(LAW, facts)
    assert {problem.path for problem in refused.value.problems} == {
        "age_head",
        "children_under_17",
        "wages_head",
        "wages_spouse",
        "pension",
    }
    with pytest.raises(Refused, match="deferred"):
        income_tax(LAW, Return(filing_status=SINGLE, wages_head=1, pretax_401k_head=2))
