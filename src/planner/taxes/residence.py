"""What the state of an employee takes from a paycheck: income tax, county tax, and contributions."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from planner.domain.errors import Refused
from planner.domain.money import to_cents
from planner.taxes.states.contributions import FOLDER as CONTRIBUTIONS
from planner.taxes.states.contributions import Contribution, Wages, contributions
from planner.taxes.states.files import codes, digest, document
from planner.taxes.states.withholding import FOLDER, StateForm, state_withholding, tables
from planner.taxes.stubs import Totals

AFTER_PRETAX: Final = "gross_less_pre_tax"
AFTER_RETIREMENT: Final = "gross_less_retirement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Residence:
    """Where an employee lives and works, on the day of a paycheck, and what the state's form says."""

    code: str
    pay_date: date
    form: StateForm


@dataclass(frozen=True, slots=True)
class StateTakes:
    """Cents of income tax for the state and the county, and contributions. `source` is the state's rule."""

    income_tax: int
    local: int
    contributions: tuple[Contribution, ...]
    source: str


def is_known(code: str | None, pay_date: date) -> bool:
    """Say whether what a state withholds is known for pay on a day."""
    return code in codes(FOLDER) and min(document(FOLDER, str(code))) <= pay_date.isoformat()


def law_of_state(code: str) -> str:
    """Name the files that tell what a state withholds; the name changes with any figure in them."""
    return "/".join(digest(folder, code) for folder in (FOLDER, CONTRIBUTIONS) if code in codes(folder))


def state_takes(residence: Residence, periods_per_year: int, paid: Totals, before: Totals) -> StateTakes:
    """Return what the state takes from a paycheck; `before` is what the employer paid in the year before it.

    Bonuses are withheld as if they were regular pay, though some states have flat rates for them.
    """
    code = residence.code
    if code not in codes(FOLDER):
        raise Refused.one("state", f"{code!r} is no state; the states are {', '.join(codes(FOLDER))}.")
    wages, so_far = _wages(paid), _wages(before)
    withheld = state_withholding(
        code,
        residence.pay_date,
        _taxed_by(residence, wages),
        periods_per_year,
        residence.form,
        federal_withheld=paid.federal,
    )
    taken = contributions(code, residence.pay_date, wages, so_far)
    return StateTakes(
        withheld.state, withheld.county, tuple(each for each in taken if each.cents), withheld.source
    )


def _taxed_by(residence: Residence, wages: Wages) -> int:
    """Return the cents of pay that the state taxes: New Jersey and Pennsylvania let not all come off."""
    rule = tables(residence.code, residence.pay_date, "single")
    base = rule.text("taxable_wage_base") if "taxable_wage_base" in rule else AFTER_PRETAX
    if base == AFTER_RETIREMENT:
        return wages.gross - (wages.after_cafeteria - wages.after_pretax)
    return to_cents(wages.of(base))


def _wages(paid: Totals) -> Wages:
    return Wages(gross=paid.gross, after_cafeteria=paid.fica_wages, after_pretax=paid.federal_wages)
