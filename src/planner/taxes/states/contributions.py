"""What some states take from paychecks beside income tax: disability, family leave, transit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from planner.domain.money import to_cents
from planner.taxes.schedule import ZERO
from planner.taxes.states.files import codes, document, in_column
from planner.taxes.states.provisions import above

FOLDER = "contributions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wages:
    """Cents of pay: all of it, without what cafeteria plans took, and without every pre-tax deduction."""

    gross: int = 0
    after_cafeteria: int = 0
    after_pretax: int = 0

    def of(self, base: str) -> Decimal:
        """Return the dollars that a contribution is taken of."""
        cents = {
            "gross": self.gross,
            "gross_less_section_125": self.after_cafeteria,
            "gross_less_pre_tax": self.after_pretax,
        }[base]
        return Decimal(cents).scaleb(-2)


@dataclass(frozen=True, slots=True)
class Contribution:
    """Cents taken from one paycheck. `left_out` says why nothing is, where only the employer knows."""

    name: str
    label: str
    cents: int
    source: str
    left_out: str = ""


def contributions(code: str, pay_date: date, wages: Wages, so_far: Wages) -> tuple[Contribution, ...]:
    """Return what a state takes from a paycheck; `so_far` are the employer's wages of the year before it."""
    if code not in codes(FOLDER):
        return ()
    found = in_column(document(FOLDER, code), "single")
    return tuple(
        Contribution(
            name, rule["name"], _taken(rule, wages, so_far), rule["source"], rule.get("left_out", "")
        )
        for name, rule in found.items()
        if rule["valid_from"] <= pay_date
    )


def _taken(rule: Mapping[str, Any], wages: Wages, so_far: Wages) -> int:
    """Take the rate of wages until the year's limit of wages, or of the contribution, is reached."""
    if "rate" not in rule:
        return 0
    before = so_far.of(rule["base"])
    most: Decimal | None = rule.get("annual_wages_most")
    after = before + wages.of(rule["base"])
    if most is not None:
        before, after = min(before, most), min(after, most)
    amount = (after - before) * rule["rate"]
    if "annual_most" in rule:
        amount = min(amount, above(rule["annual_most"], before * rule["rate"]))
    return to_cents(max(amount, ZERO))
