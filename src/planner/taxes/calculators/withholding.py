"""The calculator `withholding`: federal income tax withheld from one paycheck."""

from collections.abc import Mapping
from typing import Any, Final

from planner.domain.income import W4
from planner.domain.money import to_cents
from planner.taxes.calculators.answers import text
from planner.taxes.calculators.asked import FILING_STATUS, INFLATION, YEAR, law_of, pay_frequency
from planner.taxes.calculators.calculator import Answer, Calculator
from planner.taxes.calculators.fields import Form, amount, flag, grouped
from planner.taxes.withholding import to_whole_dollars, unrounded_withholding

MORE_THAN_PAID: Final = (
    "The W-4 asks for more than is paid; an employer withholds at most what is left of the pay."
)


def _work_out(case: Mapping[str, Any]) -> Answer:
    w4 = W4(
        filing_status=case["filing_status"],
        step2_checkbox=case["step2_checkbox"],
        step3_credits=case["step3_credits"],
        step4a_other_income=case["step4a_other_income"],
        step4b_deductions=case["step4b_deductions"],
        step4c_extra=case["step4c_extra"],
    )
    wages: int = case["taxable_wages"]
    withheld = unrounded_withholding(law_of(case), wages, case["pay_frequency"], w4)
    cents = to_cents(withheld)
    answer: Answer = {
        "withholding": text(cents),
        "withholding_whole_dollar": text(to_whole_dollars(withheld)),
    }
    if cents > wages:
        answer["warnings"] = [MORE_THAN_PAID]
    return answer


CALCULATOR: Final = Calculator(
    name="withholding",
    title="Federal withholding",
    about="Federal income tax withheld from one paycheck: Publication 15-T, percentage method, Worksheet 1A.",
    form=Form(
        *grouped(
            "Paycheck",
            YEAR,
            INFLATION,
            pay_frequency(),
            FILING_STATUS,
            amount("taxable_wages", "Federal taxable wages of the paycheck, after pre-tax deductions."),
        ),
        *grouped(
            "Form W-4",
            flag("step2_checkbox", "The box of step 2(c) of the W-4: two jobs of similar pay."),
            amount("step3_credits", "Step 3: credits for the year."),
            amount("step4a_other_income", "Step 4(a): other income of the year."),
            amount("step4b_deductions", "Step 4(b): deductions of the year over the standard deduction."),
            amount("step4c_extra", "Step 4(c): extra amount from each paycheck."),
        ),
    ),
    outputs={
        "withholding": "Withheld from the paycheck, to the cent, half up.",
        "withholding_whole_dollar": "The same, to the dollar, half up.",
        "warnings": "Sentences; only where there is something to say.",
    },
    work_out=_work_out,
    example={
        "year": 2026,
        "pay_frequency": "biweekly",
        "filing_status": "single",
        "taxable_wages": "3200.00",
        "step3_credits": "2200.00",
    },
)
