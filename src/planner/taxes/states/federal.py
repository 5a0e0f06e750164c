"""From a federal return that is worked out to what a state asks of it, and to whose income is whose."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from planner.domain.members import FilingStatus
from planner.taxes.return_rules import EarnedIncomeLaw
from planner.taxes.returns import Return
from planner.taxes.rules import Law
from planner.taxes.schedule import ZERO
from planner.taxes.states.facts import FederalForStates, Filer, StateReturn
from planner.taxes.states.provisions import above
from planner.taxes.worked import Worked

CHILDREN_COUNTED_MAX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SpousesOwn:
    """Cents of the household's income that are the spouse's; states may tax spouses apart."""

    pension: int = 0
    social_security: int = 0
    taxable_interest: int = 0
    qualified_dividends: int = 0
    nonqualified_dividends: int = 0
    long_term_gains: int = 0


def state_return(
    law: Law,
    facts: Return[int],
    worked: Worked[Decimal],
    children: Sequence[int],
    spouse: SpousesOwn | None = None,
) -> StateReturn:
    """Return the year as the state sees it; what is not said to be the spouse's is the head's."""
    own = spouse or SpousesOwn()
    filers = [_head(law, facts, worked, own)]
    if facts.filing_status is FilingStatus.MARRIED_FILING_JOINTLY:
        filers.append(_spouse(law, facts, own))
    return StateReturn(
        year=law.year,
        filing_status=facts.filing_status,
        filers=tuple(filers),
        children=tuple(children),
        federal=for_states(law, facts, worked),
    )


def _dollars(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _head(law: Law, facts: Return[int], worked: Worked[Decimal], own: SpousesOwn) -> Filer:
    """Return the head with all that is not the spouse's; losses are as far as the return takes them."""
    long_term = _dollars(facts.long_term_gains - own.long_term_gains)
    gains = min(long_term, worked.capital_gain) if long_term > 0 else ZERO
    other_gains = worked.capital_gain - gains - _dollars(own.long_term_gains)
    other = worked.other + worked.rental - _dollars(facts.pension) + other_gains
    return Filer(
        age=facts.age_head,
        wages=_dollars(facts.wages_head - facts.pretax_401k_head),
        self_employment=_dollars(facts.self_employment_head),
        pension=_dollars(facts.pension - own.pension),
        social_security=_dollars(facts.social_security - own.social_security),
        taxable_interest=_dollars(facts.taxable_interest - own.taxable_interest),
        qualified_dividends=_dollars(facts.qualified_dividends - own.qualified_dividends),
        other_dividends=_dollars(facts.nonqualified_dividends - own.nonqualified_dividends),
        long_term_gains=gains,
        other=other,
        payroll_tax=_payroll_tax(law, facts.wages_head) + worked.additional_medicare,
    )


def _spouse(law: Law, facts: Return[int], own: SpousesOwn) -> Filer:
    return Filer(
        age=facts.age_spouse,
        wages=_dollars(facts.wages_spouse - facts.pretax_401k_spouse),
        self_employment=_dollars(facts.self_employment_spouse),
        pension=_dollars(own.pension),
        social_security=_dollars(own.social_security),
        taxable_interest=_dollars(own.taxable_interest),
        qualified_dividends=_dollars(own.qualified_dividends),
        other_dividends=_dollars(own.nonqualified_dividends),
        long_term_gains=_dollars(own.long_term_gains),
        payroll_tax=_payroll_tax(law, facts.wages_spouse),
    )


def _payroll_tax(law: Law, wages: int) -> Decimal:
    """Return Social Security and Medicare tax on a year's wages from one employer."""
    dollars = _dollars(wages)
    capped = min(dollars, law.payroll.wage_base)
    return capped * law.payroll.social_security + dollars * law.payroll.medicare


def for_states(law: Law, facts: Return[int], worked: Worked[Decimal]) -> FederalForStates:
    """Return the figures of the federal return that states take over."""
    filing = law.income.filing[facts.filing_status]
    temporary = worked.tips_deduction + worked.overtime_deduction + worked.car_loan_deduction
    deducted = worked.deduction_taken + worked.senior_deduction + temporary
    before = worked.tax_before_credits + worked.amt
    against = worked.foreign_tax_credit + worked.dependent_care_credit + worked.education_credits
    against += worked.savers_credit + worked.child_tax_credit
    credit, by_earnings, most, ends = _earned_income(law.income.credits.earned_income, facts, worked)
    refunded = worked.eitc + worked.additional_child_tax_credit + worked.american_opportunity_refunded
    return FederalForStates(
        agi=worked.agi,
        taxable_social_security=worked.taxable_social_security,
        taxable_income=worked.agi - deducted - worked.business_income_deduction,
        deduction=worked.deduction_taken,
        basic_deduction=filing.standard_deduction,
        aged_deduction=above(worked.standard_deduction, filing.standard_deduction),
        senior_deduction=worked.senior_deduction,
        tax_before_credits=before,
        tax_before_refundable_credits=before - against + worked.net_investment_income_tax,
        refundable_credits=refunded,
        child_credit=worked.child_tax_credit,
        child_credit_refundable=worked.additional_child_tax_credit,
        earned_income_credit=worked.eitc,
        earned_income_credit_any_age=credit,
        earned_income_credit_by_earnings=by_earnings,
        earned_income_credit_most=most,
        earned_income_credit_ends=ends,
        investment_income_limit=law.income.credits.earned_income.investments_most,
    )


def _earned_income(
    law: EarnedIncomeLaw, facts: Return[int], worked: Worked[Decimal]
) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Return the credit without limits of age, what earnings make of it, its most, and where it ends."""
    children = min(facts.children_under_17 + facts.older_children, CHILDREN_COUNTED_MAX)
    joint = facts.filing_status is FilingStatus.MARRIED_FILING_JOINTLY
    earned = above(worked.wages + worked.self_employment, worked.self_employment_deduction)
    invested = worked.interest + worked.dividends + above(worked.capital_gain, ZERO)
    most = law.most[children]
    start = law.above[children] + (law.joint_more[children] if joint else ZERO)
    ends = start + most / law.phase_out[children]
    separate = facts.filing_status is FilingStatus.MARRIED_FILING_SEPARATELY
    if separate or invested > law.investments_most:
        return ZERO, ZERO, most, ends
    by_earnings = min(earned * law.credit[children], most)
    lost = above(max(worked.agi, earned), start) * law.phase_out[children]
    return min(by_earnings, above(most, lost)), by_earnings, most, ends
