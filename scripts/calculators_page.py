"""Write the part of docs/calculators.md that follows from the registry: fields, answers, examples."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from planner.taxes.calculators import answer_to, calculators
from planner.taxes.calculators.calculator import Calculator
from planner.taxes.calculators.described import described

PAGE = Path(__file__).resolve().parent.parent / "docs" / "calculators.md"
PLACE = re.compile(r"<!-- calculators -->\n.*<!-- end -->", re.DOTALL)
WIDTH = 110


def written(page: str) -> str:
    """Return the page with every calculator as it is; its example is worked out."""
    told = "\n".join(line for each in calculators() for line in _told(each))
    return PLACE.sub(lambda _: f"<!-- calculators -->\n{told}\n<!-- end -->", page)


def _told(chosen: Calculator) -> Iterator[str]:
    yield from (f"## {chosen.name}", "", f"{chosen.title}. {chosen.about}", "")
    if chosen.example:
        yield from ("A case:", "", "```json", *_as_json(chosen.example), "```", "")
        answer = answer_to(chosen, dict(chosen.example))
        shown = {name: answer[name] for name in chosen.headline or answer if answer.get(name) is not None}
        shown.pop("working", None)
        yield "Its answer:" if len(shown) == len(answer) else "The main part of its answer:"
        yield from ("", "```json", *_as_json(shown), "```", "")
    yield from ("| field | takes | if not given | what it is |", "|---|---|---|---|")
    for each in described(chosen):
        yield f"| `{each.name}` | {each.takes} | {each.default} | {each.about} |"
    yield from ("", "| answer | what it is |", "|---|---|")
    yield from (f"| `{name}` | {about} |" for name, about in chosen.outputs.items())
    yield ""


def _as_json(value: Mapping[str, object]) -> list[str]:
    whole = json.dumps(value)
    return [whole] if len(whole) <= WIDTH else json.dumps(value, indent=2).splitlines()


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
