"""From what the month loop found to the published columns of a projection."""

import numpy as np

from planner.domain.accounts import TRAITS, AssetClass
from planner.domain.debts import Debt
from planner.engine import ENGINE_VERSION
from planner.engine.accounts import Accounts
from planner.engine.months import DECEMBER, Run, countable
from planner.engine.notes import notes
from planner.engine.plan import Outlook
from planner.engine.projection import Header, Line, Projection, TaxYear
from planner.engine.scheduled import Owed, Scheduled
from planner.engine.timeline import FloatArray, Timeline, half_up

PAYROLL = "payroll"
"""The category of what is taken from pay and reaches no account, such as health insurance."""

Columns = dict[str, FloatArray]


def published(view: Outlook, known: Scheduled, run: Run, *, path: int) -> Projection:
    """Return one path of a run as a projection. The engine works in whole cents: nothing is rounded here."""
    facts, line, accounts = view.facts, view.line, view.accounts
    columns: Columns = {}
    _account_columns(columns, accounts, run, path)
    for debt, owed in zip(facts.debts, known.debts, strict=True):
        _debt_columns(columns, debt, owed)
    for income, cents in zip(facts.incomes, known.incomes, strict=True):
        columns[f"income.{income.id}"] = cents
    _tax_columns(columns, known, run, path)
    for category, cents in known.expenses.items():
        columns[f"expenses.{category}"] = cents
    columns[f"expenses.{PAYROLL}"] = known.payroll
    _total_columns(columns, view, known, run, path)
    years = _years(line, known, run, path)
    owed_now = sum(int(owed.schedule.opening[0]) for owed in known.debts)
    header = Header(
        engine_version=ENGINE_VERSION,
        start=line.start,
        months=line.months,
        accounts=tuple(Line(id=item.id, name=item.name, kind=item.kind) for item in accounts.accounts),
        debts=tuple(Line(id=item.id, name=item.name, kind=item.kind) for item in facts.debts),
        incomes=tuple(Line(id=item.id, name=item.name, kind=item.kind) for item in facts.incomes),
        categories=(*known.expenses, PAYROLL),
        years=years,
        notes=notes(view, known, run, path=path),
        net_worth_now=int(accounts.opening.sum()) - owed_now,
        accrued_tax=_accrued(line, years),
    )
    matrix = np.array(list(columns.values()))
    countable(matrix)
    return Projection(header=header, columns=tuple(columns), matrix=matrix.astype(np.int64))


def _account_columns(columns: Columns, accounts: Accounts, run: Run, path: int) -> None:
    for place, account in enumerate(accounts.accounts):
        closing = run.closing[:, path, place]
        at = f"accounts.{account.id}"
        columns[f"{at}.opening"] = np.concatenate((accounts.opening[place : place + 1], closing[:-1]))
        columns[f"{at}.in"] = run.inflow[:, path, place]
        columns[f"{at}.out"] = run.outflow[:, path, place]
        columns[f"{at}.growth"] = run.growth[:, path, place]
        columns[f"{at}.closing"] = closing


def _debt_columns(columns: Columns, debt: Debt, owed: Owed) -> None:
    at, schedule = f"debts.{debt.id}", owed.schedule
    columns[f"{at}.opening"] = schedule.opening.astype(np.float64)
    columns[f"{at}.interest"] = schedule.interest.astype(np.float64)
    columns[f"{at}.principal"] = schedule.principal.astype(np.float64)
    columns[f"{at}.escrow"] = owed.escrow
    columns[f"{at}.insurance"] = owed.insurance
    columns[f"{at}.closing"] = schedule.closing.astype(np.float64)


def _tax_columns(columns: Columns, known: Scheduled, run: Run, path: int) -> None:
    columns["taxes.federal_withheld"] = known.federal
    columns["taxes.social_security"] = known.social_security
    columns["taxes.medicare"] = known.medicare
    columns["taxes.state_withheld"] = known.state
    columns["taxes.settlement"] = run.settlement[:, path]
    columns["taxes.self_employment"] = run.self_employment[:, path]


def _total_columns(columns: Columns, view: Outlook, known: Scheduled, run: Run, path: int) -> None:
    line, accounts = view.line, view.accounts
    closing = run.closing[:, path, :]
    traits = [TRAITS[account.kind] for account in accounts.accounts]
    cash = np.array([each.grows_as is AssetClass.CASH for each in traits])
    extra = (run.outflow[:, path, :] - known.outflow)[:, ~cash]
    nothing = np.zeros(line.months)

    def total(*starts: str, leaf: str = "") -> FloatArray:
        chosen = [cents for name, cents in columns.items() if name.startswith(starts) and name.endswith(leaf)]
        return np.sum(chosen, axis=0) if chosen else nothing

    assets, debts = closing.sum(axis=1), total("debts.", leaf=".closing")
    income, taxes, spending = total("income."), total("taxes."), total("expenses.")
    service = sum(
        (total("debts.", leaf=leaf) for leaf in (".interest", ".principal", ".escrow", ".insurance")), nothing
    )
    prices = np.power(1.0 + float(view.assumptions.inflation), np.arange(1, line.months + 1) / 12.0)
    columns["totals.net_worth"] = assets - debts
    columns["totals.real_net_worth"] = half_up((assets - debts) / prices)
    columns["totals.assets"] = assets
    columns["totals.debts"] = debts
    columns["totals.liquid"] = closing[:, [each.liquid for each in traits]].sum(axis=1)
    columns["totals.retirement"] = closing[:, [each.retirement for each in traits]].sum(axis=1)
    columns["totals.income"] = income
    columns["totals.taxes"] = taxes
    columns["totals.spending"] = spending
    columns["totals.debt_service"] = service
    columns["totals.contributions"] = known.contributions
    columns["totals.employer_match"] = known.match
    columns["totals.withdrawals"] = extra.sum(axis=1)
    columns["totals.growth"] = run.growth[:, path, :].sum(axis=1)
    columns["totals.surplus"] = income - taxes - spending - service - known.contributions
    columns["totals.shortfall"] = np.maximum(-closing[:, accounts.main], 0.0)


def _years(line: Timeline, known: Scheduled, run: Run, path: int) -> tuple[TaxYear, ...]:
    first, last = line.start.year, line.end
    return tuple(
        TaxYear(
            year=first + number,
            income=round(float(year.income[path])),
            tax=round(float(year.tax[path])),
            withheld=round(float(known.yearly.withheld[number])),
            settlement=round(float(year.settlement[path] + year.self_employment[path])),
            complete=first + number < last.year or last.month == DECEMBER,
        )
        for number, year in enumerate(run.years)
    )


def _accrued(line: Timeline, years: tuple[TaxYear, ...]) -> int:
    """Return what is owed at the end for years whose April has not come."""
    settled = line.end.year - 1 if line.end.month >= 4 else line.end.year - 2  # noqa: PLR2004 - April
    return sum(year.settlement for year in years if year.year > settled)
