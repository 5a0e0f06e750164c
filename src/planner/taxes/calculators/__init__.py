"""Calculators: questions of tax law by name; cases go in as a list, answers come out in the same order.

To add one: a module with its `CALCULATOR`, and its line in `_MODULES`. A module is imported when it is asked.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Final

from planner.domain.errors import NotFound, Refused, TooLarge
from planner.taxes.calculators.calculator import Calculator

CASES_MAX: Final = 100_000

_MODULES: Final[Mapping[str, str]] = {
    "withholding": "withholding",
    "fica": "fica",
    "income-tax": "income_tax",
    "state-tax": "state_tax",
    "rmd": "rmd",
    "social-security": "social_security",
    "paycheck": "paycheck",
}
NAMES: Final = tuple(_MODULES)


def calculator(name: str) -> Calculator:
    """Return the calculator of that name."""
    if name not in _MODULES:
        raise NotFound(f"There is no calculator {name}; there are {', '.join(NAMES)}.")
    found = import_module(f"planner.taxes.calculators.{_MODULES[name]}").CALCULATOR
    assert isinstance(found, Calculator)
    return found


def calculators() -> Iterator[Calculator]:
    """Yield all of them."""
    return (calculator(name) for name in NAMES)


def calculate(name: str, cases: object) -> list[dict[str, object]]:
    """Return the answer to each case in its place; a wrong case gives {"error": {message, problems}}.

    Refused as a whole: an unknown name, and cases that are no list or too many.
    """
    chosen = calculator(name)
    if not isinstance(cases, list | tuple):
        raise Refused("The cases are a list of objects.")
    if len(cases) > CASES_MAX:
        raise TooLarge(f"At most {CASES_MAX} cases can be worked out at once; these are {len(cases)}.")
    return [answer_to(chosen, case) for case in cases]


def answer_to(chosen: Calculator, case: object) -> dict[str, object]:
    """Return the answer to one case, or {"error": {message, problems}}."""
    try:
        return chosen.work_out(chosen.form.read(case))
    except Refused as refused:
        problems = [{"path": problem.path, "message": problem.message} for problem in refused.problems]
        return {"error": {"message": refused.message, "problems": problems}}
