"""The paychecks of a household: a year of every earner, and the jobs that create them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from quart import Request

from planner.domain.errors import Refused
from planner.domain.household import Facts
from planner.domain.income import WAGES, Income
from planner.engine.payroll import YEARS_AHEAD, PayrollYear
from planner.taxes.law import FIRST_YEAR
from planner.taxes.pay_year import PayStub
from planner.taxes.stubs import Totals
from planner.web.pages.drawing import draw
from planner.web.pages.state import home_of, page_values, state_of
from planner.web.pages.words import day_words, exact
from planner.web.resolve import Resolved
from planner.work import read
from planner.work.accept import request_job
from planner.work.names import GENERATE_MISSING_PAYCHECKS, RECALCULATE_MONTH, RECALCULATE_PAYCHECKS
from planner.work.world import World

WAIT_SECONDS = 5.0
"""How long a form that asks for paychecks waits for them before it shows what there is."""

KINDS = (GENERATE_MISSING_PAYCHECKS, RECALCULATE_MONTH, RECALCULATE_PAYCHECKS)
HEAD = (
    "Payday", "Gross", "Before tax", "Federal", "Social Security", "Medicare",
    "State and local", "After tax", "Net",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class YearCard:
    """One earner's year: rows of a payday, its address, and its cells; the last row is the year."""

    id: str
    title: str
    note: str
    rows: tuple[tuple[str, str, tuple[str, ...]], ...]
    totals: tuple[str, ...]


def year_of(request: Request, today: date) -> int:
    """Read which year is looked at; without one, or with one that cannot be, it is this one."""
    year = request.args.get("year", today.year, type=int)
    return year if FIRST_YEAR <= year <= today.year + YEARS_AHEAD else today.year


async def paychecks_page(world: World, resolved: Resolved, year: int) -> str:
    """Return the year of every earner."""
    shown = await read.paychecks(world, resolved.household_id, year)
    state = await state_of(world, resolved.household_id)
    facts = resolved.record.facts
    address = f"{home_of(resolved.record)}/paychecks"
    cards = () if shown.value is None else tuple(_cards(shown.value, facts, address))
    values = page_values(resolved.record, state, "paychecks", "Paychecks")
    today = world.today()
    return draw(
        "paychecks.html",
        year=year,
        years=range(max(FIRST_YEAR, year - 1), min(year + 1, today.year + YEARS_AHEAD) + 1),
        head=HEAD,
        cards=cards,
        created=shown.value is not None,
        fresh=shown.freshness.fresh,
        from_revision=shown.freshness.revision,
        month=today.month,
        state_note=_state_note(facts),
        **values,
    )


async def ask_for_paychecks(world: World, resolved: Resolved, sent: Mapping[str, str]) -> int:
    """Ask for what the form says, wait a little for it, and return the year."""
    kind, year, month = sent.get("kind", ""), sent.get("year", ""), sent.get("month", "")
    if kind not in KINDS:
        raise Refused.one("kind", "is one of the buttons of the page.")
    if not year.isdecimal() or (kind == RECALCULATE_MONTH and not month.isdecimal()):
        raise Refused.one("year", "Year and month are numbers.")
    arguments = {"year": int(year)} | ({"month": int(month)} if kind == RECALCULATE_MONTH else {})
    asked = await request_job(world, resolved.household_id, kind, arguments, author=resolved.caller.name)
    assert asked.job_id is not None
    await world.households.wait(asked.job_id, WAIT_SECONDS)
    return int(year)


def _cards(payroll: PayrollYear, facts: Facts, address: str) -> Iterator[YearCard]:
    incomes = {income.id: income for income in facts.incomes}
    people = {member.id: member.name for member in facts.members}
    for year in payroll.incomes:
        income = incomes.get(year.income)
        name = "An income that is no longer there" if income is None else income.name
        owner = people.get(income.owner or "", "") if income else ""
        totals = year.stubs[-1].stub.to_date
        yield YearCard(
            id=year.income,
            title=f"{name}, {owner}" if owner else name,
            note=_note(len(year.stubs), totals, facts.currency),
            rows=tuple(
                (
                    _payday(stub),
                    _place(address, year.income, stub, income),
                    _cells(stub.stub.paid, facts.currency),
                )
                for stub in year.stubs
            ),
            totals=_cells(totals, facts.currency),
        )


def _payday(stub: PayStub) -> str:
    bonus = f", {stub.payment.bonus}" if stub.payment.bonus else ""
    return f"{day_words(stub.payment.day)}{bonus}"


def _place(address: str, income_id: str, stub: PayStub, income: Income | None) -> str:
    return "" if income is None else f"{address}/{income_id}/{stub.payment.day}"


def _note(count: int, totals: Totals, currency: str) -> str:
    adds = f"; the employer adds {exact(totals.employer, currency)}" if totals.employer else ""
    return f"{count} paychecks{adds}"


def _cells(paid: Totals, currency: str) -> tuple[str, ...]:
    before_tax = paid.gross - paid.federal_wages
    medicare = paid.medicare + paid.additional_medicare
    state = paid.state + paid.local + paid.state_contributions
    after = paid.federal_wages - paid.federal - paid.social_security - medicare - state - paid.net
    parts = (paid.gross, before_tax, paid.federal, paid.social_security, medicare, state, after, paid.net)
    return tuple(exact(cents, currency) for cents in parts)


def _state_note(facts: Facts) -> str:
    """Say where stubs and projection differ: a state's formula is the stubs' alone."""
    by_formula = facts.state is not None and any(
        income.kind in WAGES and not income.state_withholding_rate for income in facts.incomes
    )
    if not by_formula:
        return ""
    return (
        f"State tax here is withheld by the formula of {facts.state}, known from 2026 on. Projections "
        "take the state withholding rate of an income; where it is not given, they withhold none."
    )
