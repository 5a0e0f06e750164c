"""The fields of the calculator `social-security`, and the people they describe."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from planner.domain.errors import Problem, Refused
from planner.taxes.calculators.fields import Form, amount, day, rate, records, whole
from planner.taxes.law import LAST_YEAR, LATEST_YEAR
from planner.taxes.retirement.benefits import Worker
from planner.taxes.retirement.claiming import full_retirement_age
from planner.taxes.retirement.months import MONTHS
from planner.taxes.retirement.primary_insurance import Economy
from planner.taxes.retirement_rules import SocialSecurityLaw

FIRST_RECORD: Final = 1951
FIRST_BIRTH: Final = 1929
FIRST_MONEY: Final = 1990
_YEAR_OF_EARNINGS: Final = whole(
    "year", "The year.", least=FIRST_RECORD, most=LATEST_YEAR, default=None, required=True
)
_RECORD: Final = Form(_YEAR_OF_EARNINGS, amount("amount", "Earnings of the year.", required=True))

FORM: Final = Form(
    day("birth_date", "The worker's birth date.", required=True),
    records("earnings", "The worker's earnings by year; what is over a year's base does not count.", _RECORD),
    amount("pia", "Instead of earnings: the primary insurance amount a month."),
    whole(
        "year",
        f"The year that `pia` and `spouse_pia` are in the money of; {LAST_YEAR} if not given.",
        least=FIRST_MONEY,
        most=LATEST_YEAR,
        default=LAST_YEAR,
    ),
    whole("claim_age_years", "Age of the claim; full retirement age if not given.", most=70, default=None),
    whole("claim_age_months", "Months on top of it.", most=MONTHS - 1),
    rate(
        "inflation",
        "The yearly rise of benefits after the last known one; 0, in today's money, if not given.",
        default=Decimal(0),
    ),
    rate("wage_growth", "The yearly rise of wages after the last known year; `inflation` if not given."),
    day("spouse_birth_date", "The spouse's birth date."),
    records("spouse_earnings", "The spouse's earnings by year.", _RECORD),
    amount("spouse_pia", "Instead of earnings: the spouse's own primary insurance amount a month."),
    whole(
        "spouse_claim_age_years",
        "Age of the spouse's claim; full retirement age if not given.",
        most=70,
        default=None,
    ),
    whole("spouse_claim_age_months", "Months on top of it.", most=MONTHS - 1),
    day("death_date", "For the spouse's benefit as a survivor: the day of the worker's death."),
    whole(
        "survivor_claim_age_years",
        "Age of the survivor's claim; that at the death if not given.",
        most=150,
        default=None,
    ),
    whole("survivor_claim_age_months", "Months on top of it.", most=MONTHS - 1),
    whole("work_year", "For the earnings test: the year of work.", most=LATEST_YEAR, default=None),
    amount(
        "work_earnings", "Earnings of that year; in the year of full retirement age, those before its month."
    ),
)


def economy_of(case: Mapping[str, Any]) -> Economy:
    """Return how wages and benefits rise."""
    prices = case["inflation"]
    return Economy(wages=prices if case["wage_growth"] is None else case["wage_growth"], prices=prices)


def people_of(law: SocialSecurityLaw, case: Mapping[str, Any]) -> tuple[Worker, Worker | None]:
    """Return the worker and the spouse, or refuse what cannot be."""
    problems: list[Problem] = []
    worker = _person(law, case, "", problems)
    spouse = None
    if case["spouse_birth_date"] is not None:
        spouse = _person(law, case, "spouse_", problems)
    else:
        names = ("spouse_earnings", "spouse_pia", "spouse_claim_age_years", "death_date")
        problems += (Problem(name, "This needs `spouse_birth_date`.") for name in names if case[name])
    if problems:
        raise Refused(problems=problems)
    return worker, spouse


def age_of(case: Mapping[str, Any], name: str) -> int | None:
    """Return an age in months, or None if its years are not given."""
    years: int | None = case[f"{name}_years"]
    months: int = case[f"{name}_months"]
    return None if years is None else years * MONTHS + months


def _person(law: SocialSecurityLaw, case: Mapping[str, Any], whose: str, problems: list[Problem]) -> Worker:
    birth = case[f"{whose}birth_date"]
    if birth.year < FIRST_BIRTH:
        problems.append(
            Problem(f"{whose}birth_date", f"Only people born from {FIRST_BIRTH} on are worked out.")
        )
    claim = age_of(case, f"{whose}claim_age")
    if claim is None:
        claim = full_retirement_age(law, birth)
        if case[f"{whose}claim_age_months"]:
            problems.append(Problem(f"{whose}claim_age_months", f"This needs `{whose}claim_age_years`."))
    elif not law.earliest <= claim <= law.latest:
        problems.append(
            Problem(f"{whose}claim_age_years", "Benefits are claimed from 62 to 70 years of age.")
        )
    earnings = {entry["year"]: entry["amount"] for entry in case[f"{whose}earnings"]}
    if len(earnings) < len(case[f"{whose}earnings"]):
        problems.append(Problem(f"{whose}earnings", "A year is there more than once."))
    if earnings and case[f"{whose}pia"]:
        problems.append(Problem(f"{whose}pia", "Give earnings or the primary insurance amount, not both."))
    return Worker(
        birth=birth,
        claim_age=claim,
        earnings=earnings,
        stated=None if earnings else case[f"{whose}pia"],
        stated_year=case["year"],
    )
