"""Social Security and Medicare: withheld from wages to date, and owed on self-employment for the year."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Generic

import numpy as np

from planner.domain.errors import Refused
from planner.domain.money import to_cents
from planner.taxes.arithmetic import ARRAYS, EXACT, Arithmetic, Number
from planner.taxes.rules import FilingLaw, Law
from planner.taxes.schedule import ZERO, FloatArray


@dataclass(frozen=True, slots=True)
class Fica:
    """Cents withheld from one paycheck."""

    social_security: int
    medicare: int
    additional_medicare: int

    @property
    def total(self) -> int:
        """All three together."""
        return self.social_security + self.medicare + self.additional_medicare


@dataclass(frozen=True, slots=True)
class FicaArray:
    """Dollars withheld, unrounded."""

    social_security: FloatArray
    medicare: FloatArray
    additional_medicare: FloatArray

    @property
    def total(self) -> FloatArray:
        """All three together."""
        return self.social_security + self.medicare + self.additional_medicare


@dataclass(frozen=True, slots=True)
class SelfEmployment(Generic[Number]):
    """What a person's self-employment owes for a year. `net_earnings` is what is taxed of the profit."""

    net_earnings: Number
    tax: Number
    deduction: Number


def fica(law: Law, wages: int, wages_to_date: int = 0) -> Fica:
    """Return what is withheld from `wages` cents when the employer has paid `wages_to_date` cents this year.

    Both are wages for Social Security and Medicare: after cafeteria deductions, before 401(k) deferrals.
    The wage base and the employer's 200,000 limit count to date; neither is spread over pay periods. Each
    amount is half up to the cent.
    """
    if wages < 0 or wages_to_date < 0:
        raise Refused.one("wages", "Wages for Social Security and Medicare cannot be negative.")
    paid, before = Decimal(wages).scaleb(-2), Decimal(wages_to_date).scaleb(-2)
    return Fica(*(to_cents(part) for part in _withheld(EXACT, law, paid, before)))


def fica_array(law: Law, wages: FloatArray, wages_to_date: FloatArray | float = 0.0) -> FicaArray:
    """Return the same for arrays of dollars, unrounded; a whole year is one payment with nothing to date."""
    return FicaArray(*_withheld(ARRAYS, law, np.asarray(wages), np.asarray(wages_to_date)))


def _withheld(
    arithmetic: Arithmetic[Number], law: Law, wages: Number, to_date: Number
) -> tuple[Number, Number, Number]:
    payroll, of = law.payroll, arithmetic.of
    room = arithmetic.above(of(payroll.wage_base), to_date)
    limit = of(payroll.additional_withheld_above)
    over = arithmetic.above(to_date + wages, limit) - arithmetic.above(to_date, limit)
    return (
        arithmetic.least(wages, room) * of(payroll.social_security),
        wages * of(payroll.medicare),
        over * of(payroll.additional_medicare),
    )


def self_employment(
    arithmetic: Arithmetic[Number], law: Law, profit: Number, social_security_wages: Number
) -> SelfEmployment[Number]:
    """Work out a person's Schedule SE; wages use up the wage base first. Dollars, unrounded.

    Below 400 of net earnings nothing is due (a cliff that the law has).
    """
    payroll, of = law.payroll, arithmetic.of
    net = arithmetic.from_on(profit * of(payroll.self_employed_share), of(payroll.self_employed_floor))
    if not arithmetic.any_above(net, of(ZERO)):
        return SelfEmployment(net, net, net)
    room = arithmetic.above(of(payroll.wage_base), social_security_wages)
    pension = arithmetic.least(net, room) * of(payroll.self_employed_social_security)
    tax = pension + net * of(payroll.self_employed_medicare)
    return SelfEmployment(net, tax, tax * of(payroll.self_employed_deductible))


def additional_medicare(
    arithmetic: Arithmetic[Number], law: Law, filing: FilingLaw, wages: Number, net_earnings: Number
) -> Number:
    """Work out Form 8959 for a return: the return's threshold, whatever employers withheld above theirs."""
    threshold = arithmetic.of(filing.additional_medicare_above)
    if not arithmetic.any_above(wages + net_earnings, threshold):
        return arithmetic.of(ZERO)
    over = arithmetic.above(wages, threshold)
    own = arithmetic.above(net_earnings, arithmetic.above(threshold, wages))
    return (over + own) * arithmetic.of(law.payroll.additional_medicare)
