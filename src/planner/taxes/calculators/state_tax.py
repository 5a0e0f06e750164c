"""The calculator `state-tax`: the income tax that a resident's state, county and city ask for a year."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from planner.domain.errors import Problem, Refused
from planner.domain.members import FilingStatus
from planner.taxes.calculators.answers import dollars
from planner.taxes.calculators.asked import FILING_STATUS, INFLATION, YEAR, law_of
from planner.taxes.calculators.calculator import Answer, Calculator
from planner.taxes.calculators.fields import Field, Form, age, ages, amount, flag, grouped
from planner.taxes.calculators.income_tax_fields import ITEMIZED
from planner.taxes.income_tax import income_tax
from planner.taxes.law import LAST_YEAR
from planner.taxes.returns import Itemized, Return
from planner.taxes.rules import Law
from planner.taxes.states.federal import SpousesOwn, state_return
from planner.taxes.states.law import states
from planner.taxes.states.localities import local_tax
from planner.taxes.states.sheet import StateLine
from planner.taxes.states.tax import state_tax

CHILD_CREDIT_UNDER: Final = 17
EARNED_INCOME_CHILD_UNDER: Final = 19
_ONE: Final = Decimal(1)
_SPOUSES: Final = (
    "age_spouse",
    "wages_spouse",
    "self_employment_spouse",
    "pension_spouse",
    "social_security_spouse",
)


def _read_state(value: object) -> str:
    if not isinstance(value, str) or value.strip().upper() not in states():
        raise Refused(f"This is the code of a state, one of {', '.join(states())}.")
    return value.strip().upper()


def _read_text(value: object) -> str:
    if not isinstance(value, str):
        raise Refused("This is the name of a county or city.")
    return value


def _item(name: str) -> Field:
    about = "As on federal Schedule A; see the calculator income-tax."
    boolean = name in {"item_mortgage_before_2018", "spouse_itemizes"}
    return flag(name, about) if boolean else amount(name, about)


FORM: Final = Form(
    *grouped(
        "Household",
        Field(
            name="state",
            about="Where the household lives all year: the state's two letters.",
            read=_read_state,
            schema={"type": "string", "enum": list(states())},
            required=True,
        ),
        YEAR,
        INFLATION,
        FILING_STATUS,
        age("age_head", "Age at the end of the year; 0 or null if it is not known."),
        age("age_spouse", "The spouse's age on a joint return; 0 or null without one."),
        ages("children", "The ages of all dependents at the end of the year."),
    ),
    *grouped(
        "Income",
        amount("wages", "Wages."),
        amount("wages_spouse", "The spouse's wages."),
        amount("self_employment", "Profit or loss from self-employment.", negative=True),
        amount("self_employment_spouse", "The spouse's.", negative=True),
        amount("taxable_interest", "Taxable interest."),
        amount("qualified_dividends", "Qualified dividends."),
        amount("nonqualified_dividends", "Other dividends."),
        amount("long_term_gains", "Net long-term gain or loss of the year.", negative=True),
        amount("short_term_gains", "Net short-term gain or loss of the year.", negative=True),
        amount("pension", "Pensions, and distributions from IRAs and plans, as far as they are taxed."),
        amount("pension_spouse", "The spouse's; not among `pension`."),
        amount("social_security", "Social Security benefits, before Medicare premiums."),
        amount("social_security_spouse", "The spouse's benefits; not among `social_security`."),
        amount("other_income", "Other taxed income.", negative=True),
    ),
    *grouped("Itemised deductions", *(_item(name) for name in ITEMIZED)),
    *grouped(
        "County or city",
        Field(
            name="locality",
            about="The county or city whose income tax is to be added; docs/states.md lists those known.",
            read=_read_text,
            schema={"type": "string"},
        ),
    ),
)
_PATHS: Final = {
    "wages_head": "wages",
    "self_employment_head": "self_employment",
    **{f"itemized.{theirs}": ours for ours, theirs in ITEMIZED.items()},
}


def _work_out(case: Mapping[str, Any]) -> Answer:
    law = law_of(case)
    facts = _return_of(case)
    try:
        worked = income_tax(law, facts).worked
    except Refused as refused:
        problems = (Problem(_PATHS.get(one.path, one.path), one.message) for one in refused.problems)
        raise Refused(problems=problems) from refused
    own = SpousesOwn(pension=case["pension_spouse"], social_security=case["social_security_spouse"])
    here = state_return(law, facts, worked, case["children"], own)
    found = state_tax(case["state"], here, price_level=_price_level(law))
    answer: Answer = {
        "income_tax_before_credits": dollars(found.before_credits),
        "income_tax": dollars(found.after_credits),
        "state_agi": dollars(found.state_agi),
        "taxable_income": dollars(found.taxable_income),
        "federal_agi": dollars(worked.agi),
        "local_income_tax": dollars(Decimal(0)),
        "simplified": list(found.simplified),
        "working": _working(found.lines),
    }
    if case["locality"] is not None:
        if law.year > LAST_YEAR:
            raise Refused.one("locality", f"Local income taxes are known to {LAST_YEAR} only.")
        local = local_tax(case["locality"], case["state"], here, found)
        answer["local_income_tax"] = dollars(local.tax)
        answer["simplified"] = [*found.simplified, *local.simplified]
        answer["working"] = [*_working(found.lines), *_working(local.lines)]
    return answer


def _price_level(law: Law) -> Decimal:
    return law.indexed_by if law.year > LAST_YEAR else _ONE


def _return_of(case: Mapping[str, Any]) -> Return[int]:
    """Make the federal return of a case."""
    status, children = case["filing_status"], case["children"]
    if status is not FilingStatus.MARRIED_FILING_JOINTLY:
        given = [name for name in _SPOUSES if case[name]]
        if status is FilingStatus.MARRIED_FILING_SEPARATELY:
            given = [name for name in given if name != "age_spouse"]
        if given:
            raise Refused(
                problems=[Problem(name, "Only a joint return includes a spouse.") for name in given]
            )
    young = sum(child < CHILD_CREDIT_UNDER for child in children)
    items = {theirs: case[ours] for ours, theirs in ITEMIZED.items()}
    return Return(
        filing_status=status,
        age_head=case["age_head"],
        age_spouse=case["age_spouse"],
        children_under_17=young,
        other_dependents=len(children) - young,
        older_children=sum(CHILD_CREDIT_UNDER <= child < EARNED_INCOME_CHILD_UNDER for child in children),
        wages_head=case["wages"],
        wages_spouse=case["wages_spouse"],
        self_employment_head=case["self_employment"],
        self_employment_spouse=case["self_employment_spouse"],
        taxable_interest=case["taxable_interest"],
        qualified_dividends=case["qualified_dividends"],
        nonqualified_dividends=case["nonqualified_dividends"],
        long_term_gains=case["long_term_gains"],
        short_term_gains=case["short_term_gains"],
        pension=case["pension"] + case["pension_spouse"],
        social_security=case["social_security"] + case["social_security_spouse"],
        other_income=case["other_income"],
        itemized=Itemized(**items) if any(items.values()) else None,
    )


def _working(lines: tuple[StateLine, ...]) -> list[dict[str, str]]:
    return [
        {"line": line.name, "label": line.label, "amount": dollars(line.amount), "source": line.source}
        for line in lines
    ]


CALCULATOR: Final = Calculator(
    name="state-tax",
    title="State income tax",
    about="What a resident's state asks for a year, and on request a county or city. "
    "Without `item_...` fields the standard deduction is taken.",
    form=FORM,
    outputs={
        "income_tax_before_credits": "The state's tax before its credits.",
        "income_tax": "After all credits, below 0 if more is refunded; without surplus refunds of one year.",
        "state_agi": "The state's own measure of income, after what it lets one subtract.",
        "taxable_income": "What the state taxes.",
        "federal_agi": "Federal adjusted gross income.",
        "local_income_tax": "What the county or city asks, if one is named.",
        "simplified": "What is simplified or left out for the state.",
        "working": "Every line: line, label, amount, source.",
    },
    work_out=_work_out,
    headline=("income_tax", "income_tax_before_credits", "local_income_tax", "taxable_income", "state_agi"),
    example={
        "state": "NY",
        "year": 2026,
        "filing_status": "married_filing_jointly",
        "age_head": 41,
        "age_spouse": 40,
        "children": [3, 8],
        "wages": "98000.00",
        "wages_spouse": "64000.00",
        "taxable_interest": "1200.00",
        "locality": "New York City",
    },
)
