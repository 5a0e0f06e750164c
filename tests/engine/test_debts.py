"""Debts are amortised in whole cents until they are paid off, and cost nothing afterwards."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from engine.households import START, a_debt, a_household, an_account, projected
from hypothesis import given
from hypothesis import strategies as st

from planner.domain.accounts import AccountKind
from planner.domain.debts import DebtBalance, MinimumPayment, RateChange
from planner.domain.errors import Refused
from planner.engine.debts import amortise, level_payment, month_interest, owed_on, payments, payoff_month
from planner.engine.flows import generate_flows
from planner.engine.timeline import timeline


def test_the_sample_loan_of_the_consumer_bureau_is_amortised_exactly() -> None:
    """P8: 162,000 at 3.875 % over 30 years: 761.78 a month; the first interest, 523.125, is 523.13."""
    rate = Decimal("0.03875")
    assert level_payment(162_000_00, rate, 360) == 761_78
    assert month_interest(162_000_00, rate) == 523_13
    loan = a_debt(162_000_00, annual_rate=rate, term_months=360)
    made = list(payments(loan, START))
    assert (made[0].interest, made[0].principal) == (523_13, 238_65)
    assert len(made) == 360
    assert made[-1].closing == 0
    assert abs(made[-1].interest + made[-1].principal - 761_78) < 5_00
    assert sum(payment.principal for payment in made) == 162_000_00


def test_the_last_payment_is_only_what_is_left() -> None:
    """P8: 1,000 at 0 % with 300 a month is three payments of 300 and one of 100."""
    made = list(payments(a_debt(1_000_00, annual_rate=Decimal(0), payment=300_00), START))
    assert [payment.principal for payment in made] == [300_00, 300_00, 300_00, 100_00]


def test_extra_payments_go_to_principal_and_end_a_debt_earlier() -> None:
    """P8: extra payments, and the payoff month."""
    plain = a_debt(10_000_00, payment=500_00)
    faster = a_debt(10_000_00, payment=500_00, extra_payment=200_00)
    first = next(payments(faster, START))
    assert first.principal == 500_00 + 200_00 - 50_00
    slow, fast = payoff_month(plain, START), payoff_month(faster, START)
    assert slow is not None
    assert fast is not None
    assert fast < slow


def test_a_card_pays_its_interest_and_a_percent_or_the_least_amount() -> None:
    """P8: minimum-payment rules of cards: 24 % on 2,000 is 40 interest, plus 1 % is 60; at least 25."""
    card = a_debt(
        2_000_00,
        annual_rate=Decimal("0.24"),
        minimum_payment=MinimumPayment(percent=Decimal("0.01"), at_least=25_00),
    )
    made = list(payments(card, START))
    assert (made[0].interest, made[0].principal) == (40_00, 20_00)
    late = next(payment for payment in made if payment.opening < 500_00)
    assert late.interest + late.principal == 25_00
    assert made[-1].closing == 0


def test_a_variable_rate_levels_what_is_left_anew() -> None:
    """P8: variable rates by date; a term keeps its end when the rate changes."""
    loan = a_debt(
        12_000_00,
        annual_rate=Decimal("0.06"),
        term_months=24,
        rate_changes=(RateChange(date=date(2027, 1, 1), annual_rate=Decimal("0.12")),),
    )
    made = list(payments(loan, START))
    assert len(made) == 24
    before, after = made[10], made[11]
    assert after.interest == month_interest(before.closing, Decimal("0.12"))
    assert after.interest + after.principal == level_payment(before.closing, Decimal("0.12"), 13)


def test_a_payment_that_a_rate_outgrows_is_refused() -> None:
    """P8: negative amortisation is refused, with the place and the month."""
    loan = a_debt(
        100_000_00,
        annual_rate=Decimal("0.03"),
        payment=600_00,
        rate_changes=(RateChange(date=date(2026, 6, 1), annual_rate=Decimal("0.09")),),
    )
    with pytest.raises(Refused, match="in 2026-06 the interest alone is") as refused:
        projected(a_household(debts=(loan,)))
    assert refused.value.problems[0].path == "debts[0].payment"


def test_mortgage_insurance_ends_at_the_loan_to_value() -> None:
    """P8: mortgage insurance ends when the debt has fallen to 78 % of what secures it; escrow goes on."""
    house = an_account(AccountKind.PRIMARY_HOME, 200_000_00)
    loan = a_debt(
        158_000_00,
        annual_rate=Decimal(0),
        payment=1_000_00,
        escrow=300_00,
        mortgage_insurance=90_00,
        secured_by="primary-home",
    )
    found = projected(a_household(accounts=(house, an_account()), debts=(loan,)), months=6)
    # 157,000 and less is owed from the second payment on; 78 % of 200,000 is 156,000.
    assert found.column("debts.loan.opening").tolist()[:4] == [158_000_00, 158_000_00, 157_000_00, 156_000_00]
    assert found.column("debts.loan.insurance").tolist() == [0, 90_00, 90_00, 0, 0, 0]
    assert found.column("debts.loan.escrow").tolist()[1:] == [300_00] * 5


def test_a_debt_stops_charging_when_it_is_paid_off() -> None:
    """P8: trap: debts that go on charging after they are paid off; what they cost is cash again."""
    loan = a_debt(1_000_00, annual_rate=Decimal(0), payment=500_00, escrow=50_00)
    found = projected(a_household(accounts=(an_account(value=5_000_00),), debts=(loan,)), months=12)
    assert found.column("totals.debt_service").tolist() == [0, 550_00, 550_00] + [0] * 9
    assert found.column("accounts.checking.closing")[-1] == 3_900_00
    assert found.summary()["debt_free_month"] == "2026-03"


def test_interest_before_the_first_payment_is_added_to_the_debt() -> None:
    """P8: a deferred loan of 10,000 at 6 % owes 50 more after each whole month without a payment."""
    loan = a_debt(10_000_00, term_months=12, first_payment=date(2026, 4, 1))
    made = list(payments(loan, START))
    assert [payment.principal for payment in made[:2]] == [-50_00, -50_25]
    assert made[2].opening == 10_100_25
    assert len(made) == 2 + 12


def test_payments_due_before_the_start_have_been_made() -> None:
    """P8: a balance of January, looked at in March, has had the payments since."""
    loan = a_debt(1_000_00, annual_rate=Decimal(0), payment=100_00, payment_day=15)
    assert owed_on(loan, date(2026, 3, 15)) == 800_00
    assert owed_on(loan, date(2026, 3, 16)) == 700_00
    found = projected(a_household(debts=(loan,)), months=1, start=date(2026, 3, 16))
    assert found.column("debts.loan.closing").tolist() == [700_00]


def test_balances_dated_after_the_start_are_not_known_yet() -> None:
    """P10: a plan pinned to a day knows the balances up to that day."""
    balances = (DebtBalance(date=START, value=900_00), DebtBalance(date=date(2026, 2, 10), value=50_00))
    loan = a_debt(0, annual_rate=Decimal(0), payment=100_00, balances=balances)
    assert owed_on(loan, START) == 900_00
    assert owed_on(loan, date(2026, 2, 10)) == 50_00


def test_the_next_payment_is_a_flow_split_to_the_cent() -> None:
    """P5: debt payments are split into principal, interest, escrow and insurance."""
    loan = a_debt(162_000_00, annual_rate=Decimal("0.03875"), payment=761_78, escrow=400_00)
    flow = generate_flows(a_household(debts=(loan,)), START).flows[0]
    assert flow.next_date == date(2026, 2, 1)
    assert flow.amount == 1_161_78
    assert {part.kind.value: part.amount for part in flow.parts} == {
        "principal": 238_65,
        "interest": 523_13,
        "escrow": 400_00,
    }


@given(
    st.integers(1, 900_000_00),
    st.decimals(0, Decimal("0.3"), places=5),
    st.integers(1, 480),
    st.integers(1, 31),
)
def test_a_term_is_kept_and_every_cent_is_paid(owed: int, rate: Decimal, term: int, day: int) -> None:
    """P8: amortisation is exact: principal adds up to the debt, and the schedule is the sum of its months."""
    loan = a_debt(owed, annual_rate=rate, term_months=term, payment_day=day)
    made = list(payments(loan, START))
    assert sum(payment.principal for payment in made) == owed
    assert len(made) <= term
    assert all(later.opening == earlier.closing for earlier, later in pairwise(made))
    months = amortise(loan, timeline(START, 600))
    assert int(months.principal.sum()) == owed
    assert int(months.interest.sum()) == sum(payment.interest for payment in made)
    assert not np.flatnonzero(months.interest[months.opening == 0]).size


def test_a_deferred_debt_that_outgrows_all_counting_is_refused() -> None:
    """P8: interest that is added for decades ends in a refusal with its place, not in a crash."""
    loan = a_debt(1_000_000_00, annual_rate=Decimal("1.5"), term_months=12, first_payment=date(2056, 1, 1))
    with pytest.raises(Refused, match="beyond what can be counted"):
        projected(a_household(debts=(loan,)), months=240)
