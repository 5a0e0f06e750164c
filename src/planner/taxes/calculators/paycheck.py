"""The calculator `paycheck`: one paycheck as its stub shows it, given the year to date."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from planner.domain.errors import Problem, Refused
from planner.domain.income import W4, Deduction, EmployerMatch, MatchTier
from planner.taxes.calculators.answers import text
from planner.taxes.calculators.asked import law_of
from planner.taxes.calculators.calculator import Answer, Calculator
from planner.taxes.calculators.paycheck_fields import FORM
from planner.taxes.deductions import Earner
from planner.taxes.law import LAST_YEAR
from planner.taxes.paycheck import Occasion, paycheck
from planner.taxes.residence import Residence
from planner.taxes.rules import Limit
from planner.taxes.states.withholding import StateForm
from planner.taxes.stubs import Stop, Stub, StubLine, Totals

NOT_TAKEN: Final = {
    Stop.LIMIT: "{label}: {cents} of {asked} is taken; its limit for the year is reached.",
    Stop.PAY: "{label}: {cents} of {asked} is taken; no more is left of the pay.",
}
_TOTALS: Final = (
    "gross",
    "federal_wages",
    "fica_wages",
    "federal",
    "social_security",
    "medicare",
    "additional_medicare",
    "state",
    "local",
    "state_contributions",
    "net",
    "employer",
)


def _work_out(case: Mapping[str, Any]) -> Answer:
    law = law_of(case)
    deductions = _deductions(case["deductions"])
    stub = paycheck(
        law,
        case["gross"],
        case["pay_frequency"],
        _w4(case),
        deductions=deductions,
        match=_match(case),
        to_date=_to_date(case["to_date"]),
        earner=Earner(
            age=case["age"],
            family_coverage=case["family_coverage"],
            files_separately=case["filing_status"] == "married_filing_separately",
        ),
        state_rate=case["state_rate"] or Decimal(0),
        residence=_residence(case),
        elsewhere={Limit.ELECTIVE_DEFERRAL: case["deferrals_elsewhere"]},
        occasion=Occasion(supplemental=case["supplemental"], last_of_year=case["last_of_year"]),
    )
    answer: Answer = {
        **_amounts(stub.paid),
        "lines": [_line(line) for line in stub.lines],
        "to_date": _amounts(stub.to_date),
    }
    warnings = _warnings(stub)
    if warnings:
        answer["warnings"] = warnings
    return answer


def _w4(case: Mapping[str, Any]) -> W4:
    names = ("filing_status", "step2_checkbox", "step3_credits", "step4a_other_income")
    return W4(**{name: case[name] for name in (*names, "step4b_deductions", "step4c_extra")})


def _deductions(given: tuple[Mapping[str, Any], ...]) -> tuple[Deduction, ...]:
    made: list[Deduction] = []
    problems: list[Problem] = []
    for place, each in enumerate(given):
        if (each["amount"] is None) == (each["percent"] is None):
            problems.append(Problem(f"deductions[{place}]", "A deduction has either an amount or a percent."))
        name = each["name"] or str(each["kind"])
        if any(one.name == name and one.kind == each["kind"] for one in made):
            problems.append(Problem(f"deductions[{place}].name", "There are two of that kind and name."))
        made.append(Deduction(**{**each, "name": name}))
    if problems:
        raise Refused(problems=problems)
    return tuple(made)


def _match(case: Mapping[str, Any]) -> EmployerMatch | None:
    given = case["employer_match"]
    tiers = tuple(
        MatchTier(rate=tier["rate"] or Decimal(0), up_to=tier["up_to"] or Decimal(0))
        for tier in given["tiers"]
    )
    if not tiers and not given["percent_of_gross"]:
        return None
    return EmployerMatch(
        to_account="plan",
        tiers=tiers,
        percent_of_gross=given["percent_of_gross"] or Decimal(0),
        annual_cap=given["annual_cap"],
        true_up=given["true_up"],
    )


def _residence(case: Mapping[str, Any]) -> Residence | None:
    if case["state"] is None:
        return None
    if case["state_rate"]:
        raise Refused.one("state_rate", "Give either a state, whose formula is used, or a rate.")
    paid = case["pay_date"] or date(min(case["year"], LAST_YEAR), 12, 31)
    if case["pay_date"] is not None and paid.year != case["year"]:
        raise Refused.one("pay_date", f"This is not in {case['year']}.")
    form = StateForm(
        filing_status=case["filing_status"],
        allowances=case["state_allowances"],
        spouse_works=case["spouse_works"],
        county=case["county"] or "",
        code=case["state_form_code"] or "",
        extra=case["state_extra"],
    )
    return Residence(code=case["state"], pay_date=paid, form=form)


def _to_date(given: Mapping[str, Any]) -> Totals:
    deducted: dict[tuple[Any, str], int] = {}
    for place, each in enumerate(given["deducted"]):
        item = (each["kind"], each["name"] or str(each["kind"]))
        if item in deducted:
            raise Refused.one(f"to_date.deducted[{place}]", "There are two of that kind and name.")
        deducted[item] = each["amount"]
    names = ("gross", "federal_wages", "fica_wages", "supplemental", "employer")
    return replace(Totals(**{name: given[name] for name in names}), deducted=deducted)


def _amounts(totals: Totals) -> dict[str, object]:
    return {name: text(getattr(totals, name)) for name in _TOTALS}


def _line(line: StubLine) -> dict[str, str]:
    return {
        "line": line.taking.value,
        "label": line.label,
        "amount": text(line.cents),
        "asked": text(line.asked),
    }


def _warnings(stub: Stub) -> list[str]:
    return [
        NOT_TAKEN[line.stopped_by].format(label=line.label, cents=text(line.cents), asked=text(line.asked))
        for line in stub.lines
        if line.stopped_by is not None
    ]


CALCULATOR: Final = Calculator(
    name="paycheck",
    title="One paycheck",
    about="What is taken out of a paycheck in the order of the law, and what is left of it. "
    "Wage base, limits and caps count what came before in `to_date`.",
    form=FORM,
    outputs={
        "gross": "Gross pay.",
        "federal_wages": "What federal income tax is withheld from.",
        "fica_wages": "What Social Security and Medicare are withheld from.",
        "federal": "Federal income tax withheld.",
        "social_security": "Social Security.",
        "medicare": "Medicare, without the additional tax.",
        "additional_medicare": "Additional Medicare tax.",
        "state": "State income tax.",
        "local": "County income tax, where it is a line of its own.",
        "state_contributions": "Disability, family leave and the like.",
        "net": "What is left.",
        "employer": "What the employer adds to the retirement plan, beside the pay.",
        "lines": "Every line in order: line, label, amount, and what was asked before limits.",
        "to_date": "The same amounts since January, this paycheck included.",
        "warnings": "Sentences, only where less is taken than was asked.",
    },
    work_out=_work_out,
    example={
        "year": 2026,
        "pay_frequency": "biweekly",
        "filing_status": "single",
        "gross": "4000.00",
        "deductions": [
            {"kind": "health", "name": "Health", "amount": "150.00"},
            {"kind": "traditional_401k", "name": "401(k)", "percent": "0.10"},
        ],
        "employer_match": {"tiers": [{"rate": "0.5", "up_to": "0.06"}]},
        "state": "CA",
        "to_date": {"gross": "20000.00", "federal_wages": "17250.00", "fica_wages": "19250.00"},
    },
)
