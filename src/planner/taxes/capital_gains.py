"""Gains and losses: how they are netted, what of a loss counts, what is carried over, how they are taxed."""

from dataclasses import dataclass
from typing import Generic

from planner.taxes.arithmetic import Number
from planner.taxes.desk import Desk
from planner.taxes.returns import Given


@dataclass(frozen=True, slots=True)
class Gains(Generic[Number]):
    """Schedule D. `gain` is what counts as income: a net loss counts up to the yearly limit.

    `preferred` is taxed at the rates for long-term gains: the net long gain, and qualified dividends.
    """

    short: Number
    long: Number
    gain: Number
    preferred: Number


def net_gains(desk: Desk[Number, Given]) -> Gains[Number]:
    """Net short against long, after the losses of earlier years."""
    facts, read, arithmetic = desk.facts, desk.read, desk.arithmetic
    short = read(facts.short_term_gains) - read(facts.short_term_carryover)
    long = read(facts.long_term_gains) - read(facts.long_term_carryover)
    net = long + short
    gain = arithmetic.most(net, -desk.of(desk.filing.capital_loss_most))
    preferred = read(facts.qualified_dividends) + arithmetic.above(arithmetic.least(long, net), desk.nothing)
    return Gains(short, long, gain, preferred)


def carried_over(
    desk: Desk[Number, Given], gains: Gains[Number], income_less_deductions: Number
) -> tuple[Number, Number]:
    """Return the short and the long loss that are left for next year.

    The capital loss carryover worksheet of Schedule D: what counted this year is used up only as far as there
    was income to take it from, short losses first.
    """
    above, least, nothing = desk.arithmetic.above, desk.arithmetic.least, desk.nothing
    if not desk.arithmetic.any_above(nothing, gains.short + gains.long):
        return nothing, nothing
    counted = above(nothing, gains.gain)
    used = least(counted, above(income_less_deductions + counted, nothing))
    short_loss, long_loss = above(nothing, gains.short), above(nothing, gains.long)
    short_gain, long_gain = above(gains.short, nothing), above(gains.long, nothing)
    short = above(short_loss, used + long_gain)
    return short, above(long_loss, short_gain + above(used, short_loss))


def tax_on(desk: Desk[Number, Given], taxable: Number, as_gains: Number) -> Number:
    """Tax the gains on top of the rest at their own rates; never more than the brackets on everything."""
    arithmetic, filing = desk.arithmetic, desk.filing
    if not arithmetic.any_above(as_gains, desk.nothing):
        return arithmetic.taxed(filing.brackets, taxable)
    ordinary = taxable - as_gains
    stacked = arithmetic.taxed(filing.long_term_gains, taxable) - arithmetic.taxed(
        filing.long_term_gains, ordinary
    )
    return arithmetic.least(
        arithmetic.taxed(filing.brackets, ordinary) + stacked, arithmetic.taxed(filing.brackets, taxable)
    )
