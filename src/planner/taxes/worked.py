"""Every amount of a federal income tax return, once it is worked out."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Generic

from planner.taxes.arithmetic import Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked(Generic[Number]):
    """Every amount of a return in dollars, unrounded, in the order in which it is worked out.

    `total` is what the household owes for the year before anything withheld or paid: income tax after
    credits, self-employment tax and additional Medicare tax. It is negative where refundable credits are
    larger.
    """

    wages: Number
    interest: Number
    dividends: Number
    capital_gain: Number
    self_employment: Number
    rental: Number
    other: Number
    self_employment_deduction: Number
    ira_deduction: Number
    hsa_deduction: Number
    student_loan_deduction: Number
    adjustments: Number
    taxable_social_security: Number
    agi: Number
    standard_deduction: Number
    medical_deduction: Number
    state_and_local_deduction: Number
    mortgage_deduction: Number
    charity_deduction: Number
    itemized_deductions: Number
    deduction_taken: Number
    senior_deduction: Number
    tips_deduction: Number
    overtime_deduction: Number
    car_loan_deduction: Number
    business_income_deduction: Number
    taxable_income: Number
    taxed_as_gains: Number
    tax_before_credits: Number
    amt_income: Number
    amt: Number
    foreign_tax_credit: Number
    dependent_care_credit: Number
    education_credits: Number
    savers_credit: Number
    child_tax_credit: Number
    eitc: Number
    additional_child_tax_credit: Number
    american_opportunity_refunded: Number
    net_investment_income_tax: Number
    income_tax_after_credits: Number
    self_employment_tax: Number
    additional_medicare: Number
    total: Number
    short_term_carryover: Number
    long_term_carryover: Number
    rental_carryover: Number


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the working: dollars, unrounded, its rule, and the rule's source (empty for a plain sum)."""

    name: str
    label: str
    rule: str
    amount: Decimal
    source: str
