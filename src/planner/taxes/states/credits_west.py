"""Credits that only one state has: Arkansas, and from Minnesota and Oklahoma to the Pacific."""

from decimal import Decimal

from planner.taxes.schedule import ZERO
from planner.taxes.states.credits_east import poverty_line
from planner.taxes.states.law import state_law
from planner.taxes.states.provisions import Provision, above, phased, reached, steps
from planner.taxes.states.rates import rated
from planner.taxes.states.sheet import Sheet

_EXEMPTIONS_MOST = 6


def _arkansas(credit: Provision, sheet: Sheet) -> Decimal:
    """Arkansas: an amount that falls with taxable income; a couple taxed apart has it each."""
    if sheet.taxed_apart:
        return sum((arkansas_additional(credit, own, Decimal(1)) for own in sheet.taxable_apart), ZERO)
    times = credit.amount("joint_multiplier") if sheet.facts.joint else Decimal(1)
    return arkansas_additional(
        credit, sheet.state_agi if sheet.by_low_income_table else sheet.taxable_income, times
    )


def arkansas_additional(credit: Provision, taxable: Decimal, times: Decimal) -> Decimal:
    """Return the additional credit for a taxable income."""
    lost = steps(taxable, credit.amount("start"), credit.amount("increment"))
    return above(credit.amount("amount") * times, lost * credit.amount("per_increment") * times)


def _california_exemptions(credit: Provision, sheet: Sheet) -> Decimal:
    """California: credits for people, each lowered by steps of income."""
    facts, phase = sheet.facts, credit.part("phase")
    assert phase is not None, credit.name
    lost = steps(facts.federal.agi, phase.amount("start"), phase.amount("increment"))
    lost *= phase.amount("per_increment")
    adults = credit.amount("personal_count") + facts.aged() * credit.amount("aged")
    personal = above(adults * credit.amount("personal"), adults * lost)
    children = len(facts.children)
    return personal + above(children * credit.amount("dependent"), children * lost)


def _marriage(credit: Provision, sheet: Sheet) -> Decimal:
    """Minnesota, North Dakota: what two earners pay more than two single people would, up to a limit."""
    facts = sheet.facts
    if not facts.joint:
        return ZERO
    lesser = min(filer.earned + filer.pension for filer in facts.filers)
    enough = lesser >= credit.amount("minimum_lesser_income")
    if not enough or sheet.taxable_income < credit.amount("minimum_taxable"):
        return ZERO
    if "lesser_income_deduction" in credit:
        deduction = credit.amount("lesser_income_deduction")
    else:
        rule = sheet.law.part("standard_deduction")
        assert rule is not None, credit.name
        half = credit.amount("lesser_income_deduction_fraction_of_joint_standard")
        deduction = rule.amount("amount") * half
    own = above(lesser, deduction)
    single = state_law(sheet.law.code, sheet.law.year, "single")
    apart = rated(single, own) + rated(single, above(sheet.taxable_income, own))
    return min(above(rated(sheet.law, sheet.taxable_income), apart), credit.amount("maximum"))


def _nebraska_child(credit: Provision, sheet: Sheet) -> Decimal:
    facts = sheet.facts
    young = sum(age <= credit.amount("at_most_age") for age in facts.children)
    line = poverty_line(credit, facts.people) * credit.amount("poverty_fraction")
    if not young or facts.federal.agi > line:
        return ZERO
    return reached(credit.table("table"), facts.federal.agi) * young


def _new_mexico_rebate(credit: Provision, sheet: Sheet) -> Decimal:
    """New Mexico: a table by the number of exemptions, two more for each filer of 65."""
    facts = sheet.facts
    number = min(_EXEMPTIONS_MOST, facts.people + 2 * facts.aged())
    income = facts.federal.agi + facts.untaxed_social_security
    rebate = reached(credit.figures["tables"][number - 1], income, above=True)
    return rebate / 2 if sheet.law.column == "separate" else rebate


def _oklahoma_sales_tax(credit: Provision, sheet: Sheet) -> Decimal:
    facts = sheet.facts
    wider = bool(facts.children) or facts.aged() > 0
    limit = credit.amount("limit_with_dependent_or_aged" if wider else "limit")
    income = facts.federal.agi + facts.untaxed_social_security
    return credit.amount("amount") * facts.people if income <= limit else ZERO


def _oregon_retirement(credit: Provision, sheet: Sheet) -> Decimal:
    """Oregon: a part of pensions from 62 on, unless benefits and income are too high."""
    facts = sheet.facts
    pension = sum((filer.pension for filer in facts.filers if filer.age >= credit.amount("age_min")), ZERO)
    over = above(sheet.own_gross, credit.amount("income_over"))
    left = above(credit.amount("base"), facts.social_security + over)
    return credit.amount("rate") * min(pension, left)


def _utah_taxpayer(credit: Provision, sheet: Sheet) -> Decimal:
    """Utah: a part of the federal deduction and of an exemption for each dependent, less a part of income."""
    facts, federal = sheet.facts, sheet.facts.federal
    exemptions = len(facts.children) + facts.under(Decimal(1))  # one born in the year counts twice
    base = federal.deduction + credit.amount("per_dependent") * exemptions
    over = above(sheet.taxable_income, credit.amount("phase_start"))
    return above(base * credit.amount("rate"), over * credit.amount("phase_rate"))


def _utah_benefits(credit: Provision, sheet: Sheet) -> Decimal:
    """Utah: the tax on benefits, less a part of income."""
    lost = _utah_lost(credit, sheet)
    assert sheet.law.rates is not None, sheet.law.code
    return above(sheet.facts.federal.taxable_social_security * sheet.law.rates.rates[0], lost)


def _utah_retirement(credit: Provision, sheet: Sheet) -> Decimal:
    """Utah: an amount for those born long ago; only where it is better than the credit for benefits."""
    facts = sheet.facts
    old = sum(facts.born(filer) <= credit.amount("born_by") for filer in facts.filers)
    amount = above(credit.amount("amount") * old, _utah_lost(credit, sheet))
    return above(amount, sheet.credits.get("social_security_credit", ZERO))


def _utah_lost(credit: Provision, sheet: Sheet) -> Decimal:
    return above(sheet.facts.federal.agi, credit.amount("phase_start")) * credit.amount("phase_rate")


def _utah_child(credit: Provision, sheet: Sheet) -> Decimal:
    low, high = credit.amount("age_from"), credit.amount("age_under")
    count = sum(low <= age < high for age in sheet.facts.children)
    phase = credit.part("phase")
    assert phase is not None, credit.name
    return phased(credit.amount("amount") * count, phase, sheet.measure(phase.text("measure")))


KINDS = {
    "ar_additional": _arkansas,
    "ca_exemptions": _california_exemptions,
    "marriage_split": _marriage,
    "ne_child": _nebraska_child,
    "nm_lictr": _new_mexico_rebate,
    "ok_sales_tax": _oklahoma_sales_tax,
    "or_retirement": _oregon_retirement,
    "ut_taxpayer": _utah_taxpayer,
    "ut_ss": _utah_benefits,
    "ut_retirement": _utah_retirement,
    "ut_child": _utah_child,
}
