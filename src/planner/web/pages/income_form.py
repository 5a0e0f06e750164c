"""Between an income and the form that edits it: values as people write them, errors beside their fields."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal, InvalidOperation

from planner.domain.calendar import Frequency
from planner.domain.codec import Plain
from planner.domain.errors import Problem
from planner.domain.household import Facts
from planner.domain.income import W4, AmountPer, Deduction, DeductionKind, Income, IncomeKind
from planner.domain.members import FilingStatus
from planner.domain.money import as_text
from planner.web.pages.shown import Form
from planner.web.pages.words import SYMBOLS, plain, symbol

LABELS = {
    "name": "Name",
    "kind": "Sort of income",
    "amount": "Amount before taxes",
    "amount_per": "The amount is",
    "hours_per_week": "Hours a week",
    "pay_frequency": "Paid",
    "first_payment": "A pay day",
    "annual_raise": "Raise each year",
    "deposit_to": "Paid into",
    "start": "Starts",
    "end": "Ends",
    "state_withholding_rate": "State withholding",
    "w4.filing_status": "Filing status on the W-4",
    "w4.step2_checkbox": "Step 2",
    "w4.step3_credits": "Step 3",
    "w4.step4a_other_income": "Step 4a",
    "w4.step4b_deductions": "Step 4b",
    "w4.step4c_extra": "Step 4c",
}
PER = {AmountPer.YEAR: "a year", AmountPer.HOUR: "an hour", AmountPer.PAYMENT: "each payment"}
TEXT = ("name", "kind", "amount_per", "pay_frequency")
OPTIONAL = ("hours_per_week", "first_payment", "start", "end", "deposit_to")
W4_AMOUNTS = ("step3_credits", "step4a_other_income", "step4b_deductions", "step4c_extra")
PERCENT = ("annual_raise", "state_withholding_rate", "percent")
ROWS_MAX = 40
ROW = re.compile(r"^d(\d{1,2})\.name$")
OWN_PATH = re.compile(r"^(?:set|incomes\[\d+\])\.?")
DEDUCTION_PATH = re.compile(r"^deductions\[(\d+)\]")


def form_of(facts: Facts, income: Income, *, revision: int, saved: str = "") -> Form:
    """Return the form as the facts have it, with an empty row for one more deduction."""
    values = {name: _written(getattr(income, name)) for name in (*TEXT, *OPTIONAL)}
    values["amount"] = as_text(income.amount)
    values["annual_raise"] = _percent(income.annual_raise)
    values["state_withholding_rate"] = _percent(income.state_withholding_rate)
    values |= _w4_values(income.w4)
    for place, deduction in enumerate(income.deductions):
        values |= {f"d{place}.{name}": value for name, value in _deduction_values(deduction).items()}
    rows = tuple(f"d{place}" for place in range(min(len(income.deductions) + 1, ROWS_MAX)))
    return Form(
        values=values,
        labels=LABELS,
        choices=_choices(facts),
        rows=rows,
        id=income.id,
        revision=revision,
        saved=saved,
        symbol=symbol(facts.currency).strip(),
    )


def refused_form(
    facts: Facts, income: Income, sent: Mapping[str, str], problems: Iterable[Problem], *, revision: int
) -> Form:
    """Return the form as it was sent, each problem beside its field and the rest above them."""
    errors: dict[str, str] = {}
    others = []
    rows = _sent_rows(sent)
    for problem in problems:
        name = _field_of(problem.path, [row for row in rows if sent.get(f"{row}.name", "").strip()])
        if name and (name in sent or name in LABELS):
            fraction = name.rpartition(".")[2] in PERCENT
            errors[name] = problem.message + (" As a fraction: 1 is 100 %." if fraction else "")
        else:
            others.append(problem)
    row_labels = {
        f"{row}.{part.name}": f"Deduction {n}" for n, row in enumerate(rows, 1) for part in fields(Deduction)
    }
    return Form(
        values=dict(sent),
        errors=errors,
        others=tuple(others),
        labels=LABELS | row_labels,
        choices=_choices(facts),
        rows=rows or ("d0",),
        id=income.id,
        revision=revision,
        symbol=symbol(facts.currency).strip(),
    )


def set_fields(sent: Mapping[str, str]) -> Plain:
    """Return what the form says, as a change sets it; a field that was not sent stays as it is."""
    found: Plain = {name: sent[name].strip() for name in TEXT if name in sent}
    found |= {name: sent[name].strip() or None for name in OPTIONAL if name in sent}
    if "amount" in sent:
        found["amount"] = _amount(sent["amount"])
    if "annual_raise" in sent:
        found["annual_raise"] = _fraction(sent["annual_raise"])
    if "state_withholding_rate" in sent:
        found["state_withholding_rate"] = _fraction(sent["state_withholding_rate"]) or "0"
    if "w4.filing_status" in sent:
        found["w4"] = _w4(sent)
    rows = _sent_rows(sent)
    if rows:
        named = [row for row in rows if sent[f"{row}.name"].strip()]
        found["deductions"] = [_deduction(sent, row) for row in named]
    return found


def _sent_rows(sent: Mapping[str, str]) -> tuple[str, ...]:
    places = sorted(int(found[1]) for name in sent if (found := ROW.match(name)))
    return tuple(f"d{place}" for place in places[:ROWS_MAX])


def _field_of(path: str, kept: list[str]) -> str:
    """Return the form's field that a problem's path is about: `set.deductions[0].percent` is `d0.percent`."""
    own = OWN_PATH.sub("", path)
    row = DEDUCTION_PATH.match(own)
    if row is None or int(row[1]) >= len(kept):
        return own
    inner = own[row.end() :].lstrip(".") or "name"
    return f"{kept[int(row[1])]}.{inner}"


def _w4_values(w4: W4 | None) -> dict[str, str]:
    if w4 is None:
        return {"w4.filing_status": ""}
    amounts = {f"w4.{name}": _amount_text(getattr(w4, name)) for name in W4_AMOUNTS}
    checked = "yes" if w4.step2_checkbox else ""
    return {"w4.filing_status": w4.filing_status.value, "w4.step2_checkbox": checked, **amounts}


def _w4(sent: Mapping[str, str]) -> Plain | None:
    if not sent["w4.filing_status"]:
        return None
    amounts = {name: _amount(sent.get(f"w4.{name}", "")) or "0" for name in W4_AMOUNTS}
    return {
        "filing_status": sent["w4.filing_status"],
        "step2_checkbox": sent.get("w4.step2_checkbox") == "yes",
        **amounts,
    }


def _deduction_values(deduction: Deduction) -> dict[str, str]:
    return {
        "name": deduction.name,
        "kind": deduction.kind.value,
        "amount": "" if deduction.amount is None else as_text(deduction.amount),
        "percent": _percent(deduction.percent),
        "to_account": deduction.to_account or "",
        "annual_limit": "" if deduction.annual_limit is None else as_text(deduction.annual_limit),
    }


def _deduction(sent: Mapping[str, str], row: str) -> Plain:
    def part(name: str) -> str:
        return sent.get(f"{row}.{name}", "").strip()

    return {
        "name": part("name"),
        "kind": part("kind"),
        "amount": _amount(part("amount")) or None,
        "percent": _fraction(part("percent")),
        "to_account": part("to_account") or None,
        "annual_limit": _amount(part("annual_limit")) or None,
    }


def _choices(facts: Facts) -> dict[str, tuple[tuple[str, str], ...]]:
    return {
        "kind": tuple((kind.value, plain(kind)) for kind in IncomeKind),
        "amount_per": tuple((per.value, words) for per, words in PER.items()),
        "pay_frequency": tuple((each.value, plain(each)) for each in Frequency),
        "accounts": tuple((account.id, account.name) for account in facts.accounts),
        "filing_status": tuple((status.value, plain(status)) for status in FilingStatus),
        "deduction_kind": tuple((kind.value, plain(kind)) for kind in DeductionKind),
    }


def _written(value: object) -> str:
    match value:
        case None:
            return ""
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value.normalize():f}"
        case _:
            return str(value)


def _amount_text(cents: int) -> str:
    return as_text(cents) if cents else ""


def _percent(fraction: Decimal | None) -> str:
    return "" if fraction is None else f"{(fraction * 100).normalize():f}"


def _amount(text: str) -> str:
    for sign in sorted(SYMBOLS.values(), key=len, reverse=True):
        text = text.replace(sign.strip(), "")
    return text.replace(" ", "")


def _fraction(text: str) -> str | None:
    """Return a percentage as the fraction the domain wants; what is not a number goes on, to be refused."""
    written = text.replace("%", "").strip()
    if not written:
        return None
    try:
        fraction = Decimal(written) / 100
    except InvalidOperation:
        return written
    return f"{fraction:f}" if fraction.is_finite() else written
