"""The states' files: every rule is one that the interpreter knows, has a source, and is read when needed."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from planner.taxes.states import credits as granted
from planner.taxes.states import localities, subtractions
from planner.taxes.states.files import codes, digest, document, known_years, year_of
from planner.taxes.states.law import GROUPS, state_law, state_years, states
from planner.taxes.states.provisions import COLUMNS, Provision, marginal, phased, reached, steps, within

RULES = {
    "about", "unit", "valid_from", "source", "retrieved", "levies", "note", "start", "rates", "rates_source",
    "social_security", "capital_gains", "standard_deduction", "alternative_deduction",
    "federal_tax_deduction",
    "couples", "surtax", "minimum_tax", "no_tax_if", "table", "formula_constants", "high_income",
    "low_income_table", "ia_low_income", "ma_no_tax_status", "payroll_deduction_cap_per_filer",
    "low_income_earned_exclusion", "senior_deduction_subtracted", "add_back_senior_deduction", "wages_taxed",
    "limited_to_federal_tax", *GROUPS,
}  # fmt: skip


def years(code: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for year in state_years(code):
        yield year, year_of("states", code, year)


def test_all_states_and_the_district_are_there() -> None:
    """P7: 50 states and the District of Columbia, each with three years."""
    assert len(states()) == 51
    assert all(state_years(code) == (2024, 2025, 2026) for code in states())
    assert codes("withholding") == states()


@pytest.mark.parametrize("code", states())
def test_every_rule_is_one_that_is_worked(code: str) -> None:
    """P7: no figure of a state's file is silently left aside."""
    for year, said in years(code):
        assert said.keys() <= RULES, (code, year, said.keys() - RULES)
        for credit in said.get("credits", {}).values():
            assert credit["kind"] in granted.KINDS
        for rule in said.get("subtractions", {}).values():
            assert "kind" not in rule or rule["kind"] in subtractions.KINDS


@pytest.mark.parametrize("code", states())
def test_every_block_says_its_source(code: str) -> None:
    """P7: laws are data, by year, with their sources."""
    for folder in ("states", "withholding", "localities"):
        if code not in codes(folder):
            continue
        for name, block in document(folder, code).items():
            assert {"unit", "valid_from", "source", "retrieved"} <= block.keys(), (folder, code, name)
            assert len(block["source"]) > 20
    assert len(digest("states", code)) == 12


def test_the_withholding_tables_are_credited() -> None:
    """P7: the transcription is under CC BY 4.0, which asks for the credit."""
    for code in codes("withholding"):
        for block in document("withholding", code).values():
            assert "Nyaksik/us-payroll-tax-tables" in block["source"]
            assert "CC BY 4.0, changed" in block["source"]


def test_a_year_says_only_what_changed() -> None:
    """P7: what a year's block does not name stays; what it says has ended is gone."""
    before, after = year_of("states", "GA", 2025), year_of("states", "GA", 2026)
    assert before["social_security"] == after["social_security"]
    assert "child_tax_credit" in after["credits"]
    assert "child_tax_credit" not in before["credits"]
    assert "child_tax_credit" in year_of("states", "ID", 2025)["credits"]
    assert "child_tax_credit" not in year_of("states", "ID", 2026)["credits"]


def test_one_way_of_filing_is_kept() -> None:
    """P7: the columns are the state's own, also for those who file separately."""
    starts = {column: state_law("ND", 2026, column).rates for column in COLUMNS}
    firsts = {column: rates.starts[1] for column, rates in starts.items() if rates is not None}
    assert firsts == {"single": 49_575, "joint": 82_800, "head": 66_400, "separate": 41_400}


def test_no_file_of_a_state_is_read_before_it_is_asked_for() -> None:
    """P7: 51 files cost nothing until a state is named, and then one is read."""
    program = (
        "import planner.taxes.calculators.state_tax\n"
        "from planner.taxes.states.files import document\n"
        "from planner.taxes.calculators import calculate\n"
        "print(document.cache_info().currsize)\n"
        "calculate('state-tax', [{'state': 'VA', 'year': 2026, 'filing_status': 'single'}])\n"
        "print(document.cache_info().currsize)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "1"]


def rule(**figures: object) -> Provision:
    return Provision("a rule", "a source", figures)


D = Decimal
ROWS = ((D(0), D(10)), (D(100), D(20)), (D(200), D(30)))


def test_tables_and_rates() -> None:
    """P7: the last row that is reached, or passed, applies."""
    assert [reached(ROWS, D(n)) for n in (0, 99, 100, 500)] == [10, 10, 20, 30]
    assert [reached(ROWS, D(n), above=True) for n in (0, 100, 101, 200)] == [10, 10, 20, 20]
    assert marginal(((D(0), D("0.1")), (D(100), D("0.2"))), D(150)) == 20
    assert [steps(D(n), D(100), D(50)) for n in (100, 101, 150, 151)] == [0, 1, 1, 2]
    assert steps(D(149), D(100), D(50), "down") == 0
    assert within(rule(max=D(5)), D(5))
    assert not within(rule(below=D(5)), D(5))
    assert within(None, D(10**9))


@pytest.mark.parametrize(
    "phase,left",
    [
        ({"kind": "steps_amount", "start": D(100), "increment": D(50), "per_increment": D(10)}, 70),
        ({"kind": "steps_amount_per_child", "start": D(100), "increment": D(50), "per_increment": D(10)}, 40),
        ({"kind": "steps_fraction", "start": D(100), "increment": D(50), "per_increment": D("0.25")}, 25),
        ({"kind": "linear", "start": D(100), "width": D(200)}, 40),
        ({"kind": "linear_round_down_10", "start": D(100), "width": D(300)}, 60),
        ({"kind": "rate", "start": D(100), "rate": D("0.5")}, 40),
        ({"kind": "marginal_table", "table": ((D(0), D(0)), (D(120), D("0.3")))}, 70),
        (
            {
                "kind": "two_rates",
                "low_start": D(100),
                "low_rate": D("0.1"),
                "high_start": D(200),
                "high_rate": D("0.5"),
                "maximum_fraction": D("0.8"),
            },
            80,
        ),
    ],
)
def test_each_way_of_taking_back(phase: dict[str, object], left: int) -> None:
    """P7: what is left of 100 at an income of 220; of two children where it is by child."""
    assert phased(D(100), rule(**phase), D(220), children=2) == left


def test_the_years_of_a_locality_are_known_too() -> None:
    """P7: the same years as the states'."""
    for code in codes("localities"):
        assert known_years("localities", code) == (2024, 2025, 2026)
        for year in (2024, 2025, 2026):
            said = year_of("localities", code, year)
            assert said.keys() & localities.KINDS.keys()
