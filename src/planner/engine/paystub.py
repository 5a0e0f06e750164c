"""A nominal year of an income's paychecks, and the parts one paycheck is made of."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum

import numpy as np

from planner.domain.household import Facts
from planner.domain.income import WAGES, Income
from planner.domain.money import Money
from planner.domain.record import record
from planner.engine.income import Earned, gross_cents, payments_a_year
from planner.engine.paychecks import Paychecks, Taxation, paychecks
from planner.engine.timeline import FloatArray
from planner.taxes.law import law_for


class PartKind(StrEnum):
    """What a part of a flow is."""

    GROSS = "gross"
    CONTRIBUTION = "contribution"
    DEDUCTION = "deduction"
    FEDERAL_WITHHOLDING = "federal_withholding"
    SOCIAL_SECURITY = "social_security"
    MEDICARE = "medicare"
    STATE_WITHHOLDING = "state_withholding"
    NET = "net"
    EMPLOYER_MATCH = "employer_match"
    PRINCIPAL = "principal"
    INTEREST = "interest"
    ESCROW = "escrow"
    MORTGAGE_INSURANCE = "mortgage_insurance"

    @property
    def words(self) -> str:
        """The part's name for people."""
        return _WORDS.get(self, self.value.replace("_", " ").capitalize())

    @property
    def is_tax(self) -> bool:
        """Whether it is a tax withheld from pay."""
        return self in _TAXES


_WORDS = {
    PartKind.GROSS: "Gross pay",
    PartKind.FEDERAL_WITHHOLDING: "Federal income tax withheld",
    PartKind.SOCIAL_SECURITY: "Social Security",
    PartKind.STATE_WITHHOLDING: "State income tax withheld",
    PartKind.NET: "Net pay",
}
_TAXES = frozenset(
    {PartKind.FEDERAL_WITHHOLDING, PartKind.SOCIAL_SECURITY, PartKind.MEDICARE, PartKind.STATE_WITHHOLDING}
)


@record
class Part:
    """A part of a flow: each time, and in a nominal year with its limits; and the account it reaches."""

    kind: PartKind
    name: str
    amount: Money
    yearly: Money
    to_account: str | None = None


class Stub:
    """A nominal year of one income: `checks` is None for income without paychecks."""

    __slots__ = ("checks", "gross", "net", "yearly_gross", "yearly_net")

    def __init__(self, pays: Earned, checks: Paychecks | None) -> None:
        self.checks = checks
        self.gross, self.yearly_gross = _each_and_all(pays.gross)
        self.net, self.yearly_net = _each_and_all(pays.gross if checks is None else checks.net)


def nominal_year(facts: Facts, on: date) -> Iterator[tuple[Income, Stub]]:
    """Yield every income with a year of its payments as they are on a day, under that year's law."""
    law = law_for(on.year, facts.assumptions.inflation)
    taxation = Taxation(facts=facts, laws=(law,), prices=np.ones(1))
    for income in facts.incomes:
        count = payments_a_year(income)
        zeros = np.zeros(count, dtype=np.int64)
        pays = Earned(
            income=income,
            days=zeros,
            months=zeros,
            years=zeros,
            planned=np.ones(count),
            gross=np.full(count, float(gross_cents(income))),
            spans=((0, slice(0, count)),),
        )
        yield income, Stub(pays, paychecks(pays, taxation) if income.kind in WAGES else None)


def parts_of(income: Income, stub: Stub) -> tuple[Part, ...]:
    """Return what a payment is made of: gross = contributions + deductions + taxes + net."""
    gross = Part(kind=PartKind.GROSS, name=PartKind.GROSS.words, amount=stub.gross, yearly=stub.yearly_gross)
    net = Part(
        kind=PartKind.NET,
        name=PartKind.NET.words,
        amount=stub.net,
        yearly=stub.yearly_net,
        to_account=income.deposit_to,
    )
    if stub.checks is None:
        return (gross, net)
    return (gross, *_taken(income, stub.checks), net, *_match(income, stub.checks))


def _taken(income: Income, checks: Paychecks) -> Iterator[Part]:
    for deduction, cents in zip(income.deductions, checks.deductions, strict=True):
        kind = PartKind.DEDUCTION if deduction.to_account is None else PartKind.CONTRIBUTION
        yield _part(kind, cents, name=deduction.name, to_account=deduction.to_account)
    yield _part(PartKind.FEDERAL_WITHHOLDING, checks.federal)
    yield _part(PartKind.SOCIAL_SECURITY, checks.social_security)
    yield _part(PartKind.MEDICARE, checks.medicare)
    if income.state_withholding_rate > Decimal(0):
        yield _part(PartKind.STATE_WITHHOLDING, checks.state)


def _match(income: Income, checks: Paychecks) -> Iterator[Part]:
    if income.employer_match is not None:
        yield _part(PartKind.EMPLOYER_MATCH, checks.match, to_account=income.employer_match.to_account)


def _part(kind: PartKind, cents: FloatArray, *, name: str = "", to_account: str | None = None) -> Part:
    amount, yearly = _each_and_all(cents)
    return Part(kind=kind, name=name or kind.words, amount=amount, yearly=yearly, to_account=to_account)


def _each_and_all(cents: FloatArray) -> tuple[int, int]:
    """Return the year's first payment, before any limit bites, and the sum of the year."""
    return round(float(cents[0])), round(float(cents.sum()))
