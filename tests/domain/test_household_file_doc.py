"""Prove that docs/household-file.md says what planner does: every example, table and message."""

import json
import re
import tomllib
from dataclasses import MISSING, fields
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from households import a_member, a_plain_household, an_account

from planner.domain.accounts import TRAITS, Account, AccountKind, AssetGroup, Balance
from planner.domain.calendar import Frequency
from planner.domain.codec import Plain, facts_from_plain, read_json
from planner.domain.debts import Debt, DebtKind
from planner.domain.errors import Refused
from planner.domain.expenses import Expense, ExpenseCategory, Transfer
from planner.domain.files import FileFormat, read_household
from planner.domain.household import COLLECTIONS, Facts
from planner.domain.income import (
    CONTRIBUTIONS,
    W4,
    Deduction,
    DeductionKind,
    EmployerMatch,
    Income,
    IncomeKind,
)
from planner.domain.members import FilingStatus, Member, Role
from planner.domain.scenarios import Assumptions, Scenario

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "household-file.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(?P<info>[a-z ]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
TABLE = re.compile(r"^<!-- (?P<sort>\w+): (?P<name>\w+) -->\n(?P<rows>(?:\|.*\n)+)", re.MULTILINE)

BLOCKS = [(found["info"], found["text"]) for found in BLOCK.finditer(DOCUMENT)]
EXAMPLES = [(info, text) for info, text in BLOCKS if info in {"toml", "json"}]
WRONG = [
    (info.removesuffix(" wrong"), text, BLOCKS[place + 1][1])
    for place, (info, text) in enumerate(BLOCKS)
    if info.endswith(" wrong")
]
RECORDS = (
    Account, AssetGroup, Assumptions, Balance, Debt, Deduction, EmployerMatch, Expense, Facts, Income, Member,
    Scenario, Transfer, W4,
)  # fmt: skip
KINDS = (AccountKind, DebtKind, DeductionKind, ExpenseCategory, FilingStatus, Frequency, IncomeKind, Role)

AROUND = a_plain_household(
    salary=None,
    members=[a_member("ann"), a_member("bo", role="spouse")],
    accounts=[
        an_account(),
        an_account("savings", kind="savings"),
        an_account("house", kind="primary_home"),
        an_account("hsa", kind="hsa"),
        an_account("ann-401k", kind="traditional_401k"),
        an_account("ann-roth-ira", kind="roth_ira"),
    ],
)


def table(sort: str, name: str) -> list[list[str]]:
    """Return the cells of the table that the document marks so, without its two heading rows."""
    found = next(
        found for found in TABLE.finditer(DOCUMENT) if (found["sort"], found["name"]) == (sort, name)
    )
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in found["rows"].splitlines()[2:]]


def merged(fragment: Plain) -> Plain:
    """Return a household around the facts of a part of a file."""
    added: Plain = {
        name: [*AROUND.get(name, ()), *fragment[name]] for name in COLLECTIONS if name in fragment
    }
    return {**AROUND, **fragment, **added}


@pytest.mark.parametrize("info,text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_is_valid(info: str, text: str) -> None:
    """P20: the household file as documented."""
    plain = tomllib.loads(text, parse_float=Decimal) if info == "toml" else read_json(text)
    facts = facts_from_plain(plain if "filing_status" in plain else merged(plain))
    for name in set(COLLECTIONS) & set(plain):
        kept = [item.id for item in getattr(facts, name)]
        assert kept[-len(plain[name]) :] == [item["id"] for item in plain[name]]


def test_the_json_example_is_the_toml_example() -> None:
    """P20: both formats hold the same."""
    whole = [(info, text) for info, text in EXAMPLES if "car-loan" in text]
    assert [info for info, _ in whole] == ["toml", "json"]
    assert read_household(whole[0][1].encode(), "toml") == read_household(whole[1][1].encode(), "json")


def test_the_document_has_an_example_of_every_part() -> None:
    shown: dict[str, list[Plain]] = {}
    for info, text in EXAMPLES:
        if info == "toml":
            for name, value in tomllib.loads(text).items():
                shown.setdefault(name, []).extend(value if isinstance(value, list) else [value])
    assert {*COLLECTIONS, "assumptions"} <= set(shown)
    assert {income["kind"] for income in shown["incomes"]} == set(IncomeKind)
    given = {field for debt in shown["debts"] for field in debt}
    assert {
        "payment",
        "term_months",
        "minimum_payment",
        "rate_changes",
        "escrow",
        "mortgage_insurance",
    } <= given


@pytest.mark.parametrize("file_format,text,message", WRONG, ids=range(len(WRONG)))
def test_errors_look_as_documented(file_format: FileFormat, text: str, message: str) -> None:
    """P20: errors name the line or the key."""
    with pytest.raises(Refused) as refused:
        read_household(text.encode(), file_format)
    assert [str(problem) for problem in refused.value.problems] == message.splitlines()


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_a_table_of_fields_has_every_field_and_default(record: type[Any]) -> None:
    """P1, P2, P3, P4: every field is documented."""
    rows = {row[0].strip("`"): row[1] for row in table("fields", record.__name__)}
    known = {field.name: field for field in fields(record) if field.name != "revision"}
    if record is Facts:
        assert sorted(rows) == sorted(known)
    else:
        assert list(rows) == list(known)
    assert rows == {name: as_documented(known[name].default) for name in rows}


def as_documented(default: object) -> str:
    match default:
        case _ if default is MISSING:
            return "required"
        case bool() | int() | Decimal() | StrEnum():
            return f"`{json.dumps(default) if isinstance(default, bool) else default}`"
        case str() if default:
            return f"`{default}`"
        case _:
            return "-"


@pytest.mark.parametrize("kinds", KINDS, ids=lambda kinds: kinds.__name__)
def test_a_table_of_kinds_has_every_kind(kinds: type[StrEnum]) -> None:
    """P1, P2, P3, P4: every kind is documented."""
    assert [row[0].strip("`") for row in table("kinds", kinds.__name__)] == [kind.value for kind in kinds]


def test_what_follows_from_an_accounts_kind_is_as_documented() -> None:
    """P1: how each kind grows, is taxed, and counts."""
    yes = {True: "yes", False: "no"}
    assert table("kinds", "AccountKind") == [
        [f"`{kind}`", traits.grows_as, traits.taxed_as, yes[traits.liquid], yes[traits.retirement]]
        for kind, traits in TRAITS.items()
    ]


def test_contributions_are_marked() -> None:
    marked = {row[0].strip("`") for row in table("kinds", "DeductionKind") if row[1] != "-"}
    assert marked == set(CONTRIBUTIONS)


def test_every_table_is_compared() -> None:
    marked = {(found["sort"], found["name"]) for found in TABLE.finditer(DOCUMENT)}
    compared = {("fields", record.__name__) for record in RECORDS}
    assert marked == compared | {("kinds", kinds.__name__) for kinds in KINDS}
