"""When cash runs out, accounts are drawn on in a stated order; what is missing stays visible."""

from datetime import date
from decimal import Decimal

from engine.households import START, STEADY, a_household, an_account, an_expense, projected

from planner.domain.accounts import AccountKind, Balance
from planner.domain.calendar import Frequency
from planner.domain.expenses import Transfer
from planner.domain.household import Facts
from planner.domain.members import Member, Role

KIND = AccountKind
OLD = Member(id="ann", name="Ann", birth_date=date(1950, 3, 3), role=Role.HEAD)


def test_accounts_are_drawn_in_order() -> None:
    """P10: withdrawal order: cash, taxable, tax-deferred, Roth, health savings; then a shortfall."""
    sorts = (KIND.HSA, KIND.ROTH_IRA, KIND.TRADITIONAL_IRA, KIND.BROKERAGE, KIND.SAVINGS)
    accounts = (an_account(), *(an_account(kind, 1_000_00) for kind in sorts))
    facts = a_household(accounts=accounts, main_account="checking", expenses=(an_expense(1_000_00),))
    found = projected(facts, months=7)
    empty = {
        kind: found.column(f"accounts.{kind.replace('_', '-')}.closing").tolist().index(0) for kind in sorts
    }
    assert sorted(sorts, key=lambda kind: empty[kind]) == list(reversed(sorts))
    assert found.column("totals.shortfall").tolist() == [0, 0, 0, 0, 0, 1_000_00, 2_000_00]
    assert found.summary()["first_shortfall_month"] == "2026-06"
    assert any("Cash runs out in 2026-06" in note for note in found.notes)


def test_two_stresses_that_exceed_everything_end_differently() -> None:
    """P10: trap: a clamp at zero would let both end at the same net worth."""

    def ends(spending: int) -> int:
        facts = a_household(accounts=(an_account(value=5_000_00),), expenses=(an_expense(spending),))
        return int(projected(facts, months=12).column("totals.net_worth")[-1])

    assert ends(1_000_00) == -7_000_00
    assert ends(2_000_00) == -19_000_00


def test_a_household_without_a_cash_account_still_has_cash() -> None:
    """P10: cash that no account was entered for is carried, shown and noted."""
    found = projected(a_household(accounts=(), expenses=(an_expense(100_00),)), months=2)
    assert [account.id for account in found.accounts] == ["unallocated-cash"]
    assert found.column("accounts.unallocated-cash.closing").tolist() == [-100_00, -200_00]
    assert any("No cash account" in note for note in found.notes)


def test_an_account_without_a_balance_starts_at_zero_and_is_noted() -> None:
    """P10: trap: an account without a balance must not make the next refresh fail."""
    accounts = (an_account(balances=()), an_account(KIND.ROTH_IRA, balances=(), name="Mine"))
    found = projected(a_household(accounts=accounts), months=2)
    assert found.column("totals.net_worth").tolist() == [0, 0]
    assert any('"Mine" has no balance' in note for note in found.notes)


def test_later_balances_are_not_known_yet() -> None:
    """P10: balances dated after the start are ignored."""
    balances = (Balance(date=START, value=100_00), Balance(date=date(2026, 1, 2), value=900_00))
    found = projected(a_household(accounts=(an_account(balances=balances),)), months=1)
    assert found.header.net_worth_now == 100_00


def test_an_overdrawn_second_account_is_topped_up_from_the_main_one() -> None:
    """P10: what is paid from savings that are empty comes out of the main account."""
    accounts = (an_account(value=500_00), an_account(KIND.SAVINGS))
    spending = an_expense(100_00, paid_from="savings")
    found = projected(a_household(accounts=accounts, expenses=(spending,)), months=1)
    assert found.column("accounts.savings.closing").tolist() == [0]
    assert found.column("accounts.checking.closing").tolist() == [400_00]


def drawing(kind: AccountKind, monthly: int, basis: int | None = None) -> Facts:
    balance = Balance(date=START, value=500_000_00, cost_basis=basis)
    accounts = (an_account(), an_account(kind, balances=(balance,)))
    return a_household(accounts=accounts, expenses=(an_expense(monthly),), assumptions=STEADY)


def test_what_is_drawn_from_a_tax_deferred_account_is_income() -> None:
    """P10: 60,000 drawn in a year is taxed like a pension: 5,020, settled in April."""
    found = projected(drawing(KIND.TRADITIONAL_IRA, 5_000_00), months=16)
    assert found.years[0].income == 60_000_00
    assert found.years[0].tax == 5_020_00
    assert found.column("totals.withdrawals").tolist()[14:] == [5_000_00, 5_000_00 + 5_020_00]


def test_what_is_drawn_from_a_roth_account_is_not() -> None:
    """P10: Roth withdrawals are not taxed."""
    assert projected(drawing(KIND.ROTH_IRA, 5_000_00), months=16).years[0].tax == 0


def test_what_is_sold_of_an_investment_is_taxed_by_its_gain() -> None:
    """P10: half of each sale is gain: 60,000 of 120,000 sold, of which 43,900 is taxable, at 0 %."""
    found = projected(drawing(KIND.BROKERAGE, 10_000_00, basis=250_000_00), months=16)
    assert found.years[0].income == 60_000_00
    assert found.years[0].tax == 0
    more = projected(drawing(KIND.BROKERAGE, 15_000_00, basis=250_000_00), months=16)
    # 90,000 of gain less 16,100 is 73,900; above 49,450 at 15 %.
    assert more.years[0].tax == 3_667_50


def test_a_required_distribution_is_paid_in_december_from_last_years_close() -> None:
    """P10: RMDs: at 76 in 2026 a balance of 237,000 pays 1/23.7, which is 10,000."""
    accounts = (an_account(), an_account(KIND.TRADITIONAL_IRA, 237_000_00, owner="ann"))
    found = projected(a_household(members=(OLD,), accounts=accounts), months=24)
    out = found.column("accounts.traditional-ira.out").tolist()
    assert out[:12] == [0] * 11 + [10_000_00]
    assert out[23] == round(227_000_00 / 22.9)
    assert found.years[0].income == 10_000_00


def test_what_was_drawn_counts_towards_the_required_distribution() -> None:
    """P10: a household that draws more than is required takes nothing on top in December."""
    accounts = (an_account(), an_account(KIND.TRADITIONAL_IRA, 237_000_00, owner="ann"))
    facts = a_household(members=(OLD,), accounts=accounts, expenses=(an_expense(1_000_00),))
    found = projected(facts, months=12).column("accounts.traditional-ira.out")
    assert found.tolist() == [1_000_00] * 12


def test_a_transfer_takes_no_more_than_a_retirement_account_holds() -> None:
    """P10: a transfer out of an account that runs empty ends there; to a Roth account it is taxed."""
    move = Transfer(
        id="convert",
        name="Convert",
        from_account="traditional-ira",
        to_account="roth-ira",
        amount=30_000_00,
        frequency=Frequency.MONTHLY,
    )
    accounts = (an_account(), an_account(KIND.TRADITIONAL_IRA, 80_000_00), an_account(KIND.ROTH_IRA))
    found = projected(a_household(accounts=accounts, transfers=(move,)), months=5)
    assert found.column("accounts.roth-ira.in").tolist() == [30_000_00, 30_000_00, 20_000_00, 0, 0]
    assert found.years[0].income == 80_000_00


def test_an_early_distribution_is_noted() -> None:
    """P10: drawn before 59 and a half it would cost an additional tax; the plan says it leaves that out."""
    young = Member(id="ann", name="Ann", birth_date=date(1990, 3, 3), role=Role.HEAD)
    accounts = (an_account(), an_account(KIND.TRADITIONAL_IRA, 9_000_00))
    spending = (an_expense(100_00),)
    early = a_household(members=(young,), accounts=accounts, expenses=spending)
    late = a_household(members=(OLD,), accounts=accounts, expenses=spending)
    assert any("59 and a half" in note for note in projected(early).notes)
    assert not any("59 and a half" in note for note in projected(late).notes)


def test_a_debit_balance_earns_nothing() -> None:
    """P10: an overdraft neither grows nor shrinks by itself."""
    checking = an_account(value=-300_00, annual_return=Decimal("0.5"))
    assert (
        projected(a_household(accounts=(checking,)), months=3).column("accounts.checking.closing").tolist()
        == [-300_00] * 3
    )
