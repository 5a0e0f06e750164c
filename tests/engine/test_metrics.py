"""The dashboard's figures have a value, or say why not."""

import json
from decimal import Decimal

from engine.households import START, a_debt, a_household, a_salary, an_account, an_expense, projected

from planner.domain.accounts import AccountKind, AssetGroup
from planner.domain.debts import DebtKind
from planner.domain.expenses import ExpenseCategory
from planner.domain.household import Facts
from planner.engine.flows import generate_flows
from planner.engine.metrics import Metric, metrics


def figures(facts: Facts) -> dict[str, Metric]:
    found = metrics(facts, generate_flows(facts, START), projected(facts), START)
    json.dumps([metric.to_plain() for metric in found])
    return {metric.name: metric for metric in found}


def test_figures_by_hand() -> None:
    """P16: net worth, liquidity, coverage, ratios, debt-free date, equity and loan-to-value."""
    house = an_account(AccountKind.PRIMARY_HOME, 250_000_00)
    loan = a_debt(
        100_000_00,
        kind=DebtKind.MORTGAGE,
        annual_rate=Decimal(0),
        payment=1_000_00,
        secured_by="primary-home",
    )
    facts = a_household(
        accounts=(an_account(value=12_000_00), house),
        debts=(loan,),
        incomes=(a_salary(48_000_00, taxable=True),),
        expenses=(an_expense(1_000_00), an_expense(200_00, id="dues", category=ExpenseCategory.HOUSING)),
        groups=(AssetGroup(id="home", name="Home", accounts=("primary-home",), debts=("loan",)),),
    )
    found = figures(facts)
    after_tax = 4_000_00 - 298_33 - 248_00 - 58_00
    assert found["net_worth"].value == 162_000_00
    assert found["liquid_assets"].value == 12_000_00
    assert found["monthly_income_after_tax"].value == after_tax
    assert found["monthly_spending"].value == 1_200_00
    assert found["monthly_surplus"].value == after_tax - 2_200_00
    assert found["liquidity_months"].value == Decimal("5.5")
    assert found["debt_to_income"].value == Decimal("0.2500")
    assert found["housing_ratio"].value == Decimal("0.3000")
    assert found["debt_service_coverage"].value == Decimal("2.20")
    assert found["debt_free_month"].value == "2034-05"
    assert found["first_shortfall_month"].value is None
    assert found["groups.home.equity"].value == 150_000_00
    assert found["groups.home.loan_to_value"].value == Decimal("0.4000")


def test_without_income_or_debts_ratios_say_why_they_have_no_value() -> None:
    """P16: a division by nothing is no value, with the reason in words."""
    found = figures(a_household())
    for name in ("savings_rate", "debt_to_income", "liquidity_months", "debt_service_coverage"):
        assert found[name].value is None
        assert found[name].reason
        assert found[name].definition
    assert found["debt_free_month"].reason == "There are no debts."


def test_an_older_projection_than_the_facts_still_gives_figures() -> None:
    """P16: an account or group added since is left out until the projection knows it."""
    before = a_household(accounts=(an_account(value=100_00),))
    after = a_household(
        accounts=(an_account(value=100_00), an_account(AccountKind.SAVINGS, 900_00)),
        groups=(AssetGroup(id="all", name="All", accounts=("savings",)),),
    )
    found = metrics(after, generate_flows(before, START), projected(before), START)
    assert next(metric for metric in found if metric.name == "liquid_assets").value == 100_00
