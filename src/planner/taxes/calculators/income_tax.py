"""The calculator `income-tax`: the federal income tax return of a year."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from planner.domain.errors import Problem, Refused
from planner.taxes.calculators.answers import dollars, share, text
from planner.taxes.calculators.asked import law_of
from planner.taxes.calculators.calculator import Answer, Calculator
from planner.taxes.calculators.income_tax_fields import FORM, PATHS, paid_of, return_of
from planner.taxes.income_tax import IncomeTax, income_tax
from planner.taxes.lines import LINES
from planner.taxes.returns import Return
from planner.taxes.rules import Law
from planner.taxes.settlement import Estimates, estimates, settle
from planner.taxes.tax_rates import bracket_rate, effective_rate, marginal_rate
from planner.taxes.worked import Worked

RENAMED: Final = {"net_investment_income_tax": "niit", "total": "total_tax"}
NAMES: Final = tuple((name, RENAMED.get(name, name)) for name, *_ in LINES)


def _work_out(case: Mapping[str, Any]) -> Answer:
    law, facts, paid = law_of(case), return_of(case), paid_of(case)
    try:
        found = income_tax(law, facts)
    except Refused as refused:
        problems = (Problem(PATHS.get(one.path, one.path), one.message) for one in refused.problems)
        raise Refused(problems=problems) from refused
    worked = found.worked
    amounts = {name: dollars(getattr(worked, field)) for field, name in NAMES}
    settled = settle(law, found.total, paid)
    ahead = estimates(
        law,
        facts.filing_status,
        total=found.total,
        withheld=paid.withheld + settled.excess_social_security,
        last_year_total=case["last_year_tax"],
        last_year_agi=case["last_year_agi"],
    )
    return {
        **amounts,
        "payments": text(settled.payments),
        "excess_social_security": text(settled.excess_social_security),
        "refund": text(settled.refund),
        "amount_due": text(settled.due),
        **_rates(law, facts, worked),
        "estimates": _plain(ahead),
        "working": _working(found, amounts),
    }


def _rates(law: Law, facts: Return[int], worked: Worked[Decimal]) -> dict[str, str]:
    return {
        "effective_rate": share(effective_rate(worked)),
        "marginal_rate": share(marginal_rate(law, facts, worked)),
        "bracket_rate": share(bracket_rate(law, facts, worked)),
    }


def _plain(ahead: Estimates) -> dict[str, object]:
    return {
        "required": text(ahead.required),
        "reason": ahead.reason,
        "payments": [{"due": each.due.isoformat(), "amount": text(each.cents)} for each in ahead.payments],
    }


def _working(found: IncomeTax, amounts: Mapping[str, str]) -> list[dict[str, str]]:
    sources = found.sources
    return [
        {
            "line": name,
            "label": label,
            "amount": amounts[name],
            "rule": rule,
            "source": sources.get(block, ""),
        }
        for (_, name), (_, label, rule, block) in zip(NAMES, LINES, strict=True)
    ]


CALCULATOR: Final = Calculator(
    name="income-tax",
    title="Federal income tax",
    about="The federal income tax return of a year, by the rate schedules and not by the rounded Tax Table.",
    form=FORM,
    outputs={
        **{name: f"{label}. {rule}" for (_, name), (_, label, rule, _) in zip(NAMES, LINES, strict=True)},
        "payments": "Withheld, estimated payments, and Social Security tax withheld over the wage base.",
        "excess_social_security": "That last part of the payments.",
        "refund": "What comes back; 0 if something is due.",
        "amount_due": "What is still due; 0 if something comes back.",
        "effective_rate": "Total tax as a share of all income before deductions.",
        "marginal_rate": "What the total tax takes of 100 dollars more of other ordinary income.",
        "bracket_rate": "The rate of the bracket that ordinary taxable income reaches.",
        "estimates": "What must be paid during the year: required, reason, payments with their last days.",
        "working": "Every line: line, label, amount, rule, source.",
    },
    work_out=_work_out,
    headline=(
        "refund",
        "amount_due",
        "total_tax",
        "income_tax_after_credits",
        "agi",
        "taxable_income",
        "effective_rate",
        "marginal_rate",
    ),
    example={
        "year": 2026,
        "filing_status": "married_filing_jointly",
        "age_head": 41,
        "age_spouse": 40,
        "children_under_17": 2,
        "wages_head": "98000.00",
        "wages_spouse": "64000.00",
        "pretax_401k_head": "9000.00",
        "taxable_interest": "1200.00",
        "qualified_dividends": "2400.00",
        "long_term_gains": "5000.00",
        "item_mortgage_interest": "14500.00",
        "item_real_estate_tax": "6800.00",
        "federal_withheld": "14200.00",
    },
)
