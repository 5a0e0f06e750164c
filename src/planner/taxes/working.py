"""How a federal income tax return is worked out: its parts in order, each once for all arithmetics."""

from collections.abc import Callable
from decimal import Decimal

from planner.taxes.adjustments import Adjusted, adjusted_gross_income
from planner.taxes.amt import alternative_minimum_tax
from planner.taxes.arithmetic import Arithmetic, Number
from planner.taxes.capital_gains import Gains, carried_over, net_gains, tax_on
from planner.taxes.credited import Credited, credited
from planner.taxes.desk import Desk
from planner.taxes.earnings import Earnings, earnings
from planner.taxes.fica import additional_medicare
from planner.taxes.returns import Given, Return
from planner.taxes.rules import Law
from planner.taxes.taxable_income import Deducted, deducted
from planner.taxes.worked import Worked

_ZERO = Decimal(0)


def work_out(
    arithmetic: Arithmetic[Number], read: Callable[[Given | int], Number], law: Law, facts: Return[Given]
) -> Worked[Number]:
    """Work out every amount of the return; `read` brings its amounts into the arithmetic, in dollars."""
    filing = law.income.filing[facts.filing_status]
    desk = Desk(arithmetic, read, law, filing, facts, arithmetic.of(_ZERO), arithmetic.of)
    earned, gains = earnings(desk), net_gains(desk)
    interest = read(facts.taxable_interest)
    dividends = read(facts.qualified_dividends) + read(facts.nonqualified_dividends)
    other = read(facts.pension) + read(facts.other_income)
    invested = interest + dividends + gains.gain
    adjusted = adjusted_gross_income(desk, earned, earned.wages + earned.profit + invested + other)
    less = deducted(desk, earned, gains.preferred, adjusted.agi)
    as_gains = arithmetic.least(gains.preferred, less.taxable)
    tax = tax_on(desk, less.taxable, as_gains)
    amt = alternative_minimum_tax(desk, less.amt_income, gains.preferred, less.taxable - as_gains, tax)
    unearned = _unearned(desk, interest + dividends, gains.gain, adjusted.rental)
    given_back = credited(desk, earned, adjusted.agi, unearned, tax + amt)
    niit = _net_investment_tax(desk, invested + adjusted.rental, adjusted.agi)
    medicare = additional_medicare(arithmetic, law, filing, earned.medicare_wages, earned.net_earnings)
    after = tax + amt + niit - given_back.all
    return Worked(
        wages=earned.wages,
        interest=interest,
        dividends=dividends,
        capital_gain=gains.gain,
        self_employment=earned.profit,
        other=other,
        taxable_income=less.taxable,
        taxed_as_gains=as_gains,
        tax_before_credits=tax,
        amt=amt,
        net_investment_income_tax=niit,
        income_tax_after_credits=after,
        self_employment_tax=earned.self_employment_tax,
        additional_medicare=medicare,
        total=after + earned.self_employment_tax + medicare,
        **_adjusted(earned, adjusted),
        **_deducted(less),
        **_credited(given_back),
        **_carried(desk, gains, less),
    )


def _adjusted(earned: Earnings[Number], adjusted: Adjusted[Number]) -> dict[str, Number]:
    return {
        "rental": adjusted.rental,
        "self_employment_deduction": earned.deduction,
        "ira_deduction": adjusted.ira,
        "hsa_deduction": adjusted.hsa,
        "student_loan_deduction": adjusted.student_loan,
        "adjustments": adjusted.adjustments,
        "taxable_social_security": adjusted.benefits,
        "agi": adjusted.agi,
        "rental_carryover": adjusted.rental_carryover,
    }


def _deducted(less: Deducted[Number]) -> dict[str, Number]:
    schedule, temporary = less.schedule_a, less.temporary
    return {
        "standard_deduction": less.standard,
        "medical_deduction": schedule.medical,
        "state_and_local_deduction": schedule.state_and_local,
        "mortgage_deduction": schedule.mortgage,
        "charity_deduction": schedule.charity,
        "itemized_deductions": less.itemized,
        "deduction_taken": less.taken,
        "senior_deduction": temporary.senior,
        "tips_deduction": temporary.tips,
        "overtime_deduction": temporary.overtime,
        "car_loan_deduction": temporary.car_loan,
        "business_income_deduction": less.business,
        "amt_income": less.amt_income,
    }


def _credited(given_back: Credited[Number]) -> dict[str, Number]:
    return {
        "foreign_tax_credit": given_back.foreign,
        "dependent_care_credit": given_back.care,
        "education_credits": given_back.education,
        "savers_credit": given_back.savers,
        "child_tax_credit": given_back.child,
        "eitc": given_back.earned_income,
        "additional_child_tax_credit": given_back.child_refunded,
        "american_opportunity_refunded": given_back.opportunity_refunded,
    }


def _carried(desk: Desk[Number, Given], gains: Gains[Number], less: Deducted[Number]) -> dict[str, Number]:
    short, long = carried_over(desk, gains, less.left)
    return {"short_term_carryover": short, "long_term_carryover": long}


def _unearned(desk: Desk[Number, Given], paid: Number, gain: Number, rental: Number) -> Number:
    """Return the investment income that the earned income credit looks at; losses do not lower it."""
    above, nothing = desk.arithmetic.above, desk.nothing
    exempt = desk.read(desk.facts.tax_exempt_interest)
    return paid + exempt + above(gain, nothing) + above(rental, nothing)


def _net_investment_tax(desk: Desk[Number, Given], income: Number, agi: Number) -> Number:
    """Work out Form 8960."""
    above = desk.of(desk.filing.net_investment_above)
    if not desk.arithmetic.any_above(agi, above):
        return desk.nothing
    over = desk.arithmetic.above(agi, above)
    taxed = desk.arithmetic.least(desk.arithmetic.most(income, desk.nothing), over)
    return taxed * desk.of(desk.income.net_investment)
