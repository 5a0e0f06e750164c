"""Households made at random as cases of the calculator, and their returns by PSL Tax-Calculator.

A program of its own, since that package is heavy and is installed for `scripts/test --full` alone:
    python tests/taxes/oracle.py < cases > answers
    python tests/taxes/oracle.py golden > tests/taxes/golden_returns.json   (needs planner too)
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

Case = dict[str, Any]
STATUSES = {
    "single": 1,
    "married_filing_jointly": 2,
    "married_filing_separately": 3,
    "head_of_household": 4,
}
# What is compared: our name, and how it is made of theirs.
COMPARED: Mapping[str, tuple[str, ...]] = {
    "agi": ("c00100",),
    "taxable_social_security": ("c02500",),
    "business_income_deduction": ("qbided",),
    "taxable_income": ("c04800",),
    "tax_before_credits": ("taxbc",),
    "amt": ("c09600",),
    "dependent_care_credit": ("c07180",),
    "education_credits": ("c07230",),
    "child_tax_credit": ("c07220", "odc"),
    "eitc": ("c59660",),
    "additional_child_tax_credit": ("c11070",),
    "american_opportunity_refunded": ("c10960",),
    "niit": ("niit",),
    "self_employment_tax": ("setax",),
    "additional_medicare": ("ptax_amc",),
    "income_tax_after_credits": ("iitax",),
}
CENT_NEARLY = 0.005
_RICH = (15_000, 45_000, 90_000, 200_000, 600_000, 1_500_000)


def households(seed: int, count: int) -> Iterator[Case]:
    """Yield cases of 2024 to 2026 in whole dollars, from poor to rich, of every filing status.

    Rents, IRAs, carried losses and the like are left out, which Tax-Calculator does not work out.
    """
    random = Random(seed)
    for _ in range(count):
        case = _people(random)
        much = random.choice(_RICH)
        case |= _earned(random, case, much) | _unearned(random, case, much)
        if random.random() < 0.45:
            case |= _itemized(random, much)
        if random.random() < 0.4:
            case |= _claimed(random, case)
        yield {name: value for name, value in case.items() if value}


def _people(random: Random) -> Case:
    status = random.choice(list(STATUSES))
    joint, separate = status == "married_filing_jointly", status == "married_filing_separately"
    children = random.choice((0, 0, 1, 2, 3, 4))
    older = random.choice((0, 0, 0, 1))
    return {
        "year": random.choice((2024, 2025, 2026)),
        "filing_status": status,
        "age_head": random.randrange(19, 85),
        "age_spouse": random.randrange(19, 85) if joint else 0,
        "children_under_17": children,
        "other_dependents": older,
        "older_children": older,
        "lived_apart": separate,
    }


def _earned(random: Random, case: Case, much: int) -> Case:
    joint = case["filing_status"] == "married_filing_jointly"
    wages = random.choice((0, random.randrange(much), random.randrange(much)))
    # deferrals from high wages: Tax-Calculator takes them out of Medicare wages (Form 8959)
    low = much <= 90_000
    return {
        "wages_head": wages,
        "wages_spouse": random.choice((0, random.randrange(much))) if joint else 0,
        "pretax_401k_head": random.randrange(wages // 4 + 1) if low and random.random() < 0.3 else 0,
        "self_employment": random.choice((0, 0, 0, random.randrange(1_000, much))),
        "self_employment_spouse": random.choice((0, 0, random.randrange(1_000, much))) if joint else 0,
        "business_services": random.random() < 0.3,
        "business_wages": random.choice((0, random.randrange(much))),
        "business_property": random.choice((0, random.randrange(much))),
    }


def _unearned(random: Random, case: Case, much: int) -> Case:
    old = case["age_head"] >= 60
    return {
        "taxable_interest": random.choice((0, random.randrange(much // 8))),
        "tax_exempt_interest": random.choice((0, 0, random.randrange(much // 10))),
        "qualified_dividends": random.choice((0, random.randrange(much // 5))),
        "nonqualified_dividends": random.choice((0, 0, random.randrange(much // 9))),
        "short_term_gains": random.choice((0, 0, random.randrange(-20_000, much // 3))),
        "long_term_gains": random.choice((0, 0, random.randrange(-20_000, much), random.randrange(much * 2))),
        "pension": random.choice((0, random.randrange(much))) if old else 0,
        "social_security": random.choice((0, random.randrange(60_000))) if old else 0,
        "unemployment": random.choice((0, 0, 0, random.randrange(9_000))),
        "adjustments": random.choice((0, 0, random.randrange(8_000))),
    }


def _itemized(random: Random, much: int) -> Case:
    return {
        "item_medical": random.choice((0, 0, random.randrange(40_000))),
        "item_state_income_tax": random.randrange(much // 8),
        "item_real_estate_tax": random.randrange(25_000),
        "item_mortgage_interest": random.randrange(45_000),
        "item_charity_cash": random.choice((0, random.randrange(much // 5), random.randrange(much))),
    }


def _claimed(random: Random, case: Case) -> Case:
    joint = case["filing_status"] == "married_filing_jointly"
    separate = case["filing_status"] == "married_filing_separately"
    temporary = case["year"] > 2024
    return {
        "care_persons": 0 if separate else random.choice((0, 1, 2)),
        "care_expenses": random.randrange(12_000),
        "opportunity_expenses": [] if separate else [random.randrange(5_000)] * random.choice((0, 1, 2)),
        "lifetime_learning_expenses": 0 if separate else random.choice((0, random.randrange(14_000))),
        "tips": random.choice((0, random.randrange(40_000))) if temporary else 0,
        "overtime": random.choice((0, random.randrange(30_000))) if temporary else 0,
        "car_loan_interest": random.choice((0, random.randrange(14_000))) if temporary else 0,
        "wages_spouse": max(case.get("wages_spouse", 0), 12_000) if joint else 0,
    }


def departs(case: Case, found: Mapping[str, str]) -> str:
    """Say why Tax-Calculator finds something else for a case; empty if it should find the same."""
    separate = case["filing_status"] == "married_filing_separately"
    agi, deferred = float(found["agi"]), case.get("pretax_401k_head", 0)
    half = 0.5 if separate else 1.0
    itemizes = any(name.startswith("item_") for name in case)
    childless = not case.get("children_under_17") and not case.get("older_children")
    if case["year"] == 2026 and itemizes and agi > 490_000 * half:
        return (
            "2026: their cap of state taxes goes down from 513,850 on, and their limit at the top is another"
        )
    if (
        case["year"] == 2026
        and case.get("business_services")
        and float(found["taxable_income"]) > 200_000 * half
    ):
        return "2026: they give the least deduction for business income to services over the threshold too"
    if separate and childless:
        return "they give spouses who file separately the earned income credit without a child"
    if separate and float(found["amt_income"]) > 600_000:
        return "they leave out what section 55(d) adds for spouses who file separately"
    if deferred and float(found["additional_medicare"]):
        return "they take deferrals out of Medicare wages (Form 8959 does not)"
    if ("opportunity_expenses" in case or "lifetime_learning_expenses" in case) and agi > 80_000:
        return "they round the share that a phase-out leaves to three decimals; the form allows more"
    return ""


def by_tax_calculator(cases: Sequence[Case], claimed: Sequence[Mapping[str, str]]) -> list[dict[str, float]]:
    """Return what Tax-Calculator finds for each case; it takes the saver's credit from `claimed`."""
    import pandas as pd  # noqa: PLC0415 -- a large package that only this comparison needs
    import taxcalc  # noqa: PLC0415

    answers: list[dict[str, float]] = [{} for _ in cases]
    for year in (2024, 2025, 2026):
        places = [place for place, case in enumerate(cases) if case["year"] == year]
        rows = [_record(place, cases[place], claimed[place]) for place in places]
        records = taxcalc.Records(
            data=pd.DataFrame(rows), start_year=year, gfactors=None, weights=None, exact_calculations=True
        )
        policy = taxcalc.Policy()
        always = {str(year): 9e99}
        policy.implement_reform({"eitc_claim_prob_scale": always, "actc_claim_prob_scale": always})
        policy.set_year(year)
        calculator = taxcalc.Calculator(policy=policy, records=records, verbose=False)
        calculator.calc_all()
        theirs = {name: calculator.array(name) for names in COMPARED.values() for name in names}
        for row, place in enumerate(places):
            answers[place] = {
                ours: float(sum(theirs[name][row] for name in names)) for ours, names in COMPARED.items()
            }
    return answers


def _record(place: int, case: Case, claimed: Mapping[str, str]) -> dict[str, float]:
    def given(name: str) -> Any:
        return case.get(name, 0)

    mars = STATUSES[case["filing_status"]]
    adults, children = 1 + (mars == 2), given("children_under_17")
    qualified = given("qualified_dividends")
    return {
        "RECID": place + 1,
        "MARS": mars,
        "FLPDYR": case["year"],
        "exact": 1,
        "age_head": given("age_head"),
        "age_spouse": given("age_spouse"),
        "num": adults,
        "XTOT": adults + children + given("other_dependents"),
        "n24": children,
        "nu18": children,
        "EIC": min(3, children + given("older_children")),
        "e00200p": given("wages_head") - given("pretax_401k_head"),
        "e00200s": given("wages_spouse"),
        "e00200": given("wages_head") - given("pretax_401k_head") + given("wages_spouse"),
        "pencon_p": given("pretax_401k_head"),
        "e00900p": given("self_employment"),
        "e00900s": given("self_employment_spouse"),
        "e00900": given("self_employment") + given("self_employment_spouse"),
        "e00300": given("taxable_interest"),
        "e00400": given("tax_exempt_interest"),
        "e00650": qualified,
        "e00600": qualified + given("nonqualified_dividends"),
        "p22250": given("short_term_gains"),
        "p23250": given("long_term_gains"),
        "e01500": given("pension"),
        "e01700": given("pension"),
        "e02400": given("social_security"),
        "e02300": given("unemployment"),
        "e03270": 0,
        "e03400": given("adjustments"),
        "e17500": given("item_medical"),
        "e18400": given("item_state_income_tax"),
        "e18500": given("item_real_estate_tax"),
        "e19200": given("item_mortgage_interest"),
        "e19800": given("item_charity_cash"),
        "PT_SSTB_income": int(given("business_services")),
        "PT_binc_w2_wages": given("business_wages"),
        "PT_ubia_property": given("business_property"),
        "tip_income": given("tips"),
        "overtime_income": given("overtime"),
        "auto_loan_interest": given("car_loan_interest"),
        "f2441": given("care_persons"),
        "e32800": given("care_expenses"),
        "e87521": sum(
            min(paid, 2000) + min(max(paid - 2000, 0), 2000) / 4
            for paid in case.get("opportunity_expenses", ())
        ),
        "e87530": given("lifetime_learning_expenses"),
        "e07240": float(claimed["savers_credit"]),
    }


def disagreements(found: Mapping[str, str], theirs: Mapping[str, float], dollars: float) -> Iterator[str]:
    """Yield what differs by more than `dollars`.

    Where no tax is due either way they may take another deduction than the larger.
    """
    untaxed = not float(found["tax_before_credits"]) and not theirs["tax_before_credits"]
    for name, amount in theirs.items():
        if name == "taxable_income" and untaxed:
            continue
        if abs(float(found[name]) - amount) > dollars:
            yield f"{name}: {found[name]}, theirs {amount:.2f}"


def golden(seed: int = 2026, count: int = 600) -> Iterator[tuple[Case, dict[str, float]]]:
    """Yield `count` cases that should agree, and their answers."""
    from planner.taxes.calculators import calculate  # noqa: PLC0415 -- the other use needs no planner

    cases = list(households(seed, count * 2))
    answers: list[dict[str, Any]] = calculate("income-tax", cases)
    chosen = [pair for pair in zip(cases, answers, strict=True) if not departs(*pair)][:count]
    theirs = by_tax_calculator([case for case, _ in chosen], [found for _, found in chosen])
    for (case, _), answer in zip(chosen, theirs, strict=True):
        yield case, {name: round(amount, 2) for name, amount in answer.items() if abs(amount) > CENT_NEARLY}


def main() -> None:
    """Write the golden file, or the answers to the cases on standard input."""
    if sys.argv[1:] == ["golden"]:
        lines = (json.dumps({"case": case, "worked": worked}) for case, worked in golden())
        sys.stdout.write("[\n" + ",\n".join(lines) + "\n]\n")
    else:
        cases, claimed = json.load(sys.stdin)
        json.dump(by_tax_calculator(cases, claimed), sys.stdout)


if __name__ == "__main__":
    main()
