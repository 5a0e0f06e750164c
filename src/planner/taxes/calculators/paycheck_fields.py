"""What the calculator `paycheck` asks for."""

from datetime import date
from decimal import Decimal
from typing import Final

from planner.domain.errors import Refused
from planner.domain.income import DeductionKind
from planner.taxes.calculators.asked import FILING_STATUS, INFLATION, YEAR, pay_frequency
from planner.taxes.calculators.fields import (
    Field,
    Form,
    age,
    amount,
    choice,
    flag,
    number_of,
    read_amount,
    record,
    records,
    whole,
)
from planner.taxes.states.files import codes
from planner.taxes.states.withholding import FOLDER

NAME_MAX: Final = 100
ALLOWANCES_MAX: Final = 99
MATCH_MOST: Final = 3
_TEXT: Final = {"type": "string", "maxLength": NAME_MAX}


def _read_text(value: object) -> str:
    if not isinstance(value, str) or len(value) > NAME_MAX:
        raise Refused(f"This is a text of at most {NAME_MAX} characters.")
    return value


def _read_state(value: object) -> str:
    if not isinstance(value, str) or value.strip().upper() not in codes(FOLDER):
        raise Refused(f"This is the code of a state, one of {', '.join(codes(FOLDER))}.")
    return value.strip().upper()


def _read_day(value: object) -> date:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise Refused("This is a day such as 2026-07-15.") from None


def _read_share(value: object) -> Decimal:
    number = number_of(value)
    if number is None or not 0 <= number <= 1:
        raise Refused("This is a fraction from 0 to 1: 0.05 is 5 %.")
    return number


def _read_match_rate(value: object) -> Decimal:
    number = number_of(value)
    if number is None or not 0 <= number <= MATCH_MOST:
        raise Refused(f"This is a number from 0 to {MATCH_MOST}: 0.5 is half.")
    return number


def _text(name: str, about: str) -> Field:
    return Field(name=name, about=about, read=_read_text, schema=_TEXT)


def _share(name: str, about: str) -> Field:
    schema = {"type": ["number", "string"], "minimum": 0, "maximum": 1}
    return Field(name=name, about=about, read=_read_share, schema=schema)


def _optional_amount(name: str, about: str) -> Field:
    return Field(
        name=name, about=about, read=read_amount, schema={"type": ["number", "string"], "format": "money"}
    )


KIND: Final = choice("kind", "What it is; what it reduces follows from that.", DeductionKind, required=True)
DEDUCTION: Final = Form(
    KIND,
    _text("name", "Its name on the stub."),
    _optional_amount("amount", "So much from the paycheck; either this or `percent`."),
    _share("percent", "A share of gross pay."),
    _optional_amount("annual_limit", "The plan's own limit, where it is lower than the law's."),
)
DEDUCTED: Final = Form(
    KIND, _text("name", "Its name on the stub."), amount("amount", "Taken this year so far.")
)
TIER: Final = Form(
    Field(
        name="rate",
        about="What the employer adds for each dollar deferred.",
        read=_read_match_rate,
        schema={"type": ["number", "string"], "minimum": 0, "maximum": MATCH_MOST},
        required=True,
    ),
    _share("up_to", "Of gross pay; tiers follow each other."),
)
MATCH: Final = Form(
    records("tiers", "Each matches the next part of what is deferred.", TIER),
    _share("percent_of_gross", "Added whether anything is deferred or not."),
    _optional_amount("annual_cap", "The most in a year."),
    flag("true_up", "The year's last paycheck adds what uneven deferrals missed."),
)
TO_DATE: Final = Form(
    amount("gross", "Gross pay."),
    amount("federal_wages", "Federal taxable wages."),
    amount("fica_wages", "Wages for Social Security and Medicare."),
    amount("supplemental", "Bonuses among the federal wages."),
    amount("employer", "What the employer added to the plan."),
    records("deducted", "What was deducted, by kind and name.", DEDUCTED),
)
FORM: Final = Form(
    YEAR,
    INFLATION,
    pay_frequency(),
    FILING_STATUS,
    amount("gross", "Gross pay of this paycheck.", required=True),
    flag("supplemental", "It is a bonus paid by itself: the flat rate, and no deductions of fixed amounts."),
    flag("step2_checkbox", "The box of step 2(c) of the W-4."),
    amount("step3_credits", "Step 3: credits for the year."),
    amount("step4a_other_income", "Step 4(a): other income of the year."),
    amount("step4b_deductions", "Step 4(b): deductions of the year over the standard deduction."),
    amount("step4c_extra", "Step 4(c): extra amount from each paycheck."),
    records("deductions", "Taken from the paycheck, in the order of the law.", DEDUCTION),
    record("employer_match", "What the employer adds to the plan.", MATCH),
    flag("last_of_year", "It is the year's last paycheck, with which a match is trued up."),
    age("age", "The earner's age at the end of the year, for catch-up limits; 0 or null if not known."),
    flag("family_coverage", "The health plan beside an HSA covers a family."),
    amount("deferrals_elsewhere", "Put into 401(k), 403(b) and TSP at other employers this year."),
    Field(
        name="state",
        about="Where one lives and works: the state's two letters. Left out, no state takes anything.",
        read=_read_state,
        schema={"type": "string", "enum": list(codes(FOLDER))},
    ),
    Field(
        name="pay_date",
        about="The day of the pay, for the state's tables; the year's last, if it is not given.",
        read=_read_day,
        schema={"type": "string", "format": "date"},
    ),
    whole("state_allowances", "Allowances or exemptions on the state's form.", most=ALLOWANCES_MAX),
    flag("spouse_works", "Both of a couple earn; some states' tables ask."),
    _text("county", "The county, where employers withhold for it: Indiana and Maryland."),
    _text("state_form_code", "The letter of the form in Alabama, Connecticut and New Jersey."),
    amount("state_extra", "Extra amount for the state from each paycheck."),
    _share("state_rate", "Instead of `state`: a share of federal taxable wages."),
    record("to_date", "What this employer paid and took in the year before this paycheck.", TO_DATE),
)
