"""From federal income to the income of a state: Social Security, additions, gains."""

from decimal import ROUND_HALF_UP, Decimal

from planner.taxes.schedule import ZERO
from planner.taxes.states.facts import Filer
from planner.taxes.states.provisions import Provision, above, steps
from planner.taxes.states.sheet import Sheet

_ONE = Decimal(1)
_HUNDREDTH = Decimal("0.01")


def begin(sheet: Sheet) -> None:
    """Write down what the state starts from, by filer; the first one's takes what is nobody's own."""
    federal, filers = sheet.facts.federal, sheet.facts.filers
    match sheet.law.start:
        case "interest_and_dividends_only":
            sheet.incomes = [filer.taxable_interest + filer.dividends for filer in filers]
            total = sum(sheet.incomes, ZERO)
        case "long_term_gains_only":
            sheet.incomes = [above(filer.long_term_gains, ZERO) for filer in filers]
            total = sum(sheet.incomes, ZERO)
        case "own_gross":
            sheet.incomes = [filer.gross for filer in filers]
            total = sheet.own_gross
        case start:
            sheet.incomes = [filer.gross + sheet.share_of_benefits(filer) for filer in filers]
            total = federal.taxable_income if start == "federal_taxable_income" else federal.agi
    sheet.incomes[0] += total - sum(sheet.incomes, ZERO)
    sheet.exempt_benefits = [ZERO for _ in filers]
    labels = {
        "interest_and_dividends_only": "Interest and dividends",
        "long_term_gains_only": "Long-term capital gains",
        "own_gross": "Federal income without Social Security",
        "federal_taxable_income": "Federal taxable income",
    }
    sheet.note("start", labels.get(sheet.law.start, "Federal adjusted gross income"), total)


def benefits(sheet: Sheet) -> None:
    """Take out the benefits that the state does not tax."""
    rule = sheet.law.part("social_security")
    taxed = sheet.facts.federal.taxable_social_security
    in_income = sheet.law.start in {"federal_agi", "federal_taxable_income"}
    if rule is None or not taxed or not in_income:
        return
    shares = [sheet.share_of_benefits(filer) for filer in sheet.facts.filers]
    if rule.kind in _BY_FILER:
        exempt = [_BY_FILER[rule.kind](sheet, rule, filer) for filer in sheet.facts.filers]
    else:
        part = _exempt_benefits(sheet, rule, taxed)
        exempt = [share * part / taxed for share in shares]
    sheet.exempt_benefits = exempt
    sheet.lower(exempt, "social_security", "Social Security that the state does not tax", rule)


def _exempt_benefits(sheet: Sheet, rule: Provision, taxed: Decimal) -> Decimal:
    """Return how much of the taxed benefits of both is exempt."""
    agi = sheet.facts.federal.agi
    match rule.kind:
        case "exempt":
            return taxed
        case "as_federal":
            return ZERO
        case "exempt_if_agi_at_most":
            return taxed if agi <= rule.amount("max") else ZERO
        case "linear_fraction":
            start, end = rule.amount("start"), rule.amount("end")
            fraction = min(_ONE, above(end, agi) / (end - start))
            return taxed * fraction.quantize(_HUNDREDTH, rounding=ROUND_HALF_UP)
        case "exempt_or_fraction":
            full = agi <= rule.amount("full_if_agi_at_most")
            return taxed if full else taxed * rule.amount("fraction_above")
        case "ct":
            return _connecticut(sheet, rule, taxed)
        case "mn":
            return _minnesota(sheet, rule, taxed)
        case kind:
            raise AssertionError(f"{kind} is no way to treat benefits")


def _connecticut(sheet: Sheet, rule: Provision, taxed: Decimal) -> Decimal:
    """Return all below an income; above it, a quarter of what is over the federal base amount is taxed."""
    federal, facts = sheet.facts.federal, sheet.facts
    if federal.agi < rule.amount("full_below_agi"):
        return taxed
    first_base = Decimal(32000 if facts.joint else 25000)
    provisional = federal.agi - federal.taxable_social_security + facts.social_security / 2
    over = above(provisional, first_base)
    return above(taxed, rule.amount("taxed_fraction_at_most") * min(facts.social_security, over))


def _minnesota(sheet: Sheet, rule: Provision, taxed: Decimal) -> Decimal:
    """Return the better of the simplified subtraction and the one that falls with provisional income."""
    federal, facts = sheet.facts.federal, sheet.facts
    lost = steps(federal.agi, rule.amount("start"), rule.amount("increment")) * rule.amount("per_increment")
    simplified = taxed * above(_ONE, lost)
    provisional = federal.agi - taxed + facts.social_security * rule.amount("benefit_fraction")
    over = above(provisional, rule.amount("alternative_income"))
    alternative = above(rule.amount("alternative_amount"), over * rule.amount("alternative_rate"))
    return max(simplified, min(taxed, alternative))


def _colorado(sheet: Sheet, rule: Provision, filer: Filer) -> Decimal:
    own = sheet.share_of_benefits(filer)
    if filer.age >= rule.amount("older_age"):
        return own
    return min(own, rule.amount("younger_cap")) if filer.age >= rule.amount("younger_age") else ZERO


def _rhode_island(sheet: Sheet, rule: Provision, filer: Filer) -> Decimal:
    """Exempt the benefits of those who are old enough to have no reduction, up to an income."""
    old = sheet.facts.born(filer) <= rule.amount("born_by")
    inside = sheet.facts.federal.agi < rule.amount("below")
    return sheet.share_of_benefits(filer) if old and inside else ZERO


_BY_FILER = {"co": _colorado, "exempt_if_agi_below_and_born_by": _rhode_island}


def additions(sheet: Sheet) -> None:
    """Add back what the federal return deducted and the state does not, and take out what it does."""
    federal, rule = sheet.facts.federal, sheet.law.rule
    for addition in sheet.law.groups["additions"]:
        basic = addition.kind == "federal_standard_deduction_basic_over"
        deducted = federal.basic_deduction if basic else federal.deduction
        if federal.agi >= addition.amount("agi_at_least", ZERO):
            _add(sheet, addition.name, addition.label, above(deducted, addition.amount("amount")), addition)
    if rule.says("add_back_senior_deduction") and sheet.law.start == "federal_taxable_income":
        _add(sheet, "senior_deduction", "Federal deduction for seniors", federal.senior_deduction, rule)
    if rule.says("senior_deduction_subtracted"):
        _add(sheet, "senior_deduction", "Federal deduction for seniors", -federal.senior_deduction, rule)


def _add(sheet: Sheet, name: str, label: str, amount: Decimal, rule: Provision) -> None:
    if amount:
        sheet.incomes[0] += sheet.note(name, label, amount, rule)


def gains(sheet: Sheet) -> None:
    """Take out the gains that are not taxed, or are taxed at rates of their own."""
    rule = sheet.law.part("capital_gains")
    facts = sheet.facts
    net = above(facts.long_term_gains, ZERO)
    if rule is None or (not net and "qualified_dividend_fraction" not in rule):
        return
    match rule.kind:
        case "exclude_fraction":
            excluded = net * rule.amount("fraction")
            if "qualified_dividend_fraction" in rule:
                dividends = sum((filer.qualified_dividends for filer in facts.filers), ZERO)
                excluded += dividends * rule.amount("qualified_dividend_fraction")
        case "exclude_larger_of_fraction_or_cap":
            excluded = max(net * rule.amount("fraction"), min(net, rule.amount("cap")))
        case "vt":
            most = above(facts.federal.taxable_income, ZERO) * rule.amount("share_of_federal_taxable")
            excluded = min(net, rule.amount("flat"), most)
        case "own_rates":
            sheet.gains_apart = net
            return
        case _:
            return
    sheet.gains_excluded = excluded
    shares = _by_gains(sheet, excluded)
    sheet.lower(shares, "capital_gains", "Capital gains that the state does not tax", rule)


def _by_gains(sheet: Sheet, excluded: Decimal) -> list[Decimal]:
    """Divide what is excluded among the filers by their gains."""
    filers = sheet.facts.filers
    weights = [filer.long_term_gains + filer.qualified_dividends for filer in filers]
    total = sum(weights, ZERO)
    if len(filers) == 1 or total <= 0:
        return [excluded, *(ZERO for _ in filers[1:])]
    return [excluded * weight / total for weight in weights]
