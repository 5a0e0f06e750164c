"""Credits that only one state has: Kentucky to Pennsylvania, and along the Atlantic."""

from decimal import Decimal

from planner.taxes.schedule import ZERO
from planner.taxes.states.provisions import Provision, above, reached, steps
from planner.taxes.states.rates import rated
from planner.taxes.states.sheet import Sheet

_ONE = Decimal(1)
_EARNED_ABOVE_2017, _REFUNDABLE_2017 = Decimal(3000), Decimal("0.15")


def poverty_line(rule: Provision, people: int) -> Decimal:
    """Return the poverty guideline of a family of that size."""
    first, further = rule.figures["poverty"]
    line: Decimal = first + further * max(0, people - 1)
    return line


def _kentucky_family(credit: Provision, sheet: Sheet) -> Decimal:
    """Kentucky: a share of the tax by income in parts of the poverty line."""
    line = poverty_line(credit, min(sheet.facts.people, int(credit.amount("size_cap"))))
    ratio = sheet.measure(credit.text("measure")) / line
    return sheet.tax_left * reached(credit.table("table"), ratio, above=credit.says("changes_above"))


def _maryland_poverty(credit: Provision, sheet: Sheet) -> Decimal:
    facts = sheet.facts
    line = poverty_line(credit, facts.people)
    if max(facts.federal.agi, facts.earned) > line or facts.earned <= 0:
        return ZERO
    return facts.earned * credit.amount("earned_rate")


def _maryland_senior(credit: Provision, sheet: Sheet) -> Decimal:
    facts, aged = sheet.facts, sheet.facts.aged()
    if not aged:
        return ZERO
    if facts.joint:
        return credit.amount("joint_two" if aged > 1 else "joint_one")
    return credit.amount("head" if sheet.law.column == "head" else "single")


def _maine_sales_tax(credit: Provision, sheet: Sheet) -> Decimal:
    """Maine: an amount by children, less steps of income with untaxed benefits."""
    facts, children = sheet.facts, Decimal(sheet.facts.under(credit.amount("children_under")))
    if sheet.law.column == "separate":
        return ZERO
    amount = credit.amount("base")
    table = {"joint": "additional_joint", "head": "additional_head"}.get(sheet.law.column)
    amount += reached(credit.table(table), children) if table else ZERO
    phase = credit.part("phase")
    assert phase is not None, credit.name
    income = facts.federal.agi + facts.untaxed_social_security
    lost = steps(income, phase.amount("start"), phase.amount("increment")) * phase.amount("per_increment")
    return above(amount, lost)


def _new_jersey_property(credit: Provision, sheet: Sheet) -> Decimal:
    """New Jersey: an amount for those of 65 whose income is too low to be taxed."""
    return credit.amount("amount") if sheet.facts.aged() and sheet.not_taxed else ZERO


def _new_york_household(credit: Provision, sheet: Sheet) -> Decimal:
    measure, facts = sheet.measure(credit.text("measure")), sheet.facts
    if sheet.law.column == "separate":
        return ZERO  # it goes by the income of both spouses
    if sheet.law.column == "single":
        return reached(credit.table("single"), measure, above=True)
    amount = reached(credit.table("other"), measure, above=True)
    further = reached(credit.table("other_per_extra_person"), measure, above=True)
    return amount + further * (facts.people - 1)


def _new_york_child_before_2025(credit: Provision, sheet: Sheet) -> Decimal:
    """New York before 2025: a third of the federal credit as it was in 2017, or an amount for each child."""
    facts = sheet.facts
    children = facts.under(credit.amount("federal_2017_under_age"))
    if not children:
        return ZERO
    start = credit.amount("federal_2017_threshold")
    lost = steps(facts.federal.agi, start, credit.amount("federal_2017_increment"))
    full = credit.amount("federal_2017_amount") * children
    federal = above(full, lost * credit.amount("federal_2017_per_increment"))
    by_earnings = above(facts.earned, _EARNED_ABOVE_2017) * _REFUNDABLE_2017
    federal = min(federal, facts.federal.tax_before_credits + by_earnings)
    least = credit.amount("minimum_per_child") * children if facts.federal.agi <= start else ZERO
    return max(federal * credit.amount("percent"), least)


def _ohio_pension(credit: Provision, sheet: Sheet) -> Decimal:
    return reached(credit.table("table"), sheet.facts.pension, above=credit.says("changes_above"))


def _ohio_joint(credit: Provision, sheet: Sheet) -> Decimal:
    """Ohio: a share of the tax left where each spouse has income of their own."""
    facts = sheet.facts
    if not facts.joint:
        return ZERO
    each = credit.amount("each_income_at_least")
    if any(filer.earned + filer.pension < each for filer in facts.filers):
        return ZERO
    share = reached(credit.table("table"), sheet.measure("state_agi_less_exemptions"))
    return min(sheet.tax_left * share, credit.amount("cap"))


def _pennsylvania(credit: Provision, sheet: Sheet) -> Decimal:
    """Pennsylvania: the share of the tax that is forgiven falls by a step per started increment of income."""
    facts = sheet.facts
    base = credit.amount("base_per_filer") * len(facts.filers)
    base += credit.amount("per_dependent") * len(facts.children)
    lost = steps(sheet.state_agi, base, credit.amount("increment")) * credit.amount("step")
    return sheet.tax_left * above(_ONE, lost)


def _virginia_spouse(credit: Provision, sheet: Sheet) -> Decimal:
    """Virginia: what a couple saves if the lesser earner's share is taxed apart."""
    facts = sheet.facts
    if not facts.joint:
        return ZERO
    own = min(above(income, ZERO) for income in sheet.incomes)
    each = sheet.exemptions / facts.people if facts.people else ZERO
    taxable = above(own, each)
    half = min(taxable, sheet.taxable_income / 2)
    apart = rated(sheet.law, half) + rated(sheet.law, sheet.taxable_income - half)
    return min(above(rated(sheet.law, sheet.taxable_income), apart), credit.amount("cap"))


def _west_virginia(credit: Provision, sheet: Sheet) -> Decimal:
    """West Virginia: a share of the tax by income over the poverty line."""
    line = poverty_line(credit, sheet.facts.people)
    over = sheet.facts.federal.agi - (line / 2 if sheet.law.column == "separate" else line)
    if over <= 0:
        return sheet.tax_left
    return sheet.tax_left * reached(credit.table("table")[1:], over, above=True)


KINDS = {
    "fraction_of_tax_poverty": _kentucky_family,
    "md_poverty": _maryland_poverty,
    "md_senior": _maryland_senior,
    "me_stfc": _maine_sales_tax,
    "nj_property_50": _new_jersey_property,
    "ny_household": _new_york_household,
    "ny_escc_old": _new_york_child_before_2025,
    "table_of_pension": _ohio_pension,
    "oh_joint": _ohio_joint,
    "pa_forgiveness": _pennsylvania,
    "va_spouse": _virginia_spouse,
    "wv_lift": _west_virginia,
}
