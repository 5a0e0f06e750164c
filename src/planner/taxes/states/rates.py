"""From a state's taxable income to its tax before credits: rates, tables, surtaxes, adjustments."""

from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from planner.taxes.schedule import ZERO
from planner.taxes.states.law import StateLaw, schedule
from planner.taxes.states.provisions import Provision, Table, above, marginal, reached, steps
from planner.taxes.states.sheet import Sheet

_ONE = Decimal(1)


def rated(law: StateLaw, taxable: Decimal) -> Decimal:
    """Return the tax on an income by the state's rates, or by its table where it has one."""
    assert law.rates is not None, law.code
    table = law.part("table")
    if table is None:
        return law.rates.exact(taxable)
    return _arkansas(law, table, above(taxable, ZERO))


def _arkansas(law: StateLaw, table: Provision, taxable: Decimal) -> Decimal:
    """Work out the tax in the middle of a hundred-dollar band, in whole dollars, as the table is printed."""
    printed = taxable < table.amount("below")
    income = taxable
    if printed:
        width = table.amount("midpoint_width")
        offset = _ONE if taxable > table.amount("offset_one_from") else ZERO
        floor = ((taxable - offset) / width).to_integral_value(ROUND_FLOOR) * width + offset
        income = floor + (width / 2).to_integral_value(ROUND_FLOOR) - offset
    assert law.rates is not None, law.code
    constants, high = law.part("formula_constants"), law.part("high_income")
    if constants is not None:
        rate = law.rates.rates[_row(law.rates.starts, income)]
        tax = above(income * rate, reached(constants.table("constants"), income))
    elif high is not None and income > high.amount("over"):
        tax = marginal(high.table("rates"), income) - reached(high.table("less_adjustment"), income)
    else:
        tax = law.rates.exact(income)
    return tax.quantize(_ONE, rounding=ROUND_HALF_UP) if printed else tax


def _row(starts: tuple[Decimal, ...], income: Decimal) -> int:
    return sum(start <= income for start in starts) - 1


def low_income_tax(law: StateLaw, agi: Decimal, children: int) -> Decimal | None:
    """Return the tax by the table for low incomes; None outside it or where the state has none."""
    rule = law.part("low_income_table")
    if rule is None:
        return None
    key = law.column
    if key == "joint":
        key = "joint_up_to_1" if children < 2 else "joint_2_or_more"  # noqa: PLR2004 -- the table's columns
    elif key == "head":
        key = "head_up_to_1" if children < 2 else "head_2_or_more"  # noqa: PLR2004
    table: Table = rule.figures.get(key, rule.figures.get(law.column, ()))
    if not table or agi >= table[-1][0]:
        return None
    return reached(table, agi)


def gains_tax(sheet: Sheet) -> Decimal:
    """Return the tax on gains that have rates of their own, stacked on the other taxable income."""
    rule = sheet.law.part("capital_gains")
    apart = min(sheet.gains_apart, above(sheet.taxable_income, ZERO))
    if rule is None or not apart:
        return ZERO
    stacked = schedule(rule.table("rates"))
    other = sheet.taxable_income - apart
    return stacked.exact(sheet.taxable_income) - stacked.exact(other)


def ceiling_on_gains(sheet: Sheet, tax: Decimal) -> Decimal:
    """Return the tax where gains are taxed at one rate at the most."""
    rule = sheet.law.part("capital_gains")
    if rule is None or rule.kind != "alternative_rate":
        return tax
    gain = min(above(sheet.facts.long_term_gains, ZERO), above(sheet.taxable_income, ZERO))
    other = sheet.taxable_income - gain
    return min(tax, rated(sheet.law, other) + gain * rule.amount("rate"))


def surtax(sheet: Sheet) -> Decimal:
    """Return the surtax on high incomes, and that on gains."""
    total = ZERO
    rule = sheet.law.part("surtax")
    if rule is not None:
        owed = marginal(rule.table("table"), sheet.measure(rule.text("measure")))
        total += sheet.note("surtax", "Surtax on high incomes", owed, rule) if owed else ZERO
    gains = sheet.law.part("capital_gains")
    if gains is not None and "surtax_rate" in gains:
        high = sheet.facts.federal.agi > gains.amount("surtax_if_federal_agi_above")
        owed = above(sheet.facts.long_term_gains, ZERO) * gains.amount("surtax_rate") if high else ZERO
        total += sheet.note("gains_surtax", "Surtax on capital gains", owed, gains) if owed else ZERO
    return total


def at_least(sheet: Sheet, tax: Decimal) -> Decimal:
    """Return the tax, or the least that a high income pays."""
    rule = sheet.law.part("minimum_tax")
    if rule is None or sheet.measure(rule.text("measure")) <= rule.amount("over"):
        return tax
    least = sheet.measure(rule.text("measure")) * rule.amount("rate")
    return sheet.note("minimum_tax", "Minimum tax of high incomes", least, rule) if least > tax else tax


def adjustments(sheet: Sheet, *, after_credits: bool) -> Decimal:
    """Return what is added to the tax: benefits of lower rates taken back, flat amounts."""
    total = ZERO
    for rule in sheet.law.groups["tax_adjustments"]:
        if rule.says("after_nonrefundable_credits") is not after_credits:
            continue
        added = _adjustment(sheet, rule)
        if added:
            total += sheet.note(rule.name, rule.label, added, rule)
    return total


def _adjustment(sheet: Sheet, rule: Provision) -> Decimal:
    match rule.kind:
        case "steps_added":
            measure = sheet.measure(rule.text("measure"))
            count = steps(measure, rule.amount("start"), rule.amount("increment"))
            return min(count * rule.amount("per_increment"), rule.amount("maximum"))
        case "table_added":
            measure = sheet.measure(rule.text("measure"))
            return reached(rule.table("table"), measure, above=rule.says("changes_above"))
        case "flat_if_agi_over_federal_standard_deduction":
            filed = sheet.facts.federal.agi > sheet.facts.federal.deduction
            return rule.amount("amount") if filed else ZERO
        case "ny_supplemental":
            return _new_york(sheet, rule)
        case kind:
            raise AssertionError(f"{kind} is no adjustment of a tax")


def _new_york(sheet: Sheet, rule: Provision) -> Decimal:
    """Take back the benefit of the lower brackets, up to where the top rate begins."""
    agi, taxable = sheet.state_agi, sheet.taxable_income
    start = rule.amount("agi_over")
    if agi <= start:
        return ZERO
    table = rule.table("increment")
    bracket = max((row for row, _ in table if taxable > row), default=ZERO)
    phase = min(_ONE, above(agi, max(bracket, start)) / rule.amount("phase_length"))
    kept = reached(rule.table("base"), taxable, above=True)
    return kept + phase * reached(table, taxable, above=True)


def not_taxed(sheet: Sheet) -> bool:
    """Say whether the state asks no tax of so low an income."""
    rule = sheet.law.part("no_tax_if")
    if rule is None:
        return False
    measure = sheet.measure(rule.text("measure"))
    if rule.figures.get("at_most") == "federal_basic_standard_deduction":
        return measure <= sheet.facts.federal.basic_deduction
    if "below" in rule:
        return measure < rule.amount("below")
    return measure <= rule.amount("at_most")
