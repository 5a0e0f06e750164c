"""Paychecks as they are kept and sent: plain values; the year to date is added up, not kept."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from planner.domain.codec import Plain
from planner.domain.income import Deduction, DeductionKind
from planner.domain.money import as_text
from planner.engine.payroll import IncomeYear, PayrollYear
from planner.taxes.deductions import Item
from planner.taxes.pay_year import Payment, PayStub
from planner.taxes.stubs import Stop, Stub, StubLine, Taking, Totals

SHOWN = (
    "gross",
    "federal_wages",
    "fica_wages",
    "federal",
    "social_security",
    "medicare",
    "additional_medicare",
    "state",
    "local",
    "state_contributions",
    "net",
    "employer",
)
"""The totals that are shown of a stub, of the year to date, and of a year."""


def kept(payroll: PayrollYear) -> Plain:
    """Return a generation as it is kept: cents, and what cannot be added up."""
    return {
        "year": payroll.year,
        "incomes": [
            {"income": each.income, "stubs": [_kept_stub(stub) for stub in each.stubs]}
            for each in payroll.incomes
        ],
    }


def payroll_from(plain: Mapping[str, Any]) -> PayrollYear:
    """Read a generation back."""
    incomes = (IncomeYear(each["income"], tuple(_with_to_date(each["stubs"]))) for each in plain["incomes"])
    return PayrollYear(plain["year"], tuple(incomes))


def _kept_stub(stub: PayStub) -> Plain:
    paid = stub.stub.paid
    return {
        "day": stub.payment.day.isoformat(),
        "bonus": stub.payment.bonus,
        "gross": paid.gross,
        "federal_wages": paid.federal_wages,
        "fica_wages": paid.fica_wages,
        "employer": paid.employer,
        "lines": [_kept_line(line) for line in stub.stub.lines],
    }


def _kept_line(line: StubLine) -> list[object]:
    asks = line.deduction
    return [
        line.taking.value,
        line.label,
        line.cents,
        line.asked,
        line.stopped_by and line.stopped_by.value,
        asks and asks.kind.value,
        asks and asks.to_account,
    ]


def _with_to_date(stubs: list[Mapping[str, Any]]) -> Iterator[PayStub]:
    to_date = Totals()
    for plain in stubs:
        payment = Payment(date.fromisoformat(plain["day"]), plain["bonus"], plain["gross"])
        lines = tuple(_line(each) for each in plain["lines"])
        paid = _paid(plain, lines)
        to_date = to_date.plus(paid)
        yield PayStub(payment, Stub(lines=lines, paid=paid, to_date=to_date))


def _line(plain: list[Any]) -> StubLine:
    taking, label, cents, asked, stopped_by, kind, to_account = plain
    return StubLine(
        taking=Taking(taking),
        label=label,
        cents=cents,
        asked=asked,
        stopped_by=stopped_by and Stop(stopped_by),
        deduction=kind
        and Deduction(name=label, kind=DeductionKind(kind), amount=asked, to_account=to_account),
    )


def _paid(plain: Mapping[str, Any], lines: tuple[StubLine, ...]) -> Totals:
    def taken(taking: Taking) -> int:
        return sum(line.cents for line in lines if line.taking is taking)

    deducted: dict[Item, int] = {}
    for line in lines:
        if line.deduction:
            item = (line.deduction.kind, line.label)
            deducted[item] = deducted.get(item, 0) + line.cents
    return Totals(
        gross=plain["gross"],
        federal_wages=plain["federal_wages"],
        fica_wages=plain["fica_wages"],
        federal=taken(Taking.FEDERAL),
        social_security=taken(Taking.SOCIAL_SECURITY),
        medicare=taken(Taking.MEDICARE),
        additional_medicare=taken(Taking.ADDITIONAL_MEDICARE),
        state=taken(Taking.STATE),
        local=taken(Taking.LOCAL),
        state_contributions=taken(Taking.STATE_CONTRIBUTION),
        supplemental=plain["federal_wages"] if plain["bonus"] else 0,
        net=plain["gross"] - sum(line.cents for line in lines),
        employer=plain["employer"],
        deducted=deducted,
    )


def shown_totals(totals: Totals) -> Plain:
    """Return totals as JSON has them."""
    deducted = [
        {"kind": kind.value, "name": name, "amount": as_text(cents)}
        for (kind, name), cents in totals.deducted.items()
    ]
    return {**{name: as_text(getattr(totals, name)) for name in SHOWN}, "deducted": deducted}


def shown_stub(stub: PayStub) -> Plain:
    """Return a stub as JSON has it."""
    lines = [
        {
            "line": line.taking.value,
            "label": line.label,
            "amount": as_text(line.cents),
            "asked": as_text(line.asked),
            "stopped_by": line.stopped_by and line.stopped_by.value,
        }
        for line in stub.stub.lines
    ]
    return {
        "date": stub.payment.day.isoformat(),
        "bonus": stub.payment.bonus or None,
        "gross": as_text(stub.stub.paid.gross),
        "net": as_text(stub.stub.net),
        "employer": as_text(stub.stub.paid.employer),
        "lines": lines,
        "to_date": shown_totals(stub.stub.to_date),
    }


def shown_payroll(payroll: PayrollYear, names: Mapping[str, Mapping[str, object]]) -> Plain:
    """Return a year as JSON has it; `names` has more to say of each income, by its id."""
    incomes = []
    for each in payroll.incomes:
        totals = each.stubs[-1].stub.to_date
        incomes.append(
            {
                "income": each.income,
                **names.get(each.income, {}),
                "totals": shown_totals(totals),
                "paychecks": [shown_stub(stub) for stub in each.stubs],
            }
        )
    return {"year": payroll.year, "incomes": incomes}
