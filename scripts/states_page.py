"""Write what is covered for each state into docs/states.md, from the states' own files."""

from pathlib import Path

from planner.taxes.states.files import codes, document
from planner.taxes.states.law import about, state_law, state_years, states
from planner.taxes.states.localities import localities

PAGE = Path(__file__).resolve().parent.parent / "docs" / "states.md"
BEGIN, END = "<!-- written by scripts/states_page.py -->", "<!-- to here -->"
MANY = 4


def main() -> None:
    """Rewrite the part of the page between its marks."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{covered()}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def covered() -> str:
    """Return the sections of all states."""
    return "\n".join(_section(code) for code in states())


def _section(code: str) -> str:
    law = state_law(code, state_years(code)[-1], "single")
    lines = [f"### {law.name} ({code})", ""]
    if not law.levies:
        lines.append(f"- Income tax: {law.rule.text('note')}.")
    else:
        lines.append(f"- Income tax: {_years(code)}. {_has(code)}")
    tables = document("withholding", code)
    kind = next(iter(tables.values()))["tax_type"]
    if kind != "none":
        lines.append(f"- Withholding: tables in force from {', '.join(sorted(tables))}.")
    if code in codes("contributions"):
        lines.append(f"- Beside income tax: {_contributions(code)}.")
    places = localities(code, state_years(code)[-1]) if code in codes("localities") else ()
    if places:
        listed = ", ".join(places) if len(places) <= MANY else f"{len(places)} counties"
        notes = document("localities", code)["about"].get("simplified", ())
        lines.append(f"- Local income tax: {listed}. Left out: {'; '.join(notes)}.")
    lines += [f"- Simplified or left out: {note}." for note in law.simplified]
    lines += [f"- Published, where the source only projected: {note}." for note in _published(code)]
    return "\n".join([*lines, ""])


def _contributions(code: str) -> str:
    rules = document("contributions", code).values()
    return ", ".join(
        rule["name"] + (f" (left out: {rule['left_out']})" if "left_out" in rule else "") for rule in rules
    )


def _years(code: str) -> str:
    levied = [year for year in state_years(code) if state_law(code, year, "single").levies]
    return ", ".join(map(str, levied))


def _has(code: str) -> str:
    """Name the credits of the last year in which the state had a tax."""
    granted = state_law(code, state_years(code)[-1], "single").groups["credits"]
    named = [credit.label for credit in granted if not credit.says("one_time")]
    return f"Credits: {', '.join(named)}." if named else "No credits."


def _published(code: str) -> list[str]:
    return list(about(code).get("published_2026", ()))


if __name__ == "__main__":
    main()
