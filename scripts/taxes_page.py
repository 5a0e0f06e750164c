"""Write the tables of docs/taxes.md that follow from the code: fields and answers of the calculator."""

import re
from pathlib import Path

from planner.taxes.calculators import calculator

PAGE = Path(__file__).resolve().parent.parent / "docs" / "taxes.md"
PLACE = re.compile(r"<!-- (fields|answers): ([\w-]+) -->\n.*?<!-- end -->", re.DOTALL)


def written(page: str) -> str:
    """Return the page with its tables as they should be."""
    return PLACE.sub(_table, page)


def _table(place: re.Match[str]) -> str:
    kind, name = place.groups()
    chosen = calculator(name)
    rows = {field.name: field.about for field in chosen.form.fields} if kind == "fields" else chosen.outputs
    head = "| field | what it is |" if kind == "fields" else "| answer | what it is |"
    lines = [head, "|---|---|", *(f"| `{row}` | {about} |" for row, about in rows.items())]
    return "\n".join([f"<!-- {kind}: {name} -->", *lines, "<!-- end -->"])


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
