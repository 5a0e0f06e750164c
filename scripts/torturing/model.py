"""A household as clients think of it: some expenses and a name, played in the journal's order."""

from typing import Any

from torturing.account import Asked, Content


class Model:
    """The expenses and the name, as they are after each revision."""

    def __init__(self, opening: dict[str, str], name: str) -> None:
        self.expenses = dict(opening)
        self.name = name
        self._before: dict[int, str] = {}

    def expected(self, asked: Asked) -> Content | None:
        """Return what the entry of a request must say, were it the next."""
        content = asked.content
        if content is None or asked.undoes is None:
            return content
        old = self._before.get(asked.undoes)
        return None if old is None else Content(verb="edit", item=content.item, value=old)

    def apply(self, revision: int, said: Content) -> None:
        """Do what an entry says."""
        match said.verb:
            case "edit":
                self._before[revision] = self.expenses[said.item]
                self.expenses[said.item] = said.value
            case "add":
                self.expenses[said.item] = said.value
            case "remove":
                del self.expenses[said.item]
            case "rename":
                self.name = said.value
            case _:
                raise AssertionError(said)


def said_by(change: dict[str, Any]) -> Content:
    """Return what an entry of the journal says, as requests say it."""
    match change["type"]:
        case "edit":
            return Content(verb="edit", item=change["id"], value=change["set"]["amount"])
        case "add":
            return Content(verb="add", item=change["item"]["id"], value=change["item"]["amount"])
        case "remove":
            return Content(verb="remove", item=change["id"])
        case "edit_household":
            return Content(verb="rename", item="household", value=change["set"]["name"])
        case _:
            return Content(verb="open", item="household", value=change["facts"]["name"])
