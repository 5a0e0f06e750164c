"""Deductions and exemptions of a state, and the federal tax that some states let one deduct."""

from decimal import Decimal

from planner.domain.members import FilingStatus
from planner.taxes.schedule import ZERO
from planner.taxes.states.provisions import Provision, above, phased, reached, within
from planner.taxes.states.sheet import Sheet

_CHILD = Decimal(19)
_UNDER = {"child": _CHILD, "child_under_17": Decimal(17), "child_under_6": Decimal(6)}


def standard_deduction(sheet: Sheet) -> Decimal:
    """Return the state's own standard deduction, or what it puts in its place."""
    rule = sheet.law.part("standard_deduction")
    deduction = ZERO if rule is None else _standard(sheet, rule)
    if rule is not None:
        sheet.note("standard_deduction", "Standard deduction", deduction, rule)
    instead = sheet.law.part("alternative_deduction")
    if instead is not None:
        assert instead.kind == "employee_fica", instead.kind
        paid = sum((filer.payroll_tax for filer in sheet.facts.filers), ZERO)
        if paid > deduction:
            return sheet.note("alternative_deduction", "Payroll taxes, deducted instead", paid, instead)
    return deduction


def _standard(sheet: Sheet, rule: Provision) -> Decimal:
    federal, facts = sheet.facts.federal, sheet.facts
    match rule.kind:
        case "federal":
            return federal.deduction
        case "percent_of_agi":
            share = sheet.state_agi * rule.amount("rate")
            return min(max(share, rule.amount("minimum")), rule.amount("maximum"))
        case "amount_each_filer":
            return rule.amount("amount")
        case "amount":
            amount = rule.amount("amount")
        case kind:
            raise AssertionError(f"{kind} is no standard deduction")
    if rule.figures.get("per_aged") == "federal":
        amount += federal.aged_deduction
    else:
        amount += rule.amount("per_aged", ZERO) * facts.aged()
    phase = rule.part("phase")
    if phase is not None:
        amount = phased(amount, phase, sheet.measure(phase.text("measure")))
    return max(amount, rule.amount("minimum", ZERO))


def exemptions(sheet: Sheet, group: str = "exemptions") -> Decimal:
    """Return what is exempt for the people on the return."""
    total = ZERO
    for rule in sheet.law.groups[group]:
        count = _count(sheet, rule)
        if not count or not within(rule.part("limit"), _looked_at(sheet, rule.part("limit"))):
            continue
        if "table" in rule:
            measure = sheet.measure(rule.text("measure"))
            each = reached(rule.table("table"), measure, above=rule.says("changes_above"))
        else:
            each = rule.amount("amount")
        phase = rule.part("phase")
        if phase is not None:
            each = phased(each, phase, sheet.measure(phase.text("measure")))
        if each:
            label = f"Exemption: {rule.text('per').replace('_', ' ')}, {count}"
            total += sheet.note(f"exemption_{rule.name}", label, each * count, rule)
    return total


def _looked_at(sheet: Sheet, rule: Provision | None) -> Decimal:
    return ZERO if rule is None else sheet.measure(rule.text("measure"))


def _count(sheet: Sheet, rule: Provision) -> int:
    """Return for how many people an exemption is."""
    facts = sheet.facts
    aged = facts.aged(rule.amount("age", Decimal(65)))
    match rule.text("per"):
        case "return":
            return 1
        case "filer":
            return len(facts.filers)
        case "dependent":
            return len(facts.children)
        case "person":
            return facts.people
        case "aged":
            return aged
        case "person_and_aged":
            return facts.people + aged
        case "head_of_household":
            return int(facts.filing_status is FilingStatus.HEAD_OF_HOUSEHOLD)
        case "dependent_beyond_first":
            return max(0, len(facts.children) - 1)
        case per:
            return facts.under(_UNDER[per])


def federal_tax(sheet: Sheet) -> Decimal:
    """Return the federal income tax that the state lets one deduct."""
    rule = sheet.law.part("federal_tax_deduction")
    if rule is None:
        return ZERO
    federal = sheet.facts.federal
    tax = federal.tax_before_refundable_credits
    match rule.kind:
        case "full_less_refundable_credits":
            deducted = above(tax, federal.refundable_credits)
        case "fraction_table":
            share = reached(rule.table("table"), sheet.measure(rule.text("measure")), above=True)
            deducted = min(tax * share, rule.amount("cap"))
        case "capped_table":
            paid = above(tax, federal.child_credit_refundable)
            deducted = min(paid, reached(rule.table("cap"), sheet.measure(rule.text("measure"))))
        case kind:
            raise AssertionError(f"{kind} is no deduction of federal tax")
    if deducted:
        sheet.note("federal_tax_deduction", "Federal income tax, deducted", deducted, rule)
    return deducted
