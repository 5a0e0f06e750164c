"""The closed union of changes, and what each does to the facts."""

from dataclasses import replace
from typing import Annotated, Any, Literal, TypeVar, assert_never

from pydantic import Field

from planner.domain.accounts import Account, Balance
from planner.domain.check import problems_in
from planner.domain.codec import Plain, decode, encode, fact_from_plain
from planner.domain.debts import Debt, DebtBalance
from planner.domain.errors import Conflict, NotFound, Problem, Refused
from planner.domain.household import Collection, Fact, Facts, items
from planner.domain.money import Amount, Money
from planner.domain.record import Day, Id, Whole, record
from planner.domain.wording import first_of, path_of

B = TypeVar("B", bound=Balance | DebtBalance)

Fields = Annotated[Plain, Field(min_length=1, max_length=60)]


@record
class Add:
    """Add a fact to a collection, at the end or `at` a position."""

    type: Literal["add"] = "add"
    to: Collection
    item: Plain
    at: Annotated[Whole, Field(ge=0)] | None = None


@record
class Edit:
    """Set fields of a fact; fields that are not named stay. `null` takes an optional field away."""

    type: Literal["edit"] = "edit"
    of: Collection
    id: Id
    set: Fields


@record
class Remove:
    """Remove a fact; refused while another fact names it."""

    type: Literal["remove"] = "remove"
    of: Collection
    id: Id


@record
class Move:
    """Put a fact at another position of its collection."""

    type: Literal["move"] = "move"
    of: Collection
    id: Id
    to: Annotated[Whole, Field(ge=0)]


@record
class RecordBalance:
    """Record what an account is worth, or what of a debt is owed, on a day; replaces that day's."""

    type: Literal["record_balance"] = "record_balance"
    of: Literal["accounts", "debts"]
    id: Id
    date: Day
    value: Money
    cost_basis: Amount | None = None


@record
class RemoveBalance:
    """Take away what was recorded of an account or a debt on a day."""

    type: Literal["remove_balance"] = "remove_balance"
    of: Literal["accounts", "debts"]
    id: Id
    date: Day


@record
class EditHousehold:
    """Set fields of the household itself: name, filing status, state, currency, main account, assumptions."""

    type: Literal["edit_household"] = "edit_household"
    set: Fields


@record
class ReplaceFacts:
    """Put the facts of a file in the place of all that is there."""

    type: Literal["replace_facts"] = "replace_facts"
    facts: Plain


Change = Add | Edit | Remove | Move | RecordBalance | RemoveBalance | EditHousehold | ReplaceFacts
CHANGES: dict[str, type[Change]] = {
    "add": Add,
    "edit": Edit,
    "remove": Remove,
    "move": Move,
    "record_balance": RecordBalance,
    "remove_balance": RemoveBalance,
    "edit_household": EditHousehold,
    "replace_facts": ReplaceFacts,
}
OWN_FIELDS = ("name", "filing_status", "currency", "state", "main_account", "assumptions")


def change_from_plain(plain: object) -> Change:
    """Read a change by its `type`, or raise Refused."""
    if not isinstance(plain, dict):
        raise Refused("A change is a table of named fields with a `type`.")
    kind = plain.get("type")
    if not isinstance(kind, str) or kind not in CHANGES:
        raise Refused.one("type", f"must be one of {', '.join(CHANGES)}.")
    change: Change = decode(CHANGES[kind], plain)
    return change


def apply(facts: Facts, change: Change) -> Facts:
    """Return the facts as they are after `change`, or raise Refused.

    The result agrees with itself and its revision is one higher.
    """
    match change:
        case Add():
            changed = _add(facts, change)
        case Edit():
            changed = _edit(facts, change)
        case Remove():
            changed = _with(facts, change.of, _others(facts, change.of, change.id))
        case Move():
            changed = _move(facts, change)
        case RecordBalance():
            changed = _record_balance(facts, change)
        case RemoveBalance():
            changed = _remove_balance(facts, change)
        case EditHousehold():
            changed = _edit_household(facts, change)
        case ReplaceFacts():
            changed = _replace_facts(change)
        case _:
            assert_never(change)
    if problems := problems_in(changed):
        raise Refused(problems=[_as_asked(facts, change, problem) for problem in first_of(problems)])
    return replace(changed, revision=facts.revision + 1)


def _as_asked(facts: Facts, change: Change, problem: Problem) -> Problem:
    """Say of a problem between the facts which field of the change it comes from, where that is one."""
    match change:
        case Add():
            at = len(items(facts, change.to)) if change.at is None else change.at
            place = f"{change.to}[{min(at, len(items(facts, change.to)))}]", "item"
        case Edit():
            place = f"{change.of}[{position(facts, change.of, change.id)}]", "set"
        case EditHousehold() if problem.path in OWN_FIELDS:
            return replace(problem, path=f"set.{problem.path}")
        case ReplaceFacts():
            return replace(problem, path=f"facts.{problem.path}")
        case RecordBalance() if problem.path.endswith("].value"):
            return replace(problem, path="value")
        case Remove():
            return replace(problem, message=f'still names "{change.id}": change this before you remove that.')
        case _:
            return problem
    found, asked = place
    inside = problem.path == found or problem.path.startswith(f"{found}.")
    return replace(problem, path=asked + problem.path.removeprefix(found)) if inside else problem


def _with(facts: Facts, collection: Collection, found: tuple[Fact, ...]) -> Facts:
    values: dict[str, Any] = {collection: found}
    return replace(facts, **values)


def position(facts: Facts, collection: Collection, item_id: str) -> int:
    """Return where a fact stands in its collection, or raise NotFound."""
    for place, item in enumerate(items(facts, collection)):
        if item.id == item_id:
            return place
    known = ", ".join(item.id for item in items(facts, collection)[:8]) or "none yet"
    raise NotFound(
        problems=[Problem("id", f'there is no "{item_id}" among the {collection} (there is: {known}).')]
    )


def _others(facts: Facts, collection: Collection, item_id: str) -> tuple[Fact, ...]:
    place = position(facts, collection, item_id)
    found = items(facts, collection)
    return (*found[:place], *found[place + 1 :])


def _add(facts: Facts, change: Add) -> Facts:
    item = fact_from_plain(change.to, change.item, at="item")
    found = items(facts, change.to)
    if any(other.id == item.id for other in found):
        raise Conflict(problems=[Problem("item.id", f'"{item.id}" is used already; choose another id.')])
    place = len(found) if change.at is None else change.at
    return _with(facts, change.to, (*found[:place], item, *found[place:]))


def _edit(facts: Facts, change: Edit) -> Facts:
    place = position(facts, change.of, change.id)
    found = items(facts, change.of)
    if change.set.get("id", change.id) != change.id:
        raise Refused.one("set.id", "cannot be changed: other facts name it.")
    edited = fact_from_plain(change.of, {**encode(found[place]), **change.set}, at="set")
    return _with(facts, change.of, (*found[:place], edited, *found[place + 1 :]))


def _move(facts: Facts, change: Move) -> Facts:
    place = position(facts, change.of, change.id)
    item = items(facts, change.of)[place]
    others = _others(facts, change.of, change.id)
    return _with(facts, change.of, (*others[: change.to], item, *others[change.to :]))


def _record_balance(facts: Facts, change: RecordBalance) -> Facts:
    place = position(facts, change.of, change.id)
    if change.of == "accounts":
        account = facts.accounts[place]
        balance = Balance(date=change.date, value=change.value, cost_basis=change.cost_basis)
        edited: Account | Debt = replace(account, balances=_inserted(account.balances, balance))
    else:
        if change.value < 0:
            raise Refused.one("value", "of a debt is what is owed: zero or more.")
        if change.cost_basis is not None:
            raise Refused.one("cost_basis", "belongs to accounts, not to debts.")
        debt = facts.debts[place]
        owed = DebtBalance(date=change.date, value=change.value)
        edited = replace(debt, balances=_inserted(debt.balances, owed))
    found = items(facts, change.of)
    return _with(facts, change.of, (*found[:place], edited, *found[place + 1 :]))


def _remove_balance(facts: Facts, change: RemoveBalance) -> Facts:
    place = position(facts, change.of, change.id)
    found = items(facts, change.of)
    item = facts.accounts[place] if change.of == "accounts" else facts.debts[place]
    if all(balance.date != change.date for balance in item.balances):
        raise NotFound(problems=[Problem("date", f'"{item.id}" has no balance on {change.date}.')])
    kept: Any = tuple(balance for balance in item.balances if balance.date != change.date)
    return _with(facts, change.of, (*found[:place], replace(item, balances=kept), *found[place + 1 :]))


def _inserted(balances: tuple[B, ...], new: B) -> tuple[B, ...]:
    """Return the balances with `new` in its place, instead of that day's if there is one."""
    kept: list[B] = [old for old in balances if old.date != new.date]
    return tuple(sorted([*kept, new], key=lambda balance: balance.date))


def _edit_household(facts: Facts, change: EditHousehold) -> Facts:
    for name in change.set:
        if name not in OWN_FIELDS:
            raise Refused.one(path_of((name,), at="set"), f"is not one of {', '.join(OWN_FIELDS)}.")
    own = {name: value for name, value in encode(facts).items() if name in OWN_FIELDS}
    assumptions = change.set.get("assumptions", {})
    if not isinstance(assumptions, dict):
        raise Refused.one("set.assumptions", "must be a table of named fields.")
    edited = {**own, **change.set, "assumptions": {**own["assumptions"], **assumptions}}
    header = decode(Facts, edited, at="set")
    return replace(facts, **{name: getattr(header, name) for name in OWN_FIELDS})


def _replace_facts(change: ReplaceFacts) -> Facts:
    if "revision" in change.facts:
        raise Refused.one("facts.revision", "is counted by planner; leave it out.")
    return decode(Facts, change.facts, at="facts")
