"""How a federal income tax return is worked out: each rule once, for exact amounts and for arrays."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic

from planner.domain.members import FilingStatus
from planner.taxes.arithmetic import Arithmetic, Number
from planner.taxes.fica import additional_medicare, self_employment
from planner.taxes.returns import Given, Return, Worked
from planner.taxes.rules import FilingLaw, IncomeLaw, Law


@dataclass(frozen=True, slots=True)
class Desk(Generic[Number]):
    """What every rule needs at hand."""

    arithmetic: Arithmetic[Number]
    law: Law
    filing: FilingLaw

    @property
    def income(self) -> IncomeLaw:
        """The part of the law that is about returns."""
        return self.law.income

    def of(self, figure: Decimal | int) -> Number:
        """Bring a figure of the law into this arithmetic."""
        return self.arithmetic.of(Decimal(figure))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Earnings(Generic[Number]):
    medicare_wages: Number
    wages: Number
    profit: Number
    net_earnings: Number
    self_employment_tax: Number
    deduction: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class _Investments(Generic[Number]):
    interest: Number
    dividends: Number
    gain: Number
    loss_unused: Number
    preferred: Number
    rental: Number


def work_out(
    arithmetic: Arithmetic[Number], read: Callable[[Given | int], Number], law: Law, facts: Return[Given]
) -> Worked[Number]:
    """Work out every amount of the return; `read` brings its amounts into the arithmetic, in dollars."""
    desk = Desk(arithmetic, law, law.income.filing[facts.filing_status])
    earned = _earnings(desk, read, facts)
    invested = _investments(desk, read, facts)
    other = invested.rental + read(facts.pension) + read(facts.other_income)
    adjustments = read(facts.adjustments)
    without_benefits = (
        (earned.wages + earned.profit - earned.deduction)
        + (invested.interest + invested.dividends + invested.gain)
        + (other - adjustments)
    )
    provisional = without_benefits + read(facts.tax_exempt_interest)
    bases = law.income.benefit_bases_apart if facts.lived_apart else desk.filing.benefit_bases
    benefits = _taxable_benefits(desk, read(facts.social_security), provisional, bases)
    agi = without_benefits + benefits
    standard, senior = _deductions(desk, facts, agi)
    taxable = arithmetic.above(agi, standard + senior)
    as_gains = arithmetic.least(invested.preferred, taxable)
    tax = _tax(desk, taxable, as_gains)
    earned_income = arithmetic.above(earned.wages + earned.profit, earned.deduction)
    credit, refundable = _child_credit(desk, facts, agi, earned_income, tax)
    medicare = additional_medicare(arithmetic, law, desk.filing, earned.medicare_wages, earned.net_earnings)
    investment_tax = _net_investment_tax(desk, invested, agi)
    return Worked(
        wages=earned.wages,
        interest=invested.interest,
        dividends=invested.dividends,
        capital_gain=invested.gain,
        capital_loss_unused=invested.loss_unused,
        self_employment=earned.profit,
        other=other,
        self_employment_deduction=earned.deduction,
        adjustments=adjustments,
        taxable_social_security=benefits,
        agi=agi,
        standard_deduction=standard,
        senior_deduction=senior,
        taxable_income=taxable,
        taxed_as_gains=as_gains,
        tax_before_credits=tax,
        child_tax_credit=credit,
        additional_child_tax_credit=refundable,
        self_employment_tax=earned.self_employment_tax,
        additional_medicare=medicare,
        net_investment_income_tax=investment_tax,
        total=tax - credit - refundable + earned.self_employment_tax + medicare + investment_tax,
    )


def _earnings(
    desk: Desk[Number], read: Callable[[Given | int], Number], facts: Return[Given]
) -> _Earnings[Number]:
    """Add up what both earn; the wage base is each person's own."""
    head, spouse = read(facts.wages_head), read(facts.wages_spouse)
    own_head, own_spouse = read(facts.self_employment_head), read(facts.self_employment_spouse)
    one = self_employment(desk.arithmetic, desk.law, own_head, head)
    other = self_employment(desk.arithmetic, desk.law, own_spouse, spouse)
    return _Earnings(
        medicare_wages=head + spouse,
        wages=head + spouse - read(facts.pretax_401k_head) - read(facts.pretax_401k_spouse),
        profit=own_head + own_spouse,
        net_earnings=one.net_earnings + other.net_earnings,
        self_employment_tax=one.tax + other.tax,
        deduction=one.deduction + other.deduction,
    )


def _investments(
    desk: Desk[Number], read: Callable[[Given | int], Number], facts: Return[Given]
) -> _Investments[Number]:
    """Net the gains; a loss counts up to the yearly limit. Preferred is what is taxed at 0, 15 and 20 %."""
    arithmetic, nothing = desk.arithmetic, desk.of(0)
    qualified, long = read(facts.qualified_dividends), read(facts.long_term_gains)
    net = long + read(facts.short_term_gains)
    gain = arithmetic.most(net, -desk.of(desk.filing.capital_loss_most))
    return _Investments(
        interest=read(facts.taxable_interest),
        dividends=qualified + read(facts.nonqualified_dividends),
        gain=gain,
        loss_unused=gain - net,
        preferred=qualified + arithmetic.above(arithmetic.least(long, net), nothing),
        rental=read(facts.rental),
    )


def _taxable_benefits(
    desk: Desk[Number], benefits: Number, other_income: Number, bases: tuple[Decimal, ...]
) -> Number:
    """Return the part of Social Security benefits that is taxed: up to a half, then up to 85 %.

    `other_income` is adjusted gross income without benefits, with tax-exempt interest.
    """
    arithmetic = desk.arithmetic
    first_base, second_base = (desk.of(base) for base in bases)
    first_rate, second_rate = (desk.of(rate) for rate in desk.income.benefit_rates)
    provisional = other_income + benefits * first_rate
    between = arithmetic.least(arithmetic.above(provisional, first_base), second_base - first_base)
    first = arithmetic.least(between, benefits) * first_rate
    second = arithmetic.above(provisional, second_base) * second_rate
    return arithmetic.least(first + second, benefits * second_rate)


def _deductions(desk: Desk[Number], facts: Return[Given], agi: Number) -> tuple[Number, Number]:
    """Return the standard deduction, and that of 2025 to 2028 for people of 65 or more."""
    filing = desk.filing
    ages = [facts.age_head]
    if facts.filing_status is FilingStatus.MARRIED_FILING_JOINTLY:
        ages.append(facts.age_spouse)
    elderly = sum(age >= desk.income.elderly_age for age in ages)
    standard = filing.standard_deduction + elderly * filing.additional_standard_deduction
    over = desk.arithmetic.above(agi, desk.of(filing.senior_phase_out_above))
    each = desk.arithmetic.above(
        desk.of(filing.senior_deduction), over * desk.of(desk.income.senior_phase_out)
    )
    return desk.of(standard), each * elderly


def _tax(desk: Desk[Number], taxable: Number, as_gains: Number) -> Number:
    """Tax the gains on top of the rest at their own rates; never more than the brackets on everything."""
    arithmetic, filing = desk.arithmetic, desk.filing
    ordinary = taxable - as_gains
    stacked = arithmetic.taxed(filing.long_term_gains, taxable) - arithmetic.taxed(
        filing.long_term_gains, ordinary
    )
    return arithmetic.least(
        arithmetic.taxed(filing.brackets, ordinary) + stacked, arithmetic.taxed(filing.brackets, taxable)
    )


def _child_credit(
    desk: Desk[Number], facts: Return[Given], agi: Number, earned: Number, tax: Number
) -> tuple[Number, Number]:
    """Return the credit for children and other dependents against the tax, and what is refunded of it."""
    arithmetic, income, of = desk.arithmetic, desk.income, desk.of
    children = facts.children_under_17
    full = of(children * income.child + facts.other_dependents * income.other_dependent)
    over = arithmetic.above(agi, of(desk.filing.child_phase_out_above))
    lost = arithmetic.started(over, of(income.child_phase_out_step)) * of(income.child_phase_out)
    credit = arithmetic.above(full, lost)
    used = arithmetic.least(credit, tax)
    refundable = arithmetic.least(credit - used, of(children * income.child_refundable))
    by_earnings = arithmetic.above(earned, of(income.refundable_earned_above)) * of(income.refundable_rate)
    return used, arithmetic.least(refundable, by_earnings)


def _net_investment_tax(desk: Desk[Number], invested: _Investments[Number], agi: Number) -> Number:
    """Work out Form 8960."""
    income = invested.interest + invested.dividends + invested.gain + invested.rental
    over = desk.arithmetic.above(agi, desk.of(desk.filing.net_investment_above))
    taxed = desk.arithmetic.least(desk.arithmetic.most(income, desk.of(0)), over)
    return taxed * desk.of(desk.income.net_investment)
