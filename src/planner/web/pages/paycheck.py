"""One stub of a household, and a real stub beside it: each line that differs, and the likely reason."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from http import HTTPStatus

from planner.domain.errors import NotFound, Problem, Refused
from planner.domain.income import Income
from planner.domain.money import LARGEST_CENTS, to_cents
from planner.domain.numbers import exact as number_of
from planner.engine.payroll import employment
from planner.taxes.pay_year import PayStub
from planner.taxes.paycheck import NOTHING_YET
from planner.taxes.stub_differences import Difference, Expected, differences
from planner.taxes.stubs import Stop, StubLine, Taking, Totals
from planner.web.pages.drawing import draw
from planner.web.pages.shown import Form
from planner.web.pages.state import home_of, page_values, state_of
from planner.web.pages.words import day_words, exact, symbol
from planner.web.resolve import Resolved
from planner.work import read
from planner.work.world import World

GROSS = "gross"
NET = "net"
STOPPED = {Stop.LIMIT: "its limit for the year is reached", Stop.PAY: "no more is left of the pay"}


@dataclass(frozen=True, kw_only=True, slots=True)
class StubRow:
    """A line of a stub; `key` is its field in the form for a real stub."""

    key: str
    label: str
    amount: str
    to_date: str
    note: str = ""
    rank: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DifferenceRow:
    """A line that differs, in words."""

    label: str
    expected: str
    real: str
    more: str
    rule: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StubCard:
    """One stub and the form for a real one; `compared` is None before one is sent."""

    title: str
    address: str
    back: str
    wages: tuple[tuple[str, str], ...]
    rows: tuple[StubRow, ...]
    form: Form
    compared: tuple[DifferenceRow, ...] | None = None
    earlier: str | None = None
    later: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """A stub among those of its year."""

    income: Income
    stubs: Sequence[PayStub]
    place: int

    @property
    def stub(self) -> PayStub:
        """The one that is looked at."""
        return self.stubs[self.place]

    @property
    def before(self) -> Totals:
        """What was paid in the year before it."""
        return self.stubs[self.place - 1].stub.to_date if self.place else NOTHING_YET


async def paycheck_page(
    world: World, resolved: Resolved, income_id: str, day: str, sent: Mapping[str, str] | None = None
) -> tuple[str, int]:
    """Return a stub with the form for a real one, and the status; with `sent`, what differs."""
    found = await _find(world, resolved, income_id, day)
    card, status = _card(found, resolved), HTTPStatus.OK
    if sent is not None:
        form = replace(card.form, values={name: sent.get(name, "") for name in card.form.labels})
        try:
            compared = tuple(_compared(found, resolved, world.today(), form))
            card = replace(card, form=form, compared=compared)
        except Refused as refused:
            errors = {problem.path: problem.message for problem in refused.problems}
            card, status = (
                replace(card, form=replace(form, errors=errors)),
                HTTPStatus.UNPROCESSABLE_ENTITY,
            )
    state = await state_of(world, resolved.household_id)
    values = page_values(resolved.record, state, "paychecks", card.title)
    return draw("paycheck.html", card=card, **values), status


async def _find(world: World, resolved: Resolved, income_id: str, day: str) -> _Found:
    missing = NotFound(f'There is no paycheck of "{income_id}" on {day}; it may not have been created yet.')
    income = next((each for each in resolved.record.facts.incomes if each.id == income_id), None)
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise missing from None
    shown = await read.paychecks(world, resolved.household_id, on.year)
    stubs = () if shown.value is None else shown.value.of(income_id).stubs
    place = next((place for place, stub in enumerate(stubs) if stub.payment.day == on), None)
    if income is None or place is None:
        raise missing
    return _Found(income=income, stubs=stubs, place=place)


def _card(found: _Found, resolved: Resolved) -> StubCard:
    currency = resolved.record.facts.currency
    home = f"{home_of(resolved.record)}/paychecks"
    own = f"{home}/{found.income.id}"
    near = [each for each in (found.place - 1, found.place + 1) if 0 <= each < len(found.stubs)]
    days = {place: found.stubs[place].payment.day for place in near}
    paid = found.stub.stub.paid
    rows = tuple(_rows(found.stub, currency))
    labels = {row.key: row.label for row in rows if row.key}
    return StubCard(
        title=f"{found.income.name}, {day_words(found.stub.payment.day)}",
        address=f"{own}/{found.stub.payment.day}",
        back=f"{home}?year={found.stub.payment.day.year}",
        wages=(
            ("Wages for federal income tax", exact(paid.federal_wages, currency)),
            ("Wages for Social Security and Medicare", exact(paid.fica_wages, currency)),
            ("The employer adds to the plan", exact(paid.employer, currency)),
        ),
        rows=rows,
        form=Form(values={}, labels=labels, symbol=symbol(currency).strip()),
        earlier=f"{own}/{days[found.place - 1]}" if found.place - 1 in days else None,
        later=f"{own}/{days[found.place + 1]}" if found.place + 1 in days else None,
    )


def _rows(stub: PayStub, currency: str) -> Iterator[StubRow]:
    to_date = stub.stub.to_date

    def shown(cents: int) -> str:
        return exact(cents, currency)

    yield StubRow(
        key=GROSS, label="Gross pay", amount=shown(stub.stub.paid.gross), to_date=shown(to_date.gross)
    )
    for place, line in enumerate(stub.stub.lines):
        asked = f"{shown(line.asked)} asked; {STOPPED[line.stopped_by]}" if line.stopped_by else ""
        yield StubRow(
            key=f"line{place}",
            label=line.label,
            amount=shown(-line.cents),
            to_date=shown(-_to_date(line, to_date)),
            note=asked,
            rank="part",
        )
    yield StubRow(
        key=NET, label="Net pay", amount=shown(stub.stub.net), to_date=shown(to_date.net), rank="sum"
    )


def _to_date(line: StubLine, totals: Totals) -> int:
    """Return what a line comes to since January; the state's contributions are told together."""
    if line.deduction is not None:
        return totals.deducted.get((line.deduction.kind, line.label), 0)
    return {
        Taking.FEDERAL: totals.federal,
        Taking.SOCIAL_SECURITY: totals.social_security,
        Taking.MEDICARE: totals.medicare,
        Taking.ADDITIONAL_MEDICARE: totals.additional_medicare,
        Taking.STATE: totals.state,
        Taking.LOCAL: totals.local,
    }.get(line.taking, totals.state_contributions)


def _compared(found: _Found, resolved: Resolved, today: date, form: Form) -> Iterator[DifferenceRow]:
    typed = _typed(form)
    facts, stub = resolved.record.facts, found.stub
    job = employment(facts, found.income, stub.payment.day.year, today)
    lines = {
        (line.taking, line.label): typed[f"line{place}"]
        for place, line in enumerate(stub.stub.lines)
        if f"line{place}" in typed
    }
    expected = Expected(employment=job, payment=stub.payment, stub=stub.stub, before=found.before)
    for one in differences(expected, typed.get(GROSS, stub.stub.paid.gross), lines, typed.get(NET)):
        yield _difference(one, facts.currency)


def _difference(one: Difference, currency: str) -> DifferenceRow:
    sign = "+" if one.more > 0 else ""
    return DifferenceRow(
        label=one.label,
        expected=exact(one.expected, currency),
        real=exact(one.real, currency),
        more=f"{sign}{exact(one.more, currency)}",
        rule=one.rule,
        reason=one.reason,
    )


def _typed(form: Form) -> dict[str, int]:
    """Read the amounts that were typed in; an empty field is not compared."""
    found, problems = {}, []
    for name, text in form.values.items():
        written = text.strip().lstrip("-$").strip()
        amount = number_of(written) if written else Decimal(0)
        if amount is None or not 0 <= amount <= LARGEST_CENTS // 100:
            problems.append(Problem(name, "must be an amount such as 1250.50, or empty"))
        elif written:
            found[name] = to_cents(amount)
    if problems:
        raise Refused(problems=problems)
    return found
