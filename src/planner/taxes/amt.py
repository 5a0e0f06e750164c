"""The alternative minimum tax, Form 6251, as far as deductions, gains and the exemption make it."""

from decimal import Decimal

from planner.taxes.arithmetic import Number
from planner.taxes.desk import Desk
from planner.taxes.returns import Given

_QUARTER = Decimal("0.25")


def alternative_minimum_tax(
    desk: Desk[Number, Given], income: Number, preferred: Number, ordinary: Number, tax: Number
) -> Number:
    """Return how far the minimum tax is above the regular `tax`.

    `income` is alternative minimum taxable income, `preferred` what is taxed as gains however much of it is
    taxable, and `ordinary` the regular taxable income that is left without it.
    """
    law, arithmetic, nothing = desk.income.amt, desk.arithmetic, desk.nothing
    if not arithmetic.any_above(income, desk.for_status(law.exemption)):
        return nothing
    if desk.separate:
        income = income + _added_for_separate(desk, income)
    over = arithmetic.above(income, desk.for_status(law.above))
    exemption = arithmetic.above(desk.for_status(law.exemption), over * desk.of(law.phase_out))
    taxed = arithmetic.above(income, exemption)
    rates = law.rates[desk.status]
    if not arithmetic.any_above(preferred, nothing):
        return arithmetic.above(arithmetic.taxed(rates, taxed), tax)
    gains = arithmetic.least(taxed, preferred)
    gains_tax = desk.filing.long_term_gains
    from_ordinary = arithmetic.taxed(gains_tax, ordinary + gains) - arithmetic.taxed(gains_tax, ordinary)
    with_gains = arithmetic.taxed(rates, taxed - gains) + from_ordinary
    minimum = arithmetic.least(with_gains, arithmetic.taxed(rates, taxed))
    return arithmetic.above(minimum, tax)


def _added_for_separate(desk: Desk[Number, Given], income: Number) -> Number:
    """Return what section 55(d)(2) adds for spouses who file separately, once the exemption is gone.

    A quarter of what is over that income, at most the exemption.
    """
    law, arithmetic = desk.income.amt, desk.arithmetic
    exemption = desk.for_status(law.exemption)
    gone = desk.for_status(law.above) + exemption / desk.of(law.phase_out)
    return arithmetic.least(arithmetic.above(income, gone) * desk.of(_QUARTER), exemption)
