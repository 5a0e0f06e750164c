"""The lines of a return's working: what each is called, its rule, and the block of law it follows."""

from typing import Final

LINES: Final = (
    ("wages", "Wages", "Wages less pre-tax deferrals.", ""),
    ("interest", "Taxable interest", "As given.", ""),
    ("dividends", "Dividends", "Qualified and other dividends.", ""),
    (
        "capital_gain",
        "Capital gain, or loss up to the limit",
        "Short and long gains less losses of earlier years; a net loss counts up to the yearly limit.",
        "capital_losses",
    ),
    ("self_employment", "Self-employment", "Profit or loss of both.", ""),
    (
        "rental",
        "Rents",
        (
            "Rents less the losses that waited; a loss with active participation counts up to a limit"
            " that goes down as income grows."
        ),
        "rental_losses",
    ),
    ("other", "Pensions and other income", "As far as they are taxed.", ""),
    (
        "self_employment_deduction",
        "Deductible part of self-employment tax",
        "Half of the self-employment tax.",
        "self_employment",
    ),
    (
        "ira_deduction",
        "IRA deduction",
        (
            "Contributions up to the limit and to earnings; phased out for people with a plan at work,"
            " or married to somebody with one."
        ),
        "ira_phase_out",
    ),
    ("hsa_deduction", "HSA deduction", "Own contributions up to the limit of the coverage.", "hsa"),
    (
        "student_loan_deduction",
        "Student loan interest",
        "Interest up to the limit, phased out as income grows.",
        "student_loan_phase_out",
    ),
    ("adjustments", "Other deductions above the line", "As given.", ""),
    (
        "taxable_social_security",
        "Taxable Social Security benefits",
        "Up to half of the benefits over the first base amount, up to 85 % over the second.",
        "social_security_benefits",
    ),
    ("agi", "Adjusted gross income", "All income less the deductions above the line.", ""),
    (
        "standard_deduction",
        "Standard deduction",
        (
            "By filing status, more for each person of 65 or more, or blind; from 2026 with cash gifts"
            " of those who do not itemise."
        ),
        "standard_deduction",
    ),
    (
        "medical_deduction",
        "Medical expenses",
        "What is over 7.5 % of adjusted gross income.",
        "medical_expenses",
    ),
    (
        "state_and_local_deduction",
        "State and local taxes",
        "Up to the cap of the year; from 2025 to 2029 the cap goes down as income grows.",
        "state_and_local_taxes",
    ),
    (
        "mortgage_deduction",
        "Mortgage interest",
        "Interest on the part of the debt that is within the limit.",
        "mortgage_interest",
    ),
    (
        "charity_deduction",
        "Gifts to charity",
        "Over the floor of 0.5 % of income from 2026; property up to 30 % and all up to 60 % of income.",
        "charity",
    ),
    (
        "itemized_deductions",
        "Itemised deductions",
        "All of Schedule A; from 2026 less 2/37 of what falls into the top bracket.",
        "itemized_limit",
    ),
    ("deduction_taken", "Deduction taken", "The larger of the standard and the itemised deductions.", ""),
    (
        "senior_deduction",
        "Deduction for seniors",
        "2025 to 2028, for each person of 65 or more, phased out as income grows.",
        "senior_deduction",
    ),
    (
        "tips_deduction",
        "Deduction for tips",
        "2025 to 2028, up to a limit, phased out by whole thousands.",
        "tips",
    ),
    (
        "overtime_deduction",
        "Deduction for overtime",
        "2025 to 2028, up to a limit, phased out by whole thousands.",
        "overtime",
    ),
    (
        "car_loan_deduction",
        "Deduction for car loan interest",
        "2025 to 2028, up to a limit, phased out by started thousands.",
        "car_loan_interest",
    ),
    (
        "business_income_deduction",
        "Qualified business income deduction",
        (
            "A fifth of business income, limited by wages paid and property, and by a fifth of taxable income"
            " that is not gains."
        ),
        "business_income",
    ),
    ("taxable_income", "Taxable income", "Adjusted gross income less deductions.", ""),
    (
        "taxed_as_gains",
        "of it, taxed at the rates for gains",
        "Net long-term gains and qualified dividends, as far as income is taxable.",
        "long_term_gains",
    ),
    (
        "tax_before_credits",
        "Tax before credits",
        "The rate schedule on ordinary income, gains on top of it at their own rates.",
        "brackets",
    ),
    (
        "amt_income",
        "Alternative minimum taxable income",
        (
            "Taxable income with the standard deduction, the deduction for seniors, and state and local taxes"
            " put back."
        ),
        "amt_exemption",
    ),
    (
        "amt",
        "Alternative minimum tax",
        "What the minimum tax over the exemption, gains at their own rates, is above the regular tax.",
        "amt_rates",
    ),
    ("foreign_tax_credit", "Foreign tax credit", "As given, up to the tax.", ""),
    (
        "dependent_care_credit",
        "Dependent care credit",
        "A percentage, by income, of the cost of care; up to the tax that is left.",
        "dependent_care_credit",
    ),
    (
        "education_credits",
        "Education credits",
        "Lifetime learning, and 60 % of the American opportunity credit; up to the tax that is left.",
        "education_credits",
    ),
    (
        "savers_credit",
        "Saver's credit",
        "50, 20 or 10 % by income of what is put aside for retirement; up to the tax that is left.",
        "savers_credit",
    ),
    (
        "child_tax_credit",
        "Child tax credit and credit for other dependents",
        "50 less for each started 1,000 over the threshold; up to the tax that is left.",
        "child_tax_credit_limits",
    ),
    (
        "eitc",
        "Earned income credit",
        (
            "A percentage of earnings up to the most, phased out as income grows; none over a limit of"
            " investment income."
        ),
        "earned_income_credit",
    ),
    (
        "additional_child_tax_credit",
        "Additional child tax credit, refunded",
        (
            "15 % of earnings over 2,500; with three children or more, payroll taxes less the earned income"
            " credit if that is more."
        ),
        "child_tax_credit",
    ),
    (
        "american_opportunity_refunded",
        "American opportunity credit, refunded",
        "40 % of the credit.",
        "education_credits",
    ),
    (
        "net_investment_income_tax",
        "Net investment income tax",
        "3.8 % of the smaller of investment income and what income is over the threshold.",
        "net_investment_income",
    ),
    (
        "income_tax_after_credits",
        "Income tax after credits",
        "Tax, alternative minimum tax and net investment income tax, less all credits.",
        "",
    ),
    (
        "self_employment_tax",
        "Self-employment tax",
        "On 92.35 % of each person's profit; wages use up the wage base first.",
        "self_employment",
    ),
    (
        "additional_medicare",
        "Additional Medicare tax",
        "0.9 % of wages and net earnings over the return's threshold.",
        "additional_medicare",
    ),
    ("total", "Total tax", "Income tax after credits, self-employment and additional Medicare tax.", ""),
    (
        "short_term_carryover",
        "Short-term loss for next year",
        "The capital loss carryover worksheet of Schedule D.",
        "capital_losses",
    ),
    (
        "long_term_carryover",
        "Long-term loss for next year",
        "The capital loss carryover worksheet of Schedule D.",
        "capital_losses",
    ),
    (
        "rental_carryover",
        "Rental loss that waits",
        "The part of the loss that did not count.",
        "rental_losses",
    ),
)
"""(name, label, rule, block), in the order of `Worked`."""
