"""The flows of a household with their sources: income by paycheck lines, spending, debts, transfers."""

from collections.abc import Iterator

from planner.domain.household import Facts
from planner.engine.flows import Flow, FlowKind, Flows
from planner.engine.paystub import Part, PartKind
from planner.web.pages.drawing import draw
from planner.web.pages.shown import FlowLine, FlowPage, FlowSection, Notice
from planner.web.pages.state import generation, home_of, page_values, state_of
from planner.web.pages.words import day_words, exact, plain
from planner.web.resolve import Resolved
from planner.work import read
from planner.work.world import World

MONTHS = 12
SECTIONS = (
    (FlowKind.INCOME, "Income", "Gross pay, what is taken out of it, and what reaches the account"),
    (FlowKind.EXPENSE, "Spending", "As it was entered"),
    (FlowKind.DEBT_PAYMENT, "Debt payments", "The next payment, split into what it is for"),
    (FlowKind.TRANSFER, "Transfers and contributions", "Between the household's own accounts"),
)
COMES_IN = {PartKind.GROSS, PartKind.NET, PartKind.EMPLOYER_MATCH}
UNDIVIDED = {PartKind.GROSS, PartKind.NET}


async def flows_page(world: World, resolved: Resolved) -> str:
    """Return the page of flows; it holds the part that fetches itself anew."""
    shown = await read.flows(world, resolved.household_id)
    state = await state_of(world, resolved.household_id)
    values = page_values(resolved.record, state, "flows", "Flows")
    home = home_of(resolved.record)
    sections = () if shown.value is None else tuple(_sections(shown.value, resolved.record.facts, home))
    flows = FlowPage(
        generation=generation(state.freshness, state.status),
        announcement=f"The flows now show revision {shown.freshness.revision or 0}.",
        sections=sections,
        notice=_notice(state.status.last_error is not None and not state.freshness.fresh),
    )
    return draw("flows.html", flows=flows, **values)


def _notice(failed: bool) -> Notice | None:  # noqa: FBT001 -- the one thing it depends on
    if not failed:
        return None
    return Notice(
        title="These flows are not from the latest facts",
        text="The last run failed; the jobs page says why. What was complete before is shown.",
        tone="bad",
    )


def _sections(flows: Flows, facts: Facts, home: str) -> Iterator[FlowSection]:
    accounts = {account.id: account.name for account in facts.accounts}
    for kind, title, note in SECTIONS:
        lines = tuple(
            line
            for flow in flows.flows
            if flow.kind is kind
            for line in _lines(flow, accounts, facts.currency, home)
        )
        if lines:
            yield FlowSection(key=kind.value, title=title, note=note, lines=lines)


def _lines(flow: Flow, accounts: dict[str, str], currency: str, home: str) -> Iterator[FlowLine]:
    """Yield the flow, then what it is made of."""
    sign = 1 if flow.kind is FlowKind.INCOME else -1
    whole = next((part for part in flow.parts if part.kind is PartKind.GROSS), None)
    parts = () if {part.kind for part in flow.parts} <= UNDIVIDED else flow.parts
    amount, yearly = (flow.amount, flow.yearly) if whole is None else (whole.amount, whole.yearly)
    yield FlowLine(
        name=flow.name,
        often=_often(flow),
        source=_source(flow, accounts),
        amount=exact(sign * amount, currency),
        monthly=exact(sign * _monthly(yearly), currency),
        rank="group" if parts else "",
        address=f"{home}/incomes/{flow.source.id}" if flow.kind is FlowKind.INCOME else None,
    )
    for part in parts:
        if part.kind is not PartKind.GROSS:
            yield _part_line(part, flow, accounts, currency)


def _part_line(part: Part, flow: Flow, accounts: dict[str, str], currency: str) -> FlowLine:
    sign = 1 if part.kind in COMES_IN else -1
    to = f"into {accounts[part.to_account]}" if part.to_account in accounts else ""
    return FlowLine(
        name=part.name,
        often="",
        source=to or (f"into {accounts[flow.account]}" if part.kind is PartKind.NET else ""),
        amount=exact(sign * part.amount, currency),
        monthly=exact(sign * _monthly(part.yearly), currency),
        rank="sum" if part.kind is PartKind.NET else "part",
    )


def _often(flow: Flow) -> str:
    often = plain(flow.frequency)
    if flow.next_date is None:
        return often
    return f"{often}, {'next' if flow.in_force else 'from'} {day_words(flow.next_date)}"


def _source(flow: Flow, accounts: dict[str, str]) -> str:
    """Say where a flow comes from: entered as it is, or generated from a fact."""
    made = "generated" if flow.generated else "entered"
    where = accounts.get(flow.account, "")
    match flow.kind:
        case FlowKind.INCOME:
            return f"{made} from this {plain(flow.category)}; into {where}"
        case FlowKind.TRANSFER:
            return f"{made}; {where} to {accounts.get(flow.to_account or '', '')}"
        case FlowKind.DEBT_PAYMENT:
            return f"{made} from this {plain(flow.category)}; from {where}"
        case FlowKind.EXPENSE:
            return f"{made}, {plain(flow.category)}; from {where}"


def _monthly(yearly: int) -> int:
    """Return a twelfth, half up to the cent, as the totals have it."""
    return (2 * yearly + MONTHS) // (2 * MONTHS)
