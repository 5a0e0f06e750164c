"""The family example, year by year, as it was reviewed by hand."""

import json
from datetime import date
from importlib.resources import files
from pathlib import Path

from planner.domain.files import read_household
from planner.engine.plan import Plan
from planner.engine.project import project
from planner.engine.projection import Projection

REVIEWED = Path(__file__).parent.parent / "golden" / "family_by_year.json"
START = date(2026, 11, 1)
FLOWS = ("income", "taxes", "spending", "debt_service", "contributions", "employer_match", "growth")
STOCKS = ("assets", "debts", "net_worth", "real_net_worth", "liquid", "retirement")


def family(months: int = 120) -> Projection:
    content = (files("planner.examples") / "family.toml").read_bytes()
    facts = read_household(content, "toml").facts
    return project(Plan(facts=facts, start=START, assumptions=facts.assumptions, months=months))


def by_year(projection: Projection) -> dict[str, dict[str, str]]:
    """Flows summed by calendar year, and what stands at its end, in dollars."""
    years = sorted({label[:4] for label in projection.month_labels})
    table = {}
    for year in years:
        places = [n for n, label in enumerate(projection.month_labels) if label.startswith(year)]
        flows = {name: int(projection.column(f"totals.{name}")[places].sum()) for name in FLOWS}
        stocks = {name: int(projection.column(f"totals.{name}")[places[-1]]) for name in STOCKS}
        table[year] = {name: f"{cents / 100:.2f}" for name, cents in {**flows, **stocks}.items()}
    return table


def test_the_family_is_projected_as_it_was_reviewed() -> None:
    """P10: a changed figure is a changed engine or law: review the table, then replace the file."""
    assert by_year(family()) == json.loads(REVIEWED.read_text(encoding="utf-8"))


def test_pay_of_2027_by_hand() -> None:
    """P2: raises in April and September, 24 semimonthly and 26 biweekly pays."""
    found = family(14)
    # Ada: 118,000 / 24 = 4,916.67, six times; with 3 % more 5,064.17, eighteen times.
    assert found.column("income.ada-salary")[2:].sum() == 6 * 4_916_67 + 18 * 5_064_17
    # Nils: 58,400 / 26 = 2,246.15 on 17 Fridays to 20 August; with 2.2 % more 2,295.57 on 9.
    assert found.column("income.nils-salary")[2:].sum() == 17 * 2_246_15 + 9 * 2_295_57
    # Half of 6 % of each of Ada's paychecks: 147.50, then 151.93.
    assert found.column("totals.employer_match")[2:].sum() == 6 * 147_50 + 18 * 151_93


def test_debts_of_november_by_hand() -> None:
    """P8: 3.875 % of 279,845.12 is 903.67 a month; a card at 21.24 % of 3,905.66 costs 69.13."""
    found = family(1)
    assert found.column("debts.mortgage.interest").tolist() == [903_67]
    assert found.column("debts.mortgage.principal").tolist() == [1_514_27 - 903_67]
    assert found.column("debts.card.interest").tolist() == [69_13]
    # 1 % of the balance and 250 on top.
    assert found.column("debts.card.principal").tolist() == [39_06 + 250_00]


def test_spending_of_november_by_hand() -> None:
    """P4: four Saturdays of groceries, the monthly bills, and what pay loses to insurance and the FSA."""
    found = family(1)
    bills = 780_00 + 385_00 + 112_00 + 290_00 + 350_00 + 175_00 + 340_00 + 420_00 + 150_00
    payroll = 2 * (286_15 + 24_80 + 18_25) + 2 * 150_00
    assert found.column("totals.spending").tolist() == [4 * 265_00 + bills + payroll]


def test_tax_of_2026_by_hand() -> None:
    """P7: one joint return of both salaries and the interest, less the credit for two children."""
    year = family(2).years[0]
    ada = 24 * (4_916_67 - 200_00 - 286_15 - 24_80 - 393_33)
    nils = 26 * (2_246_15 - 150_00 - 134_77)
    taxable = year.income - 32_200_00
    assert 0 < year.income - ada - nils < 250_00  # two months' interest
    assert 100_800_00 < taxable < 211_400_00  # the 22 % bracket
    by_brackets = 11_600_00 + (taxable - 100_800_00) * 22 // 100
    assert abs(year.tax - (by_brackets - 2 * 2_200_00)) <= 1
