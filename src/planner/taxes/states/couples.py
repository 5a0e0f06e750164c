"""Couples whose incomes some states tax apart on one return."""

from decimal import Decimal

from planner.taxes.schedule import ZERO
from planner.taxes.states.credits_west import arkansas_additional
from planner.taxes.states.provisions import Provision, above
from planner.taxes.states.rates import rated
from planner.taxes.states.sheet import Sheet


def tax_of_couple(sheet: Sheet, joint: Decimal) -> Decimal:
    """Return the tax of a couple: together, or apart where the state lets them and it is cheaper."""
    rule = sheet.law.part("couples")
    if rule is None or not sheet.facts.joint:
        return joint
    if rule.kind == "split_by_income_share":
        shares = _by_income(sheet)
        tax = sum((rated(sheet.law, share) for share in shares), ZERO)
        return sheet.note("taxed_apart", "Tax of each on their share of the income", tax, rule)
    taxables = _apart(sheet, rule)
    apart = sum((rated(sheet.law, taxable) for taxable in taxables), ZERO)
    if apart - _lost_credit(sheet, taxables) >= joint:
        return joint
    sheet.taxed_apart = True
    return sheet.note("taxed_apart", "Tax of each on their own income, on one return", apart, rule)


def _by_income(sheet: Sheet) -> list[Decimal]:
    """Divide the taxable income in the proportion of the incomes, in whole percents."""
    incomes = [above(income, ZERO) for income in sheet.incomes]
    total = sum(incomes, ZERO)
    if not total:
        return [sheet.taxable_income, ZERO]
    return [sheet.taxable_income * income / total for income in incomes]


def _apart(sheet: Sheet, rule: Provision) -> list[Decimal]:
    """Return each one's taxable income when they are taxed apart."""
    taken = sheet.deductions + sheet.exemptions
    match rule.text("deduction"):
        case "each_half":
            return [above(income, taken / 2) for income in sheet.incomes]
        case "each_own":
            return [above(income, sheet.standard_deduction) for income in sheet.incomes]
        case _:
            return _as_equal_as_can_be(sheet.incomes, taken)


def _as_equal_as_can_be(incomes: list[Decimal], taken: Decimal) -> list[Decimal]:
    """Divide deductions so that the taxable incomes are as equal as they can be: that is the least tax."""
    one, other = (above(income, ZERO) for income in incomes)
    total = above(one + other, taken)
    first = min(one, max(total / 2, total - other))
    return [first, total - first]


def _lost_credit(sheet: Sheet, taxables: list[Decimal]) -> Decimal:
    """Return what credits that each has when taxed apart exceed those of a joint return."""
    for credit in sheet.law.groups["credits"]:
        if credit.kind == "ar_additional":
            each = sum((arkansas_additional(credit, taxable, Decimal(1)) for taxable in taxables), ZERO)
            joint = arkansas_additional(credit, sheet.taxable_income, credit.amount("joint_multiplier"))
            return each - joint
    return ZERO
