"""State income tax withheld from a paycheck, by each state's percentage formula.

The tables are transcribed from "US payroll withholding tables, 2026" by Nyaksik/us-payroll-tax-tables
(paystubdesk.com), CC BY 4.0, changed; each state's file names the state's own document.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache

from planner.domain.errors import Refused
from planner.domain.members import FilingStatus
from planner.domain.money import to_cents
from planner.taxes.schedule import ZERO
from planner.taxes.states import withholding_steps as steps
from planner.taxes.states.files import codes, document, in_column
from planner.taxes.states.law import COLUMN_OF
from planner.taxes.states.provisions import Provision, above, marginal, reached
from planner.taxes.states.withholding_steps import Pay

FOLDER = "withholding"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateForm:
    """What an employee told the employer on the state's form. Amounts are cents.

    `code` is the letter of the form in Alabama, Connecticut and New Jersey; `exemptions` are Indiana's
    counts; `allowance_amount` is Iowa's; `elected_rate` is Arizona's. `county` is its code or name.
    """

    filing_status: FilingStatus
    allowances: int = 0
    spouse_works: bool = False
    code: str = ""
    county: str = ""
    nonresident: bool = False
    allowance_amount: int | None = None
    exemptions: Mapping[str, int] = field(default_factory=dict)
    elected_rate: Decimal | None = None
    without_form: bool = False
    extra: int = 0


@dataclass(frozen=True, slots=True)
class Withheld:
    """Cents withheld for the state, and for the county where it is a line of its own, and by what rule."""

    state: int
    county: int
    source: str


def state_withholding(
    code: str, pay_date: date, wages: int, periods: int, form: StateForm, *, federal_withheld: int = 0
) -> Withheld:
    """Return what is withheld from one paycheck of `wages` cents, half up to the cent.

    `wages` are what the state taxes of the pay; `federal_withheld` is the federal income tax of the paycheck,
    which Alabama and Oregon let one deduct. After the last known year its tables stay.
    """
    if wages < 0:
        raise Refused.one("wages", "Wages cannot be negative.")
    if periods < 1:
        raise Refused.one("periods_per_year", "Pay comes at least once a year.")
    rule = tables(code, pay_date, _column(form))
    if rule.text("tax_type") == "none":
        return Withheld(0, 0, rule.source)
    pay = Pay(
        rule=rule,
        wages=Decimal(wages).scaleb(-2),
        periods=periods,
        allowances=form.allowances,
        federal=Decimal(federal_withheld).scaleb(-2),
    )
    extra = Decimal(form.extra).scaleb(-2)
    if rule.text("tax_type") == "flat":
        return _withheld(rule, pay.wages * rule.amount("rate") + extra)
    if rule.text("tax_type") == "elected_rate":
        return _withheld(rule, pay.wages * _elected(rule, form) + extra)
    if "codes" in rule:
        return _withheld(rule, _by_code(pay, form) + extra)
    return _graduated(pay, form, extra)


@lru_cache(maxsize=512)
def tables(code: str, pay_date: date, column: str) -> Provision:
    """Return what holds in a state on a day; refused before the first known day."""
    if code not in codes(FOLDER):
        raise Refused.one("state", f"{code!r} is no state; the states are {', '.join(codes(FOLDER))}.")
    known = document(FOLDER, code)
    since = [day for day in sorted(known) if day <= pay_date.isoformat()]
    if not since:
        raise Refused.one(
            "pay_date",
            f"What {code} withholds is known from {min(known)} on, not for {pay_date.isoformat()}.",
        )
    figures = in_column(known[since[-1]], column)
    return Provision(code, figures["source"], figures)


def _column(form: StateForm) -> str:
    """Return the column of the tables: a couple with one earner has its own in some states."""
    if form.filing_status is not FilingStatus.MARRIED_FILING_JOINTLY:
        return COLUMN_OF[form.filing_status]
    return "joint" if form.spouse_works else "joint_sole_earner"


def _withheld(rule: Provision, state: Decimal, county: Decimal = ZERO) -> Withheld:
    return Withheld(to_cents(above(state, ZERO)), to_cents(above(county, ZERO)), rule.source)


def _elected(rule: Provision, form: StateForm) -> Decimal:
    """Arizona: the rate an employee chose, or the one for those who chose none."""
    if form.elected_rate is None:
        return rule.amount("default_rate")
    offered = rule.figures["rates_offered"]
    if form.elected_rate and form.elected_rate not in offered:
        rates = ", ".join(f"{rate:%}".rstrip("0%").rstrip(".") + " %" for rate in offered)
        raise Refused.one("elected_rate", f"The rate is none, or one of {rates}.")
    return form.elected_rate


def _by_code(pay: Pay, form: StateForm) -> Decimal:
    """Withhold by the letter of the employee's form."""
    given = pay.rule.figures["codes"]
    if form.without_form and "rate_without_form" in pay.rule:
        return pay.wages * pay.rule.amount("rate_without_form")
    letter = form.code or _default_code(pay.rule, form)
    if letter not in given:
        raise Refused.one("code", f"The letter on the form is one of {', '.join(sorted(given))}.")
    chosen = Provision(letter, pay.rule.source, given[letter])
    if chosen.says("no_withholding"):
        return ZERO
    if "period_brackets" in chosen:
        return steps.new_jersey(pay, chosen)
    brackets = in_column(document(FOLDER, pay.rule.name)[_day(pay.rule)]["brackets"], chosen.text("schedule"))
    if "deduction" in chosen:
        return steps.alabama(pay, chosen, brackets)
    return steps.connecticut(pay, chosen, brackets)


def _day(rule: Provision) -> str:
    """Return the day from which the tables hold, as the file writes it."""
    day: date = rule.figures["valid_from"]
    return day.isoformat()


def _default_code(rule: Provision, form: StateForm) -> str:
    column = COLUMN_OF[form.filing_status]
    column = "single" if column == "separate" else column
    for letter, about in rule.figures["codes"].items():
        if column in about.get("default_for", ()):
            return str(letter)
    default = {
        "single": "F",
        "joint": "C",
        "head": "B",
    }  # Connecticut: both earn no more than the table's limit
    return default[column]


def _graduated(pay: Pay, form: StateForm, extra: Decimal) -> Withheld:
    """Withhold by the usual formula: annual wages less deductions, through brackets, less credits."""
    rule, dual = pay.rule, False
    if "dual_income_column" in rule and _counts_as_single(pay, form):
        rule = tables(rule.name, rule.figures["valid_from"], rule.text("dual_income_column"))
        pay, dual = pay.with_rule(rule), True
    if steps.exempt(pay):
        return _withheld(rule, extra)
    if form.spouse_works and "two_income_brackets" in rule and not dual:
        pay = pay.with_brackets("two_income_brackets")
    if "allowance_column" in rule:
        pay = _oregon_column(pay)
    if "deduction_per_period" in rule:
        return _withheld(rule, steps.iowa(pay, form.allowance_amount) + extra)
    taxable = steps.taxable(pay, form.exemptions)
    annual = steps.taxed(pay, taxable) - steps.credits_of(pay, taxable)
    county = _county(pay, form, taxable)
    if county is None:
        return _withheld(rule, above(annual, ZERO) / pay.periods + extra)
    if rule.figures["county_tax"].get("joins_state_line"):
        return _withheld(rule, above(annual + county, ZERO) / pay.periods + extra)
    return _withheld(rule, above(annual, ZERO) / pay.periods + extra, county / pay.periods)


def _counts_as_single(pay: Pay, form: StateForm) -> bool:
    """California: who is married and claims fewer than two, or whose spouse works, is taken as single."""
    if form.filing_status is not FilingStatus.MARRIED_FILING_JOINTLY:
        return False
    few = form.allowances < pay.rule.amount("married_double_from_allowances")
    return form.spouse_works or few


def _oregon_column(pay: Pay) -> Pay:
    """Oregon: from three allowances on, everybody's column is that of couples."""
    chosen = pay.rule.figures["allowance_column"]
    if pay.allowances < chosen["at_least"]:
        return pay
    return pay.with_rule(tables(pay.rule.name, pay.rule.figures["valid_from"], "joint"))


def _county(pay: Pay, form: StateForm, taxable: Decimal) -> Decimal | None:
    """Return a year's county tax; None where the state's employers withhold none."""
    about = pay.rule.part("county_tax")
    if about is None:
        return None
    if form.nonresident:
        local = pay.rule.part("nonresidency")
        return ZERO if local is None else taxable * local.amount("local_rate")
    if not form.county:
        return taxable * about.amount("default_rate", ZERO)
    wanted = form.county.strip().casefold()
    rows = about.figures["rates"]
    row = next((row for row in rows if wanted in {str(row[0]).casefold(), str(row[1]).casefold()}), None)
    if row is None:
        raise Refused.one("county", f"The counties are {', '.join(str(row[1]) for row in rows)}.")
    bands = about.figures.get("bands", {}).get(row[0])
    if bands is None:
        return taxable * Decimal(row[2])
    column = COLUMN_OF[form.filing_status]
    table = bands.get(column, bands["single"])
    if bands["marginal"]:
        return marginal(table, taxable)
    return taxable * reached(table, taxable, above=True)
