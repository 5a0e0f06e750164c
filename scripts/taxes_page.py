"""Write the tables that follow from the code: fields and answers of calculators, in the pages on taxes."""

import re
from pathlib import Path

from planner.taxes.calculators import calculator

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = (DOCS / "taxes.md", DOCS / "retirement-law.md")
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
    for path in PAGES:
        path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")
