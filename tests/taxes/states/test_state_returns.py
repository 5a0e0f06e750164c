"""State income tax: a reference calculator, what no state may do, and what is refused."""

import json
from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from planner.taxes.calculators import calculate
from planner.taxes.states.law import about, state_years, states

GOLDEN = Path(__file__).parents[2] / "golden" / "state_returns.json"
CASES: list[dict[str, Any]] = json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"]
STATUSES = ("single", "married_filing_jointly", "married_filing_separately", "head_of_household")
UNTAXED = ("AK", "FL", "NV", "SD", "TN", "TX", "WY")
# Where 200 dollars more of wages cost more than 200 dollars of 2026's state tax, and why.
CLIFFS = {
    "CO": "credits by steps of income",
    "CT": "credit by steps of income",
    "HI": "food credit by steps of income",
    "NE": "child credit ends at the poverty line",
    "NJ": "child credit by steps of income",
    "NM": "child credit by steps of income",
    "OH": "no tax up to an income",
    "OK": "child credit ends at an income",
    "OR": "exemption credit ends at an income",
}


def asked(**case: object) -> dict[str, Any]:
    (answer,) = calculate("state-tax", [{"year": 2026, "filing_status": "single", **case}])
    assert "error" not in answer, answer
    return answer


def refused(**case: object) -> dict[str, str]:
    (answer,) = calculate("state-tax", [{"year": 2026, "filing_status": "single", **case}])
    error = answer["error"]
    assert isinstance(error, dict)
    return {problem["path"]: problem["message"] for problem in error["problems"]}


def by_state(code: str) -> list[dict[str, Any]]:
    return [case for case in CASES if case["state"] == code]


@pytest.mark.parametrize("code", states())
def test_a_reference_calculator_agrees_to_the_dollar(code: str) -> None:
    """P7: the order of working, the figures and the one-state rules, with the federal return below."""
    assert len(by_state(code)) >= (0 if code in UNTAXED else 12)
    for case in by_state(code):
        given = {name: value for name, value in case.items() if name != "income_tax"}
        found = Decimal(asked(**given)["income_tax"])
        assert abs(found - Decimal(str(case["income_tax"]))) <= 1, (case, found)


@pytest.mark.parametrize("code", states())
@pytest.mark.parametrize("status", STATUSES)
def test_every_state_works_for_every_status_and_year(code: str, status: str) -> None:
    """P7: 50 states and the District, each for 2024 to 2026; no income, no tax."""
    joint = status == "married_filing_jointly"
    full: Mapping[str, object] = {
        "age_head": 67,
        "age_spouse": 70 if joint else 0,
        "children": [0, 3, 7, 17],
        "wages": 61_000,
        "wages_spouse": 23_000 if joint else 0,
        "taxable_interest": 9_900,
        "qualified_dividends": 1_200,
        "long_term_gains": 3_300,
        "short_term_gains": 400,
        "self_employment": 5_000,
        "pension": 14_000,
        "social_security": 19_000,
    }
    for year in (2024, 2025, 2026):
        about_it = {"state": code, "year": year, "filing_status": status}
        assert Decimal(asked(**about_it)["income_tax"]) <= 0
        answer = asked(**about_it, **full)
        taxed = code not in UNTAXED and not (code == "NH" and year > 2024) and code != "WA"
        assert (Decimal(answer["taxable_income"]) > 0) is taxed
        assert all(line["label"] and line["source"] for line in answer["working"])


@pytest.mark.parametrize("code", UNTAXED)
def test_states_without_an_income_tax_ask_nothing(code: str) -> None:
    """P7: nothing, at any income; and it says why."""
    answer = asked(state=code, wages=900_000, long_term_gains=900_000)
    assert answer["income_tax"] == "0.00"
    assert "no personal income tax" in answer["working"][0]["label"]


@pytest.mark.parametrize("code", states())
def test_more_wages_leave_more_except_at_the_law_s_cliffs(code: str) -> None:
    """P7: raising wages never lowers what is left, but where a credit or exemption ends at an income."""
    for status, children in (("single", []), ("married_filing_jointly", [4, 9])):
        about_it = {"state": code, "filing_status": status, "age_head": 40, "children": children}
        taxes = [Decimal(asked(**about_it, wages=wages)["income_tax"]) for wages in range(0, 130_000, 2_000)]
        steps = [later - before for before, later in pairwise(taxes)]
        if code not in CLIFFS:
            assert max(steps) <= 2_000


@pytest.mark.parametrize(
    "code,status,wages,children",
    [
        ("OH", "single", 28_400, []),
        ("OK", "married_filing_jointly", 100_000, [4, 9]),
        ("OR", "single", 100_000, []),
    ],
)
def test_a_cliff_is_where_the_law_has_it(code: str, status: str, wages: int, children: list[int]) -> None:
    """P7: documented cliffs: 200 dollars more of wages leave less."""
    about_it = {"state": code, "filing_status": status, "age_head": 40, "children": children}
    before, after = (Decimal(asked(**about_it, wages=w)["income_tax"]) for w in (wages, wages + 200))
    assert after - before > 200
    assert code in CLIFFS


def test_published_figures_of_2026_are_preferred_to_projections() -> None:
    """P7: Maine's exemption of 5,300, Louisiana's deduction of 12,875, Vermont's first bracket to 50,750."""
    maine = asked(state="ME", wages=60_000)
    assert maine["taxable_income"] == "39000.00"  # 60,000 less 15,700 and 5,300
    louisiana = asked(state="LA", wages=60_000)
    assert louisiana["income_tax"] == "1413.75"  # 3 % of 60,000 less 12,875
    vermont = asked(state="VT", wages=70_000)
    assert vermont["taxable_income"] == "56800.00"  # less 7,800 and 5,400
    assert vermont["income_tax"] == "2099.43"  # 3.35 % of 50,750 and 6.6 % of the rest
    oregon = asked(state="OR", wages=30_000)
    assert oregon["taxable_income"] == "25670.00"  # less 2,910 and federal tax of 1,420
    assert oregon["income_tax"] == "1664.13"  # 678.50 and 8.75 % of what is over 11,400, less 263


def test_who_files_separately_has_the_state_s_own_column() -> None:
    """P7: married filing separately is not taken for single where the law says otherwise."""
    separate, single = (
        asked(state="ND", wages=150_000, filing_status=status)
        for status in ("married_filing_separately", "single")
    )
    assert separate["income_tax"] != single["income_tax"]
    assert separate["taxable_income"] == single["taxable_income"]


def test_a_later_year_s_law_rises_with_prices() -> None:
    """P7: every amount of the last known law is taken to rise with prices."""
    later = asked(state="VA", year=2030, inflation="0.03", wages=100_000)
    now = asked(state="VA", wages=100_000)
    assert Decimal(later["income_tax"]) < Decimal(now["income_tax"])
    level = Decimal("1.03") ** 4
    there = asked(state="VA", year=2030, inflation="0.03", wages=str((100_000 * level).quantize(Decimal(1))))
    assert abs(Decimal(there["income_tax"]) / level - Decimal(now["income_tax"])) < 1


def test_spouses_of_whom_one_earns_are_taxed_as_a_couple() -> None:
    """P7: where spouses may be taxed apart on one return, a couple with one income gains nothing by it."""
    answer = asked(state="KY", filing_status="married_filing_jointly", wages=60_000)
    assert answer["income_tax"] == "1982.40"  # 3.5 % of 60,000 less 3,360
    both = asked(state="KY", filing_status="married_filing_jointly", wages=30_000, wages_spouse=30_000)
    assert both["income_tax"] == "1864.80"  # each has the deduction


def test_what_cannot_be_is_refused_with_its_place() -> None:
    """P7: an unknown state, year or county is refused, with those that there are."""
    assert "AK, AL" in refused(state="XX")["state"]
    assert "2024 to 2026" in refused(state="CA", year=2023)["year"]
    assert "inflation" in refused(state="CA", year=2031)["year"]
    assert refused(state="CA", wages_spouse=1) == {"wages_spouse": "Only a joint return includes a spouse."}
    assert "Yonkers" in refused(state="NY", locality="Albany")["locality"]
    assert "none are known" in refused(state="TX", locality="Dallas")["locality"]
    assert refused(state="CA", wages=-1)["wages"]
    assert refused(state="CA", wage=1)["wage"].startswith("There is no such field; did you mean wages")
    assert set(refused()) == {"state"}


def test_what_is_simplified_is_said() -> None:
    """P7: what is left out for a state is shown with its answer."""
    for code in states():
        if state_years(code) and code not in UNTAXED:
            assert about(code)["name"]
    answer = asked(state="CA", wages=1)
    assert any("itemised" in note for note in answer["simplified"])
    assert any("projected" in note for note in answer["simplified"])
    assert not any("projected" in note for note in asked(state="CA", year=2025)["simplified"])


def test_the_working_ends_with_the_answer() -> None:
    """P7: the last line is the answer, in later years' dollars too."""
    for year in (2026, 2033):
        answer = asked(state="MN", year=year, inflation="0.02", age_head=40, children=[5], wages=82_000)
        assert answer["working"][-1]["amount"] == answer["income_tax"]
        assert answer["working"][0]["amount"] == "82000.00"


@pytest.mark.parametrize(
    "code,pension,exempt",
    [
        ("NM", 60_000, "20400.00"),  # all of it up to an income of 100,000
        ("NM", 90_000, "0.00"),
        ("CO", 90_000, "20400.00"),  # all of it from 65 on
        ("UT", 60_000, "0.00"),  # taxed as on the federal return
        ("VT", 42_000, "5304.00"),  # at 62,400: 0.26 of it, between 55,000 and 65,000
        ("CT", 90_000, "14400.00"),  # a quarter of the benefits is taxed
        ("MN", 69_600, "18360.00"),  # at 90,000: a tenth less for one started step of 4,000
        ("WV", 90_000, "20400.00"),  # all of it from 2026 on
    ],
)
def test_social_security_by_the_state_s_rule(code: str, pension: int, exempt: str) -> None:
    """P7: 24,000 of benefits, of which the federal return taxes 85 % at these incomes."""
    answer = asked(state=code, age_head=70, pension=pension, social_security=24_000)
    lines = {line["line"]: line["amount"] for line in answer["working"]}
    assert Decimal(lines.get("social_security", "0")) == -Decimal(exempt)


def test_an_unknown_age_is_taken_to_be_of_age() -> None:
    """P7: as on the federal return, who does not say their age has the credits for those without children."""
    for code in ("CA", "DC", "MN", "NJ", "NM"):
        known, unknown = (asked(state=code, wages=9_000, age_head=age)["income_tax"] for age in (40, 0))
        assert Decimal(unknown) == Decimal(known) < 0
        young = asked(state=code, wages=9_000, age_head=17)["income_tax"]
        assert Decimal(young) > Decimal(known)
