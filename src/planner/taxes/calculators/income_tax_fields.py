"""The fields of the calculator `income-tax`, and the return that they make."""

from collections.abc import Mapping
from typing import Any, Final

from planner.taxes.calculators.asked import FILING_STATUS, INFLATION, YEAR
from planner.taxes.calculators.fields import (
    Field,
    Form,
    age,
    amount,
    amounts,
    flag,
    grouped,
    read_signed_amount,
    whole,
)
from planner.taxes.returns import (
    MANY_CHILDREN,
    AboveTheLine,
    Business,
    Claims,
    Itemized,
    Return,
    Temporary,
)
from planner.taxes.settlement import Paid

PEOPLE: Final = (
    age("age_head", "Age at the end of the year; 0 or null if it is not known."),
    age("age_spouse", "The spouse's age on a joint return; 0 or null without one."),
    flag("blind_head", "The head is blind."),
    flag("blind_spouse", "The spouse is blind."),
    whole("children_under_17", "Children under 17 at the end of the year.", most=MANY_CHILDREN),
    whole("other_dependents", "Other dependents, older children among them.", most=MANY_CHILDREN),
    whole(
        "older_children",
        "Those of the other dependents who are 17 or 18, or students up to 23: for the earned income credit.",
        most=MANY_CHILDREN,
    ),
    flag("lived_apart", "Married filing separately, and apart from the spouse all year."),
)
INCOME: Final = (
    amount("wages_head", "Wages as Medicare counts them: after cafeteria plans, before deferrals."),
    amount("wages_spouse", "The spouse's wages."),
    amount("pretax_401k_head", "Pre-tax deferrals from these wages: 401(k), 403(b), 457(b)."),
    amount("pretax_401k_spouse", "The spouse's."),
    amount("self_employment", "The head's profit or loss from self-employment.", negative=True),
    amount("self_employment_spouse", "The spouse's.", negative=True),
    amount("taxable_interest", "Taxable interest."),
    amount("tax_exempt_interest", "Tax-exempt interest: it counts for the taxation of benefits."),
    amount("qualified_dividends", "Qualified dividends."),
    amount("nonqualified_dividends", "Other dividends."),
    amount("short_term_gains", "Net short-term gain or loss of the year.", negative=True),
    amount("long_term_gains", "Net long-term gain or loss of the year.", negative=True),
    amount("short_term_carryover", "Short-term losses of earlier years, as a positive amount."),
    amount("long_term_carryover", "Long-term losses of earlier years, as a positive amount."),
    amount("rental", "Net rents, with active participation.", negative=True),
    amount("rental_carryover", "Rental losses of earlier years that waited, as a positive amount."),
    amount("pension", "Pensions and annuities, as far as they are taxed."),
    amount("ira_distributions", "Distributions from IRAs and plans, as far as they are taxed."),
    amount("social_security", "Social Security benefits of both, before Medicare premiums."),
    amount("unemployment", "Unemployment compensation."),
    amount("other_income", "Other taxed income.", negative=True),
)
ABOVE_THE_LINE: Final = {
    "ira_contribution_head": "ira_head",
    "ira_contribution_spouse": "ira_spouse",
    "workplace_plan_head": "workplace_plan_head",
    "workplace_plan_spouse": "workplace_plan_spouse",
    "hsa_contribution_head": "hsa_head",
    "hsa_contribution_spouse": "hsa_spouse",
    "hsa_family": "hsa_family",
    "student_loan_interest": "student_loan_interest",
    "self_employed_plans": "self_employed_plans",
}
ITEMIZED: Final = {
    "item_medical": "medical",
    "item_state_income_tax": "state_income_tax",
    "item_real_estate_tax": "real_estate_tax",
    "item_personal_property_tax": "personal_property_tax",
    "item_mortgage_interest": "mortgage_interest",
    "item_mortgage_balance": "mortgage_balance",
    "item_mortgage_before_2018": "mortgage_before_2018",
    "item_charity_cash": "charity_cash",
    "item_charity_property": "charity_property",
    "item_casualty": "casualty",
    "item_other": "other",
    "spouse_itemizes": "spouse_itemizes",
}
BUSINESS: Final = {
    "business_services": "services",
    "business_wages": "wages_paid",
    "business_property": "property_basis",
    "business_other_income": "other_income",
    "trust_dividends": "trust_dividends",
}
TEMPORARY: Final = {"tips": "tips", "overtime": "overtime", "car_loan_interest": "car_loan_interest"}
CLAIMS: Final = {
    "care_persons": "care_persons",
    "care_expenses": "care_expenses",
    "care_benefits": "care_benefits",
    "opportunity_expenses": "opportunity_expenses",
    "lifetime_learning_expenses": "lifetime_learning_expenses",
    "savings_head": "savings_head",
    "savings_spouse": "savings_spouse",
    "foreign_tax_credit": "foreign_tax",
}
PAID: Final = {
    "federal_withheld": "withheld",
    "estimated_paid": "estimated",
    "social_security_withheld_head": "social_security_head",
    "social_security_withheld_spouse": "social_security_spouse",
}
_DEDUCTIONS: Final = (
    amount("ira_contribution_head", "Contribution to a traditional IRA."),
    amount("ira_contribution_spouse", "The spouse's."),
    flag("workplace_plan_head", "The head has a retirement plan at work, also without deferring."),
    flag("workplace_plan_spouse", "So has the spouse."),
    amount("hsa_contribution_head", "Own contribution to a health savings account, not by payroll."),
    amount("hsa_contribution_spouse", "The spouse's."),
    flag("hsa_family", "The health plan covers a family."),
    amount("student_loan_interest", "Interest on student loans."),
    amount("self_employed_plans", "Retirement plans and health insurance of the self-employed."),
    amount("adjustments", "Other deductions above the line, as they are deducted."),
    amount("item_medical", "Medical and dental expenses."),
    amount("item_state_income_tax", "State and local income tax, or sales tax instead."),
    amount("item_real_estate_tax", "Real estate tax."),
    amount("item_personal_property_tax", "Personal property tax."),
    amount("item_mortgage_interest", "Interest on debt that bought or built a home."),
    amount("item_mortgage_balance", "The average of that debt in the year; not needed below the limit."),
    flag("item_mortgage_before_2018", "The debt is from before 16 December 2017."),
    amount("item_charity_cash", "Gifts of money."),
    amount("item_charity_property", "Gifts of property that gained in value."),
    amount("item_casualty", "Casualty losses, as they are deductible."),
    amount("item_other", "Other itemised deductions."),
    flag("spouse_itemizes", "Married filing separately, and the spouse itemises."),
    flag("business_services", "The business is a specified service: law, health, consulting, finance ..."),
    amount("business_wages", "W-2 wages that the business paid."),
    amount("business_property", "Unadjusted basis of the property of the business."),
    amount(
        "business_other_income",
        "Qualified business income that stands elsewhere on the return.",
        negative=True,
    ),
    amount("trust_dividends", "Dividends of real estate investment trusts (section 199A)."),
    amount("tips", "Qualified tips, among the wages (2025 to 2028)."),
    amount("overtime", "The premium part of overtime pay, among the wages (2025 to 2028)."),
    amount("car_loan_interest", "Interest on a qualified car loan (2025 to 2028)."),
)
_CREDITS: Final = (
    whole(
        "care_persons", "Children under 13, and others who cannot care for themselves.", most=MANY_CHILDREN
    ),
    amount("care_expenses", "What their care cost."),
    amount("care_benefits", "What an employer or a dependent care FSA paid of it."),
    amounts("opportunity_expenses", "For each student, expenses for the American opportunity credit."),
    amount("lifetime_learning_expenses", "Expenses for the lifetime learning credit."),
    amount("savings_head", "Contributions to Roth accounts, for the saver's credit."),
    amount("savings_spouse", "The spouse's."),
    amount("foreign_tax_credit", "The foreign tax credit."),
)
_PAYMENTS: Final = (
    amount("federal_withheld", "Federal income tax withheld, additional Medicare tax included."),
    amount("estimated_paid", "Estimated payments made for the year."),
    amount("social_security_withheld_head", "Social Security tax withheld by all employers."),
    amount("social_security_withheld_spouse", "The spouse's."),
    Field(
        name="last_year_tax",
        about="Last year's total tax, for the safe harbour of estimated payments.",
        read=read_signed_amount,
        schema={"type": ["number", "string"], "format": "money"},
    ),
    amount("last_year_agi", "Last year's adjusted gross income."),
)
FORM: Final = Form(
    *grouped("Household", YEAR, INFLATION, FILING_STATUS, *PEOPLE),
    *grouped("Income", *INCOME),
    *grouped("Deductions", *(field for field in _DEDUCTIONS if field.name not in ITEMIZED)),
    *grouped("Itemised deductions", *(field for field in _DEDUCTIONS if field.name in ITEMIZED)),
    *grouped("Credits", *_CREDITS),
    *grouped("Payments", *_PAYMENTS),
)
_SAME: Final = (
    *(field.name for field in PEOPLE),
    *(
        field.name
        for field in INCOME
        if field.name
        not in {
            "self_employment",
            "self_employment_spouse",
            "pension",
            "ira_distributions",
            "unemployment",
            "other_income",
        }
    ),
    "self_employment_spouse",
    "adjustments",
)
_GROUPS: Final[Mapping[str, tuple[type, Mapping[str, str]]]] = {
    "above_the_line": (AboveTheLine, ABOVE_THE_LINE),
    "itemized": (Itemized, ITEMIZED),
    "business": (Business, BUSINESS),
    "temporary": (Temporary, TEMPORARY),
    "claims": (Claims, CLAIMS),
}
PATHS: Final = {
    "self_employment_head": "self_employment",
    **{f"{group}.{theirs}": ours for group, (_, names) in _GROUPS.items() for ours, theirs in names.items()},
}
"""How the fields of a `Return` are called here, where it is otherwise."""


def return_of(case: Mapping[str, Any]) -> Return[int]:
    """Make the return of a case."""
    groups = {
        group: kind(**{theirs: case[ours] for ours, theirs in names.items()})
        for group, (kind, names) in _GROUPS.items()
        if any(map(case.__getitem__, names))
    }
    return Return(
        filing_status=case["filing_status"],
        self_employment_head=case["self_employment"],
        pension=case["pension"] + case["ira_distributions"],
        other_income=case["unemployment"] + case["other_income"],
        **{name: case[name] for name in _SAME},
        **groups,
    )


def paid_of(case: Mapping[str, Any]) -> Paid:
    """Return what was paid for the year."""
    return Paid(**{theirs: case[ours] for ours, theirs in PAID.items()})
