"""Households for tests: small ones built by hand, and generated ones of all kinds."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from planner.domain.accounts import TRAITS, Account, AccountKind, AssetClass, Balance, TaxTreatment
from planner.domain.calendar import Frequency
from planner.domain.debts import Debt, DebtBalance, DebtKind, MinimumPayment, RateChange
from planner.domain.expenses import Expense, ExpenseCategory, Transfer
from planner.domain.household import Facts
from planner.domain.income import (
    CONTRIBUTIONS,
    PAY_FREQUENCIES,
    W4,
    WAGES,
    AmountPer,
    Deduction,
    DeductionKind,
    EmployerMatch,
    Income,
    IncomeKind,
    MatchTier,
)
from planner.domain.members import FilingStatus, Member, Role
from planner.domain.scenarios import Assumptions
from planner.engine.debts import level_payment
from planner.engine.plan import Plan
from planner.engine.project import project
from planner.engine.projection import Projection

START = date(2026, 1, 1)
STEADY = Assumptions(
    inflation=Decimal(0),
    salary_growth=Decimal(0),
    cash_return=Decimal(0),
    investment_return=Decimal(0),
    property_growth=Decimal(0),
    vehicle_growth=Decimal(0),
)
"""Nothing rises: hand calculations stay short."""


def a_salary(yearly: int = 60_000_00, **fields: object) -> Income:
    given: dict[str, object] = {
        "id": "job",
        "name": "Job",
        "kind": IncomeKind.SALARY,
        "amount": yearly,
        "amount_per": AmountPer.YEAR,
        "pay_frequency": Frequency.MONTHLY,
    }
    return Income(**{**given, **fields})  # type: ignore[arg-type]


def an_account(kind: AccountKind = AccountKind.CHECKING, value: int = 0, **fields: object) -> Account:
    given: dict[str, object] = {
        "id": kind.replace("_", "-"),
        "name": kind.value,
        "kind": kind,
        "balances": (Balance(date=START, value=value),),
    }
    return Account(**{**given, **fields})  # type: ignore[arg-type]


def a_debt(owed: int, **fields: object) -> Debt:
    given: dict[str, object] = {
        "id": "loan",
        "name": "Loan",
        "kind": DebtKind.PERSONAL_LOAN,
        "annual_rate": Decimal("0.06"),
        "balances": (DebtBalance(date=START, value=owed),),
    }
    return Debt(**{**given, **fields})  # type: ignore[arg-type]


def an_expense(amount: int, **fields: object) -> Expense:
    given: dict[str, object] = {
        "id": "living",
        "name": "Living",
        "category": ExpenseCategory.OTHER,
        "amount": amount,
        "frequency": Frequency.MONTHLY,
    }
    return Expense(**{**given, **fields})  # type: ignore[arg-type]


def a_household(**fields: object) -> Facts:
    given: dict[str, object] = {
        "name": "Test",
        "filing_status": FilingStatus.SINGLE,
        "accounts": (an_account(),),
        "assumptions": STEADY,
    }
    return Facts(**{**given, **fields})  # type: ignore[arg-type]


def projected(facts: Facts, months: int = 24, start: date = START) -> Projection:
    return project(Plan(facts=facts, start=start, assumptions=facts.assumptions, months=months))


def cents(most: int = 20_000_00, least: int = 0) -> st.SearchStrategy[int]:
    return st.integers(least, most)


def shares(most: str = "0.10") -> st.SearchStrategy[Decimal]:
    return st.decimals(0, Decimal(most), places=4)


days = st.dates(date(2024, 1, 1), date(2031, 12, 31))
starts = st.dates(date(2024, 1, 1), date(2028, 12, 31))


@st.composite
def spans(draw: st.DrawFn) -> dict[str, date | None]:
    """Optional start and end, in order."""
    first, last = draw(st.none() | days), draw(st.none() | days)
    if first is not None and last is not None and last < first:
        first, last = last, first
    return {"start": first, "end": last}


@st.composite
def accounts(draw: st.DrawFn, place: int, owners: list[str]) -> Account:
    kind = draw(st.sampled_from(AccountKind))
    dates = sorted(draw(st.sets(days, max_size=3)))
    least = -500_00 if kind is AccountKind.CHECKING else 0
    balances = [
        Balance(
            date=day, value=draw(cents(300_000_00, least)), cost_basis=draw(st.none() | cents(200_000_00))
        )
        for day in dates
    ]
    return Account(
        id=f"account-{place}",
        name=f"Account {place}",
        kind=kind,
        balances=tuple(balances),
        owner=draw(st.none() | st.sampled_from(owners)) if owners else None,
        annual_return=draw(st.none() | st.decimals("-0.2", "0.2", places=3)),
    )


@st.composite
def debts(draw: st.DrawFn, place: int, known: list[Account]) -> Debt:
    rate, owed = draw(shares("0.25")), draw(cents(400_000_00))
    balance_on = draw(days)
    rule: dict[str, object] = draw(
        st.sampled_from(
            (
                {"payment": level_payment(2 * owed, rate, 240) + 100},
                {"payment": level_payment(2 * owed, rate, 24) + 100},
                {
                    "term_months": 180,
                    "rate_changes": (RateChange(date=date(2027, 5, 2), annual_rate=rate / 2),),
                },
                {"term_months": 7},
                {"minimum_payment": MinimumPayment(percent=Decimal("0.02"), at_least=25_00)},
            )
        )
    )
    paying = [account.id for account in known if TRAITS[account.kind].liquid]
    return Debt(
        id=f"debt-{place}",
        name=f"Debt {place}",
        kind=draw(st.sampled_from(DebtKind)),
        annual_rate=rate,
        balances=(DebtBalance(date=balance_on, value=owed),),
        extra_payment=draw(st.sampled_from((0, 0, 150_00))),
        payment_day=draw(st.integers(1, 31)),
        first_payment=draw(st.none() | st.just(balance_on + timedelta(days=200))),
        escrow=draw(st.sampled_from((0, 300_00))),
        mortgage_insurance=draw(st.sampled_from((0, 80_00))),
        secured_by=draw(st.none() | st.sampled_from([account.id for account in known])) if known else None,
        paid_from=draw(st.none() | st.sampled_from(paying)) if paying else None,
        **rule,  # type: ignore[arg-type]
    )


def reachable(kind: DeductionKind, known: list[Account]) -> list[str]:
    """Return the accounts that a contribution may reach: those taxed the way it is."""
    wanted = TaxTreatment.ROTH if kind.startswith("roth") else TaxTreatment.DEFERRED
    wanted = TaxTreatment.HEALTH if kind is DeductionKind.HSA else wanted
    return [account.id for account in known if TRAITS[account.kind].taxed_as is wanted]


@st.composite
def deductions(draw: st.DrawFn, place: int, known: list[Account]) -> Deduction:
    kind = draw(
        st.sampled_from(
            [kind for kind in DeductionKind if kind not in CONTRIBUTIONS or reachable(kind, known)]
        )
    )
    to_accounts: list[str | None] = [None, *(account.id for account in known)]
    if kind in CONTRIBUTIONS:
        to_accounts = [*reachable(kind, known)]
    fixed = draw(st.booleans())
    return Deduction(
        name=f"Deduction {place}",
        kind=kind,
        to_account=draw(st.sampled_from(to_accounts)),
        annual_limit=draw(st.none() | cents(5_000_00)),
        amount=draw(cents(600_00)) if fixed else None,
        percent=None if fixed else draw(shares("0.15")),
    )


@st.composite
def incomes(draw: st.DrawFn, place: int, known: list[Account], owners: list[str]) -> Income:
    kind = draw(st.sampled_from(IncomeKind))
    wages = kind in WAGES
    frequency = draw(st.sampled_from(PAY_FREQUENCIES if wages else tuple(Frequency)))
    per = AmountPer.HOUR if kind is IncomeKind.HOURLY else AmountPer.PAYMENT
    if kind is not IncomeKind.HOURLY and frequency is not Frequency.ONCE:
        per = draw(st.sampled_from((AmountPer.YEAR, AmountPer.PAYMENT)))
    most = {AmountPer.YEAR: 400_000_00, AmountPer.PAYMENT: 15_000_00, AmountPer.HOUR: 90_00}[per]
    liquid = [account.id for account in known if TRAITS[account.kind].liquid]
    paycheck: dict[str, object] = {}
    if wages:
        retirement = [account.id for account in known if TRAITS[account.kind].retirement]
        match = EmployerMatch(
            to_account=draw(st.sampled_from(retirement)) if retirement else "none",
            tiers=(MatchTier(rate=Decimal("0.5"), up_to=Decimal("0.06")),),
            percent_of_gross=draw(shares("0.05")),
            annual_cap=draw(st.none() | cents(3_000_00)),
        )
        paycheck = {
            "w4": draw(st.none() | st.builds(W4, step2_checkbox=st.booleans(), step4c_extra=cents(100_00))),
            "state_withholding_rate": draw(shares("0.09")),
            "deductions": tuple(draw(deductions(number, known)) for number in range(draw(st.integers(0, 4)))),
            "employer_match": draw(st.none() | st.just(match)) if retirement else None,
        }
    return Income(
        id=f"income-{place}",
        name=f"Income {place}",
        kind=kind,
        amount=draw(cents(most)),
        amount_per=per,
        pay_frequency=frequency,
        owner=draw(st.none() | st.sampled_from(owners)) if owners else None,
        hours_per_week=Decimal(38) if per is AmountPer.HOUR else None,
        first_payment=draw(days if frequency is Frequency.ONCE else st.none() | days),
        annual_raise=draw(st.none() | shares("0.08")),
        raise_month=draw(st.integers(1, 12)),
        deposit_to=draw(st.none() | st.sampled_from(liquid)) if liquid else None,
        taxable=draw(st.booleans()),
        **draw(spans()),  # type: ignore[arg-type]
        **paycheck,  # type: ignore[arg-type]
    )


@st.composite
def expenses(draw: st.DrawFn, place: int, known: list[Account]) -> Expense:
    frequency = draw(st.sampled_from(Frequency))
    liquid = [account.id for account in known if TRAITS[account.kind].liquid]
    return Expense(
        id=f"expense-{place}",
        name=f"Expense {place}",
        category=draw(st.sampled_from(ExpenseCategory)),
        amount=draw(cents(4_000_00)),
        frequency=frequency,
        first_payment=draw(days if frequency is Frequency.ONCE else st.none() | days),
        annual_growth=draw(st.none() | shares("0.05")),
        paid_from=draw(st.none() | st.sampled_from(liquid)) if liquid else None,
        **draw(spans()),  # type: ignore[arg-type]
    )


@st.composite
def transfers(draw: st.DrawFn, place: int, known: list[Account]) -> Transfer:
    giving, taking = draw(st.permutations([account.id for account in known]))[:2]
    frequency = draw(st.sampled_from(Frequency))
    return Transfer(
        id=f"transfer-{place}",
        name=f"Transfer {place}",
        from_account=giving,
        to_account=taking,
        amount=draw(cents(2_000_00)),
        frequency=frequency,
        first_payment=draw(days if frequency is Frequency.ONCE else st.none() | days),
        **draw(spans()),  # type: ignore[arg-type]
    )


@st.composite
def households(draw: st.DrawFn) -> Facts:
    """Valid facts of every kind; what they hold and owe is within a household's reach."""
    members = tuple(
        Member(id=f"member-{place}", name="Member", birth_date=draw(births), role=role)
        for place, role in enumerate(draw(st.lists(st.sampled_from(Role), max_size=4)))
    )
    owners = [member.id for member in members]
    known = [draw(accounts(place, owners)) for place in range(draw(st.integers(0, 6)))]
    cash = [account.id for account in known if TRAITS[account.kind].grows_as is AssetClass.CASH]
    return Facts(
        name="Generated",
        filing_status=draw(st.sampled_from(FilingStatus)),
        main_account=draw(st.none() | st.sampled_from(cash)) if cash else None,
        members=members,
        accounts=tuple(known),
        debts=tuple(draw(debts(place, known)) for place in range(draw(st.integers(0, 3)))),
        incomes=tuple(draw(incomes(place, known, owners)) for place in range(draw(st.integers(0, 3)))),
        expenses=tuple(draw(expenses(place, known)) for place in range(draw(st.integers(0, 4)))),
        transfers=tuple(
            draw(transfers(place, known)) for place in range(draw(st.integers(0, 2)) if len(known) > 1 else 0)
        ),
        assumptions=Assumptions(inflation=draw(shares("0.06")), investment_return=draw(shares("0.09"))),
    )


births = st.dates(date(1935, 1, 1), date(2023, 12, 31))
