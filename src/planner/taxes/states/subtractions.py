"""What a state lets its residents take off their income: pensions, age, two earners."""

from collections.abc import Callable
from decimal import Decimal

from planner.taxes.schedule import ZERO
from planner.taxes.states.facts import Filer
from planner.taxes.states.provisions import Provision, above, phased, reached, within
from planner.taxes.states.sheet import Sheet

_ONE = Decimal(1)
MICHIGAN_TIER_ONE = 1946
"""Born before that year: the first tier of Michigan's retirement income."""


def subtract(sheet: Sheet) -> None:
    """Take every subtraction of the state off the filers' incomes, in the order of its file."""
    sheet.before_subtractions = list(sheet.incomes)
    taken: list[Decimal] = [ZERO for _ in sheet.facts.filers]
    for rule in sheet.law.groups["subtractions"]:
        if rule.says("not_with_previous") and any(taken):
            continue
        if rule.says("gives_up_credits") and sheet.keeps_credits:
            continue
        taken = KINDS.get(rule.kind, _of_income)(sheet, rule)
        sheet.lower(taken, rule.name, rule.label, rule)
        sheet.credits_given_up |= rule.says("gives_up_credits") and any(taken)
    if "payroll_deduction_cap_per_filer" in sheet.law.rule:
        most = sheet.law.rule.amount("payroll_deduction_cap_per_filer")
        own = [min(filer.payroll_tax, most) for filer in sheet.facts.filers]
        sheet.lower(own, "payroll_taxes", "Social Security and Medicare paid", sheet.law.rule)
    exclusion = sheet.law.part("low_income_earned_exclusion")
    if exclusion is not None and sheet.facts.federal.agi <= exclusion.amount("federal_agi_at_most"):
        own = [min(sheet.facts.earned, exclusion.amount("amount")), *(ZERO for _ in sheet.facts.filers[1:])]
        sheet.lower(own, "low_income_earned", "Earnings of a low income", exclusion)


def _of_income(sheet: Sheet, rule: Provision) -> list[Decimal]:
    """Work out a subtraction of certain incomes of each filer, with its ages, caps and limits."""
    facts = sheet.facts
    if not within(rule.part("limit"), sheet.measure("federal_agi")):
        return [ZERO for _ in facts.filers]
    found = [_own(sheet, rule, number, filer) for number, filer in enumerate(facts.filers)]
    if "cap_both_of_age" in rule:
        found = _shared_cap(rule, facts.filers, found)
    if "fraction_table" in rule:
        fraction = reached(rule.table("fraction_table"), sheet.measure(rule.text("measure")))
        found = [amount * fraction for amount in found]
    phase = rule.part("phase")
    if phase is not None:
        found = [phased(amount, phase, sheet.measure(phase.text("measure"))) for amount in found]
    return found


def _own(sheet: Sheet, rule: Provision, number: int, filer: Filer) -> Decimal:
    kinds, cap = rule.words("of"), rule.figures.get("cap_per_person")
    if "born_by" in rule and sheet.facts.born(filer) > rule.amount("born_by"):
        return ZERO
    if filer.age < rule.amount("age_min", ZERO):
        if "under_age_cap" not in rule:
            return ZERO
        age, cap = rule.figures["under_age_cap"]
        if filer.age < age:
            return ZERO
        kinds = rule.words("under_age_of") or kinds
    income = sum((filer.of(kind) for kind in kinds), ZERO)
    if "earned_up_to" in rule:
        income += min(filer.earned, rule.amount("earned_up_to"))
    if cap is None:
        return income
    if rule.text("cap_less") == "gross_social_security":
        cap = above(cap, filer.social_security)
    elif rule.text("cap_less") == "subtracted_social_security":
        cap = above(cap, sheet.exempt_benefits[number])
    return min(income, cap)


def _shared_cap(rule: Provision, filers: tuple[Filer, ...], found: list[Decimal]) -> list[Decimal]:
    """Let a couple of that age share one larger cap."""
    if len(filers) < 2 or any(filer.age < rule.amount("age_min") for filer in filers):  # noqa: PLR2004
        return found
    total = min(sum((filer.pension for filer in filers), ZERO), rule.amount("cap_both_of_age"))
    return [total, ZERO]


def _two_income(sheet: Sheet, rule: Provision) -> list[Decimal]:
    """Maryland: the smaller of an amount and the lesser spouse's income."""
    facts = sheet.facts
    if not facts.joint:
        return [ZERO]
    return [above(min(rule.amount("maximum"), *sheet.incomes), ZERO), ZERO]


def _missouri(sheet: Sheet, rule: Provision) -> list[Decimal]:
    """Missouri: pensions up to a cap each, less what income is over a threshold."""
    pensions = [min(filer.pension, rule.amount("cap_per_person")) for filer in sheet.facts.filers]
    over = above(sheet.state_agi, rule.amount("income_threshold"))
    left = above(sum(pensions, ZERO), over)
    total = sum(pensions, ZERO)
    return [left * own / total if total else ZERO for own in pensions]


def _michigan(sheet: Sheet, rule: Provision) -> list[Decimal]:
    """Michigan: pensions up to a cap, phased in by year of birth, or the deduction of those of 67."""
    facts = sheet.facts
    born = min(facts.born(filer) for filer in facts.filers)
    rest = [ZERO for _ in facts.filers[1:]]
    if born < MICHIGAN_TIER_ONE:
        exempt = min(facts.pension, rule.amount("phase_in_cap"))
        more = above(rule.amount("born_before_1946_interest_dividends_gains"), exempt)
        return [exempt + min(above(facts.investment, ZERO), more), *rest]
    years = rule.figures["phase_in_birth_years"]
    phased_in = years[0] <= born and (len(years) == 1 or born < years[1])
    cap = rule.amount("phase_in_cap") * rule.amount("phase_in_fraction")
    by_pension = min(facts.pension, cap) if phased_in else ZERO
    standard = _michigan_standard(sheet, rule, born)
    return [min(max(by_pension, standard), above(sheet.state_agi, ZERO)), *rest]


def _michigan_standard(sheet: Sheet, rule: Provision, born: int) -> Decimal:
    """Return the deduction against all income: of the second tier, and of the third, which is less."""
    facts, amount = sheet.facts, rule.amount("standard_tier3")
    first, following = rule.figures["standard_tier2_birth_years"]
    if first <= born < following:
        return amount
    years = rule.figures["standard_tier3_birth_years"]
    begins, ends = years[1][0], years[2][0]
    if not begins <= born < ends:
        return ZERO
    people = sheet.law.groups["exemptions"][0].amount("amount") * facts.people
    taken = facts.federal.taxable_social_security if rule.says("less_taxable_social_security") else ZERO
    return above(amount, people + taken)


def _new_jersey(sheet: Sheet, rule: Provision) -> list[Decimal]:
    """New Jersey: a fraction of pensions from 62 on, and of other income where little is earned."""
    facts, gross = sheet.facts, sheet.own_gross
    old = [filer.age >= rule.amount("age_min") for filer in facts.filers]
    if not any(old):
        return [ZERO for _ in facts.filers]
    fraction = reached(rule.table("fraction_table"), gross, above=rule.says("changes_above"))
    most = rule.amount("cap")
    pension = sum((filer.pension for filer, yes in zip(facts.filers, old, strict=True) if yes), ZERO)
    excluded = min(pension * fraction, most) if fraction < 1 else min(pension, most)
    if facts.earned <= rule.amount("other_income_if_earned_at_most") and fraction:
        other = sum(
            (filer.gross - filer.pension for filer, yes in zip(facts.filers, old, strict=True) if yes), ZERO
        )
        excluded += min(above(other, ZERO) * fraction, above(most, excluded))
    return [excluded, *(ZERO for _ in facts.filers[1:])]


def _south_carolina(sheet: Sheet, rule: Provision) -> list[Decimal]:
    """South Carolina: each filer's pension up to a cap; at 65 an exemption less that."""
    found = []
    for filer in sheet.facts.filers:
        elderly = filer.age >= 65  # noqa: PLR2004 -- the statute's age
        pension = min(filer.pension, rule.amount("from_65" if elderly else "under_65"))
        found.append(pension + (above(rule.amount("senior_exemption"), pension) if elderly else ZERO))
    return found


def _virginia(sheet: Sheet, rule: Provision) -> list[Decimal]:
    """Virginia: an amount for each of 65, less income over a limit; in full for those born long ago."""
    facts, each = sheet.facts, rule.amount("amount")
    eligible = [filer.age >= rule.amount("age_min") for filer in facts.filers]
    full = [facts.born(filer) < rule.amount("full_if_born_before") for filer in facts.filers]
    reduced = sum(yes and not whole for yes, whole in zip(eligible, full, strict=True))
    over = above(sheet.own_gross, rule.amount("reduce_over"))
    left = above(each * reduced, over) / reduced if reduced else ZERO
    return [ZERO if not yes else each if whole else left for yes, whole in zip(eligible, full, strict=True)]


def _west_virginia(sheet: Sheet, rule: Provision) -> list[Decimal]:
    """West Virginia: up to an amount of each elderly filer's income, less benefits already subtracted."""
    found = []
    for number, filer in enumerate(sheet.facts.filers):
        most = rule.amount("amount") if filer.age >= rule.amount("age_min") else ZERO
        own = min(most, above(filer.gross + sheet.share_of_benefits(filer), ZERO))
        found.append(above(own, sheet.exempt_benefits[number]))
    return found


KINDS: dict[str, Callable[[Sheet, Provision], list[Decimal]]] = {
    "two_income": _two_income,
    "mo_private_pension": _missouri,
    "mi_retirement": _michigan,
    "nj_retirement": _new_jersey,
    "sc_retirement": _south_carolina,
    "va_age": _virginia,
    "wv_senior": _west_virginia,
}
