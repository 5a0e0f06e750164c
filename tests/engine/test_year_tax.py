"""A year's tax is that of all income together, and is paid once: as it is withheld, the rest in April."""

from datetime import date
from decimal import Decimal

import pytest
from engine.households import START, STEADY, a_household, a_salary, an_account, projected

from planner.domain.accounts import AccountKind
from planner.domain.calendar import Frequency
from planner.domain.income import W4, AmountPer, Income, IncomeKind
from planner.domain.members import FilingStatus, Member, Role
from planner.domain.scenarios import Assumptions
from planner.engine.projection import TaxYear
from planner.taxes.income_tax import income_tax
from planner.taxes.law import law_for
from planner.taxes.returns import Return

ANN = Member(id="ann", name="Ann", birth_date=date(1985, 5, 5), role=Role.HEAD)
BEN = Member(id="ben", name="Ben", birth_date=date(1984, 4, 4), role=Role.SPOUSE)
ZOE = Member(id="zoe", name="Zoe", birth_date=date(2018, 8, 8), role=Role.CHILD)


def paid(kind: IncomeKind, monthly: int, **fields: object) -> Income:
    return a_salary(monthly, id=kind.replace("_", "-"), kind=kind, amount_per=AmountPer.PAYMENT, **fields)


def first_year(**fields: object) -> TaxYear:
    return projected(a_household(**fields), months=12).years[0]


def test_the_tax_of_a_single_salary_by_hand() -> None:
    """P7: 60,000 single in 2026: 43,900 taxable; 1,240 + 12 % of 31,500 = 5,020."""
    year = first_year(incomes=(a_salary(60_000_00, w4=W4()),))
    assert year.tax == 5_020_00
    assert year.withheld == 12 * 418_33
    assert year.settlement == 5_020_00 - 12 * 418_33
    assert year.complete


def test_all_income_is_taxed_together() -> None:
    """P7: trap: a second income is taxed on top of the first, not alone at the bottom of the brackets."""
    one = first_year(incomes=(a_salary(60_000_00),)).tax
    rental = first_year(incomes=(paid(IncomeKind.RENTAL, 1_000_00),)).tax
    both = first_year(incomes=(a_salary(60_000_00), paid(IncomeKind.RENTAL, 1_000_00))).tax
    assert rental == 0
    # 12,000 more: 6,500 in the 12 % bracket that ends at 50,400, 5,500 at 22 %.
    assert both - one == 780_00 + 1_210_00


def test_the_order_of_incomes_changes_no_tax() -> None:
    """P7: trap: the order of incomes."""
    incomes = (a_salary(90_000_00), paid(IncomeKind.PENSION, 500_00), paid(IncomeKind.OTHER, 300_00))
    assert first_year(incomes=incomes) == first_year(incomes=incomes[::-1])


@pytest.mark.parametrize("status", [FilingStatus.MARRIED_FILING_JOINTLY, FilingStatus.HEAD_OF_HOUSEHOLD])
def test_a_return_is_that_of_the_exact_law(status: FilingStatus) -> None:
    """P7: wages, self-employment, benefits, a pension and a child on one return."""
    spouse = "ben" if status is FilingStatus.MARRIED_FILING_JOINTLY else None
    incomes = (
        a_salary(84_000_00, owner="ann"),
        paid(IncomeKind.SELF_EMPLOYMENT, 3_000_00, owner=spouse),
        paid(IncomeKind.SOCIAL_SECURITY, 1_500_00),
        paid(IncomeKind.PENSION, 700_00),
        paid(IncomeKind.OTHER, 200_00, taxable=False),
    )
    year = first_year(filing_status=status, members=(ANN, BEN, ZOE), incomes=incomes)
    own = {f"self_employment_{'spouse' if spouse else 'head'}": 36_000_00}
    exact = income_tax(
        law_for(2026, Decimal(0)),
        Return(
            filing_status=status,
            age_head=41,
            age_spouse=42 if spouse else 0,
            children_under_17=1,
            wages_head=84_000_00,
            social_security=18_000_00,
            pension=8_400_00,
            **own,  # type: ignore[arg-type]
        ),
    )
    assert year.tax == exact.total


def test_spouses_who_file_separately_each_have_a_return() -> None:
    """P7: two returns: each spouse's wages start at the bottom of their own brackets."""
    apart = FilingStatus.MARRIED_FILING_SEPARATELY
    ann, ben = (a_salary(60_000_00, id=name, owner=name) for name in ("ann", "ben"))
    both = first_year(filing_status=apart, members=(ANN, BEN), incomes=(ann, ben))
    assert both.tax == 2 * 5_020_00


def test_the_rest_is_settled_in_april_and_only_there() -> None:
    """P7: trap: tax charged twice; withheld and settled tax add up to the year's tax."""
    incomes = (a_salary(60_000_00, w4=W4()), paid(IncomeKind.SELF_EMPLOYMENT, 2_000_00))
    found = projected(a_household(incomes=incomes), months=28)
    rest = found.column("taxes.settlement") + found.column("taxes.self_employment")
    assert [month for month, due in zip(found.month_labels, rest.tolist(), strict=True) if due] == [
        "2027-04",
        "2028-04",
    ]
    year = found.years[0]
    assert found.column("taxes.federal_withheld")[:12].sum() + rest[15] == year.tax
    # 24,000 of profit: 92.35 % of it at 15.3 %.
    assert found.column("taxes.self_employment")[15] == 3_391_09


def test_what_was_earned_before_the_start_counts_for_the_year() -> None:
    """P7: a plan that starts in November taxes the year's whole salary, and pays only what is missing."""
    salary = a_salary(120_000_00, w4=W4())
    whole = projected(a_household(incomes=(salary,)), months=18)
    late = projected(a_household(incomes=(salary,)), months=8, start=date(2026, 11, 1))
    assert late.years[0] == whole.years[0]
    assert late.column("taxes.settlement")[5] == whole.column("taxes.settlement")[15]


def test_the_last_year_is_shown_as_accrued_and_not_in_net_worth() -> None:
    """P10: tax of a year that is not settled within the plan is said beside it."""
    own = paid(IncomeKind.SELF_EMPLOYMENT, 2_000_00)
    found = projected(a_household(incomes=(own,)), months=6)
    assert found.years[0].complete is False
    assert found.summary()["accrued_tax"] == f"{found.years[0].settlement / 100:.2f}"
    assert found.column("totals.net_worth")[-1] == 12_000_00


def test_brackets_of_years_to_come_are_indexed() -> None:
    """P7: future years are indexed: the same real income is taxed the same share, within rounding."""
    rising = Assumptions(inflation=Decimal("0.03"), salary_growth=Decimal("0.03"), cash_return=Decimal(0))
    found = projected(a_household(incomes=(a_salary(90_000_00),), assumptions=rising), months=240)
    shares = [year.tax / year.income for year in found.years]
    assert max(shares) - min(shares) < 0.002
    steady = projected(a_household(incomes=(a_salary(90_000_00),), assumptions=STEADY), months=240)
    assert len({year.tax for year in steady.years}) == 1


def test_social_security_over_the_base_at_two_employers_comes_back() -> None:
    """P6: each employer withholds up to the base; what is over it for the person is a credit."""
    two = (a_salary(150_000_00), a_salary(150_000_00, id="second", name="Second"))
    together = first_year(incomes=two)
    alone = first_year(incomes=(a_salary(300_000_00),))
    over = (300_000_00 - 184_500_00) * 62 // 1000
    assert together.tax == alone.tax
    withheld = projected(a_household(incomes=two), months=12).column("taxes.federal_withheld").sum()
    assert together.withheld == withheld + over


def test_interest_is_taxed_and_a_gain_when_it_is_realised() -> None:
    """P7: what cash earns is income of its year; an investment's gain is taxed when it is sold."""
    savings = an_account(AccountKind.SAVINGS, 600_000_00, annual_return=Decimal("0.05"))
    year = first_year(accounts=(savings,), incomes=(a_salary(60_000_00),))
    interest = projected(a_household(accounts=(savings,)), months=12).column("accounts.savings.growth").sum()
    assert abs(year.income - 60_000_00 - interest) < 1_500_00  # wages add to what earns interest
    funds = an_account(AccountKind.BROKERAGE, 600_000_00, annual_return=Decimal("0.05"))
    held = first_year(accounts=(an_account(), funds), incomes=(a_salary(60_000_00),))
    assert held.tax == 5_020_00


def test_from_pay_that_is_not_taxable_nothing_is_withheld() -> None:
    """P6: trap: tax that is withheld and never comes back."""
    stipend = a_salary(48_000_00, taxable=False, w4=W4(step4c_extra=50_00))
    found = projected(a_household(incomes=(stipend,)), months=18)
    assert found.column("totals.taxes").sum() == 0
    assert found.years[0].tax == 0


def test_income_paid_quarterly_counts_whole() -> None:
    """P2: an investment paid each quarter is four payments of its year."""
    dividends = a_salary(
        10_000_00, kind=IncomeKind.INVESTMENT, pay_frequency=Frequency.QUARTERLY, first_payment=START
    )
    assert first_year(incomes=(dividends,)).income == 10_000_00
