"""What is taken out of every paycheck, for all paychecks of an income at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from planner.domain.calendar import age_on
from planner.domain.household import Facts
from planner.domain.income import RETIREMENT_DEFERRALS, W4, Deduction, EmployerMatch
from planner.domain.members import FilingStatus
from planner.engine.income import Earned, payments_a_year
from planner.engine.timeline import FloatArray, IntArray, half_up
from planner.taxes.deductions import Earner, annual_additions_limit, yearly_limit
from planner.taxes.fica import fica_array
from planner.taxes.rules import Law, Limit
from planner.taxes.withholding import federal_withholding_array

CENTS = 100.0
MONTHS_IN_YEAR = 12
NO_LIMIT = np.inf
PER_RETURN = frozenset({Limit.DEPENDENT_CARE, Limit.HSA})
"""Limits that the household shares; the others are each person's own."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Taxation:
    """What paychecks need to know beside the income: the law and the price level of each calendar year.

    `prices` is by year of the plan: what fixed deductions have risen by. `used` holds what earlier incomes
    have used of each shared limit, by year, and grows as incomes are worked out in the user's order.
    """

    facts: Facts
    laws: Sequence[Law]
    prices: FloatArray
    used: dict[tuple[str | None, Limit], FloatArray] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Paychecks:
    """Every paycheck of an income, in cents. `deductions` are in the income's order.

    `medicare_wages` and `deferred` are what a tax return asks for; `additional_medicare` is part of
    `medicare`. gross = deductions + federal + social_security + medicare + state + net.
    """

    pays: Earned
    deductions: tuple[FloatArray, ...]
    federal: FloatArray
    social_security: FloatArray
    medicare: FloatArray
    additional_medicare: FloatArray
    state: FloatArray
    match: FloatArray
    net: FloatArray
    medicare_wages: FloatArray
    deferred: FloatArray


def paychecks(pays: Earned, taxation: Taxation) -> Paychecks:
    """Work out every paycheck: deductions up to their limits, withholding, employer match, net pay.

    The order is that of `taxes.paycheck.paycheck`, and so are the figures, to the cent; nothing takes more
    than is left of a paycheck. From pay that is not taxable nothing is withheld. State tax is a flat share
    of federal taxable wages.
    """
    income, gross = pays.income, pays.gross
    rules = [taxation.laws[0].limits.deductions[deduction.kind] for deduction in income.deductions]
    allowed = _within_limits(pays, [_wanted(each, pays, taxation) for each in income.deductions], taxation)
    left = gross.copy()
    taken = list(allowed)

    def take(chosen: Sequence[bool]) -> FloatArray:
        nonlocal left
        total = np.zeros_like(gross)
        for place in np.flatnonzero(chosen):
            taken[place], left = _taken(allowed[place], left)
            total += taken[place]
        return total

    medicare_wages = gross - take([rule.reduces_fica for rule in rules])
    social_security, medicare, additional = _fica(pays, medicare_wages, taxation)
    social_security, left = _taken(social_security, left)
    medicare, left = _taken(medicare + additional, left)
    deferred = take([rule.reduces_federal and not rule.reduces_fica for rule in rules])
    taxable = medicare_wages - deferred
    federal, left = _taken(_federal(pays, taxable, taxation), left)
    state_rate = float(income.state_withholding_rate) if income.taxable else 0.0
    state, left = _taken(half_up(taxable * state_rate), left)
    take([not (rule.reduces_federal or rule.reduces_fica) for rule in rules])
    _remember(pays, taken, taxation)
    return Paychecks(
        pays=pays,
        deductions=tuple(taken),
        federal=federal,
        social_security=social_security,
        medicare=medicare,
        additional_medicare=additional,
        state=state,
        match=_match(pays, taken, taxation),
        net=left,
        medicare_wages=medicare_wages,
        deferred=deferred,
    )


def _taken(asked: FloatArray, left: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Take what is asked, or all that is left; return it and what is left then."""
    taken = np.minimum(asked, left)
    return taken, left - taken


def _wanted(deduction: Deduction, pays: Earned, taxation: Taxation) -> FloatArray:
    """Return what is to be deducted before limits; a fixed amount rises with prices each January."""
    if deduction.percent is not None:
        return half_up(pays.gross * float(deduction.percent))
    return half_up((deduction.amount or 0) * taxation.prices[pays.years])


def _within_limits(pays: Earned, wanted: Sequence[FloatArray], taxation: Taxation) -> list[FloatArray]:
    """Stop deductions where their own limit, or the shared one of the law, is reached in a year."""
    allowed = list(wanted)
    by_limit: dict[Limit, list[int]] = {}
    for place, deduction in enumerate(pays.income.deductions):
        if deduction.annual_limit is not None:
            allowed[place] = _up_to(allowed[place], pays.years, float(deduction.annual_limit))
        limit = taxation.laws[0].limits.deductions[deduction.kind].limit
        if limit is not Limit.NONE:
            by_limit.setdefault(limit, []).append(place)
    for limit, places in by_limit.items():
        if limit is Limit.COMMUTER:
            evenly = half_up(_commuter(taxation) * MONTHS_IN_YEAR / payments_a_year(pays.income))
            for place in places:
                allowed[place] = np.minimum(allowed[place], evenly[pays.years])
        room = _left_of(limit, pays, taxation)[pays.years]
        room = _up_to(np.sum([allowed[place] for place in places], axis=0), pays.years, room)
        for place in sorted(places, key=lambda place: _is_roth(pays.income.deductions[place], taxation)):
            allowed[place], room = _taken(allowed[place], room)
    return allowed


def _commuter(taxation: Taxation) -> FloatArray:
    return np.array([float(law.limits.commuter_monthly) for law in taxation.laws]) * CENTS


def _is_roth(deduction: Deduction, taxation: Taxation) -> bool:
    """Roth deferrals come after the traditional ones that share their limit."""
    return not taxation.laws[0].limits.deductions[deduction.kind].reduces_federal


def _up_to(amounts: FloatArray, years: IntArray, limit: FloatArray | float) -> FloatArray:
    """Return `amounts` cut where their sum within a year reaches `limit`."""
    before = np.cumsum(amounts) - amounts
    within = before - before[years.searchsorted(years)]
    return np.minimum(amounts, np.maximum(limit - within, 0.0))


def _left_of(limit: Limit, pays: Earned, taxation: Taxation) -> FloatArray:
    """Return what earlier incomes have left of a limit, by year."""
    yearly = np.array([_yearly_limit(law, limit, pays, taxation.facts) for law in taxation.laws])
    return np.maximum(yearly - taxation.used.get(_whose(limit, pays), 0.0), 0.0)


def _yearly_limit(law: Law, limit: Limit, pays: Earned, facts: Facts) -> float:
    most = yearly_limit(law, limit, earner(facts, pays.income.owner, law.year))
    return NO_LIMIT if most is None else float(most)


def earner(facts: Facts, owner: str | None, year: int) -> Earner:
    """Return what a person's limits depend on. Several members mean family coverage."""
    born = next((member.birth_date for member in facts.members if member.id == owner), None)
    return Earner(
        age=0 if born is None else age_on(born, date(year, 12, 31)),
        family_coverage=len(facts.members) > 1,
        files_separately=facts.filing_status is FilingStatus.MARRIED_FILING_SEPARATELY,
    )


def _whose(limit: Limit, pays: Earned) -> tuple[str | None, Limit]:
    return (None if limit in PER_RETURN else pays.income.owner, limit)


def _remember(pays: Earned, taken: Sequence[FloatArray], taxation: Taxation) -> None:
    rules = taxation.laws[0].limits.deductions
    for deduction, amounts in zip(pays.income.deductions, taken, strict=True):
        limit = rules[deduction.kind].limit
        if limit is not Limit.NONE:
            by_year = np.bincount(pays.years, weights=amounts, minlength=len(taxation.laws))
            whose = _whose(limit, pays)
            before = taxation.used.get(whose, np.zeros(len(taxation.laws)))
            taxation.used[whose] = before + by_year


def _federal(pays: Earned, taxable: FloatArray, taxation: Taxation) -> FloatArray:
    w4 = pays.income.w4 or W4(filing_status=taxation.facts.filing_status)
    periods = payments_a_year(pays.income)
    withheld = np.zeros_like(taxable)
    for year, place in pays.spans if pays.income.taxable else ():
        withheld[place] = federal_withholding_array(taxation.laws[year], taxable[place] / CENTS, periods, w4)
    return half_up(withheld * CENTS)


def _fica(pays: Earned, wages: FloatArray, taxation: Taxation) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return Social Security, Medicare and additional Medicare tax; each year's wages count to date."""
    withheld = np.zeros((3, len(wages)))
    for year, place in pays.spans if pays.income.taxable else ():
        paid = wages[place] / CENTS
        fica = fica_array(taxation.laws[year], paid, np.cumsum(paid) - paid)
        withheld[:, place] = fica.social_security, fica.medicare, fica.additional_medicare
    social_security, medicare, additional = half_up(withheld * CENTS)
    return social_security, medicare, additional


def _match(pays: Earned, taken: Sequence[FloatArray], taxation: Taxation) -> FloatArray:
    """Return what the employer adds: a part of gross, and tiers that each match the next part deferred.

    It stops at its yearly cap, and where own and employer's money together reach the law's limit. With a
    true-up the last paycheck of each year adds what uneven deferrals missed.
    """
    rule, deductions = pays.income.employer_match, pays.income.deductions
    if rule is None:
        return np.zeros_like(pays.gross)
    deferred = _sum(taken, [deduction.kind in RETIREMENT_DEFERRALS for deduction in deductions], pays.gross)
    adds = _by_tiers(rule, pays.gross, deferred)
    rules = taxation.laws[0].limits.deductions
    own = _sum(taken, [rules[each.kind].limit is Limit.ELECTIVE_DEFERRAL for each in deductions], pays.gross)
    adds = half_up(adds)
    for _, place in pays.spans if rule.true_up else ():
        whole = _by_tiers(rule, pays.gross[place].sum(keepdims=True), deferred[place].sum(keepdims=True))
        last = place.stop - 1
        adds[last] = max(adds[last], half_up(whole)[0] - adds[place.start : last].sum())
    cap = np.inf if rule.annual_cap is None else float(rule.annual_cap)
    for year, place in pays.spans:
        law = taxation.laws[year]
        most = annual_additions_limit(law, earner(taxation.facts, pays.income.owner, law.year).age)
        added = float(adds[place].sum())
        if added <= cap and added + float(own[place].sum()) <= most:
            continue
        room = np.maximum(np.minimum(most - np.cumsum(own[place]), cap), 0.0)
        adds[place] = np.diff(np.maximum.accumulate(np.minimum(np.cumsum(adds[place]), room)), prepend=0.0)
    return adds


def _by_tiers(rule: EmployerMatch, gross: FloatArray, unmatched: FloatArray) -> FloatArray:
    adds: FloatArray = gross * float(rule.percent_of_gross)
    for tier in rule.tiers:
        part = np.minimum(unmatched, gross * float(tier.up_to))
        adds = adds + part * float(tier.rate)
        unmatched = unmatched - part
    return adds


def _sum(amounts: Sequence[FloatArray], chosen: Sequence[bool], like: FloatArray) -> FloatArray:
    total = np.zeros_like(like)
    for amount, wanted in zip(amounts, chosen, strict=True):
        if wanted:
            total += amount
    return total
