"""The steps of the states' withholding formulas: what comes off wages, brackets, what comes off the tax."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from planner.taxes.schedule import ZERO
from planner.taxes.states.provisions import Provision, above, reached, steps

FREQUENCY = {52: "weekly", 26: "biweekly", 24: "semimonthly", 12: "monthly", 1: "annually"}
Brackets = tuple[tuple[Decimal, Decimal, Decimal], ...]
"""Rows of (from, tax at it, rate above)."""
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pay:
    """One paycheck and the state's rule for it, in dollars."""

    rule: Provision
    wages: Decimal
    periods: int
    allowances: int
    federal: Decimal
    brackets: str = "brackets"

    @property
    def annual(self) -> Decimal:
        """A year's wages at this rate."""
        return self.wages * self.periods

    def with_rule(self, rule: Provision) -> "Pay":
        """Return the paycheck under another column."""
        return replace(self, rule=rule)

    def with_brackets(self, key: str) -> "Pay":
        """Return the paycheck with other brackets."""
        return replace(self, brackets=key)


def by_brackets(rows: Brackets, amount: Decimal) -> Decimal:
    """Return the tax by published rows; nothing on nothing."""
    if amount <= 0:
        return ZERO
    start, tax, rate = rows[0]
    for row in rows[1:]:
        if amount <= row[0]:
            break
        start, tax, rate = row
    return tax + (amount - start) * rate


def per_period(rule: Provision, key: str, periods: int) -> Decimal:
    """Return a figure that states publish for each pay frequency; for others, the year's divided."""
    published: Mapping[str, Decimal] = rule.figures[key]
    name = FREQUENCY.get(periods, "")
    return published[name] if name in published else published["annually"] / periods


def exempt(pay: Pay) -> bool:
    """Say whether wages are too low for anything to be withheld."""
    rule = pay.rule
    if "low_income_exemption_per_period" in rule:
        return pay.wages < per_period(rule, "low_income_exemption_per_period", pay.periods)
    if "low_income_exemption" not in rule:
        return False
    needs = rule.says("low_income_exemption_requires_allowance")
    return pay.annual <= rule.amount("low_income_exemption") and (not needs or pay.allowances > 0)


def taxable(pay: Pay, exemptions: Mapping[str, int]) -> Decimal:
    """Return a year's wages less what the state lets come off."""
    rule = pay.rule
    taken = _deduction(pay) + _allowances(pay)
    if "exemptions" in rule:
        counts = rule.figures["exemptions"]
        taken += sum((counts[name] * times for name, times in exemptions.items()), ZERO)
    if "deduct_payroll_tax_rate" in rule:
        paid = pay.annual * rule.amount("deduct_payroll_tax_rate")
        taken += min(paid, rule.amount("deduct_payroll_tax_cap"))
    if rule.says("deducts_federal_withholding"):
        cap = reached(rule.table("federal_withholding_cap"), pay.annual)
        taken += min(pay.federal * pay.periods, cap)
    return above(pay.annual, taken)


def _deduction(pay: Pay) -> Decimal:
    rule = pay.rule
    if "deduction_percent_of_gross" in rule:
        if rule.says("deduction_requires_allowance") and not pay.allowances:
            return ZERO
        return min(pay.annual * rule.amount("deduction_percent_of_gross"), rule.amount("deduction_cap"))
    deduction = rule.amount("annual_standard_deduction", ZERO)
    phase = rule.part("deduction_phase_out")
    if phase is None:
        return deduction
    start, end = phase.amount("start"), phase.amount("end")
    return deduction * above(_ONE, above(pay.annual, start) / (end - start))


def _allowances(pay: Pay) -> Decimal:
    rule = pay.rule
    if "exemption_per_allowance" not in rule:
        return ZERO
    if "allowance_cliff" in rule and pay.annual > rule.amount("allowance_cliff"):
        return ZERO
    first = min(Decimal(pay.allowances), rule.amount("first_allowance_count", ZERO))
    larger = first * rule.amount("first_allowance_amount", ZERO)
    return larger + (pay.allowances - first) * rule.amount("exemption_per_allowance")


def taxed(pay: Pay, amount: Decimal) -> Decimal:
    """Put a year's taxable wages through the brackets."""
    rule = pay.rule
    flat = rule.part("flat_rate_above")
    if flat is not None and amount > flat.amount("threshold"):
        return amount * flat.amount("rate")
    other = rule.part("brackets_above_wages")
    if other is not None and pay.annual >= other.amount("from_wages"):
        return by_brackets(other.figures["brackets"], amount)
    return by_brackets(rule.figures[pay.brackets], amount)


def credits_of(pay: Pay, amount: Decimal) -> Decimal:
    """Return what comes off a year's tax; `amount` is taxable wages."""
    rule, credit = pay.rule, ZERO
    cut = "allowance_cliff" in rule and pay.annual >= rule.amount("allowance_cliff")
    if "credit_per_allowance" in rule and not cut:
        credit += rule.amount("credit_per_allowance") * pay.allowances
    tapering = rule.part("tapering_credit")
    if tapering is not None:
        lost = above(amount, tapering.amount("from", ZERO)) * tapering.amount("rate", ZERO)
        credit += above(tapering.amount("amount"), lost)
    return credit


def iowa(pay: Pay, allowance_amount: int | None) -> Decimal:
    """Iowa: the period's wages less its deduction, at the rate, less the period's part of the credit."""
    rule = pay.rule
    left = above(pay.wages, per_period(rule, "deduction_per_period", pay.periods))
    given = None if allowance_amount is None else Decimal(allowance_amount).scaleb(-2)
    credit = rule.amount("credit_per_allowance") * pay.allowances if given is None else given
    return by_brackets(rule.figures["brackets"], left) - credit / pay.periods


def new_jersey(pay: Pay, chosen: Provision) -> Decimal:
    """New Jersey: tables for each pay frequency; for others, a year's divided."""
    rule = pay.rule
    name = FREQUENCY.get(pay.periods, "")
    left = pay.wages - per_period(rule, "exemption_per_allowance_per_period", pay.periods) * pay.allowances
    brackets = chosen.figures["period_brackets"]
    if name in brackets:
        return by_brackets(brackets[name], left)
    return by_brackets(brackets["annually"], left * pay.periods) / pay.periods


def alabama(pay: Pay, chosen: Provision, brackets: Brackets) -> Decimal:
    """Alabama: wages less federal tax, a deduction that falls with wages, and exemptions."""
    rule, deduction = pay.rule, chosen.part("deduction")
    assert deduction is not None, chosen.name
    lost = steps(pay.annual, deduction.amount("from"), deduction.amount("increment"), "down")
    left = max(deduction.amount("base") - lost * deduction.amount("step"), deduction.amount("floor"))
    left = deduction.amount("floor") if pay.annual >= deduction.amount("until") else left
    dependents = reached(rule.table("dependent_allowance"), pay.annual, above=True) * pay.allowances
    taken = left + chosen.amount("personal_exemption") + dependents + pay.federal * pay.periods
    return by_brackets(brackets, above(pay.annual, taken)) / pay.periods


def connecticut(pay: Pay, chosen: Provision, brackets: Brackets) -> Decimal:
    """Connecticut: an exemption by wages, what is taken back of lower rates, and a share that is credited."""
    annual = pay.annual

    def of(key: str) -> Decimal:
        return reached(chosen.table(key), annual, above=True) if key in chosen else ZERO

    tax = by_brackets(brackets, above(annual, of("exemption_by_wages")))
    tax += of("phase_out_add_back") + of("tax_recapture")
    return tax * (_ONE - of("credit_share")) / pay.periods
