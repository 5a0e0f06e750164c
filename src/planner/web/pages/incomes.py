"""The incomes of a household, and the form that edits one and shows what becomes of the plan."""

from collections.abc import Mapping
from http import HTTPStatus

from planner.domain.calendar import Frequency
from planner.domain.changes import Edit
from planner.domain.errors import NotFound, Refused, Stale
from planner.domain.household import Facts
from planner.domain.income import AmountPer, Income
from planner.web.pages.drawing import draw
from planner.web.pages.income_form import PER, form_of, refused_form, set_fields
from planner.web.pages.plan import plan_of
from planner.web.pages.shown import Form, IncomeLine
from planner.web.pages.state import home_of, page_values, state_of
from planner.web.pages.words import exact, plain
from planner.web.problems import fault_of
from planner.web.resolve import Resolved
from planner.work import read
from planner.work.accept import change_household
from planner.work.world import World


async def incomes_page(world: World, resolved: Resolved) -> str:
    """Return the list of incomes."""
    state = await state_of(world, resolved.household_id)
    facts = resolved.record.facts
    values = page_values(resolved.record, state, "income", "Income")
    return draw("incomes.html", incomes=[_line(income, facts) for income in facts.incomes], **values)


def _line(income: Income, facts: Facts) -> IncomeLine:
    names = {member.id: member.name for member in facts.members}
    per = PER[AmountPer(income.amount_per)]
    return IncomeLine(
        id=income.id,
        name=income.name,
        whose=names.get(income.owner or "", "the household's"),
        paid=plain(Frequency(income.pay_frequency)),
        amount=f"{exact(income.amount, facts.currency)} {per}",
    )


async def income_page(world: World, resolved: Resolved, income_id: str) -> str:
    """Return the form of one income beside the plan."""
    facts = resolved.record.facts
    income = _income(facts, income_id)
    form = form_of(facts, income, revision=facts.revision)
    return await _page(world, resolved, income, form)


async def save_income(
    world: World, resolved: Resolved, income_id: str, sent: Mapping[str, str], *, part: bool
) -> tuple[str, int]:
    """Store what the form says; return the form (`part`) or the whole page, and the status.

    The plan beside the form follows by itself, when the job that the change caused has ended.
    """
    income = _income(resolved.record.facts, income_id)
    revision = int(sent["revision"]) if sent.get("revision", "").isdigit() else None
    change = Edit(of="incomes", id=income_id, set=set_fields(sent) or {"name": ""})
    try:
        done = await change_household(
            world, resolved.household_id, change, author=resolved.caller.name, if_revision=revision
        )
    except Refused as refused:
        return await _refused(world, resolved, income, sent, refused, part=part)
    facts = (await read.household(world, resolved.household_id)).facts
    saved = f"Saved as revision {done.revision}. The plan beside it follows as soon as it is worked out."
    form = form_of(facts, _income(facts, income_id), revision=facts.revision, saved=saved)
    return await _drawn(world, resolved, income, form, part=part), HTTPStatus.OK


async def _refused(
    world: World, resolved: Resolved, income: Income, sent: Mapping[str, str], refused: Refused, *, part: bool
) -> tuple[str, int]:
    """Return the form as it was sent. After a conflict it may be sent again: it knows the new revision."""
    facts = (await read.household(world, resolved.household_id)).facts
    known = sent.get("revision", "")
    revision = facts.revision if isinstance(refused, Stale) or not known.isdigit() else int(known)
    form = refused_form(facts, income, sent, refused.problems, revision=revision)
    return await _drawn(world, resolved, income, form, part=part), fault_of(refused).status


async def _drawn(world: World, resolved: Resolved, income: Income, form: Form, *, part: bool) -> str:
    if part:
        return draw("income_form.html", form=form, home=home_of(resolved.record))
    return await _page(world, resolved, income, form)


async def _page(world: World, resolved: Resolved, income: Income, form: Form) -> str:
    plan, state = await plan_of(world, resolved, compact=True)
    values = page_values(resolved.record, state, "income", income.name)
    return draw("income.html", form=form, plan=plan, **values)


def _income(facts: Facts, income_id: str) -> Income:
    income = next((each for each in facts.incomes if each.id == income_id), None)
    if income is None:
        raise NotFound(f'There is no income "{income_id}" in this household.')
    return income
