"""The law's files are read whole, with their sources, and indexed by the stated rule."""

from datetime import date
from decimal import Decimal

import pytest

from planner.domain.errors import Refused
from planner.domain.income import DeductionKind
from planner.domain.members import FilingStatus
from planner.taxes.law import FIRST_YEAR, LAST_YEAR, LAW_VERSION, law, law_at, law_for
from planner.taxes.law.blocks import LASTING, digest, folder_blocks, read_blocks, undated, years
from planner.taxes.law.figures import derived_table
from planner.taxes.rules import Limit

SINGLE = FilingStatus.SINGLE
JOINT = FilingStatus.MARRIED_FILING_JOINTLY
SEPARATE = FilingStatus.MARRIED_FILING_SEPARATELY
INFLATION = Decimal("0.025")

A_BLOCK = """
[fica]
unit = "fraction of wages"
valid_from = 1990-01-01
source = "IRC sec. 3101"
retrieved = 2026-11-23
rates = [0.062]
"""


@pytest.mark.parametrize("folder", [LASTING, *map(str, years())])
def test_every_block_says_its_unit_dates_and_source(folder: str) -> None:
    """P7: laws are data, by year, with their sources."""
    blocks = folder_blocks(folder)
    assert blocks
    for block in blocks.values():
        assert len(block.source) > 10, block.name
        assert block.unit, block.name
        assert date(2026, 1, 1) < block.retrieved, block.name
        if folder != LASTING:
            assert block.valid_from == date(int(folder), 1, 1), block.name


@pytest.mark.parametrize("key", ["unit", "valid_from", "source", "retrieved"])
def test_a_block_that_lacks_its_source_is_refused(key: str) -> None:
    """P7: a block without unit, date or source does not load."""
    assert read_blocks(A_BLOCK, "here")
    without = "\n".join(line for line in A_BLOCK.splitlines() if not line.startswith(key))
    with pytest.raises(AssertionError, match=key):
        read_blocks(without, "here")


def test_an_empty_source_or_a_block_without_figures_is_refused() -> None:
    """P7: a source is a text, not a key."""
    with pytest.raises(AssertionError, match="needs a source"):
        read_blocks(A_BLOCK.replace("IRC sec. 3101", ""), "here")
    with pytest.raises(AssertionError, match="is empty"):
        read_blocks(A_BLOCK.replace("rates = [0.062]", ""), "here")


def test_the_law_s_version_follows_its_files() -> None:
    """P7: derived data says which law it was worked out from."""
    assert f"{LAST_YEAR}-{digest()}" == LAW_VERSION
    assert (FIRST_YEAR, LAST_YEAR) == (2024, 2026)


def test_the_law_of_a_year_is_read_once() -> None:
    assert law(2026) is law(2026)
    assert law_for(2040, INFLATION) is law_for(2040, INFLATION)
    assert law_for(2025, INFLATION) is law(2025)


@pytest.mark.parametrize("year", [1999, 2023, 2027])
def test_an_unknown_year_is_refused(year: int) -> None:
    """P7: no year is silently taken for another."""
    with pytest.raises(Refused, match=str(year)):
        law(year)


def test_a_year_before_the_first_or_beyond_all_plans_is_refused() -> None:
    """P7: no year is silently taken for another."""
    for year in (2023, 2201):
        with pytest.raises(Refused, match=str(year)):
            law_for(year, INFLATION)


@pytest.mark.parametrize("year", years())
@pytest.mark.parametrize("status", list(FilingStatus))
def test_the_published_tables_follow_from_the_brackets(year: int, status: FilingStatus) -> None:
    """P6: Publication 15-T is the brackets moved by the standard deduction less line 1g."""
    published, filing = law(year).withholding, law(year).income.filing[status]
    standard = derived_table(filing, published.allowance[status])
    step_2 = derived_table(filing)
    if year == 2025:  # printed before the act of July 2025 raised the standard deduction
        assert published.standard[status].starts[1] == standard.starts[1] - filing.standard_deduction / 21
        return
    if status is not SEPARATE:  # it withholds by the single person's table, whose top bracket is higher
        assert published.standard[status].starts == standard.starts
        assert published.standard[status].bases == standard.bases
        assert published.step_2[status].starts == step_2.starts
        assert published.step_2[status].bases == step_2.bases
    assert published.standard[status].rates == standard.rates


def test_separate_returns_withhold_by_the_single_table() -> None:
    """P6: Publication 15-T has one column for both, in indexed years too."""
    for found in (law(2026), law_for(2031, INFLATION)):
        tables = found.withholding
        assert tables.standard[SEPARATE].starts == tables.standard[SINGLE].starts
        assert tables.step_2[SEPARATE].bases == tables.step_2[SINGLE].bases


def test_later_years_are_indexed_and_rounded_down_to_the_law_s_steps() -> None:
    """P7: future years are indexed by a stated rule."""
    later = law_for(2030, INFLATION)
    assert later.indexed_by == Decimal("1.025") ** 4
    assert later.income.filing[SINGLE].standard_deduction == 17_750  # 17,771.39
    assert later.income.filing[SINGLE].brackets.starts[1] == 13_675  # 13,687.28
    assert later.payroll.wage_base == 203_400  # 203,653.48
    assert later.limits.elective_deferral == 27_000  # 27,043.42
    assert later.income.child == 2_400  # 2,428.39


def test_each_amount_is_rounded_as_its_statute_says() -> None:
    """P7: IRS rounding: brackets of joint returns to 50, down; exemptions and credits to the nearest."""
    later = law_for(2028, INFLATION).income  # prices 5.0625 % up
    assert later.filing[SINGLE].brackets.starts[1] == 13_025  # 13,027.75
    assert later.filing[JOINT].brackets.starts[1] == 26_050  # 26,055.50; by 25 it would be 26,050 too
    assert later.filing[JOINT].brackets.starts[2] == 105_900  # 105,903
    assert later.filing[JOINT].brackets.starts[3] == 222_100  # 222,102.13
    assert later.filing[FilingStatus.HEAD_OF_HOUSEHOLD].brackets.starts[1] == 18_550  # 18,596.06: not 18,575
    assert later.amt.exemption[SINGLE] == 94_700  # 94,661.31, to the nearest 100
    assert later.credits.earned_income.above[1] == 25_100  # 25,099.43, to the nearest 10
    assert [int(most) for most in later.credits.earned_income.most] == [698, 4_651, 7_686, 8_648]
    assert later.credits.earned_income.investments_most == 12_800  # 12,817.63, down to 50
    assert later.adjustments.ira_above[SINGLE] == 85_000  # 85,100.63, to the nearest 1,000
    assert later.adjustments.student_loan_above[JOINT] == 180_000  # 183,859.38, down to 5,000


@pytest.mark.parametrize(
    "year,most,above",
    [(2024, 10_000, None), (2026, 40_400, 505_000), (2027, 40_804, 510_050), (2030, 10_000, None)],
)
def test_the_cap_of_state_taxes_steps_by_date(year: int, most: int, above: int | None) -> None:
    """P7: law changes with known dates are dated data."""
    found = law_for(year, INFLATION).income.itemized
    assert found.salt_most[SINGLE] == found.salt_most[SEPARATE] * 2 == most
    assert bool(found.salt_phase_out) is (above is not None)
    assert above is None or found.salt_phase_out_above[SINGLE] == above


def test_blocks_that_follow_each_other_never_overlap() -> None:
    """P7: in every year exactly one block of a dated rule is law."""
    for year in range(2024, 2041):
        names = [undated(name) for name, block in folder_blocks(LASTING).items() if block.in_force(year)]
        assert len(names) == len(set(names)), year
        assert {"state_and_local_taxes", "business_income", "dependent_care_credit"} <= set(names)


def test_temporary_law_ends_by_itself() -> None:
    """P7: deductions of 2025 to 2028, and the saver's credit until a match takes its place in 2027."""
    last, after = law_for(2028, INFLATION).income, law_for(2029, INFLATION).income
    assert last.adjustments.tips is not None
    assert last.adjustments.overtime is not None
    assert (after.adjustments.tips, after.adjustments.overtime, after.adjustments.car_loan) == (None,) * 3
    assert law(2026).income.credits.savers is not None
    assert law_for(2027, INFLATION).income.credits.savers is None


def test_what_the_statute_does_not_index_stays() -> None:
    """P7: thresholds of the additional Medicare and net investment taxes are not indexed."""
    now, later = law(2026), law_for(2060, INFLATION)
    assert later.payroll.additional_withheld_above == now.payroll.additional_withheld_above == 200_000
    assert later.income.filing[JOINT].net_investment_above == 250_000
    assert later.income.filing[JOINT].benefit_bases == (Decimal(32_000), Decimal(44_000))
    assert later.withholding.allowance == now.withholding.allowance
    assert later.limits.dependent_care == 7_500


def test_falling_prices_lower_nothing() -> None:
    """P7: an indexed amount is never below the last published one."""
    later = law_for(2035, Decimal("-0.02"))
    assert later.income.filing[SINGLE].standard_deduction == 16_100
    assert later.indexed_by == 1


def test_a_price_level_may_be_given_instead_of_a_rate() -> None:
    """P7: a plan whose inflation changes over the years indexes by prices."""
    assert law_at(2030, Decimal("1.025") ** 4) is law_for(2030, INFLATION)


@pytest.mark.parametrize("year,each", [(2024, 0), (2025, 6_000), (2028, 6_000), (2029, 0)])
def test_the_deduction_for_seniors_begins_and_ends(year: int, each: int) -> None:
    """P7: temporary law is dated data."""
    found = law_for(year, INFLATION).income
    assert found.filing[SINGLE].senior_deduction == each
    assert found.filing[SEPARATE].senior_deduction == 0


def test_every_kind_of_deduction_has_its_rule() -> None:
    """P3: no kind of deduction is taken for another."""
    rules = law(2026).limits.deductions
    assert set(rules) == set(DeductionKind)
    assert {rule.limit for rule in rules.values()} == set(Limit)
