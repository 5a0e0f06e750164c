"""Income taxes of cities and counties on their residents, where they are known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from planner.domain.errors import Refused
from planner.taxes.schedule import ZERO
from planner.taxes.states.facts import StateReturn
from planner.taxes.states.files import codes, document, in_column, known_years, year_of
from planner.taxes.states.law import COLUMN_OF, schedule, state_law
from planner.taxes.states.provisions import Provision, Table, above, reached
from planner.taxes.states.sheet import StateLine
from planner.taxes.states.tax import StateTax

FOLDER = "localities"
_FOUR_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTax:
    """A year's local tax in dollars, unrounded; below nothing where more is refunded."""

    tax: Decimal
    lines: tuple[StateLine, ...]
    simplified: tuple[str, ...]


def localities(code: str, year: int) -> tuple[str, ...]:
    """Return the names of a state's cities and counties whose income tax is known, in order."""
    if code not in codes(FOLDER):
        return ()
    found = year_of(FOLDER, code, min(year, known_years(FOLDER, code)[-1]))
    return tuple(sorted(name for kind in KINDS for name in found.get(kind, {})))


def local_tax(name: str, code: str, facts: StateReturn, state: StateTax) -> LocalTax:
    """Work out what a city or county asks of a resident; refused where it is not known."""
    known = localities(code, facts.year)
    chosen = next((one for one in known if one.casefold() == name.strip().casefold()), None)
    if chosen is None:
        place = state_law(code, facts.year, "single").name
        there = f"known are {', '.join(known)}." if known else "none are known there."
        raise Refused.one("locality", f"The local income tax of {name!r} in {place} is not known; {there}")
    year = in_column(year_of(FOLDER, code, facts.year), COLUMN_OF[facts.filing_status])
    for kind, work_out in KINDS.items():
        rules: Mapping[str, Any] = year.get(kind, {})
        if chosen in rules:
            lines = work_out(Provision(chosen, year["source"], {"is": rules[chosen]}), facts, state)
            total = sum((line.amount for line in lines), ZERO)
            lines.append(StateLine("local_total", f"{chosen}: local income tax", total, year["source"]))
            notes = tuple(document(FOLDER, code)["about"].get("simplified", ()))
            return LocalTax(tax=total, lines=tuple(lines), simplified=notes)
    raise AssertionError(f"{chosen} is in no group")


def _line(rule: Provision, name: str, label: str, amount: Decimal) -> StateLine:
    return StateLine(name, label, amount, rule.source)


def _of_taxable_income(rule: Provision, _: StateReturn, state: StateTax) -> list[StateLine]:
    amount = state.taxable_income * rule.amount("is")
    return [_line(rule, "local_tax", "On the state's taxable income", amount)]


def _of_wages(rule: Provision, facts: StateReturn, _: StateTax) -> list[StateLine]:
    amount = above(facts.earned, ZERO) * rule.amount("is")
    return [_line(rule, "local_tax", "On wages", amount)]


def _of_state_tax(rule: Provision, _: StateReturn, state: StateTax) -> list[StateLine]:
    """Take a share of the state's tax less its credits, other than that for children."""
    amount = above(state.after_credits, ZERO) * rule.amount("is")
    return [_line(rule, "local_tax", "Share of the state's tax", amount)]


def _brackets(rule: Provision, _: StateReturn, state: StateTax) -> list[StateLine]:
    amount = schedule(rule.table("is")).exact(state.taxable_income)
    return [_line(rule, "local_tax", "On the state's taxable income, by brackets", amount)]


def _whole(rule: Provision, _: StateReturn, state: StateTax) -> list[StateLine]:
    """Tax the whole income at the rate of its band: a cliff at every band."""
    amount = state.taxable_income * reached(rule.table("is"), state.taxable_income, above=True)
    return [_line(rule, "local_tax", "On the whole taxable income, at the rate of its band", amount)]


def _new_york_city(given: Provision, facts: StateReturn, state: StateTax) -> list[StateLine]:
    """Work out New York City's tax on residents, with its household, school and earned income credits."""
    rule = given.part("is")
    assert rule is not None
    federal, taxable = facts.federal, state.taxable_income
    tax = schedule(rule.table("rates")).exact(taxable)
    household = min(_city_household(rule, facts), tax)
    school = rule.amount("school_credit")
    if federal.agi > rule.amount("school_credit_income_at_most"):
        school = ZERO
    reduction = ZERO
    if federal.agi <= rule.amount("school_reduction_income_at_most"):
        reduction = schedule(rule.table("school_reduction")).exact(taxable)
    rate = _sliding(rule.table("eitc_rate_by_agi"), rule.amount("eitc_rate_slides_over"), state.state_agi)
    earned = federal.earned_income_credit * rate
    eliminated = _eliminated(rule, facts, above(tax, household + earned))
    lines = [
        _line(rule, "city_tax", "City tax on the state's taxable income", tax),
        _line(rule, "city_household_credit", "Household credit", -household),
        _line(rule, "city_school_credit", "School tax credit", -school),
        _line(rule, "city_school_reduction", "School tax credit, reduction of rates", -reduction),
        _line(rule, "city_earned_income_credit", "Earned income credit of the city", -earned),
        _line(rule, "city_elimination_credit", "Income tax elimination credit", -eliminated),
    ]
    return [line for line in lines if line.amount or line.name == "city_tax"]


def _eliminated(rule: Provision, facts: StateReturn, tax: Decimal) -> Decimal:
    """Give a family with a low income what is left of the tax; less as income passes the limit."""
    credit = rule.part("elimination")
    if credit is None or not facts.children or facts.investment > credit.amount("investment_income_most"):
        return ZERO
    limit = reached(credit.table("income_by_dependents"), Decimal(len(facts.children)))
    left = above(Decimal(1), above(facts.federal.agi, limit) / credit.amount("phase_out_width"))
    return tax * left.quantize(_FOUR_PLACES, rounding=ROUND_HALF_UP)


def _city_household(rule: Provision, facts: StateReturn) -> Decimal:
    agi = facts.federal.agi
    if facts.filing_status == "single":
        return reached(rule.table("household_single"), agi, above=True)
    if facts.filing_status == "married_filing_separately":
        return ZERO  # it goes by the income of both spouses
    return reached(rule.table("household_other_per_person"), agi, above=True) * facts.people


def _sliding(table: Table, width: Decimal, value: Decimal) -> Decimal:
    """Return a rate that falls evenly, over `width` dollars, to each step of a table."""
    rate = table[0][1]
    for start, lower in table[1:]:
        if value <= start - width:
            break
        rate -= (rate - lower) * min(Decimal(1), (value - (start - width)) / width)
    return rate


KINDS: dict[str, Callable[[Provision, StateReturn, StateTax], list[StateLine]]] = {
    "rate_of_taxable_income": _of_taxable_income,
    "rate_of_wages": _of_wages,
    "share_of_state_tax": _of_state_tax,
    "brackets_of_taxable_income": _brackets,
    "rate_of_whole_taxable_income": _whole,
    "new_york_city": _new_york_city,
}
"""How each kind of local tax is worked out; the words are those of the localities' files."""
