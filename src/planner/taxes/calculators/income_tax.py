"""The calculator `income-tax`: the federal income tax return of a year."""

from collections.abc import Mapping
from typing import Any, Final

from planner.taxes.calculators.answers import dollars
from planner.taxes.calculators.asked import FILING_STATUS, INFLATION, YEAR, law_of
from planner.taxes.calculators.calculator import Answer, Calculator
from planner.taxes.calculators.fields import Form, age, amount, whole
from planner.taxes.income_tax import income_tax
from planner.taxes.returns import Return


def _work_out(case: Mapping[str, Any]) -> Answer:
    given = {name: value for name, value in case.items() if name not in ("year", "inflation")}
    worked = income_tax(law_of(case), Return(**given)).worked
    return {"agi": dollars(worked.agi), "taxable_income": dollars(worked.taxable_income)}


CALCULATOR: Final = Calculator(
    name="income-tax",
    title="Federal income tax",
    about="The federal income tax return of a year.",
    form=Form(
        YEAR,
        INFLATION,
        FILING_STATUS,
        age("age_head", "Age at the end of the year."),
        age("age_spouse", "The spouse's age; null or 0 without one."),
        whole("children_under_17", "Children under 17 who count for the child tax credit.", most=50),
        amount("wages_head", "Wages of the head."),
        amount("wages_spouse", "Wages of the spouse."),
    ),
    outputs={"agi": "Adjusted gross income.", "taxable_income": "Taxable income."},
    work_out=_work_out,
)
