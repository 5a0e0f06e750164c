"""Hypothesis strategies: valid households of every kind of fact, as plain dictionaries and as Facts."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from planner.domain.accounts import TRAITS, AccountKind, TaxTreatment
from planner.domain.calendar import Frequency
from planner.domain.codec import Plain, facts_from_plain
from planner.domain.debts import DebtKind
from planner.domain.expenses import ExpenseCategory
from planner.domain.household import Facts
from planner.domain.income import CONTRIBUTIONS, WAGES, DeductionKind, IncomeKind
from planner.domain.members import FilingStatus, Role
from planner.domain.money import LARGEST_CENTS, as_text
from planner.domain.record import EARLIEST_DATE, LATEST_DATE

Draw = Callable[[st.SearchStrategy[Any]], Any]

MANY = 3
few = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Whole households take long to draw."""

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

names = (
    st.text(
        st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters=BIDI),
        min_size=1,
        max_size=120,
    )
    .map(str.strip)
    .filter(bool)
)
notes = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters=BIDI)
    | st.sampled_from("\n\t\r"),
    max_size=200,
).map(str.strip)
amounts = (st.integers(0, LARGEST_CENTS) | st.integers(0, 500_000)).map(as_text)
money = (st.integers(-LARGEST_CENTS, LARGEST_CENTS) | st.integers(-500_000, 500_000)).map(as_text)
days = st.dates(EARLIEST_DATE, LATEST_DATE).map(str)


def decimals(least: str, most: str, places: int = 6) -> st.SearchStrategy[str]:
    return st.decimals(least, most, places=places).map(lambda number: format(number, "f"))


rates = decimals("-1", "1")
shares = decimals("0", "1")


def ids(prefix: str) -> st.SearchStrategy[list[str]]:
    """Return lists of ids that differ, of a shape people would write."""
    written = st.from_regex(r"\A[a-z0-9-]{0,8}\Z").map(lambda rest: f"{prefix}{rest}")
    return st.lists(written, max_size=MANY, unique=True)


def maybe(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Plain]:
    """Return some of the fields: each is there or left out."""
    return st.fixed_dictionaries({}, optional=fields)


def one_of_or_none(known: list[str]) -> st.SearchStrategy[str | None]:
    return st.sampled_from([None, *known])


def dated(value: st.SearchStrategy[Any], field: str = "value") -> st.SearchStrategy[list[Plain]]:
    """Return values on days that follow each other."""
    return st.dictionaries(days, value, max_size=MANY).map(
        lambda found: [{"date": day, field: found[day]} for day in sorted(found)]
    )


def period(draw: Draw) -> Plain:
    start, end = sorted(draw(st.tuples(days, days)))
    found: Plain = {"start": start, "end": end}
    return {field: found[field] for field in draw(st.sets(st.sampled_from(["start", "end"])))}


def schedule(draw: Draw) -> Plain:
    """Return a frequency, with the first payment that some need, and a period."""
    frequency = draw(st.sampled_from(list(Frequency)))
    needed = frequency is Frequency.ONCE or draw(st.booleans())
    first = {"first_payment": draw(days)} if needed else {}
    return {"frequency": frequency.value, **first, **period(draw)}


def member(draw: Draw, name: str) -> Plain:
    return {
        "id": name,
        "name": draw(names),
        "birth_date": draw(days),
        "role": draw(st.sampled_from(Role)).value,
    }


def account(draw: Draw, name: str, kind: AccountKind, members: list[str]) -> Plain:
    signed = kind in {AccountKind.CHECKING, AccountKind.BROKERAGE}
    return {
        "id": name,
        "name": draw(names),
        "kind": kind.value,
        "balances": draw(dated(money if signed else amounts)),
        "owner": draw(one_of_or_none(members)),
        **draw(maybe(institution=notes.map(lambda text: " ".join(text.split())[:120].strip()))),
        **draw(maybe(annual_return=rates, note=notes)),
    }


def debt(draw: Draw, name: str, members: list[str], accounts: list[str], liquid: list[str]) -> Plain:
    rule = draw(
        st.one_of(
            st.fixed_dictionaries({"payment": st.integers(LARGEST_CENTS // 4, LARGEST_CENTS).map(as_text)}),
            st.fixed_dictionaries({"term_months": st.integers(1, 720)}),
            st.fixed_dictionaries(
                {
                    "minimum_payment": st.fixed_dictionaries(
                        {"percent": decimals("0.0001", "1", 4), "at_least": amounts}
                    )
                }
            ),
        )
    )
    return {
        "id": name,
        "name": draw(names),
        "kind": draw(st.sampled_from(DebtKind)).value,
        "annual_rate": draw(decimals("0", "1.5")),
        "balances": draw(dated(amounts)),
        "secured_by": draw(one_of_or_none(accounts)),
        "paid_from": draw(one_of_or_none(liquid)),
        "owner": draw(one_of_or_none(members)),
        "rate_changes": draw(dated(decimals("0", "1.5"), "annual_rate")),
        **rule,
        **draw(maybe(extra_payment=amounts, escrow=amounts, mortgage_insurance=amounts, note=notes)),
        **draw(maybe(mortgage_insurance_until=shares, payment_day=st.integers(1, 31), first_payment=days)),
    }


def deduction(draw: Draw, accounts: dict[str, AccountKind]) -> Plain:
    kind = draw(st.sampled_from(DeductionKind))
    taxed = TaxTreatment.ROTH if kind.value.startswith("roth_") else TaxTreatment.DEFERRED
    taxed = TaxTreatment.HEALTH if kind is DeductionKind.HSA else taxed
    fitting = [name for name, of in accounts.items() if TRAITS[of].taxed_as is taxed]
    if kind in CONTRIBUTIONS and not fitting:
        kind = DeductionKind.OTHER_PRETAX
    size = {"amount": draw(amounts)} if draw(st.booleans()) else {"percent": draw(decimals("0", "0.3"))}
    reaches = {"to_account": draw(st.sampled_from(fitting))} if kind in CONTRIBUTIONS else {}
    return {"name": draw(names), "kind": kind.value, **size, **reaches, **draw(maybe(annual_limit=amounts))}


def wages(draw: Draw, accounts: dict[str, AccountKind]) -> Plain:
    """Return what only salaried and hourly income has."""
    retirement = [name for name, of in accounts.items() if TRAITS[of].retirement]
    steps = maybe(
        filing_status=st.sampled_from(FilingStatus).map(str),
        step2_checkbox=st.booleans(),
        step3_credits=amounts,
        step4a_other_income=amounts,
        step4b_deductions=amounts,
        step4c_extra=amounts,
    )
    tiers = st.lists(st.fixed_dictionaries({"rate": decimals("0", "3", 2), "up_to": shares}), max_size=MANY)
    match: st.SearchStrategy[Plain | None] = st.none()
    if retirement:
        match |= st.fixed_dictionaries(
            {"to_account": st.sampled_from(retirement)},
            optional={"tiers": tiers, "percent_of_gross": shares, "annual_cap": amounts},
        )
    return {
        "w4": draw(st.none() | steps),
        "state_withholding_rate": draw(shares),
        "deductions": [deduction(draw, accounts) for _ in range(draw(st.integers(0, MANY)))],
        "employer_match": draw(match),
    }


def income(draw: Draw, name: str, members: list[str], accounts: dict[str, AccountKind]) -> Plain:
    kind = draw(st.sampled_from(IncomeKind))
    liquid = [account for account, of in accounts.items() if TRAITS[of].liquid]
    paid = schedule(draw)
    frequency = paid.pop("frequency")
    per = draw(st.sampled_from(["year", "payment"]))
    if kind in WAGES:
        frequency = draw(st.sampled_from(["weekly", "biweekly", "semimonthly", "monthly"]))
    if frequency == "once":
        per = "payment"
    if kind is IncomeKind.HOURLY:
        per, paid = "hour", {**paid, "hours_per_week": draw(decimals("0.01", "168", 2))}
    return {
        "id": name,
        "name": draw(names),
        "kind": kind.value,
        "amount": draw(amounts),
        "amount_per": per,
        "pay_frequency": frequency,
        "owner": draw(one_of_or_none(members)),
        "deposit_to": draw(one_of_or_none(liquid)),
        **paid,
        **draw(maybe(annual_raise=rates, raise_month=st.integers(1, 12), taxable=st.booleans(), note=notes)),
        **(wages(draw, accounts) if kind in WAGES else {}),
    }


def expense(draw: Draw, name: str, liquid: list[str]) -> Plain:
    return {
        "id": name,
        "name": draw(names),
        "category": draw(st.sampled_from(ExpenseCategory)).value,
        "amount": draw(amounts),
        "paid_from": draw(one_of_or_none(liquid)),
        **schedule(draw),
        **draw(maybe(essential=st.booleans(), annual_growth=rates, note=notes)),
    }


def transfer(draw: Draw, name: str, accounts: list[str]) -> Plain:
    source, target = draw(st.permutations(accounts))[:2]
    return {
        "id": name,
        "name": draw(names),
        "from_account": source,
        "to_account": target,
        "amount": draw(amounts),
        **schedule(draw),
        **draw(maybe(annual_growth=rates, note=notes)),
    }


def group(draw: Draw, name: str, accounts: list[str], debts: list[str]) -> Plain:
    def some(known: list[str]) -> list[str]:
        return draw(st.lists(st.sampled_from(known), unique=True)) if known else []

    return {"id": name, "name": draw(names), "accounts": some(accounts), "debts": some(debts)}


assumptions = maybe(
    inflation=rates,
    salary_growth=rates,
    cash_return=rates,
    investment_return=rates,
    property_growth=rates,
    vehicle_growth=rates,
    horizon_months=st.integers(1, 720),
)
scenarios = st.builds(
    lambda name, title, changed, note: {"id": name, "name": title, "assumptions": changed, "note": note},
    st.from_regex(r"\As[a-z0-9-]{0,8}\Z"),
    names,
    assumptions,
    notes,
)


@st.composite
def plain_households(draw: Draw) -> Plain:
    """Return whole valid households as plain dictionaries, with every sort of fact."""
    members = draw(ids("m"))
    kinds = {name: draw(st.sampled_from(AccountKind)) for name in draw(ids("a"))}
    accounts, debts = list(kinds), draw(ids("d"))
    liquid = [name for name, kind in kinds.items() if TRAITS[kind].liquid]
    cash = [name for name in liquid if TRAITS[kinds[name]].grows_as == "cash"]
    return {
        "name": draw(names),
        "filing_status": draw(st.sampled_from(FilingStatus)).value,
        "currency": draw(st.sampled_from(["USD", "EUR", "CAD"])),
        "state": draw(st.sampled_from([None, "NC", "DC", "TX"])),
        "main_account": draw(one_of_or_none(cash)),
        "members": [member(draw, name) for name in members],
        "accounts": [account(draw, name, kind, members) for name, kind in kinds.items()],
        "debts": [debt(draw, name, members, accounts, liquid) for name in debts],
        "groups": [group(draw, name, accounts, debts) for name in draw(ids("g"))],
        "incomes": [income(draw, name, members, kinds) for name in draw(ids("i"))],
        "expenses": [expense(draw, name, liquid) for name in draw(ids("e"))],
        "transfers": [transfer(draw, n, accounts) for n in draw(ids("t"))] if len(accounts) > 1 else [],
        "scenarios": draw(st.lists(scenarios, max_size=MANY, unique_by=lambda found: found["id"])),
        "assumptions": draw(assumptions),
    }


def households() -> st.SearchStrategy[Facts]:
    """Return the facts of valid households of every sort."""
    return plain_households().map(facts_from_plain)
