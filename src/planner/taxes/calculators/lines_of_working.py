"""One line of a calculator's working: what was found, by which rule, from which source."""

from planner.taxes.rules import Law


def line(law: Law, name: str, label: str, amount: str, *, rule: str, block: str) -> dict[str, str]:
    """Return a line of working whose figures are from `block` of the law."""
    return {"line": name, "label": label, "amount": amount, "rule": rule, "source": law.sources[block]}
