"""The income tax that a resident's state asks for a year, in the order in which it is worked out."""

from dataclasses import dataclass, replace
from decimal import Decimal

from planner.taxes.schedule import ZERO
from planner.taxes.states import couples, income, rates
from planner.taxes.states.credits import nonrefundable, refundable
from planner.taxes.states.deductions import exemptions, federal_tax, standard_deduction
from planner.taxes.states.facts import StateReturn, in_prices
from planner.taxes.states.law import COLUMN_OF, StateLaw, state_law, state_years, states
from planner.taxes.states.provisions import Provision, above
from planner.taxes.states.sheet import Sheet, StateLine
from planner.taxes.states.subtractions import subtract

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StateTax:
    """A year's tax in dollars, unrounded. `after_credits` is below nothing where more is refunded."""

    before_credits: Decimal
    before_refundable_credits: Decimal
    after_credits: Decimal
    state_agi: Decimal
    taxable_income: Decimal
    earned_income_credit: Decimal
    lines: tuple[StateLine, ...]
    simplified: tuple[str, ...]


def state_tax(code: str, facts: StateReturn, *, price_level: Decimal = _ONE) -> StateTax:
    """Work out a resident's return; refused for a state or a year whose law is not known.

    For a year after the last known one, `price_level` is how many times the prices of that last year it has:
    every amount of its law, indexed by statute or not, is taken to rise with prices.
    """
    known = state_years(code)[-1] if code in states() else facts.year
    year = known if price_level != _ONE and facts.year > known else facts.year
    law = state_law(code, year, COLUMN_OF[facts.filing_status])
    found = _better(law, facts if price_level == _ONE else in_prices(facts, price_level))
    return found if price_level == _ONE else _at_prices(found, price_level)


def _better(law: StateLaw, facts: StateReturn) -> StateTax:
    """Work a return out, in two ways where an exclusion would give up the credits."""
    sheet = Sheet(law=law, facts=facts)
    found = _work_out(sheet)
    if not sheet.credits_given_up:
        return found
    other = _work_out(Sheet(law=law, facts=facts, keeps_credits=True))
    return other if other.after_credits < found.after_credits else found


def _at_prices(found: StateTax, level: Decimal) -> StateTax:
    return replace(
        found,
        before_credits=found.before_credits * level,
        before_refundable_credits=found.before_refundable_credits * level,
        after_credits=found.after_credits * level,
        state_agi=found.state_agi * level,
        taxable_income=found.taxable_income * level,
        earned_income_credit=found.earned_income_credit * level,
        lines=tuple(replace(line, amount=line.amount * level) for line in found.lines),
    )


def _work_out(sheet: Sheet) -> StateTax:
    law = sheet.law
    if not law.levies:
        sheet.note("no_tax", f"{law.name}: {law.rule.text('note')}", ZERO)
        return _result(sheet, ZERO)
    _to_taxable_income(sheet)
    sheet.tax = ZERO if sheet.not_taxed else _tax(sheet)
    sheet.note("tax", "Tax before credits", sheet.tax, law.rates_source)
    sheet.tax_left = sheet.tax
    refunded = ZERO
    if sheet.credits_given_up:
        sheet.note("credits", "Credits given up for the exclusion", ZERO)
    else:
        _limited_income(sheet)
        nonrefundable(sheet)
    _limit_to_federal(sheet)
    sheet.tax_left += rates.adjustments(sheet, after_credits=True)
    if not sheet.credits_given_up:
        refunded = refundable(sheet)
    total = sheet.note("total", f"{law.name}: tax after credits", sheet.tax_left - refunded)
    return _result(sheet, total)


def _to_taxable_income(sheet: Sheet) -> None:
    """From federal income to what the state taxes."""
    income.begin(sheet)
    income.additions(sheet)
    income.benefits(sheet)
    income.gains(sheet)
    subtract(sheet)
    sheet.note("state_agi", "Income of the state", sheet.state_agi)
    sheet.standard_deduction = standard_deduction(sheet)
    sheet.exemptions = exemptions(sheet)
    sheet.federal_tax_deduction = federal_tax(sheet)
    sheet.deductions = sheet.standard_deduction + sheet.federal_tax_deduction
    sheet.taxable_income = above(sheet.state_agi, sheet.deductions + sheet.exemptions)
    sheet.note("taxable_income", "Taxable income", sheet.taxable_income)
    sheet.not_taxed = rates.not_taxed(sheet)
    untaxed = sheet.law.part("ma_no_tax_status")
    if untaxed is not None:
        sheet.not_taxed = sheet.own_gross <= _untaxed_income(sheet, untaxed)


def _tax(sheet: Sheet) -> Decimal:
    """Apply the rates, and what goes before or beside them."""
    law = sheet.law
    apart = min(sheet.gains_apart, sheet.taxable_income)
    tax = rates.rated(law, sheet.taxable_income - apart)
    if apart:
        tax += sheet.note("gains_tax", "Tax on gains, at their own rates", rates.gains_tax(sheet))
    tax -= _exempt_at_lowest_rate(sheet)
    by_table = rates.low_income_tax(law, sheet.state_agi, len(sheet.facts.children))
    if by_table is not None and by_table < tax:
        tax, sheet.by_low_income_table = by_table, True
    tax = couples.tax_of_couple(sheet, rates.ceiling_on_gains(sheet, tax))
    tax = _low_income(sheet, tax)
    tax += rates.surtax(sheet) + rates.adjustments(sheet, after_credits=False)
    return rates.at_least(sheet, tax)


def _exempt_at_lowest_rate(sheet: Sheet) -> Decimal:
    """Return the tax at the lowest rates on exemptions that come off the bottom of the income."""
    exempt = exemptions(sheet, "exemptions_at_lowest_rate")
    return rates.rated(sheet.law, min(exempt, sheet.taxable_income)) if exempt else ZERO


def _low_income(sheet: Sheet, tax: Decimal) -> Decimal:
    """Iowa: low incomes are exempt, and those who are not single pay a higher rate on what is over."""
    iowa = sheet.law.part("ia_low_income")
    if iowa is None:
        return tax
    single, federal = sheet.law.column == "single", sheet.facts.federal
    aged = "_aged" if sheet.facts.aged() else ""
    counted = sheet.state_agi + federal.deduction + federal.senior_deduction
    if counted <= iowa.amount(f"exempt_{'single' if single else 'other'}{aged}"):
        return ZERO
    if single:
        return tax
    return min(tax, above(counted, iowa.amount(f"alternate_deduction{aged}")) * iowa.amount("alternate_rate"))


def _limited_income(sheet: Sheet) -> None:
    """Massachusetts: above the income without tax, for a while no more than a part of the excess."""
    rule = sheet.law.part("ma_no_tax_status")
    if rule is None:
        return
    base, income, owed = _untaxed_income(sheet, rule), sheet.own_gross, sheet.tax_left
    if income <= base * rule.amount("limited_income_ratio"):
        owed = min(owed, above(income, base) * rule.amount("limited_income_rate"))
    if owed < sheet.tax_left:
        sheet.note("limited_income_credit", "Credit for limited income", owed - sheet.tax_left, rule)
        sheet.tax_left = owed


def _untaxed_income(sheet: Sheet, rule: Provision) -> Decimal:
    """Return the income up to which Massachusetts asks no tax."""
    base = rule.amount("base")
    if rule.says("add_exemptions"):
        people = {line.name: line.amount for line in sheet.lines}
        base += people.get("exemption_return", ZERO) + people.get("exemption_dependent", ZERO)
    return base


def _limit_to_federal(sheet: Sheet) -> None:
    """Nebraska: no more than the federal tax before credits."""
    most = sheet.facts.federal.tax_before_credits
    if sheet.law.rule.says("limited_to_federal_tax") and sheet.tax_left > most:
        sheet.note(
            "limited_to_federal_tax", "Limited to the federal tax", most - sheet.tax_left, sheet.law.rule
        )
        sheet.tax_left = most


def _result(sheet: Sheet, total: Decimal) -> StateTax:
    return StateTax(
        before_credits=sheet.tax,
        before_refundable_credits=sheet.tax_left,
        after_credits=total,
        state_agi=sheet.state_agi,
        taxable_income=sheet.taxable_income,
        earned_income_credit=sheet.credits.get("earned_income_credit", ZERO),
        lines=tuple(sheet.lines),
        simplified=sheet.law.simplified,
    )
