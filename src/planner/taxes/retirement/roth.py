"""What leaves a Roth IRA: contributions, then conversions of the oldest year first, then earnings."""

from dataclasses import dataclass

from planner.domain.errors import Refused
from planner.domain.money import to_cents, to_dollars
from planner.taxes.rules import Law


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What was converted in a year, in cents: the part that was taxed then, and the part that was not."""

    year: int
    taxed: int
    untaxed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RothAccount:
    """All Roth IRAs of a person together. `conversions` are in the order of their years."""

    balance: int
    contributions: int
    conversions: tuple[Conversion, ...]
    first_year: int
    """The first year for which anything was put into any of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RothDistribution:
    """What a distribution is made of, in cents; `taxable` earnings are income, `penalised` bear the tax."""

    contributions: int
    converted: int
    earnings: int
    taxable: int
    penalised: int
    additional_tax: int


def roth_distribution(
    law: Law, account: RothAccount, taken: int, year: int, age_months: int, *, excepted: bool = False
) -> RothDistribution:
    """Return what taking `taken` cents out in `year` means (IRC sec. 408A(d)).

    Earnings are free of tax after five years and from 59 and a half on. Within five years from its own
    1 January the taxed part of a conversion bears the additional tax on early distributions, as taxable
    earnings do, before that age and without an exception of section 72(t), `excepted`. Death, disability and
    a first home, which free earnings of tax before that age, are not worked out.
    """
    _check(account, taken)
    rules = law.savings
    of_contributions = min(taken, account.contributions)
    left = taken - of_contributions
    converted = young = 0
    for each in sorted(account.conversions, key=lambda conversion: conversion.year):
        of_taxed = min(left, each.taxed)
        of_untaxed = min(left - of_taxed, each.untaxed)
        left -= of_taxed + of_untaxed
        converted += of_taxed + of_untaxed
        young += of_taxed if year < each.year + rules.roth_years else 0
    of_age = age_months >= rules.early_age_months
    qualified = of_age and year >= account.first_year + rules.roth_years
    taxable = 0 if qualified else left
    penalised = 0 if of_age or excepted else taxable + young
    return RothDistribution(
        contributions=of_contributions,
        converted=converted,
        earnings=left,
        taxable=taxable,
        penalised=penalised,
        additional_tax=to_cents(to_dollars(penalised) * rules.early_rate),
    )


def conversion_taxable(converted: int, basis: int, year_end: int, distributed: int) -> int:
    """Return the cents of a conversion that are income: all of it less its share of the basis (Form 8606).

    The basis is spread over what all traditional IRAs hold at the end of the year, what was distributed
    from them and what was converted; half up to the cent.
    """
    whole = year_end + distributed + converted
    if not whole or basis >= whole:
        return 0
    return converted - to_cents(to_dollars(converted) * to_dollars(basis) / to_dollars(whole))


def _check(account: RothAccount, taken: int) -> None:
    if taken > account.balance:
        raise Refused.one("taken", "More is taken out than the account holds.")
