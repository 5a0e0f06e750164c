"""The credits of a state: each in the order of its file, those that are not refundable up to the tax left."""

from collections.abc import Callable
from decimal import Decimal

from planner.domain.members import FilingStatus
from planner.taxes.schedule import ZERO
from planner.taxes.states import credits_east, credits_west, earned_income
from planner.taxes.states.facts import StateReturn
from planner.taxes.states.provisions import Provision, above, phased, reached, within
from planner.taxes.states.sheet import Sheet


def nonrefundable(sheet: Sheet) -> None:
    """Take the credits that cannot be more than the tax off it."""
    for credit in sheet.law.groups["credits"]:
        if credit.says("one_time"):
            continue
        if credit.kind == "md_eitc":
            up_to_tax = min(earned_income.maryland_up_to_tax(credit, sheet), sheet.tax_left)
            sheet.tax_left -= up_to_tax
            if up_to_tax:
                sheet.note(
                    "earned_income_credit_up_to_tax",
                    "Earned income credit, up to the tax",
                    -up_to_tax,
                    credit,
                )
        elif not credit.says("refundable"):
            _grant(sheet, credit, min(worth(credit, sheet), sheet.tax_left))


def refundable(sheet: Sheet) -> Decimal:
    """Return what is refunded, beyond the tax if need be; surplus refunds of one year are left out."""
    total = ZERO
    for credit in sheet.law.groups["credits"]:
        if credit.says("refundable") and not credit.says("one_time"):
            total += _grant(sheet, credit, worth(credit, sheet))
    return total


def _grant(sheet: Sheet, credit: Provision, amount: Decimal) -> Decimal:
    sheet.credits[credit.name] = amount
    if not credit.says("refundable"):
        sheet.tax_left -= amount
    if amount:
        sheet.note(credit.name, credit.label[:1].upper() + credit.label[1:], -amount, credit)
    return amount


def worth(credit: Provision, sheet: Sheet) -> Decimal:
    """Return what a credit comes to, before it is limited to the tax."""
    limit = credit.part("income_limit")
    if limit is not None and not _inside(limit, sheet):
        return ZERO
    return KINDS[credit.kind](credit, sheet)


def _inside(limit: Provision, sheet: Sheet) -> bool:
    measure = sheet.measure(limit.text("measure"))
    if "max" in limit or "below" in limit:
        return within(limit, measure)
    by_dependents = limit.figures.get(f"{sheet.law.column}_by_dependents")
    if by_dependents is not None:
        return measure <= reached(by_dependents, Decimal(len(sheet.facts.children)))
    return measure <= limit.amount("single")


def _phased(credit: Provision, sheet: Sheet, amount: Decimal, children: int = 1) -> Decimal:
    phase = credit.part("phase")
    if phase is None:
        return amount
    return phased(amount, phase, sheet.measure(phase.text("measure")), children=children)


def _each(credit: Provision, sheet: Sheet) -> Decimal:
    if "table" not in credit:
        return credit.amount("amount")
    measure = sheet.measure(credit.text("measure"))
    return reached(credit.table("table"), measure, above=credit.says("changes_above"))


def _counted(credit: Provision, facts: StateReturn) -> int:
    counts = credit.figures["counts"]
    aged = facts.aged(credit.amount("age", Decimal(65)))
    here = {
        "filer": len(facts.filers),
        "dependent": len(facts.children),
        "aged": aged,
        "aged_without_pension": sum(filer.age >= 65 and not filer.pension for filer in facts.filers),  # noqa: PLR2004
        "head_of_household": int(facts.filing_status is FilingStatus.HEAD_OF_HOUSEHOLD),
    }
    return int(sum(here[who] * times for who, times in counts.items()))


def _per_person(credit: Provision, sheet: Sheet) -> Decimal:
    amount = _each(credit, sheet) * _counted(credit, sheet.facts)
    if "cap" in credit:
        amount = min(amount, credit.amount("cap"))
    if sheet.personal_credits_most is not None and not credit.says("refundable"):
        amount = min(amount, sheet.personal_credits_most)
        sheet.personal_credits_most -= amount
    return _phased(credit, sheet, amount)


def _per_child_under(credit: Provision, sheet: Sheet) -> Decimal:
    children = sheet.facts.under(credit.amount("under_age"))
    children = min(children, int(credit.amount("max_children", Decimal(children))))
    if not children:
        return ZERO
    return _phased(credit, sheet, _each(credit, sheet) * children, children)


def _per_child_by_age(credit: Provision, sheet: Sheet) -> Decimal:
    """Give each dependent the amount, or the fraction of the amount, of their age."""
    table = credit.table("table")
    whole = credit.amount("amount", Decimal(1))
    amount = sum((whole * reached(table, Decimal(age)) for age in sheet.facts.children), ZERO)
    return _phased(credit, sheet, amount)


def _federal_child_credit(credit: Provision, sheet: Sheet) -> Decimal:
    federal = sheet.facts.federal
    amount = credit.amount("rate") * (federal.child_credit + federal.child_credit_refundable)
    if credit.says("in_proportion_to_state_income") and federal.agi > 0:
        amount *= min(Decimal(1), above(sheet.state_agi, ZERO) / federal.agi)
    return amount


def _fraction_of_tax(credit: Provision, sheet: Sheet) -> Decimal:
    table, measure = credit.table("table"), sheet.measure(credit.text("measure"))
    return sheet.tax_left * reached(table, measure, above=credit.says("changes_above"))


def _per_return(credit: Provision, sheet: Sheet) -> Decimal:
    if credit.kind == "per_return_if_aged" and not sheet.facts.aged(credit.amount("age", Decimal(65))):
        return ZERO
    return _phased(credit, sheet, _each(credit, sheet))


def _lesser_earned(credit: Provision, sheet: Sheet) -> Decimal:
    facts = sheet.facts
    if not facts.joint:
        return ZERO
    lesser = above(min(filer.earned for filer in facts.filers), ZERO)
    if "income_cap" in credit:
        lesser = min(lesser, credit.amount("income_cap"))
    amount = lesser * credit.amount("rate")
    return min(amount, credit.amount("maximum", amount))


def _by_aged_count(credit: Provision, sheet: Sheet) -> Decimal:
    aged = sheet.facts.aged()
    if not aged:
        return ZERO
    table = credit.table("two" if aged > 1 else "one")
    return reached(table, sheet.measure(credit.text("measure")))


KINDS: dict[str, Callable[[Provision, Sheet], Decimal]] = {
    "per_person": _per_person,
    "per_child_under": _per_child_under,
    "per_child_by_age": _per_child_by_age,
    "per_child_by_age_fraction": _per_child_by_age,
    "federal_ctc": _federal_child_credit,
    "fraction_of_tax_table": _fraction_of_tax,
    "per_return": _per_return,
    "per_return_if_aged": _per_return,
    "rate_of_lesser_earned": _lesser_earned,
    "by_aged_count_table": _by_aged_count,
    **earned_income.KINDS,
    **credits_east.KINDS,
    **credits_west.KINDS,
}
"""How each kind of credit is worked out; the words are those of the states' files."""
