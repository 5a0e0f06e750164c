"""Income: what is earned, how it is paid, and what is taken out of a paycheck."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from planner.domain.calendar import Frequency
from planner.domain.members import FilingStatus
from planner.domain.money import Amount
from planner.domain.numbers import NumberField
from planner.domain.record import Day, Flag, Id, Name, Note, Rate, Share, Whole, record


class IncomeKind(StrEnum):
    """What sort of income it is; taxes depend on it."""

    SALARY = "salary"
    HOURLY = "hourly"
    SELF_EMPLOYMENT = "self_employment"
    RENTAL = "rental"
    INVESTMENT = "investment"
    PENSION = "pension"
    SOCIAL_SECURITY = "social_security"
    OTHER = "other"


WAGES = frozenset({IncomeKind.SALARY, IncomeKind.HOURLY})
"""The kinds that come with a W-4 and have Social Security and Medicare withheld."""

PAY_FREQUENCIES = (Frequency.WEEKLY, Frequency.BIWEEKLY, Frequency.SEMIMONTHLY, Frequency.MONTHLY)


class AmountPer(StrEnum):
    """What the amount of an income is for."""

    YEAR = "year"
    HOUR = "hour"
    PAYMENT = "payment"


class DeductionKind(StrEnum):
    """What a paycheck deduction is; whether it comes before taxes follows from it."""

    TRADITIONAL_401K = "traditional_401k"
    ROTH_401K = "roth_401k"
    TRADITIONAL_403B = "traditional_403b"
    ROTH_403B = "roth_403b"
    TRADITIONAL_457B = "traditional_457b"
    ROTH_457B = "roth_457b"
    TRADITIONAL_TSP = "traditional_tsp"
    ROTH_TSP = "roth_tsp"
    HSA = "hsa"
    HEALTH_FSA = "health_fsa"
    DEPENDENT_CARE_FSA = "dependent_care_fsa"
    HEALTH = "health"
    DENTAL = "dental"
    VISION = "vision"
    COMMUTER = "commuter"
    OTHER_PRETAX = "other_pretax"
    OTHER_POSTTAX = "other_posttax"


RETIREMENT_DEFERRALS = frozenset(
    {
        DeductionKind.TRADITIONAL_401K,
        DeductionKind.ROTH_401K,
        DeductionKind.TRADITIONAL_403B,
        DeductionKind.ROTH_403B,
        DeductionKind.TRADITIONAL_457B,
        DeductionKind.ROTH_457B,
        DeductionKind.TRADITIONAL_TSP,
        DeductionKind.ROTH_TSP,
    }
)
CONTRIBUTIONS = RETIREMENT_DEFERRALS | {DeductionKind.HSA}
"""Deductions that are still yours: they must say which account they reach."""

Hours = Annotated[Decimal, NumberField(least=Decimal("0.01"), most=Decimal(168), places=2)]


@record
class W4:
    """Form W-4 (2020 and later). Steps 3, 4a and 4b are dollars a year, 4c dollars a paycheck."""

    filing_status: FilingStatus = FilingStatus.SINGLE
    step2_checkbox: Flag = False
    step3_credits: Amount = 0
    step4a_other_income: Amount = 0
    step4b_deductions: Amount = 0
    step4c_extra: Amount = 0


@record
class Deduction:
    """Taken from every paycheck: a fixed `amount` or a `percent` of gross pay, one of the two.

    `annual_limit` replaces the law's limit where a plan has a lower one.
    """

    name: Name
    kind: DeductionKind
    amount: Amount | None = None
    percent: Share | None = None
    to_account: Id | None = None
    annual_limit: Amount | None = None


@record
class MatchTier:
    """The employer adds `rate` of what you defer, up to `up_to` of gross pay (tiers follow each other)."""

    rate: Annotated[Decimal, NumberField(least=Decimal(0), most=Decimal(3), hint="0.5 is half")]
    up_to: Share


@record
class EmployerMatch:
    """What the employer adds to a retirement account, each paycheck.

    With `true_up` the year's last paycheck adds what the tiers come to on the whole year's pay, where
    deferrals that stopped at a limit, or were uneven, missed some of it.
    """

    to_account: Id
    tiers: Annotated[tuple[MatchTier, ...], Field(max_length=5)] = ()
    percent_of_gross: Share = Decimal(0)
    annual_cap: Amount | None = None
    true_up: Flag = False


@record
class Income:
    """One source of income.

    `amount` is per year, per hour (with `hours_per_week`) or per payment, before taxes.
    `first_payment` is any date on which it is paid; it fixes the days of weekly and biweekly pay.
    `annual_raise` left out means what the assumptions say for this kind; it takes effect every year at
    the start of `raise_month`.
    """

    id: Id
    name: Name
    kind: IncomeKind
    amount: Amount
    amount_per: AmountPer
    pay_frequency: Frequency
    owner: Id | None = None
    hours_per_week: Hours | None = None
    first_payment: Day | None = None
    start: Day | None = None
    end: Day | None = None
    annual_raise: Rate | None = None
    raise_month: Annotated[Whole, Field(ge=1, le=12)] = 1
    deposit_to: Id | None = None
    taxable: Flag = True
    w4: W4 | None = None
    state_withholding_rate: Share = Decimal(0)
    deductions: Annotated[tuple[Deduction, ...], Field(max_length=40)] = ()
    employer_match: EmployerMatch | None = None
    note: Note = ""
