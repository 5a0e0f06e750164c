"""The calculator `fica`: Social Security and Medicare withheld by one employer, period after period."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from planner.domain.errors import Problem, Refused
from planner.taxes.calculators.answers import text
from planner.taxes.calculators.asked import INFLATION, YEAR, law_of
from planner.taxes.calculators.calculator import Answer, Calculator
from planner.taxes.calculators.fields import Form, amount, amounts, amounts_or_one
from planner.taxes.fica import fica


def _work_out(case: Mapping[str, Any]) -> Answer:
    law = law_of(case)
    gross: Sequence[int] = case["gross"]
    cafeteria = _by_period("pretax_cafeteria", case["pretax_cafeteria"], len(gross))
    deferred = _by_period("pretax_401k", case["pretax_401k"], len(gross))
    _check_pay(gross, cafeteria, deferred)
    to_date: int = case["wages_to_date"]
    periods: list[dict[str, str]] = []
    totals = [0, 0, 0]
    for paid, before_tax in zip(gross, cafeteria, strict=True):
        wages = paid - before_tax
        withheld = fica(law, wages, to_date)
        to_date += wages
        parts = (withheld.social_security, withheld.medicare, withheld.additional_medicare)
        totals = [total + part for total, part in zip(totals, parts, strict=True)]
        periods.append(_named(parts))
    return {"periods": periods, "totals": _named(totals)}


def _by_period(name: str, given: int | tuple[int, ...], periods: int) -> tuple[int, ...]:
    if isinstance(given, int):
        return (given,) * periods
    if len(given) != periods:
        raise Refused.one(name, f"This has {len(given)} entries, and gross has {periods}.")
    return given


def _check_pay(gross: Sequence[int], cafeteria: Sequence[int], deferred: Sequence[int]) -> None:
    problems = [
        Problem(f"gross[{place}]", "More is deducted before tax than is paid.")
        for place, (paid, *deducted) in enumerate(zip(gross, cafeteria, deferred, strict=True))
        if sum(deducted) > paid
    ]
    if problems:
        raise Refused(problems=problems)


def _named(parts: Sequence[int]) -> dict[str, str]:
    social_security, medicare, additional = parts
    return {
        "social_security": text(social_security),
        "medicare": text(medicare),
        "additional_medicare": text(additional),
    }


CALCULATOR: Final = Calculator(
    name="fica",
    title="Social Security and Medicare",
    about="What one employer withholds for Social Security and Medicare from each pay of a year, in order.",
    form=Form(
        YEAR,
        INFLATION,
        amounts("gross", "Gross pay, one amount for each pay period in order.", required=True),
        amounts_or_one("pretax_401k", "Pre-tax 401(k) deferrals: they lower neither tax."),
        amounts_or_one("pretax_cafeteria", "Cafeteria-plan deductions (health, HSA, FSA): they lower both."),
        amount("wages_to_date", "What this employer paid before the first of these periods this year."),
    ),
    outputs={
        "periods": "For each period: social_security, medicare, additional_medicare.",
        "totals": "The same for all periods together.",
    },
    work_out=_work_out,
    example={
        "year": 2026,
        "gross": ["9500.00", "9500.00", "14500.00"],
        "pretax_cafeteria": "250.00",
        "wages_to_date": "176000.00",
    },
)
