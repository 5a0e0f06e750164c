"""The calculator `rmd`: what must leave a retirement account in a year, and until when."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from planner.domain.errors import Problem, Refused
from planner.taxes.calculators.answers import text
from planner.taxes.calculators.calculator import Answer, Calculator
from planner.taxes.calculators.fields import Form, amount, choice, day, flag, whole
from planner.taxes.calculators.lines_of_working import line
from planner.taxes.law import FIRST_YEAR, LATEST_YEAR, law_for
from planner.taxes.retirement.inherited import (
    Beneficiary,
    Inheritance,
    died_before_beginning,
    inherited_distribution,
    inherited_year,
)
from planner.taxes.rmd import beginning_age, beginning_date, divisor, due_date, jointly, required_distribution
from planner.taxes.rules import Law

_NO_INFLATION: Final = Decimal(0)
"""Nothing of this law is indexed."""


def _work_out(case: Mapping[str, Any]) -> Answer:
    law = law_for(case["year"], _NO_INFLATION)
    _check(case)
    return _of_heir(law, case) if case["beneficiary"] else _of_owner(law, case)


def _of_owner(law: Law, case: Mapping[str, Any]) -> Answer:
    year, birth, balance = case["year"], case["birth_date"].year, case["balance"]
    age = year - birth
    spouse = case["spouse_birth_date"] if case["spouse_sole_beneficiary"] else None
    spouse_age = None if spouse is None else year - spouse.year
    years = divisor(law, age, birth, spouse_age)
    cents = required_distribution(law, balance, age, birth, spouse_age)
    block, table = ("joint_life", "II") if jointly(age, spouse_age) else ("uniform_lifetime", "III")
    due = years is not None
    begins = beginning_age(law, birth)
    return {
        "required": text(cents),
        "divisor": None if years is None else str(years),
        "table": table if due else None,
        "age": age,
        "beginning_age": begins,
        "beginning_date": beginning_date(law, birth).isoformat(),
        "due_date": due_date(law, birth, year).isoformat() if due else None,
        "empty_by": None,
        "working": [
            line(
                law,
                "beginning_age",
                "Age of the first distribution",
                str(begins),
                rule="The year of birth decides.",
                block="required_beginning_age",
            ),
            line(
                law,
                "divisor",
                f"Years to divide by, table {table}",
                str(years or 0),
                rule=(
                    "By the ages reached in the year; table II if the only beneficiary is a spouse"
                    " more than ten years younger."
                ),
                block=block,
            ),
            line(
                law,
                "required",
                "Required distribution",
                text(cents),
                rule="The balance at the end of the year before, by these years, half up.",
                block=block,
            ),
        ],
    }


def _of_heir(law: Law, case: Mapping[str, Any]) -> Answer:
    died: date = case["owner_death_date"]
    owner: int = case["owner_birth_date"].year
    inheritance = Inheritance(
        beneficiary=case["beneficiary"],
        birth_year=case["birth_date"].year,
        owner_birth_year=owner,
        owner_death_year=died.year,
        died_before_beginning=died_before_beginning(law, owner, died.year, (died.month, died.day)),
    )
    found = inherited_year(law, inheritance, case["year"])
    cents = inherited_distribution(law, case["balance"], inheritance, case["year"])
    due = found.years is not None
    years = str(found.years) if due else None
    return {
        "required": text(cents),
        "divisor": years,
        "table": "I" if due else None,
        "age": case["year"] - inheritance.birth_year,
        "beginning_age": beginning_age(law, owner),
        "beginning_date": beginning_date(law, owner).isoformat(),
        "due_date": date(case["year"], 12, 31).isoformat() if due else None,
        "empty_by": found.empty_by and date(found.empty_by, 12, 31).isoformat(),
        "working": [
            line(
                law,
                "empty_by",
                "Last year of the account",
                str(found.empty_by or "none"),
                rule="Ten years after the death; for a minor child after the 21st birthday; else none.",
                block="inherited_accounts",
            ),
            line(
                law,
                "divisor",
                "Years to divide by, table I",
                years or "0",
                rule=(
                    "By the age reached in the year after the death, less one for each year since; the"
                    " owner's own years if distributions had begun and those are more; none before the last"
                    " year if they had not and the ten years hold."
                ),
                block="single_life",
            ),
            line(
                law,
                "required",
                "Required distribution",
                text(cents),
                rule="The balance at the end of the year before, by these years, half up.",
                block="single_life",
            ),
        ],
    }


def _check(case: Mapping[str, Any]) -> None:
    problems: list[Problem] = []
    year = case["year"]
    if case["birth_date"].year > year:
        problems.append(Problem("birth_date", "This is after the year."))
    if case["spouse_sole_beneficiary"] and case["spouse_birth_date"] is None:
        problems.append(
            Problem("spouse_birth_date", "This is needed for a spouse who is the only beneficiary.")
        )
    if case["spouse_birth_date"] is not None and case["spouse_birth_date"].year > year:
        problems.append(Problem("spouse_birth_date", "This is after the year."))
    owner = ("owner_birth_date", "owner_death_date")
    if case["beneficiary"]:
        problems += (
            Problem(name, "This is needed for an inherited account.") for name in owner if not case[name]
        )
        if case["spouse_sole_beneficiary"]:
            problems.append(
                Problem("spouse_sole_beneficiary", "This is for an own account, not an inherited one.")
            )
        if (
            case["owner_birth_date"]
            and case["owner_death_date"]
            and case["owner_birth_date"] > case["owner_death_date"]
        ):
            problems.append(Problem("owner_death_date", "This is before the owner's birth."))
    else:
        problems += (
            Problem(name, "This is for an inherited account, which needs `beneficiary`.")
            for name in owner
            if case[name]
        )
    if problems:
        raise Refused(problems=problems)


CALCULATOR: Final = Calculator(
    name="rmd",
    title="Required minimum distribution",
    about="What must leave a traditional IRA or a plan in a year: of its owner, or of an heir.",
    form=Form(
        whole(
            "year",
            "The year of the distribution.",
            least=FIRST_YEAR,
            most=LATEST_YEAR,
            default=None,
            required=True,
        ),
        day(
            "birth_date", "The owner's birth date; the beneficiary's for an inherited account.", required=True
        ),
        amount("balance", "What the account held at the end of the year before.", required=True),
        flag("spouse_sole_beneficiary", "A spouse is the only beneficiary, all year."),
        day("spouse_birth_date", "The spouse's birth date."),
        choice(
            "beneficiary",
            "Who inherited the account. A spouse may treat it as an own account: leave this out.",
            Beneficiary,
        ),
        day("owner_birth_date", "For an inherited account: the birth date of the owner who died."),
        day("owner_death_date", "For an inherited account: the owner's death, in 2020 or later."),
    ),
    outputs={
        "required": "What must leave at least.",
        "divisor": "The years that the balance is divided by; null if nothing must leave.",
        "table": "The table of Publication 590-B that they are from: I, II or III.",
        "age": "The age reached in the year.",
        "beginning_age": "The age in whose year the owner's distributions begin.",
        "beginning_date": "The last day for the owner's first distribution.",
        "due_date": "The last day for this distribution; null if nothing must leave.",
        "empty_by": "The last day of an inherited account, where there is one.",
        "working": "Every line: line, label, amount, rule, source.",
    },
    work_out=_work_out,
    example={"year": 2026, "birth_date": "1951-03-14", "balance": "412000.00"},
    headline=("required", "divisor", "due_date", "beginning_date"),
)
