"""Couples whose incomes some states tax apart on one return."""

from decimal import Decimal

from planner.taxes.schedule import ZERO
from planner.taxes.states.credits_west import arkansas_additional
from planner.taxes.states.facts import ELDERLY_AGE, Filer
from planner.taxes.states.law import state_law
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
    taxes = [rated(sheet.law, taxable) for taxable in taxables]
    if rule.text("personal_credits") == "own":
        credits_of = [_personal_credits(sheet, number, taxes) for number in range(len(taxes))]
        usable = sum((min(tax, own) for tax, own in zip(taxes, credits_of, strict=True)), ZERO)
        if sum(taxes, ZERO) - usable >= above(joint, sum(credits_of, ZERO)):
            return joint
        sheet.personal_credits_most = usable
    elif sum(taxes, ZERO) - _gained_credit(sheet, taxables) >= joint:
        return joint
    sheet.taxable_apart = taxables
    return sheet.note("taxed_apart", "Tax of each on their own income, on one return", sum(taxes, ZERO), rule)


def _by_income(sheet: Sheet) -> list[Decimal]:
    """Divide the taxable income in the proportion of the incomes, benefits and pensions included."""
    exempt = sheet.exempt_benefits
    before = zip(sheet.before_subtractions, exempt, strict=True)
    incomes = [above(income + benefits, ZERO) for income, benefits in before]
    total = sum(incomes, ZERO)
    if not total:
        return [sheet.taxable_income, ZERO]
    return [sheet.taxable_income * income / total for income in incomes]


def _apart(sheet: Sheet, rule: Provision) -> list[Decimal]:
    """Return each one's taxable income when they are taxed apart."""
    match rule.text("deduction"):
        case "each_half":
            filers = sheet.facts.filers
            return [
                above(income, _single_deduction(sheet, filer))
                for income, filer in zip(sheet.incomes, filers, strict=True)
            ]
        case "each_own":
            return [above(income, sheet.standard_deduction) for income in sheet.incomes]
        case _:
            return _as_equal_as_can_be(sheet.incomes, sheet.deductions + sheet.exemptions)


def _single_deduction(sheet: Sheet, filer: Filer) -> Decimal:
    """Return the standard deduction of one of a couple who are taxed apart."""
    rule = state_law(sheet.law.code, sheet.law.year, "single").part("standard_deduction")
    assert rule is not None, sheet.law.code
    aged = rule.amount("per_aged", ZERO) if filer.age >= ELDERLY_AGE else ZERO
    return rule.amount("amount") + aged


def _as_equal_as_can_be(incomes: list[Decimal], taken: Decimal) -> list[Decimal]:
    """Divide deductions so that the taxable incomes are as equal as they can be: that is the least tax."""
    one, other = (above(income, ZERO) for income in incomes)
    total = above(one + other, taken)
    first = min(one, max(total / 2, total - other))
    return [first, total - first]


def _personal_credits(sheet: Sheet, number: int, taxes: list[Decimal]) -> Decimal:
    """Return the credits for people that are one filer's own; who owes more has those for dependents."""
    filer, total = sheet.facts.filers[number], ZERO
    for credit in sheet.law.groups["credits"]:
        if credit.kind != "per_person":
            continue
        counts = credit.figures["counts"]
        times = counts.get("filer", ZERO)
        times += counts.get("aged", ZERO) if filer.age >= credit.amount("age", Decimal(ELDERLY_AGE)) else ZERO
        times += (
            counts.get("dependent", ZERO) * len(sheet.facts.children)
            if number == taxes.index(max(taxes))
            else ZERO
        )
        total += credit.amount("amount") * times
    return total


def _gained_credit(sheet: Sheet, taxables: list[Decimal]) -> Decimal:
    """Return what credits that each has when taxed apart exceed those of a joint return."""
    for credit in sheet.law.groups["credits"]:
        if credit.kind == "ar_additional":
            each = sum((arkansas_additional(credit, taxable, Decimal(1)) for taxable in taxables), ZERO)
            joint = arkansas_additional(credit, sheet.taxable_income, credit.amount("joint_multiplier"))
            return each - joint
    return ZERO
