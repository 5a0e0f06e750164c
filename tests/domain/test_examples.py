"""Prove that the example households are whole, marked, and different from each other."""

from importlib.resources import files

import pytest
from households import TODAY

from planner.domain.calendar import age_on
from planner.domain.codec import facts_from_plain, facts_to_plain
from planner.domain.debts import DebtKind
from planner.domain.files import HouseholdFile, read_household, write_household
from planner.domain.income import WAGES, IncomeKind

NAMES = sorted(path.name for path in files("planner.examples").iterdir() if path.name.endswith(".toml"))


def example(name: str) -> HouseholdFile:
    return read_household(files("planner.examples").joinpath(name).read_bytes(), "toml")


def test_there_are_three_examples() -> None:
    """P19: a new database starts with households to look at."""
    assert NAMES == ["family.toml", "near_retirement.toml", "young_couple.toml"]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_valid_and_marked(name: str) -> None:
    found = example(name)
    assert found.example
    assert found.facts.name.endswith("(example)")
    assert facts_from_plain(facts_to_plain(found.facts)) == found.facts


@pytest.mark.parametrize("name", NAMES)
def test_an_example_survives_both_formats(name: str) -> None:
    """P20: both ways without loss."""
    found = example(name)
    for file_format in ("toml", "json"):
        written = write_household(found.facts, file_format, example=True)
        assert read_household(written.encode(), file_format) == found


@pytest.mark.parametrize("name", NAMES)
def test_an_example_can_be_planned_from_its_first_day(name: str) -> None:
    """P1: every account and debt has a balance to start from, and money has somewhere to go."""
    facts = example(name).facts
    assert all(account.balances for account in facts.accounts)
    assert all(debt.balances for debt in facts.debts)
    assert all(balance.date < TODAY for item in facts.accounts for balance in item.balances)
    assert facts.main_account is not None
    assert all(income.w4 for income in facts.incomes if income.kind in WAGES)


def test_a_young_couple_with_student_loans() -> None:
    facts = example("young_couple.toml").facts
    assert {DebtKind.STUDENT_FEDERAL, DebtKind.STUDENT_PRIVATE} <= {debt.kind for debt in facts.debts}


def test_a_family_with_a_mortgage_and_two_salaries() -> None:
    facts = example("family.toml").facts
    assert DebtKind.MORTGAGE in {debt.kind for debt in facts.debts}
    assert [income.kind for income in facts.incomes] == [IncomeKind.SALARY, IncomeKind.SALARY]


def test_a_couple_ten_years_from_retirement() -> None:
    facts = example("near_retirement.toml").facts
    ages = [age_on(member.birth_date, TODAY) for member in facts.members]
    assert all(55 <= age <= 58 for age in ages)
    assert IncomeKind.SOCIAL_SECURITY in {income.kind for income in facts.incomes}
