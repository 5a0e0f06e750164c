"""State credits for earned income: mostly a part of the federal one, with rules of their own."""

from decimal import Decimal

from planner.taxes.returns import OLDEST
from planner.taxes.schedule import ZERO
from planner.taxes.states.facts import StateReturn
from planner.taxes.states.provisions import Provision, above, reached
from planner.taxes.states.sheet import Sheet

_FEDERAL_AGES = (25, 64)
_ONE = Decimal(1)
_ADULT = 19


def federal_part(credit: Provision, facts: StateReturn) -> Decimal:
    """Return the federal credit a state builds on: its ages may differ where there are no children."""
    federal = facts.federal
    if facts.children or not {"childless_age_min", "childless_max_fallback_age_min"} & credit.figures.keys():
        return federal.earned_income_credit
    if federal.earned_income_credit:
        return federal.earned_income_credit
    if "childless_max_fallback_age_min" in credit:
        lowest = credit.amount("childless_max_fallback_age_min")
        old_enough = any(filer.within(lowest, OLDEST) for filer in facts.filers)
        inside = old_enough and federal.earned_income_credit_any_age > 0
        return federal.earned_income_credit_most if inside else ZERO
    return federal.earned_income_credit_any_age if _of_age(credit, facts) else ZERO


def _of_age(credit: Provision, facts: StateReturn) -> bool:
    """Say whether a filer without children is inside the state's own limits of age."""
    lowest = credit.amount("childless_age_min")
    highest = credit.amount("childless_age_max", Decimal(_FEDERAL_AGES[1]))
    return any(filer.within(lowest, highest) for filer in facts.filers)


def _federal(credit: Provision, sheet: Sheet) -> Decimal:
    facts, children = sheet.facts, Decimal(len(sheet.facts.children))
    if "investment_limit" in credit and facts.investment > credit.amount("investment_limit"):
        return ZERO
    credited = federal_part(credit, facts)
    if not children and "childless_rate" in credit:
        rate = credit.amount("childless_rate")
    elif "by_children" in credit:
        rate = reached(credit.table("by_children"), children)
    elif "rate_with_child_under" in credit:
        age, higher = credit.figures["rate_with_child_under"]
        rate = higher if facts.under(age) else credit.amount("rate")
    else:
        rate = credit.amount("rate")
    amount = credited * rate
    if amount and children and "bonus_with_child" in credit:
        amount += credit.amount("bonus_with_child")
    if "less" in credit:
        amount = above(amount, sheet.credits.get(credit.text("less").replace(" ", "_"), ZERO))
    return min(amount, credit.amount("maximum", amount))


def _choice(credit: Provision, sheet: Sheet) -> Decimal:
    """Delaware: a small part refundable, or a larger one up to the tax: the better one."""
    federal = sheet.facts.federal.earned_income_credit
    as_refund = federal * credit.amount("refundable_rate")
    return max(as_refund, min(federal * credit.amount("nonrefundable_rate"), sheet.tax_left))


def _columbia(credit: Provision, sheet: Sheet) -> Decimal:
    """District of Columbia: the federal credit; childless, what earnings make less a slow phase-out."""
    facts, federal = sheet.facts, sheet.facts.federal
    if facts.children:
        return federal.earned_income_credit * credit.amount("with_children")
    lowest, highest = _FEDERAL_AGES
    if not any(filer.within(lowest, highest) for filer in facts.filers):
        return ZERO
    income = max(facts.earned, federal.agi)
    lost = above(income, credit.amount("childless_start")) * credit.amount("childless_rate")
    return above(federal.earned_income_credit_by_earnings, lost)


def maryland_up_to_tax(credit: Provision, sheet: Sheet) -> Decimal:
    """Maryland: half of the federal credit up to the tax; single and childless, all of it."""
    facts = sheet.facts
    childless = not facts.children and sheet.law.column in {"single", "head"}
    rate = credit.amount("childless_rate" if childless else "nonrefundable_rate")
    return federal_part(credit, facts) * rate


def _maryland(credit: Provision, sheet: Sheet) -> Decimal:
    """Maryland: what a part of the federal credit is over the tax is refunded."""
    facts = sheet.facts
    federal = federal_part(credit, facts)
    childless = not facts.children and sheet.law.column in {"single", "head"}
    rate = credit.amount("childless_rate" if childless else "refundable_rate")
    return above(federal * rate, sheet.tax)


def _virginia(credit: Provision, sheet: Sheet) -> Decimal:
    """Virginia: a refundable part, or a larger one or an amount for low incomes up to the tax."""
    facts, federal = sheet.facts, sheet.facts.federal
    refundable = federal.earned_income_credit * credit.amount("refundable_rate")
    up_to_tax = federal.earned_income_credit * credit.amount("nonrefundable_rate")
    first, further = credit.figures["poverty"]
    poor = sheet.measure("federal_agi") <= first + further * (facts.people - 1)
    if poor and not facts.aged():
        up_to_tax = max(up_to_tax, credit.amount("low_income_per_person") * facts.people)
    return max(refundable, min(up_to_tax, sheet.tax_left))


def _of_state_credit(credit: Provision, sheet: Sheet) -> Decimal:
    """Illinois: a part of the state's own credit where there is a young child."""
    young = sheet.facts.under(credit.amount("under_age"))
    return sheet.credits["earned_income_credit"] * credit.amount("rate") if young else ZERO


def _own(credit: Provision, sheet: Sheet) -> Decimal:
    """Oklahoma: a part of the credit by the federal rules of another year."""
    facts, federal = sheet.facts, sheet.facts.federal
    children = Decimal(len(facts.children))
    if facts.investment > credit.amount("investment_limit") or not federal.earned_income_credit_any_age:
        return ZERO
    if not children and not federal.earned_income_credit:
        return ZERO
    most = reached(credit.table("maximum"), children)
    start = reached(credit.table("start"), children)
    start += reached(credit.table("joint_bonus"), children) if facts.joint else ZERO
    by_earnings = min(facts.earned * reached(credit.table("phase_in"), children), most)
    over = above(max(facts.earned, federal.agi), start)
    lost = over * reached(credit.table("phase_out"), children)
    share = min(_ONE, above(sheet.state_agi, ZERO) / federal.agi) if federal.agi > 0 else _ONE
    return min(by_earnings, above(most, lost)) * credit.amount("rate") * share


def _washington(credit: Provision, sheet: Sheet) -> Decimal:
    """Washington: an amount by children that falls just before the federal credit ends."""
    facts, federal = sheet.facts, sheet.facts.federal
    if not federal.earned_income_credit:
        return ZERO
    children = Decimal(len(facts.children))
    most, least = reached(credit.table("amount"), children), credit.amount("minimum")
    width = reached(credit.table("start_below_eitc_end"), children)
    start = federal.earned_income_credit_ends - width
    income = max(facts.earned, federal.agi)
    return max(most - above(income, start) * most / width, least)


def _california(credit: Provision, sheet: Sheet) -> Decimal:
    """California: what earnings make of it, or income if that is less; it tapers off in two ways."""
    facts = sheet.facts
    investment = sum((above(filer.investment, ZERO) for filer in facts.filers), ZERO)
    of_age = facts.children or any(filer.within(credit.amount("age_min"), OLDEST) for filer in facts.filers)
    if not of_age or investment > credit.amount("max_investment") or facts.earned <= 0:
        return ZERO
    by_earnings = _tapered(credit, facts.earned, Decimal(len(facts.children)))
    return min(by_earnings, _tapered(credit, facts.federal.agi, Decimal(len(facts.children))))


def _tapered(credit: Provision, income: Decimal, children: Decimal) -> Decimal:
    def of(key: str) -> Decimal:
        return reached(credit.table(key), children)

    factor, end = credit.amount("factor"), credit.amount("final_end")
    grown = factor * of("phase_in") * min(income, of("earned"))
    left = grown - factor * of("out_rate") * above(income, of("out_start"))
    final = of("final_start")
    most = factor * of("phase_in") * of("earned")
    begins = of("out_start") + above(most, final) / (factor * of("out_rate"))
    if income <= begins:
        return max(left, ZERO)
    if income >= end:
        return ZERO
    return final * (end - income) / (end - begins)


def _california_young_child(credit: Provision, sheet: Sheet) -> Decimal:
    """California: an amount for a young child, with CalEITC or no earnings, less earnings over a start."""
    facts = sheet.facts
    young = facts.under(credit.amount("under_age"))
    calculated = next(rule for rule in sheet.law.groups["credits"] if rule.kind == "ca_eitc")
    small = facts.federal.agi < calculated.amount("final_end") and facts.earned <= 0
    small = small and facts.investment <= calculated.amount("max_investment")
    if not young or not (sheet.credits.get("caleitc", ZERO) or small):
        return ZERO
    over = above(sheet.facts.earned, credit.amount("start")) / credit.amount("increment")
    return above(credit.amount("amount"), over * credit.amount("per_increment"))


def _minnesota(credit: Provision, sheet: Sheet) -> Decimal:
    """Minnesota: amounts for children and a part of earnings, less a part of income over a start."""
    facts = sheet.facts
    excluded = sheet.law.column == "separate" or facts.investment > facts.federal.investment_income_limit
    if excluded or (not facts.children and not _of_age(credit, facts)):
        return ZERO
    young = facts.under(credit.amount("child_under"))
    older = Decimal(sum(credit.amount("child_under") <= age < _ADULT for age in facts.children))
    work = min(facts.earned, credit.amount("work_up_to")) * credit.amount("work_rate")
    amount = credit.amount("child") * young + work + reached(credit.table("older_child"), older)
    start = credit.amount("start_joint" if facts.joint else "start_other")
    rate = credit.amount("older_rate" if older and not young else "rate")
    return above(amount, above(max(facts.earned, facts.federal.agi), start) * rate)


KINDS = {
    "federal_eitc": _federal,
    "federal_eitc_choice": _choice,
    "dc_eitc": _columbia,
    "md_eitc": _maryland,
    "va_eitc": _virginia,
    "fraction_of_state_eitc_if_child_under": _of_state_credit,
    "own_eitc": _own,
    "wa_wftc": _washington,
    "ca_eitc": _california,
    "ca_yctc": _california_young_child,
    "mn_cwfc": _minnesota,
}
