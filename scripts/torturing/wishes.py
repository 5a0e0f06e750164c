"""What clients ask for, drawn by chance: each request can be told from all others."""

import itertools
import json
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from torturing.account import Account, Asked, Content, KnownHousehold

FIXED_EXPENSES: Final = ("e0", "e1", "e2", "e3")
SCENARIO: Final = "lean"
HORIZONS: Final = (12, 60, 600)
KINDS: Final = ("refresh_baseline", "regenerate_flows", "recalculate_withholding", "project_scenario")
PREFERENCES: Final = (None, "respond-async", "wait=1", "wait=5", "wait=20")
CHANCE_OF_A_KEY: Final = 0.85
CHANCE_OF_A_REVISION: Final = 0.5
CHANCE_OF_FORCE: Final = 0.2
LOOKED_BACK_MAX: Final = 400
API: Final = "/api/v1"

Make = Callable[[KnownHousehold], Asked | None]


class Wishes:
    """Draws requests and writes them into the account."""

    def __init__(self, account: Account, chance: random.Random) -> None:
        self._account = account
        self._chance = chance
        self._numbers = itertools.count(1)
        self._taken: set[tuple[str, str | int]] = set()
        self._sorts: Mapping[Make, int] = {
            self._edit: 34, self._add: 6, self._remove: 6, self._rename: 5, self._undo: 8, self._job: 22,
        }  # fmt: skip

    def draw(self, household: KnownHousehold) -> Asked:
        """Return a request about the household, noted in the account."""
        while True:
            (make,) = self._chance.choices(list(self._sorts), list(self._sorts.values()))
            asked = make(household)
            if asked is not None:
                return self._account.note(asked)

    def refresh(self, household_id: str) -> Asked:
        """Return the request that brings a household up to date."""
        plain = {"kind": KINDS[0], "arguments": {}, "force": True}
        return self._account.note(
            self._asked("job", household_id, f"{API}/households/{household_id}/jobs", plain)
        )

    def household(self) -> Asked:
        """Return the request that makes a household."""
        number = next(self._numbers)
        name = f"Household {number}"
        opening = {each: self._amount() for each in FIXED_EXPENSES}
        plain = {
            "name": name,
            "filing_status": "single",
            "members": [{"id": "ann", "name": "Ann", "birth_date": "1985-05-05", "role": "head"}],
            "accounts": [
                {
                    "id": "checking",
                    "name": "Checking",
                    "kind": "checking",
                    "balances": [{"date": "2026-01-31", "value": "10000.00"}],
                }
            ],
            "incomes": [
                {
                    "id": "job", "name": "Job", "kind": "salary", "amount": "60000.00", "amount_per": "year",
                    "pay_frequency": "semimonthly", "owner": "ann",
                }
            ],
            "expenses": [_expense(each, amount) for each, amount in opening.items()],
            "scenarios": [{"id": SCENARIO, "name": "Lean years", "assumptions": {"salary_growth": "0"}}],
            "assumptions": {"horizon_months": self._chance.choice(HORIZONS)},
        }  # fmt: skip
        return self._account.note(
            self._asked(
                "create",
                None,
                f"{API}/households",
                plain,
                content=Content(verb="open", item="household", value=name),
                opening=opening,
                number=number,
            )
        )

    def _asked(
        self,
        sort: str,
        household_id: str | None,
        path: str,
        plain: object,
        *,
        content: Content | None = None,
        opening: dict[str, str] | None = None,
        undoes: int | None = None,
        revision: int | None = None,
        number: int | None = None,
    ) -> Asked:
        number = next(self._numbers) if number is None else number
        key = f"torture-{number}" if self._chance.random() < CHANCE_OF_A_KEY else None
        headers = {"Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        if revision is not None:
            headers["If-Match"] = f'"{revision}"'
        preference = self._chance.choice(PREFERENCES)
        if preference is not None:
            headers["Prefer"] = preference
        return Asked(
            number=number, sort=sort, household_id=household_id, key=key, path=path, headers=headers,
            body="" if plain is None else json.dumps(plain), content=content, opening=opening or {},
            undoes=undoes,
        )  # fmt: skip

    def _amount(self) -> str:
        """Return an amount that no other request of this run has."""
        cents = 10_000 + next(self._numbers)
        return f"{cents // 100}.{cents % 100:02d}"

    def _change(self, household: KnownHousehold, plain: object, content: Content) -> Asked:
        path = f"{API}/households/{household.id}/changes"
        bound = self._chance.random() < CHANCE_OF_A_REVISION
        revision = household.revision if bound else None
        return self._asked("change", household.id, path, plain, content=content, revision=revision)

    def _edit(self, household: KnownHousehold) -> Asked:
        item, amount = self._chance.choice(FIXED_EXPENSES), self._amount()
        plain = {"type": "edit", "of": "expenses", "id": item, "set": {"amount": amount}}
        return self._change(household, plain, Content(verb="edit", item=item, value=amount))

    def _add(self, household: KnownHousehold) -> Asked:
        item, amount = f"x{next(self._numbers)}", self._amount()
        plain = {"type": "add", "to": "expenses", "item": _expense(item, amount)}
        return self._change(household, plain, Content(verb="add", item=item, value=amount))

    def _remove(self, household: KnownHousehold) -> Asked | None:
        """Remove one of the expenses that are known to have been added."""
        for each in self._last_done(household, "add"):
            assert each.content is not None
            item = each.content.item
            if (household.id, item) not in self._taken:
                self._taken.add((household.id, item))
                plain = {"type": "remove", "of": "expenses", "id": item}
                return self._change(household, plain, Content(verb="remove", item=item))
        return None

    def _rename(self, household: KnownHousehold) -> Asked:
        name = f"Household of {next(self._numbers)}"
        plain = {"type": "edit_household", "set": {"name": name}}
        return self._change(household, plain, Content(verb="rename", item="household", value=name))

    def _undo(self, household: KnownHousehold) -> Asked | None:
        """Take back one of the household's last edits, which nobody has taken back before."""
        for each in self._last_done(household, "edit"):
            assert each.answer is not None
            assert each.content is not None
            revision = each.answer.revision
            if (household.id, revision) not in self._taken:
                self._taken.add((household.id, revision))
                path = f"{API}/households/{household.id}/changes/{revision}/undo"
                content = Content(verb="undo", item=each.content.item)
                return self._asked("change", household.id, path, None, content=content, undoes=revision)
        return None

    def _last_done(self, household: KnownHousehold, verb: str) -> Iterator[Asked]:
        """Yield the household's acknowledged changes of a sort, the last first, not for ever."""
        for each in reversed(self._account.asked[-LOOKED_BACK_MAX:]):
            ours = each.household_id == household.id and each.answer is not None
            if ours and each.content is not None and each.content.verb == verb:
                yield each

    def _job(self, household: KnownHousehold) -> Asked:
        kind = self._chance.choice(KINDS)
        arguments = {"scenario": SCENARIO} if kind == "project_scenario" else {}
        plain = {"kind": kind, "arguments": arguments, "force": self._chance.random() < CHANCE_OF_FORCE}
        return self._asked("job", household.id, f"{API}/households/{household.id}/jobs", plain)


def _expense(item: str, amount: str) -> dict[str, str]:
    return {"id": item, "name": item.upper(), "category": "food", "amount": amount, "frequency": "monthly"}
